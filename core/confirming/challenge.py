"""What a selfie must show, in an order nobody can know beforehand."""

import secrets
from itertools import permutations
from typing import Literal, get_args

Step = Literal["left", "right", "up", "blink"]
"""Left and right are the person's own; ``blink`` is to keep the eyes closed for a moment."""
STEPS: tuple[Step, ...] = get_args(Step)
LENGTH = 2
SIDEWAYS = {"left", "right"}


def new_challenge(*, blink: bool) -> tuple[Step, ...]:
    """Two different steps in random order.  blink: whether closed eyes can be told."""
    asked = [one for one in STEPS if blink or one != "blink"]
    # Only a turn sideways tells a head from a flat picture, so each challenge has one.
    return secrets.choice([one for one in permutations(asked, LENGTH) if SIDEWAYS & {*one}])
