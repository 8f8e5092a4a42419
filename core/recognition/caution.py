"""How sure a face must be before it is marked by itself: the school's wish, on top of the measured cuts.

It only ever raises them: what lies between the measured cut and the raised one is asked about instead.  Lower ones are
not offered, since then strangers would be marked.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from core.recognition.classifier import Thresholds
from core.settings import Caution

RISE: Mapping[Caution, float] = {"usual": 0.0, "careful": 0.3, "strict": 0.6}
"""How much more evidence is asked for.  Of LFW people 99 % of the students are above 3.7, so even the strictest cut
(3.08 + 0.6) asks about few of them where the photos are good."""
Verdict = Literal["marked", "asked", "unknown"]


def with_caution(cuts: Thresholds, caution: Caution) -> Thresholds:
    """The cuts of a class as the school wants them."""
    rise = RISE[caution]
    return replace(cuts, sure=cuts.sure + rise, sure_single=cuts.sure_single + rise)


def verdict(evidence: float, cuts: Thresholds) -> Verdict:
    """What becomes of one photo that shows so much evidence."""
    if evidence >= cuts.sure_single:
        return "marked"
    return "asked" if evidence >= cuts.review else "unknown"
