"""City files as Chinese spreadsheet programs save them: read, or refused with file, line and correction."""

from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.folder.textfiles import read_text_file

TEXT = "代码,名称,电话\nlamps,市路灯管理所,0537-0000000\nwater,朱镕路供水站,0537-0000001\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_what_is_certain_is_read(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "offices.csv"
    file.write_bytes(TEXT.encode(encoding))
    assert read_text_file(file) == TEXT


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (TEXT.encode("utf-16-le"), 1),
        ("代碼,名稱\n路燈管理所,電話號碼\n".encode("big5"), 1),
        (TEXT.encode() + b"lamps,\xff\xfe\xff", 4),
        (TEXT.encode() + b"a\0b", 4),
        (b"\xff\xfea", 1),
    ],
)
def test_what_is_not_is_refused_with_file_line_and_mend(tmp_path: Path, data: bytes, line: int) -> None:
    file = tmp_path / "offices.csv"
    file.write_bytes(data)
    with pytest.raises(ConfigurationError, match=rf"offices\.csv 第{line}行：.*另存为 UTF-8"):
        read_text_file(file)
