"""An order's evidence as a PDF: laid out from ready-made words, the same bytes for the same words. No I/O but the font.

Texts may be of any length: what does not fit goes on over the page (web.evidence.printed_page).

Every page names the person who printed it, so that a leaked copy shows its source.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.clock import exact
from core.errors import Unavailable

FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc"),
)
"""Noto Sans CJK (SIL Open Font License) where Debian, Fedora and Arch lay it; `deploy/setup` installs it."""


@dataclass(frozen=True)
class Printed:
    """The mark: by whom and when."""

    by: str
    at: dt.datetime
    serial: str


@dataclass(frozen=True)
class PrintedRow:
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
    installation: str
    number: str
    title: str
    facts: Sequence[tuple[str, str]]
    matter: str
    timeline: Sequence[PrintedRow]
    replies: Sequence[tuple[str, str, str]]
    """Heading, what was done, the answer to the citizen."""
    checksums: Sequence[Checksum]


def find_font() -> Path:
    """Raises Unavailable where none is installed."""
    font = next((path for path in FONTS if path.is_file()), None)
    if font is None:
        raise Unavailable("没有中文字体，不能生成 PDF。请安装 fonts-noto-cjk。")
    return font


def make_pdf(evidence: Evidence, printed: Printed, font: Path) -> bytes:
    # A tenth of what the screens load at their start, for a page that few ask for.
    from web.evidence.printed_page import PrintedPage

    page = PrintedPage(
        font,
        made_by=f"{evidence.installation} · 证据材料",
        mark=f"{printed.by}  {exact(printed.at)}  {evidence.number}",
        head=evidence.number,
        feet=(
            f"打印人 {printed.by}  打印时间 {exact(printed.at)}",
            f"{evidence.number}  编号 {printed.serial}",
        ),
    )
    page.set_creation_date(printed.at)
    page.set_title(f"{evidence.number} 证据材料")
    page.set_creator(evidence.installation)
    # Not compressed: a copy that was changed still says which file it was.
    page.set_keywords(printed.serial)
    page.add_page()
    page.heading(evidence.title or "（无标题）")
    page.rows((34, 140), evidence.facts)
    page.section("诉求")
    page.prose(evidence.matter or "没有填写。")
    page.section("办理经过")
    page.rows((34, 24, 46, 70), [_told(row) for row in evidence.timeline], heads=("时间", "间隔", "事项", "经过"))
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
    if evidence.checksums:
        sums = [(one.what, _halves(one.sha256)) for one in evidence.checksums]
        page.rows((74, 100), sums, heads=("文件", "校验值"))
    else:
        page.prose("没有录音、转写和附件。")
    page.prose(
        f"本文件编号 {printed.serial}，其校验值已在生成时登记。核对：hotline evidence verify 文件。"
        "录音、转写文字与导出包（recordings.zip）中的文件一致。"
    )
    if page.named_signs:
        page.prose("〔U+…〕表示字体中没有、或看不见的字符，写的是它的 Unicode 编码。")
    return bytes(page.output())


def _told(row: PrintedRow) -> tuple[str, str, str, str]:
    return exact(row.at), row.gap, f"{row.title}\n{row.who}" if row.who else row.title, row.text


def _halves(sha256: str) -> str:
    return f"{sha256[:32]}\n{sha256[32:]}" if sha256 else "—"
