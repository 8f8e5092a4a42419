"""Pictures as a browser gets them: a page of many faces is to come through a school's radio network at once."""

from io import BytesIO

from flask import Response, request
from PIL import Image

from core.records import Image as Picture

QUALITY = 85
"""Of a face as JPEG; a fifth of its PNG, and at this size nobody sees the difference."""
SMALL_PX, SMALL_QUALITY = 96, 75
"""Of a face in a list, where it is told from others; whoever wants to look closer opens it."""
COLOURS = 64
"""Of a chart; its lines, letters and their soft edges need no more."""


def face_answer(face: Picture) -> Response:
    """A face that is stored without loss, as a page shows it; small if the address says so.  face: BGR, 8 bit."""
    buffer, picture, quality = BytesIO(), Image.fromarray(face[:, :, ::-1]), QUALITY
    if request.args.get("small"):
        picture.thumbnail((SMALL_PX, SMALL_PX))
        quality = SMALL_QUALITY
    picture.save(buffer, "JPEG", quality=quality, optimize=True)
    return Response(buffer.getvalue(), mimetype="image/jpeg")


def chart_answer(chart: Picture) -> Response:
    """A chart with as many colours as it needs.  chart: BGR, 8 bit."""
    buffer = BytesIO()
    few = Image.fromarray(chart[:, :, ::-1]).quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(buffer, "PNG", optimize=True)
    return Response(buffer.getvalue(), mimetype="image/png")
