"""An order's evidence as a PDF: laid out from ready-made words, the same bytes for the same words. No I/O but the font.

Who printed it stands on every page, so that a copy that turns up somewhere says whose it was.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from core.clock import in_city
from core.errors import Unavailable

FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc"),
)
"""Noto Sans CJK (SIL Open Font License) where Debian, Fedora and Arch lay it; `deploy/setup` installs it."""
_SIMPLIFIED = 2
"""Its place among the collection's fonts: JP, KR, SC, TC, HK."""
_INK, _FAINT, _LINE = (28, 37, 44), (96, 108, 118), (205, 212, 218)
_WASH = (236, 239, 241)
_PLAIN = FontFace(emphasis="", color=_FAINT, size_pt=8.5)


@dataclass(frozen=True)
class Printed:
    """The mark: by whom and when."""

    by: str
    at: dt.datetime
    serial: str


@dataclass(frozen=True)
class Row:
    """One line of the timeline."""

    at: dt.datetime
    gap: str
    title: str
    who: str
    text: str


@dataclass(frozen=True)
class Checksum:
    what: str
    sha256: str
    """Empty: there is no file; `what` says why."""


@dataclass(frozen=True)
class Evidence:
    house: str
    number: str
    title: str
    facts: Sequence[tuple[str, str]]
    matter: str
    timeline: Sequence[Row]
    replies: Sequence[tuple[str, str, str]]
    """Heading, what was done, what the citizen was told."""
    checksums: Sequence[Checksum]


def find_font() -> Path:
    """Raises Unavailable where none is installed."""
    font = next((path for path in FONTS if path.is_file()), None)
    if font is None:
        raise Unavailable("没有中文字体，不能生成 PDF。请安装 fonts-noto-cjk。")
    return font


def make_pdf(evidence: Evidence, printed: Printed, font: Path) -> bytes:
    page = _Page(evidence, printed, font)
    page.heading(evidence.title or "（无标题）")
    page.facts(evidence.facts)
    page.section("诉求")
    page.prose(evidence.matter or "没有填写。")
    page.section("办理经过")
    page.timeline(evidence.timeline)
    page.section("答复")
    for heading, done, answer in evidence.replies:
        page.small(heading)
        page.small("办理情况（存档）")
        page.prose(done)
        page.small("公开答复")
        page.prose(answer)
    if not evidence.replies:
        page.prose("还没有答复。")
    page.section("录音、转写和附件的校验值（SHA-256）")
    page.checksums(evidence.checksums)
    page.prose(
        f"本文件编号 {printed.serial}，其校验值已在生成时登记。核对：hotline evidence verify 文件。"
        "录音、转写文字与导出包（recordings.zip）中的文件一致。"
    )
    return bytes(page.output())


class _Page(FPDF):
    def __init__(self, evidence: Evidence, printed: Printed, font: Path) -> None:
        super().__init__(format="A4")
        self.evidence, self.printed = evidence, printed
        self.add_font("han", fname=font, collection_font_number=_SIMPLIFIED)
        self.set_creation_date(printed.at)
        self.set_title(f"{evidence.number} 证据材料")
        self.set_creator(evidence.house)
        # Not compressed: a copy that was changed still says which file it was.
        self.set_keywords(printed.serial)
        self.set_lang("zh-CN")
        self.set_margins(18, 22, 18)
        self.set_auto_page_break(True, 22)
        self.alias_nb_pages()
        self.add_page()

    def header(self) -> None:
        mark = f"{self.printed.by}  {_time(self.printed.at)}  {self.evidence.number}"
        with self.local_context(text_color=_WASH), self.rotation(35, self.w / 2, self.h / 2):
            self.set_font("han", size=17)
            for line in (-70, 0, 70):
                self.text(self.w / 2 - self.get_string_width(mark) / 2, self.h / 2 + line, mark)
        self._say(8, _FAINT)
        self.set_y(10)
        self.cell(0, 5, f"{self.evidence.house} · 证据材料", new_x="LEFT", new_y="TOP")
        self.cell(0, 5, self.evidence.number, align="R")
        self.set_y(22)

    def footer(self) -> None:
        self.set_y(-15)
        self._say(8, _FAINT)
        self.cell(0, 5, f"打印人 {self.printed.by}  打印时间 {_time(self.printed.at)}", new_x="LEFT", new_y="NEXT")
        self.cell(0, 5, f"{self.evidence.number}  编号 {self.printed.serial}", new_x="LEFT", new_y="TOP")
        self.cell(0, 5, f"第 {self.page_no()} 页，共 {{nb}} 页", align="R")

    def heading(self, title: str) -> None:
        self._say(17, _INK)
        self.multi_cell(0, 9, title, new_x="LMARGIN", new_y="NEXT")
        self.ln(2)

    def section(self, title: str) -> None:
        if self.get_y() > self.h - 50:
            self.add_page()
        self.ln(4)
        self._say(12, _INK)
        self.cell(0, 7, title, new_x="LMARGIN", new_y="NEXT")
        self.set_draw_color(*_LINE)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.ln(2)

    def prose(self, said: str) -> None:
        self._say(10, _INK)
        self.multi_cell(0, 6, said, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(1)

    def small(self, said: str) -> None:
        self._say(8.5, _FAINT)
        self.multi_cell(0, 5, said, align="L", new_x="LMARGIN", new_y="NEXT")

    def facts(self, facts: Sequence[tuple[str, str]]) -> None:
        self._table((34, 140), [(name, value) for name, value in facts])

    def timeline(self, rows: Sequence[Row]) -> None:
        told = [("时间", "间隔", "事项", "经过")]
        for row in rows:
            what = f"{row.title}\n{row.who}" if row.who else row.title
            told.append((_time(row.at), row.gap, what, row.text))
        self._table((34, 24, 46, 70), told, heads=True)

    def checksums(self, sums: Sequence[Checksum]) -> None:
        if not sums:
            self.prose("没有录音、转写和附件。")
            return
        self._table((74, 100), [("文件", "校验值"), *((one.what, _halves(one.sha256)) for one in sums)], heads=True)

    def _table(self, widths: tuple[int, ...], rows: Sequence[tuple[str, ...]], *, heads: bool = False) -> None:
        self._say(9, _INK)
        self.set_draw_color(*_LINE)
        with self.table(
            rows, col_widths=widths, text_align="LEFT", line_height=5, headings_style=_PLAIN, padding=(1, 1),
            first_row_as_headings=heads, borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        ):  # fmt: skip
            pass

    def _say(self, size: float, colour: tuple[int, int, int]) -> None:
        self.set_font("han", size=size)
        self.set_text_color(*colour)


def _halves(sha256: str) -> str:
    return f"{sha256[:32]}\n{sha256[32:]}" if sha256 else "—"


def _time(instant: dt.datetime) -> str:
    return f"{in_city(instant):%Y-%m-%d %H:%M:%S}"
