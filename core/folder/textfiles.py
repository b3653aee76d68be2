"""Text files that people write and spreadsheet programs save: read where the encoding is certain, else refused.

Chinese Excel saves CSV as GBK, the old Notepad as GBK or UTF-16, both with or without a mark in front.
"""

import codecs
from pathlib import Path

from core.folder.faults import Fault, FaultyFolder

_MEND = "另存为 UTF-8（Excel：另存为 CSV UTF-8；记事本：另存为 → 编码 UTF-8）"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_COMMON_SHARE = 0.9
"""Of a text that is GBK, at least this share of the characters beyond ASCII is in GB 2312, which holds all common ones.
"""


def read_text_file(path: Path) -> str:
    """The text of `path`, in UTF-8 (also with a mark), UTF-16 with its mark, or GBK.

    Raises FileNotFoundError, and FaultyFolder that names the file, the line and the correction.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FaultyFolder(
            [Fault(path.name, f"读不出来（{error.strerror or error}）", f"让运行热线的账号能读 {path}")]
        ) from None
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(path, data, encoding)
    try:
        return _whole(path, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        if (text := _gbk(data)) is not None:
            return _whole(path, text)
        line = data.count(b"\n", 0, error.start) + 1
        raise FaultyFolder([Fault(path.name, "不是 UTF-8 编码", _MEND, line)]) from None


def _decoded(path: Path, data: bytes, encoding: str) -> str:
    try:
        return _whole(path, data.decode(encoding))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FaultyFolder([Fault(path.name, "文件已损坏，文字读不出来", _MEND, line)]) from None


def _gbk(data: bytes) -> str | None:
    """None: it is none, or not for certain (a text in Big5 reads as rare characters)."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    signs = [sign for sign in text if not sign.isascii()]
    common = sum(map(_in_gb2312, signs))
    return text if signs and common >= _COMMON_SHARE * len(signs) else None


def _in_gb2312(sign: str) -> bool:
    try:
        sign.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _whole(path: Path, text: str) -> str:
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise FaultyFolder([Fault(path.name, "这不是文本文件，或是没有标记的 UTF-16", _MEND, line)])
    return text
