"""An A4 page for a wall: a verified text in large letters, who verified it, and how to prove it.

It draws the words that it is given and adds none.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import segno
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

_FONTS = Path(__file__).parent / "fonts"
_FONT = "DejaVu"
_MARGIN, _FOOT, _QR = 20.0, 62.0, 42.0  # mm
_TITLE_SIZE, _FOOT_SIZE = 38.0, 12.0  # points
_TEXT_SIZES = (26.0, 24.0, 22.0, 20.0, 18.0, 16.0)
_LINE = 0.52  # mm of a line for each point of the letters
_BLUE = (0, 63, 114)


class PosterError(Exception):
    """The text does not fit in letters that can be read from two metres."""


@dataclass(frozen=True, slots=True)
class Poster:
    """`proof` are the small lines below; `link` is behind the square code, if there is one."""

    platform: str
    title: str
    text: str
    proof: str
    language: str
    link: str | None = None


def make_poster(poster: Poster, made_at: datetime) -> bytes:
    pdf = _open(poster, made_at)
    try:
        return _draw(pdf, poster)
    finally:
        _close_fonts(pdf)


def _draw(pdf: FPDF, poster: Poster) -> bytes:
    _write(pdf, "B", _TITLE_SIZE, poster.title)
    pdf.ln(5)
    room = pdf.h - _FOOT - pdf.get_y() - 4
    size = next((size for size in _TEXT_SIZES if _height(pdf, size, poster.text) <= room), None)
    if size is None:
        raise PosterError(f"the text does not fit on a page in letters of {_TEXT_SIZES[-1]} points")
    pdf.set_text_color(0)
    _write(pdf, "", size, poster.text)
    _draw_foot(pdf, poster)
    return bytes(pdf.output())


def _open(poster: Poster, made_at: datetime) -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(auto=False)
    pdf.set_margins(_MARGIN, _MARGIN)
    pdf.set_title(poster.title)
    pdf.set_author(poster.platform)
    pdf.set_lang(poster.language)
    pdf.set_creation_date(made_at)
    pdf.add_font(_FONT, "", _FONTS / "DejaVuSans.ttf")
    pdf.add_font(_FONT, "B", _FONTS / "DejaVuSans-Bold.ttf")
    pdf.add_page()
    pdf.set_fill_color(*_BLUE)
    pdf.rect(0, 0, pdf.w, 10, style="F")
    pdf.set_text_color(*_BLUE)
    return pdf


def _close_fonts(pdf: FPDF) -> None:
    """Give back the font files, which fpdf2 keeps open until the garbage collector comes by."""
    for font in pdf.fonts.values():
        if isinstance(font, TTFFont):
            font.ttfont.close()


def _write(pdf: FPDF, style: str, size: float, text: str, width: float = 0) -> None:
    pdf.set_font(_FONT, style, size)
    pdf.multi_cell(
        width, size * _LINE, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT, markdown=False
    )


def _height(pdf: FPDF, size: float, text: str) -> float:
    pdf.set_font(_FONT, "", size)
    lines = pdf.multi_cell(0, size * _LINE, text, align="L", dry_run=True, output="LINES")
    count = len(lines) if isinstance(lines, list) else 1
    return count * size * _LINE


def _draw_foot(pdf: FPDF, poster: Poster) -> None:
    top = pdf.h - _FOOT
    pdf.set_draw_color(*_BLUE)
    pdf.line(_MARGIN, top, pdf.w - _MARGIN, top)
    pdf.set_y(top + 4)
    width = pdf.w - 2 * _MARGIN - (_QR + 6 if poster.link else 0)
    _write(pdf, "B", _FOOT_SIZE, poster.platform, width)
    _write(pdf, "", _FOOT_SIZE, poster.proof, width)
    if poster.link:
        _draw_code(pdf, poster.link, pdf.w - _MARGIN - _QR, top + 4)


def _draw_code(pdf: FPDF, link: str, left: float, top: float) -> None:
    code = segno.make(link, micro=False, error="m")
    rows = [bytes(row) for row in code.matrix]
    side = _QR / len(rows)
    pdf.set_fill_color(0)
    for y, row in enumerate(rows):
        for x, is_dark in enumerate(row):
            if is_dark:
                pdf.rect(left + x * side, top + y * side, side, side, style="F")
    pdf.link(left, top, _QR, _QR, link)
