"""The QR picture of an address, as black and white squares."""

import numpy as np
import qrcode
from numpy.typing import NDArray
from qrcode.constants import ERROR_CORRECT_M

BORDER = 4
"""Squares of white around it, as the standard asks (ISO/IEC 18004)."""


def qr_squares(text: str) -> NDArray[np.bool_]:
    """``(n, n)`` squares, True for black, the white border included.

    Capital letters and digits take less room than others, so an address is best given in capitals.
    """
    made = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=BORDER)
    made.add_data(text)
    made.make(fit=True)
    return np.array(made.get_matrix(), dtype=np.bool_)
