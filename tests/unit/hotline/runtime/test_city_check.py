"""The one check of a city's folder: each kind of mistake in each file is named with file, line and correction."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.folder.faults import FaultyFolder
from core.settings import Settings
from hotline.cli.city import city as command
from hotline.runtime.city_check import COMPULSORY, OPTIONAL, check_folder
from hotline.runtime.policy_in_force import policy_in_force
from tests.support.cities import SAMPLE, TINY

HERE = sorted(path.name for path in TINY.iterdir() if path.suffix in (".csv", ".toml"))
TABLES = [name for name in HERE if name.endswith(".csv")]
TOMLS = [name for name in HERE if name.endswith(".toml")]
COLUMNS = {
    file: next(line for line in (TINY / file).read_text("utf-8").splitlines() if line[0] != "#").split(",")
    for file in TABLES
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(TINY, tmp_path / "city", copy_function=shutil.copyfile)


def found(folder: Path) -> list[str]:
    return [fault.text for fault in check_folder(folder)[1].in_order()]


def change(folder: Path, file: str, old: str, new: str) -> int:
    """The line that was changed."""
    text = (folder / file).read_text("utf-8")
    assert old in text, (file, old)
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize("whole", [TINY, SAMPLE], ids=["tiny", "sample"])
def test_the_citys_own_folder_has_no_mistake(whole: Path) -> None:
    assert found(whole) == []


@pytest.mark.parametrize("file", COMPULSORY)
def test_a_missing_file_and_a_misspelt_one_are_named(folder: Path, file: str) -> None:
    (folder / file).rename(folder / f"x{file}")
    said = "\n".join(found(folder))
    assert f"{file}：没有这个文件。改法：" in said
    assert f"x{file}：没有程序会读这个文件，是不是要写 {file}。" in said


@pytest.mark.parametrize("file", OPTIONAL)
def test_a_file_that_a_city_need_not_have_is_not_missed_and_read_where_it_is(folder: Path, file: str) -> None:
    (folder / file).unlink(missing_ok=True)
    assert found(folder) == []
    (folder / file).write_text("no_such_thing = 1\n", "utf-8")
    unknown = "no_such_thing = 1 这一列" if file.endswith(".csv") else "no_such_thing 这一项"
    assert any(text.startswith(f"{file} 第1行：没有 {unknown}") for text in found(folder))


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    "written",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("gbk"),
        lambda text: text.encode("utf-16"),
        _crlf,
        lambda text: (text + "\n\n  \n").encode(),
    ],
    ids=["BOM", "GBK", "UTF-16", "CRLF", "blank lines"],
)
def test_files_are_read_as_editors_and_spreadsheets_write_them(folder: Path, written: Callable[[str], bytes]) -> None:
    for file in HERE:
        (folder / file).write_bytes(written((TINY / file).read_text("utf-8")))
    assert found(folder) == []


@pytest.mark.parametrize("separator", ["，", "\t", ";", "；"])
def test_tables_are_read_with_other_separators(folder: Path, separator: str) -> None:
    for file in TABLES:
        text = (folder / file).read_text("utf-8")
        lines = [line if line.startswith("#") else line.replace(",", separator) for line in text.splitlines()]
        (folder / file).write_text("\n".join(lines), "utf-8")
    assert found(folder) == []


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"a\xff\xfe", "代碼,名稱\n路燈管理所\n".encode("big5")]
)
def test_what_is_no_text_is_named_by_its_file(folder: Path, data: bytes) -> None:
    for file in HERE:
        (folder / file).write_bytes(data)
    said = found(folder)
    for file in HERE:
        assert any(text.startswith(file) and "改法：" in text for text in said), file


@pytest.mark.parametrize("nth", range(max(map(len, COLUMNS.values()))))
def test_a_missing_a_misspelt_a_double_and_an_unknown_column_are_named(folder: Path, nth: int) -> None:
    """The same column of every table at once."""
    texts = {file: (folder / file).read_text("utf-8") for file, columns in COLUMNS.items() if nth < len(columns)}
    for new, said in (
        ("{column}x", "没有 {column}x 这一列，是不是要写 {column}。"),
        ("zzz9", "缺少这些列：{column}。改法：第一行的列名是："),
        ("", "第一行有一列没有列名。"),
    ):
        wanted = []
        for file, text in texts.items():
            columns = COLUMNS[file]
            column, heads = columns[nth], ",".join(columns)
            cells = [*columns[:nth], new.format(column=column), *columns[nth + 1 :]]
            (folder / file).write_text(text.replace(heads, ",".join(cells), 1), "utf-8")
            line = text.splitlines().index(heads) + 1
            # A last column without a name is none.
            missing = not new and column == columns[-1]
            wanted.append((f"{file} 第{line}行：", "缺少这些列" if missing else said.format(column=column)))
        named = found(folder)
        for begins, part in wanted:
            assert any(one.startswith(begins) and part in one for one in named), (new, begins, part)


def test_a_row_with_a_column_too_few_or_too_many_or_an_open_quote_is_named_with_its_line(folder: Path) -> None:
    tables = {file: (folder / file).read_text("utf-8").rstrip("\n").split("\n") for file in TABLES}
    slips: tuple[tuple[Callable[[str], str], str], ...] = (
        (lambda last: last.replace(",", "", 1), "列，应有"),
        (lambda last: f"{last},x", "列，应有"),
        (lambda last: last.replace(",", ',"', 1), "引号没有写完"),
        (lambda last: last.replace(",", ",3.99E+09,", 1).rsplit(",", 1)[0], "缩短了"),
    )
    for slip, said in slips:
        for file, lines in tables.items():
            (folder / file).write_text("\n".join([*lines[:-1], slip(lines[-1])]), "utf-8")
        named = found(folder)
        for file, lines in tables.items():
            assert any(text.startswith(f"{file} 第{len(lines)}行：") and said in text for text in named), (file, said)
    for file in TABLES:
        (folder / file).write_text("", "utf-8")
    named = found(folder)
    for file in TABLES:
        assert any(text.startswith(f"{file}：这个文件是空的") for text in named), file


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no_such_thing = 1", "没有 no_such_thing 这一项"),
        ("x = “1”", "这里有全角标点 “ ”"),
        ("x = [1,", "没有写完"),
        ('x = "1', "没有写完"),
        ("x = yes", "等号后面的值写得不对"),
        ("x 1", "不是正确的 TOML"),
        ("x = 1\nx = 2", "这一项写了两次"),
    ],
)
def test_what_is_no_toml_or_unknown_is_named_with_its_line(folder: Path, line: str, said: str) -> None:
    for file in TOMLS:
        text = (folder / file).read_text("utf-8")
        (folder / file).write_text(f"# 说明\n{line}\n{text}", "utf-8")
    named = found(folder)
    for file in TOMLS:
        assert any(one.startswith(f"{file} 第") and said in one for one in named), (file, named)


SLIPS = [
    # (file, old, new, what is said)
    ("city.toml", 'crew = "服务队"', "", "缺少 crew"),
    ("city.toml", "[words]\n", "[word]\n", "缺少 words。改法：补上 [words]，写明 line、crew、area。"),
    ("city.toml", 'line = "清心热线"', 'line = ""', "line 是空的"),
    ("city.toml", 'area_code = "0399"', 'area_code = "399"', "area_code 写的是“399”"),
    ("city.toml", 'number_prefix = "QH"', 'number_prefix = "qh"', "number_prefix 写的是“qh”"),
    ("city.toml", 'crew = "服务队"', 'crews = "服务队"', "没有 crews 这一项，是不是要写 crew"),
    ("city.toml", 'kind = "street"', 'kind = "stret"', "写的是“stret”，是不是要写 street"),
    ("city.toml", 'code = "donghe"', 'code = "chengguan"', "[[town]] 的code chengguan 写了两次"),
    ("city.toml", 'name = "东禾镇"', 'name = "城关街道"', "[[town]] 的name 城关街道 写了两次"),
    ("city.toml", 'code = "water"', 'code = "works"', "[[trade]] 的code works 写了两次"),
    ("city.toml", "sample = true", "sample = 5x", "等号后面的值写得不对"),
    ("offices.csv", "town-donghe,东禾镇,town,donghe", "town-donghe,东禾镇,town,dongh", "镇街 dongh，是不是要写 donghe"),
    ("offices.csv", "town-donghe,", "town-chengguan,", "code town-chengguan 写了两次（第2行已经用过）"),
    ("offices.csv", "县住建局", "县水务公司", "name 县水务公司 写了两次"),
    ("offices.csv", "construction,", "Construction,", "code 写的是“Construction”"),
    ("offices.csv", "town,donghe,", "town,chengguan,", "kind 是 town 的单位所在的 chengguan 写了两次"),
    ("offices.csv", "东禾镇,town,donghe", "东禾镇,town,", "kind 是 town，town 是空的"),
    ("offices.csv", "department", "departments", "是不是要写 department"),
    ("offices.csv", "壬示例", "", "head 是空的"),
    ("units.csv", "crew-1,", "crew-2,", "extension crew-2 写了两次"),
    ("units.csv", "crew-water,", "crew-works,", "code crew-works 写了两次"),
    ("units.csv", "供水服务队", "路灯井盖服务队", "name 路灯井盖服务队 写了两次"),
    ("units.csv", "crew-1,", "citizen-1,", "extension citizen-1 是交换机自己用的名称"),
    ("units.csv", "crew-1,", "CREW1,", "extension 写的是“CREW1”"),
    ("units.csv", "works,*", "work,*", "没有这个行业 work，是不是要写 works"),
    ("units.csv", "nanhe,crew", "nanhe xihee,crew", "没有这个镇街 xihee，是不是要写 xihe"),
    ("units.csv", "works,*,", "works,,", "towns 是空的"),
    ("units.csv", "construction,寅", "constructions,寅", "没有这个单位 constructions，是不是要写 construction"),
    ("places.csv", "chengguan,road", "chenguan,road", "没有这个镇街 chenguan，是不是要写 chengguan"),
    ("places.csv", "road", "rode", "是不是要写 road"),
    ("places.csv", "柳湾村,nanhe", "人民路,chengguan", "地名 人民路（chengguan） 写了两次"),
    ("places.csv", "village,", "village,nobody", "没有这个单位 nobody"),
    ("subjects.toml", 'code = "manhole"', 'code = "street-lamp"', "code street-lamp 写了两次"),
    ("subjects.toml", 'office = "construction"', 'office = "constructon"', "单位 constructon，是不是要写 construction"),
    ("subjects.toml", 'co_offices = ["water-company"]', 'co_offices = ["water"]', "没有这个单位 water"),
    ("subjects.toml", 'trade = "works"', 'trade = "wroks"', "没有这个行业 wroks，是不是要写 works"),
    ("subjects.toml", 'kind = "help"', 'kind = "halp"', "kind 写的是“halp”，是不是要写 help"),
    ("subjects.toml", 'words = ["路灯", "灯不亮"]', "words = []", "words 是空的"),
    ("subjects.toml", 'name = "乡镇"', 'name = "城建"', "[[group]] 的 name 城建 写了两次"),
    ("limits.toml", 'accept = "30 minutes"', 'accept = "30 minuts"', "时限写的是“30 minuts”"),
    ("limits.toml", 'accept = "30 minutes"', "accept = 30", "时限写的是“30”"),
    ("limits.toml", 'urgency = "emergency"\n', 'urgency = "urgent"\n', '没有 consultation、urgency = "emergency"'),
    ("limits.toml", '["consultation", "suggestion"]', '["consultation"]', "没有 suggestion 的时限"),
    ("limits.toml", '["consultation", "suggestion"]', '["consultation", "suggestion", "help"]', "help 的时限写了两次"),
    ("limits.toml", 'finish = "24 hours"', 'finish = "60 days"', "紧急时的办结时限（60 days）比一般的（10 days）还长"),
    ("limits.toml", 'expected = "1 working day"', 'expected = "3 working days"', "时限前后颠倒"),
    ("limits.toml", 'accept = "2 working hours"', 'accept = "same day"', "没有写 late_after"),
    ("limits.toml", 'begins = "06-01"', 'begins = "13-01"', "写的是“13-01”"),
    ("limits.toml", 'begins = "06-01"\n', "", "begins 和 ends 只写了一个"),
    ("limits.toml", '"08:00-12:00", "15:00-18:00"', '"15:00-18:00", "08:00-12:00"', "时刻前后颠倒"),
    ("limits.toml", '"08:00-12:00", "15:00-18:00"', '"8点到12点"', "上班时间写的是“8点到12点”"),
    ("limits.toml", "promise_working_days", "working_day_ends = 17:00:00\npromise_working_days", "都写了"),
    ("limits.toml", "spot_check_share = 0.05", "spot_check_share = 5", "spot_check_share 写的是“5”。改法：须不大于 1"),
    ("units.toml", 'urgency = "urgent"', 'urgency = "normal"', "没有每种紧急程度各一段"),
    ("units.toml", 'do = "call"', 'do = "ring"', "写的是“ring”"),
    ("urgency.toml", 'all = ["着火|起火"]', "all = []", "all 是空的"),
    ("hearing.toml", 'example = "请派人来修"', 'example = "你好"', "pattern 找不到自己的例句“你好”"),
    ("hearing.toml", 'pattern = "请问|咨询"', 'pattern = "请问|(咨询"', "pattern 不对"),
    ("desk.toml", "often = 3", "often = 0", "often 写的是“0”。改法：须大于 0"),
    ("follow-up.toml", "after_hours = 4", "after_hours = 80", "after_hours 不小于 within_hours"),
    ("notifications.toml", "{{ number }}", "{{ nummer }}", "nummer"),
    ("notifications.toml", 'code = "joined"', 'code = "order_finished"', "没有 code 为 joined 的 [[text]]"),
    ("notifications.toml", 'code = "joined"', 'code = "joint"', "是不是要写 joined"),
    ("notifications.toml", "keep_hours = 72", 'keep_hours = "72 小时"', "须写整数"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "said"), SLIPS, ids=[f"{slip[0]}: {slip[3]}" for slip in SLIPS])
def test_a_slip_is_named_with_file_line_and_mend(folder: Path, file: str, old: str, new: str, said: str) -> None:
    change(folder, file, old, new)
    named = [text for text in found(folder) if said in text]
    assert named, found(folder)
    assert all(re.fullmatch(rf"{re.escape(file)}( 第\d+行)?：.+。改法：.+。", text) for text in named), named


def test_the_line_is_the_one_to_look_at(folder: Path) -> None:
    office = change(folder, "offices.csv", "壬示例", "")
    subject = change(folder, "subjects.toml", 'kind = "consultation"', 'kind = "x"')
    season = change(folder, "limits.toml", 'ends = "09-30"', 'ends = "31-09"')
    said = "\n".join(found(folder))
    for file, line in (("offices.csv", office), ("subjects.toml", subject), ("limits.toml", season)):
        assert f"{file} 第{line}行：" in said


def test_a_calendar_that_contradicts_itself_is_named(folder: Path) -> None:
    year = 'provisional = false\nrest_days = [2030-05-01]\nwork_days = [{}]\nsource = "示例"\n'
    text = "".join(f"[[year]]\nyear = 2030\n{year.format(day)}" for day in ("2030-05-01", "2031-05-02"))
    (folder / "calendar.toml").write_text(text, "utf-8")
    said = "\n".join(found(folder))
    for mistake in ("2030-05-01 又是休息日又是工作日", "2030年里写了 2031-05-02", "year 2030 写了两次"):
        assert mistake in said


def test_articles_roster_and_announcements_are_checked_with_the_rest(folder: Path) -> None:
    article = 'title = "一"\nsubjects = ["lamp"]\noffice = "nobody"\nsource = "示例"\nbring = []\nbody = "二"\n'
    (folder / "knowledge.toml").write_text(f"[[article]]\n{article}", "utf-8")
    (folder / "roster.toml").write_text('[[shift]]\nname = "夜班"\nbegins = 20:00:00\nends = "八点"\nready_least = 1\n')
    (folder / "announcements.toml").write_text('[[announcement]]\nname = "x"\ntext = "一"\nsource = "二"\n', "utf-8")
    (folder / "practice.toml").write_text("[[script]]\ncode = 'x'\n", "utf-8")
    said = "\n".join(found(folder))
    for mistake in (
        "knowledge.toml 第1行：offices.csv 里没有这个单位 nobody", "subjects.toml 里没有这个事项类别 lamp",
        "roster.toml 第4行：夜班：ends 写的是“八点”", "announcements.toml 第1行：x：没有写什么时候播",
        "practice.toml 第1行：x：缺少 title",
    ):  # fmt: skip
        assert mistake in said


def test_all_mistakes_of_all_files_are_said_at_once_and_every_process_says_the_same(folder: Path) -> None:
    change(folder, "offices.csv", "壬示例", "")
    change(folder, "units.csv", "crew-1,", "crew-2,")
    change(folder, "city.toml", "sample = true", "sample = 真")
    (folder / "desk.toml").unlink()
    (folder / "hearing.toml").write_bytes(b"\xff\xfe\xff")
    said = found(folder)
    assert {text.split("：")[0].split(" ")[0] for text in said} >= {
        "offices.csv", "units.csv", "city.toml", "desk.toml", "hearing.toml",
    }  # fmt: skip
    assert not any("没有这个单位" in text for text in said), "a file that cannot be read makes no second mistake"
    settings = Settings(city=folder)
    with pytest.raises(FaultyFolder) as refused:
        policy_in_force(settings)
    shown = CliRunner().invoke(command, ["check", str(folder)], obj=settings)
    assert shown.exit_code == 1
    for text in said:
        assert text in refused.value.message
        assert text in shown.output


def test_a_whole_folder_is_said_to_be_whole() -> None:
    shown = CliRunner().invoke(command, ["check"], obj=Settings(city=TINY))
    assert (shown.exit_code, "清禾县清心热线，4个乡镇，6个单位，3支服务队" in shown.output) == (0, True)
    missing = CliRunner().invoke(command, ["check", "nowhere"], obj=Settings(city=TINY))
    assert (missing.exit_code, "没有这个文件夹：nowhere" in missing.output) == (1, True)
