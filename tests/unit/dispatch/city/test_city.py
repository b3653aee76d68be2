"""The sample city's map, and how a city's tables are read. Slips are tried in hotline/runtime/test_city_check.py."""

import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from dispatch.city.load import load_city
from dispatch.city.records import City, Town
from tests.support.cities import SAMPLE, TINY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(TINY, tmp_path / "city", copy_function=shutil.copyfile)


def test_the_sample_has_crews_of_each_trade_places_in_each_town_and_enough_subjects(city: City) -> None:
    assert {unit.trade for unit in city.units.values()} == set(city.trades)
    assert {place.town for place in city.places} == set(city.towns) == set(city.town_offices)
    assert 60 <= len(city.subjects) <= 90
    assert len({unit.extension for unit in city.units.values()}) == len(city.units)


def test_people_and_telephones_are_plainly_invented(city: City) -> None:
    assert city.sample
    for office in city.offices.values():
        assert office.head.endswith("示例")
        assert office.deputy.endswith("示例")
    phones = [number for office in city.offices.values() for number in (office.phone, office.duty_phone)]
    phones += [unit.phone for unit in city.units.values()]
    assert all(re.fullmatch(rf"{city.area_code}-000\d{{4}}", number) for number in phones)
    mine = [office.phone for office in city.offices.values()] + [unit.phone for unit in city.units.values()]
    assert max(Counter(mine).values()) == 1


def test_a_year_whose_make_up_days_are_unknown_is_marked(city: City) -> None:
    assert {2025, 2026, 2027} <= city.calendar.years
    assert 2027 in city.calendar.provisional_years


@pytest.mark.parametrize(
    ("name", "short"),
    [("小雪街道", "小雪"), ("吴村镇", "吴村"), ("南禾乡", "南禾"), ("河西回族乡", "河西"), ("山前满族民族乡", "山前"),
     ("白音苏木", "白音"), ("东街街道办事处", "东街"), ("镇", "镇"), ("古镇", "古镇"), ("开发区", "开发区")],
)  # fmt: skip
def test_people_say_a_towns_name_without_its_kind(name: str, short: str) -> None:
    assert Town("x", name, "town").short == short


def test_a_gazetteer_need_not_have_coordinates(tmp_path: Path, city: City) -> None:
    folder = shutil.copytree(SAMPLE, tmp_path / "city", copy_function=shutil.copyfile)
    lines = (folder / "places.csv").read_text("utf-8").splitlines()
    bare = [line if line.startswith("#") else ",".join(line.split(",")[:4]) for line in lines]
    (folder / "places.csv").write_text("\n".join(bare), "utf-8")
    found = load_city(folder).places
    assert [place.name for place in found] == [place.name for place in city.places]
    assert {place.spot for place in found} == {None}


def test_a_city_with_no_crews_yet_is_a_city(folder: Path) -> None:
    head = next(line for line in (folder / "units.csv").read_text("utf-8").splitlines() if line.startswith("code"))
    (folder / "units.csv").write_text(head + "\n", "utf-8")
    assert load_city(folder).units == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "sep=,\n" + text,
        lambda text: text + "\n,,,,,,,\n,,,,,,,\n",
        lambda text: "\n".join(line + ",," if line and line[0] != "#" else line for line in text.split("\n")),
        lambda text: text.replace("code,name", "Code , NAME", 1),
        lambda text: '"# 说明，勿删",,,,\n' + text,
        lambda text: text.replace("code,name", '"code","na\nme"', 1),
    ],
)  # fmt: skip
def test_a_table_is_read_as_spreadsheets_and_people_write_it(folder: Path, change: Callable[[str], str]) -> None:
    offices = folder / "offices.csv"
    offices.write_text(change(offices.read_text("utf-8")), "utf-8")
    assert load_city(folder).offices == load_city(TINY).offices
