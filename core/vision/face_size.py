"""How small a face is searched for, when nobody set a number.

Searching costs by the smallest face: at half the size four times the pixels are looked at.  Which size is worth it
depends on the camera, and the class's own last lessons tell.
"""

from collections.abc import Sequence

import numpy as np

LEAST, MOST = 24, 60
"""Bounds of the default, pixels.  24 is less than a sixth of what FaceNet looks at (160); who films in 4K does not
want the last row to be missed, but 80 pixels would be a 27th of its height."""
LINES_PER_PX = 27
"""A face in a classroom is rarely smaller than a 27th of the picture's shorter side."""
ROUND_TO = 4
"""720 lines give 28, 1080 give 40, 2160 give 60."""
ENOUGH_FACES = 20
"""Fewer faces say too little about the last row."""
TAIL_PERCENT = 2.0
"""Not the very smallest: that one may be a poster, or no face."""
ROOM = 0.8
"""History holds the largest size at which each face was seen; most of the time it was smaller."""
MOST_RISE = 1.5
"""How far history may lift the default: a face smaller than what is searched for may not be seen at all and so cannot
bring it down again, as after the camera was moved to the back."""


def choose_min_face(width: int, height: int, history: Sequence[float]) -> int:
    """The smallest face to search for in frames of this size, pixels of the shorter box side.

    history: largest sizes of the faces seen in the class's last lessons, as shares of their picture's shorter side.
    """
    lines = min(width, height)
    default = min(max(-(-lines // (LINES_PER_PX * ROUND_TO)) * ROUND_TO, LEAST), MOST)
    if len(history) < ENOUGH_FACES:
        return default
    wanted = ROOM * lines * float(np.percentile(history, TAIL_PERCENT))
    return round(min(max(wanted, LEAST), MOST_RISE * default))
