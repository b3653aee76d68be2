"""The city's folder: what is in it, and that a slip in it is named."""

import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from dispatch.city.records import City
from dispatch.policy import load_policy

FOLDER = Path(__file__).parents[4] / "deploy/city/qufu"
TEMPLE = "石门寺,shimenshan,site,,35.742,117.090"
parsed_once = cache(tomllib.loads)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the city's folder to write in; what a test leaves as it is need not be parsed once more."""
    monkeypatch.setattr(tomllib, "loads", parsed_once)
    return shutil.copytree(FOLDER, tmp_path / "city", copy_function=shutil.copyfile)


def test_the_city_has_its_offices_crews_towns_and_enough_of_the_rest(city: City) -> None:
    assert len(city.offices) == 101
    assert list(city.units) == [f"unit-{n:02d}" for n in range(1, 35)]
    names = "鲁城街道 书院街道 小雪街道 时庄街道 吴村镇 姚村镇 陵城镇 尼山镇 王庄镇 息陬镇 石门山镇 防山镇"
    assert [town.name for town in city.towns.values()] == names.split()
    assert 60 <= len(city.subjects) <= 90
    assert len(city.places) >= 100
    assert {place.town for place in city.places} == set(city.towns)


def test_every_crew_is_called_at_its_own_extension_and_every_trade_has_one(city: City) -> None:
    assert all(unit.extension == code for code, unit in city.units.items())
    assert {unit.trade for unit in city.units.values()} == set(city.trades)


def test_people_and_telephones_are_plainly_invented(city: City) -> None:
    assert city.sample
    for office in city.offices.values():
        assert office.head.endswith("示例")
        assert office.deputy.endswith("示例")
        assert re.fullmatch(r"0537-000\d{4}", office.phone)
        assert re.fullmatch(r"0537-000\d{4}", office.duty_phone)
    phones = [o.phone for o in city.offices.values()] + [u.phone for u in city.units.values()]
    assert all(number.startswith("0537-000") for number in phones)
    assert max(Counter(phones).values()) == 1


def test_a_year_whose_make_up_days_are_unknown_is_marked(city: City) -> None:
    assert {2025, 2026, 2027} <= city.calendar.years
    assert 2027 in city.calendar.provisional_years


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "offices.csv",
            "town-lucheng,鲁城街道,town,lucheng",
            "town-lucheng,鲁城街道,town,atlantis",
            "没有这个镇街 atlantis",
        ),
        ("offices.csv", "discipline,", "government-office,", "code government-office 写了两次"),
        (
            "offices.csv",
            "town-lucheng,鲁城街道,town,lucheng,",
            "town-lucheng,鲁城街道,town,",
            "第6行：这一行有7列",
        ),
        ("offices.csv", "discipline,", "DISCIPLINE,", "第19行：code 写的是“DISCIPLINE”"),
        (
            "units.csv",
            "unit-01,路灯抢修一队（老城）,lamps",
            "unit-01,路灯抢修一队（老城）,lams",
            "没有这个行业 lams，是不是要写 lamps",
        ),
        ("units.csv", "lucheng shuyuan", "lucheng shuyuam", "没有这个镇街 shuyuam，是不是要写 shuyuan"),
        ("subjects.toml", 'office = "street-lighting"', 'office = "lighting"', "没有这个单位 lighting"),
        ("subjects.toml", 'kind = "help"', 'kind = "halp"', "kind"),
        ("places.csv", "凫村,xiaoxue", "凫村,xiaoxu", "镇街 xiaoxu，是不是要写 xiaoxue"),
        (
            "places.csv",
            TEMPLE,
            "石门寺,shimenshan,site,,35.742,",
            "纬度和经度只写了一个",
        ),
        (
            "places.csv",
            TEMPLE,
            "石门寺,shimenshan,site,,117.090,35.742",
            "latitude 写的",
        ),
        (
            "places.csv",
            TEMPLE,
            "石门寺,shimenshan,site,,36.742,117.090",
            "[box] 以外",
        ),
        ("city.toml", "latitude = 35.61", "latitude = 53.61", "书院街道的坐标（纬度 53.61、经度 117.02）"),
        ("city.toml", "south = 35.4", "south = 36.4", "south 须小于 north"),
        ("limits.toml", 'finish = "5 working days"', 'finish = "5 dais"', "时限写的是“5 dais”"),
        ("limits.toml", 'kinds = ["help"]', 'kinds = ["other"]', "没有 help 的时限"),
        (
            "limits.toml",
            'urgency = "emergency"\n',
            'urgency = "urgent"\n',
            '没有 consultation、urgency = "emergency"',
        ),
        ("limits.toml", 'expected = "same day"', 'expected = "3 working days"', "时限前后颠倒"),
        ("hearing.toml", 'pattern = "请问', 'pattern = "(?<=您好)请问', "pattern 不对（(?<=…)"),
        ("urgency.toml", "emergency_from = 10", "emergency_from = ", "urgency.toml"),
        ("city.toml", 'area_code = "0537"', 'area_code = "537"', "area_code"),
        ("city.toml", 'area_code = "0537"', "", "area_code"),
        ("city.toml", 'number_prefix = "QF"', 'number_prefix = "曲"', "number_prefix"),
    ],
)
def test_a_slip_is_named_with_its_file_and_place(folder: Path, file: str, old: str, new: str, said: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ConfigurationError, match=re.escape(said)) as caught:
        load_policy(folder)
    assert file in caught.value.message


