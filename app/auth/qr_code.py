"""An address as the picture that a camera reads (QR, ISO/IEC 18004), drawn into the page itself."""

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """An SVG element; black on white in every theme, because a camera wants it so."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(scale=5, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    return Markup(drawn)  # noqa: S704 - made of squares alone
