"""A new city's folder is made from a list and a few answers; it is whole, and says nothing of the sample's city."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.city_words import CityWords
from core.folder.faults import FaultyFolder
from core.settings import Settings
from hotline.cli.city import city as command
from hotline.operations.new_city.folder import write_city
from hotline.operations.new_city.given import NewCity, area_word, initials, pinyin_code, table_of
from hotline.runtime.city_check import check_folder, reminders
from tests.support.cities import ROOT, SAMPLE, TINY

LIST = """类别,名称,行业,镇街,单位,第一责任人,分管责任人,电话,值班电话
镇街,河东街道,,,,甲示例,乙示例,029-80000001,029-80000002
镇街,河西街道,,,,丙示例,,029-80000003,
单位,自治县住房和城乡建设局,,,,己示例,庚示例,029-80000006,029-80000007
单位,云岭自来水有限公司,,,,癸示例,子示例,029-80000010,029-80000011
服务队,便民一队,路灯、井盖,河东街道,自治县住房和城乡建设局,丑示例,,029-80000012,
服务队,便民二队,供水,,云岭自来水有限公司,寅示例,,029-80000013,
"""


def new(*words: str, answers: str = "") -> Result:
    return CliRunner().invoke(command, ["new", *words], obj=Settings(city=TINY), input=answers)


def test_a_list_saved_by_excel_makes_a_whole_city(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(LIST.encode("gbk"))
    folder = tmp_path / "city"
    made = new("云岭彝族自治县", "--table", str(tmp_path / "list.csv"), "--folder", str(folder),
               "--area-code", "029", "--line", "便民热线", "--crew", "服务队")  # fmt: skip
    assert made.exit_code == 0, made.output
    policy, faults = check_folder(folder)
    assert policy is not None, faults
    city = policy.city
    assert (city.name, city.area_code, city.words.line, city.words.crew) == (
        "云岭彝族自治县",
        "029",
        "便民热线",
        "服务队",
    )
    assert (city.words.coordinator, city.words.town) == ("县级管理员", "街道")
    assert [(unit.extension, unit.towns) for unit in city.units.values()] == [
        ("crew-01", ("hedong",)), ("crew-02", ("hedong", "hexi")),
    ]  # fmt: skip
    lamps, manhole = city.subjects["street-lamp"], city.subjects["manhole"]
    assert lamps.trade == manhole.trade == city.units["crew-01"].trade, "one crew does what the sample has two for"
    assert city.trades[str(lamps.trade)] == "路灯、井盖"
    assert city.subjects["water-supply"].trade == "water"
    assert all(subject.office in {*city.offices, "@town"} for subject in city.subjects.values())
    assert [one for one in reminders(policy) if "待填" in one]
    said = "".join(path.read_text("utf-8") for path in folder.glob("*.*") if path.name != "hearing.toml")
    assert re.findall("曲阜|直通车|马上就办|市级管理员|由市里", said) == []


def test_a_few_answers_are_enough(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    answers = "0399\n清心热线\n服务队\n东禾镇 南禾乡\n\n\n"
    made = new("清禾县", "--folder", str(folder), answers=answers)
    assert made.exit_code == 0, made.output
    policy, _ = check_folder(folder)
    assert policy is not None
    assert [(town.name, town.kind) for town in policy.city.towns.values()] == [
        ("东禾镇", "town"),
        ("南禾乡", "township"),
    ]
    assert (policy.city.number_prefix, policy.city.words.area) == ("QH", "县")
    assert any("还没有服务队" in one for one in reminders(policy))


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("x")
    made = new("清禾县", "--folder", str(tmp_path), "--area-code", "0399", "--line", "线", "--crew", "队",
               "--towns", "东禾镇", answers="\n\n")  # fmt: skip
    assert made.exit_code != 0
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_what_the_list_names_and_does_not_have_is_said_as_the_check_says_it(tmp_path: Path) -> None:
    lines = table_of(["东禾镇"], ["县住建局"], ["一队"])
    lines[-1] = lines[-1].model_copy(update={"towns": "西禾镇", "office": "县水务局"})
    words = CityWords(city="清禾县", line="清心热线", line_short="清心热线", crew="服务队", area="县")
    with pytest.raises(FaultyFolder) as wrong:
        write_city(tmp_path / "city", NewCity(words, "QH", "0399", lines), SAMPLE)
    assert "名单：一队的镇街 西禾镇 不在名单里，是不是要写 东禾镇。" in wrong.value.message
    assert "名单：一队的单位 县水务局 不在名单里" in wrong.value.message
    assert not (tmp_path / "city").exists()


@pytest.mark.parametrize(
    ("name", "code", "letters", "area"),
    [("清禾县", "qinghexian", "QH", "县"), ("云岭彝族自治县", "yunlingyizuzizhixian", "YLYZ", "县"),
     ("河东区", "hedongqu", "HD", "区"), ("东山旗", "dongshanqi", "DS", "旗"), ("新城", "xincheng", "XC", "市")],
)  # fmt: skip
def test_names_become_codes_and_letters(name: str, code: str, letters: str, area: str) -> None:
    assert (pinyin_code(name), initials(name), area_word(name)) == (code, letters, area)


def test_the_guide_names_every_file_and_way_of_writing() -> None:
    from hotline.operations.new_city.given import TableLine
    from hotline.runtime.city_check import COMPULSORY, OPTIONAL

    guide = (ROOT / "docs/换一个城市.md").read_text("utf-8")
    missing = [name for name in (*COMPULSORY, *OPTIONAL) if f"`{name}`" not in guide]
    missing += [str(field.alias) for field in TableLine.model_fields.values() if str(field.alias) not in guide]
    assert missing == []