def test_a_gazetteer_need_not_have_coordinates(folder: Path, city: City) -> None:
    lines = (folder / "places.csv").read_text("utf-8").splitlines()
    bare = [line if line.startswith("#") else ",".join(line.split(",")[:4]) for line in lines]
    (folder / "places.csv").write_text("\n".join(bare), "utf-8")
    found = load_policy(folder).city.places
    assert [place.name for place in found] == [place.name for place in city.places]
    assert {place.spot for place in found} == {None}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"city\.toml：没有这个文件"):
        load_policy(tmp_path)


def test_a_file_saved_by_a_spreadsheet_is_read(folder: Path) -> None:
    text = (folder / "offices.csv").read_text("utf-8")
    (folder / "offices.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load_policy(folder).city.offices == load_policy(FOLDER).city.offices


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "utf-8-sig"])
def test_files_in_the_encodings_of_chinese_excel_and_notepad_are_read(folder: Path, city: City, encoding: str) -> None:
    for file in ("offices.csv", "units.csv", "limits.toml"):
        text = (folder / file).read_text("utf-8").replace("\u2014", "-").replace("•", "·")
        (folder / file).write_bytes(text.encode(encoding, errors="ignore"))
    found = load_policy(folder).city
    assert (found.offices, found.units) == (city.offices, city.units)


@pytest.mark.parametrize("file", ["offices.csv", "units.csv", "places.csv", "city.toml", "limits.toml"])
def test_an_empty_file_and_one_that_is_no_text_are_named(folder: Path, file: str) -> None:
    for data in (b"", b"\n\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"a\xff\xfe"):
        (folder / file).write_bytes(data)
        with pytest.raises(ConfigurationError, match=re.escape(file)):
            load_policy(folder)


def test_a_city_with_no_crews_yet_is_a_city(folder: Path) -> None:
    head = next(line for line in (folder / "units.csv").read_text("utf-8").splitlines() if line.startswith("code"))
    (folder / "units.csv").write_text(head + "\n", "utf-8")
    assert load_policy(folder).city.units == {}


def _table(text: str, separator: str) -> str:
    return text.replace(",", separator)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: _table(text, "\t"),
        lambda text: _table(text, ";"),
        lambda text: _table(text, "，"),
        lambda text: "sep=,\n" + text,
        lambda text: text + "\n,,,,,,,\n,,,,,,,\n",
        lambda text: "\n".join(line + ",," if line and line[0] != "#" else line for line in text.split("\n")),
        lambda text: text.replace("code,name", "Code , NAME", 1),
        lambda text: '"# 说明，勿删",,,,\n' + text,
        lambda text: text.replace("code,name", '"code","na\nme"', 1),
    ],
)  # fmt: skip
def test_a_table_is_read_as_spreadsheets_and_people_write_it(
    folder: Path, city: City, change: Callable[[str], str]
) -> None:
    offices = folder / "offices.csv"
    offices.write_text(change(offices.read_text("utf-8")), "utf-8")
    assert load_policy(folder).city.offices == city.offices


def test_a_number_that_a_spreadsheet_shortened_and_a_quote_without_end_are_named_with_their_line(
    folder: Path,
) -> None:
    offices = folder / "offices.csv"
    text = offices.read_text("utf-8")
    lines = text.split("\n")
    first = next(at for at, line in enumerate(lines) if line.startswith("code,")) + 1
    cells = lines[first].split(",")
    for column, said in (([*cells[:-1], "5.37E+09"], "缩短"), ([*cells[:1], '"' + cells[1], *cells[2:]], "")):
        offices.write_text("\n".join([*lines[:first], ",".join(column), *lines[first + 1 :]]), "utf-8")
        with pytest.raises(ConfigurationError, match=f"offices.csv 第{first + 1}行：.*{said}"):
            load_policy(folder)
