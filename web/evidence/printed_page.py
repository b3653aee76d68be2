"""A paper with a Chinese font on which texts and tables of any length run on from page to page.

Every line is broken by web.evidence.typesetting and set by itself, so that nothing has to fit on a page: fpdf2's own
tables refuse a row that is higher than one.
"""

from collections.abc import Sequence
from pathlib import Path

from fpdf import FPDF

from web.evidence.typesetting import break_lines, printable

_SIMPLIFIED = 2
"""Its place among the collection's fonts: JP, KR, SC, TC, HK."""
_INK, _FAINT, _LINE = (28, 37, 44), (96, 108, 118), (205, 212, 218)
_WASH = (236, 239, 241)
_MARGIN, _TOP, _FOOT = 18.0, 22.0, 22.0
_MARK_WIDTH = 220.0
_GUTTER = 3.0
_ROW_PADDING = 1.0
_UNBROKEN_LINES = 8
"""A row of a table with at most so many lines goes to the next page whole."""
_LEAST_LINES = 2
"""At least this many lines of a longer one stand at a page's foot."""
_PAGES = "\U0010fffd" * 4
"""Where the number of pages is set in, with room for four figures; no text can hold it, since no font draws it."""


class PrintedPage(FPDF):
    """Millimetres and points. `mark`: across each page; `head`, `feet`: at its edges."""

    def __init__(self, font: Path, *, made_by: str, mark: str, head: str, feet: tuple[str, str]) -> None:
        super().__init__(format="A4")
        self.add_font("han", fname=font, collection_font_number=_SIMPLIFIED)
        self.set_lang("zh-CN")
        self.set_margins(_MARGIN, _TOP, _MARGIN)
        self.set_auto_page_break(False)
        self.alias_nb_pages(_PAGES)
        self._glyphs = self.fonts["han"].cmap  # type: ignore[union-attr]
        self._widths: dict[str, float] = {}
        self.named_signs = False
        """Whether a sign that the font cannot draw was printed by its code."""
        self._made_by, self._head = self._drawable(made_by), self._drawable(head)
        self._mark, self._feet = self._drawable(mark), [self._drawable(foot) for foot in feet]

    def header(self) -> None:
        with self.local_context(text_color=_WASH), self.rotation(35, self.w / 2, self.h / 2):
            # Smaller for a long name, never shortened.
            size = min(17.0, _MARK_WIDTH / max(self._width_of(self._mark, 1), 1))
            for line in (-70, 0, 70):
                left = self.w / 2 - self._width_of(self._mark, size) / 2
                self._set(left, self.h / 2 + line, self._mark, size, _WASH)
        self._set(self.l_margin, 13.5, self._shortened(self._made_by, 8, 120), 8, _FAINT)
        self._set_right(13.5, self._head, 8)
        self.set_y(_TOP)

    def footer(self) -> None:
        first, second = self._feet
        self._set(self.l_margin, self.h - 11.5, self._shortened(first, 8, self.epw), 8, _FAINT)
        self._set(self.l_margin, self.h - 6.5, self._shortened(second, 8, 130), 8, _FAINT)
        # A cell, since fpdf2 sets the number of pages into cells only.
        self.set_font("han", size=8)
        self.set_text_color(*_FAINT)
        self.set_y(self.h - 10)
        self.cell(0, 5, f"第{self.page_no()}页，共{_PAGES}页", align="R")

    def heading(self, title: str) -> None:
        self._lines(title, 17, 9, _INK)
        self.ln(2)

    def section(self, title: str) -> None:
        if self.get_y() > self.h - 50:
            self.add_page()
        self.ln(4)
        self._lines(title, 12, 7, _INK)
        self._rule()
        self.ln(2)

    def prose(self, said: str) -> None:
        self._lines(said, 10, 6, _INK)
        self.ln(1)

    def small(self, said: str) -> None:
        self._room_for(17)  # not alone at a page's foot
        self._lines(said, 8.5, 5, _FAINT)

    def rows(
        self, widths: Sequence[float], rows: Sequence[Sequence[str]], *, heads: Sequence[str] | None = None
    ) -> None:
        """Rows longer than the rest of a page go on on the next one, under the heads again."""
        if heads:
            self._room_for(12)
            self._heads(widths, heads)
        for row in rows:
            columns = [self._broken(cell, 9, width - _GUTTER) for cell, width in zip(row, widths, strict=True)]
            self._row(widths, columns, heads)

    def _row(self, widths: Sequence[float], columns: list[list[str]], heads: Sequence[str] | None) -> None:
        high = max(len(column) for column in columns)
        at = 0
        while at < high:
            fits = int((self._bottom - self.get_y() - 2 * _ROW_PADDING) / 5)
            whole = high - at <= fits
            if not whole and (fits < _LEAST_LINES or (at == 0 and high <= _UNBROKEN_LINES)):
                self.add_page()
                if heads:
                    self._heads(widths, heads)
                continue
            # A single last line does not stand alone on the next page.
            count = high - at if whole else fits - (1 if high - at - fits == 1 and fits > _LEAST_LINES else 0)
            self._part(widths, [column[at : at + count] for column in columns], _INK, 9)
            at += count
        self._rule()

    def _heads(self, widths: Sequence[float], heads: Sequence[str]) -> None:
        self._part(widths, [[self._drawable(head)] for head in heads], _FAINT, 8.5)
        self._rule()

    def _part(
        self, widths: Sequence[float], columns: list[list[str]], colour: tuple[int, int, int], size: float
    ) -> None:
        top, left = self.get_y() + _ROW_PADDING, self.l_margin
        for width, column in zip(widths, columns, strict=True):
            for place, line in enumerate(column):
                self._set(left, top + 5 * place + 3.7, line, size, colour)
            left += width
        self.set_y(top + 5 * max(len(column) for column in columns) + _ROW_PADDING)

    def _lines(self, said: str, size: float, high: float, colour: tuple[int, int, int]) -> None:
        lines = self._broken(said, size, self.epw)
        for place, line in enumerate(lines):
            # Two lines at least on either side of a page's end.
            left_over = len(lines) - place
            self._room_for(high * (2 if left_over == 2 or (place == 0 and left_over > 1) else 1))
            self._set(self.l_margin, self.get_y() + high * 0.72, line, size, colour)
            self.set_y(self.get_y() + high)

    @property
    def _bottom(self) -> float:
        return self.h - _FOOT

    def _room_for(self, high: float) -> None:
        if self.get_y() + high > self._bottom:
            self.add_page()

    def _rule(self) -> None:
        self.set_draw_color(*_LINE)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())

    def _set(self, x: float, baseline: float, line: str, size: float, colour: tuple[int, int, int]) -> None:
        if not line:
            return
        self.set_font("han", size=size)
        self.set_text_color(*colour)
        self.text(x, baseline, line)

    def _set_right(self, baseline: float, line: str, size: float) -> None:
        self._set(self.w - self.r_margin - self._width_of(line, size), baseline, line, size, _FAINT)

    def _broken(self, said: str, size: float, room: float) -> list[str]:
        return break_lines(self._drawable(said), room, lambda sign: self._width_of(sign, size))

    def _shortened(self, line: str, size: float, room: float) -> str:
        """For an edge of the page, where one line is all that there is."""
        first = self._broken(line, size, room - 5)[0]
        return line if first == line else f"{first}…"

    def _drawable(self, said: str) -> str:
        drawable = printable(said, self._glyphs)
        self.named_signs = self.named_signs or ("〔U+" in drawable and "〔U+" not in said)
        return drawable

    def _width_of(self, line: str, size: float) -> float:
        return sum(self._width(sign) for sign in line) * size

    def _width(self, sign: str) -> float:
        """Per point of size."""
        if sign not in self._widths:
            self.set_font("han", size=100)
            self._widths[sign] = self.get_string_width(sign) / 100
        return self._widths[sign]
