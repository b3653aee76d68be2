"""The duty list: how `duties.csv` is read, and each mistake in it named with file, line and correction."""

import re
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.folder.faults import FaultyFolder
from dispatch.city.load import load_city
from dispatch.city.records import TOWN_OFFICE
from dispatch.clock.rules import SpanUnit, TimeSpan
from dispatch.duties.checks import gaps
from dispatch.duties.rules import Duty, DutyLevel, Exclusion
from dispatch.duties.rules_file import FILE, duty_list
from dispatch.kinds import Kind
from dispatch.policy import Policy, whole_policy
from tests.support.cities import TINY

HEADS = "code,name,subject,covers,office,co_offices,trade,kind,limit,basis,to_confirm,excludes,sayings"
LAMP = (
    "lamp-out,路灯不亮,street-lamp,街上的灯不亮,construction,,works,help,,《照明条例》第三条,,"
    "村里的灯→lamp-village；有人触电→120,黑咕隆咚的；天一擦黑就瞎了；走夜路怕人"
)
VILLAGE = (
    "lamp-village,村里的灯,village-affairs,村里自己装的灯,@town,construction;water-company,,help,2小时,,yes,"
    "城里的灯→construction,庄头没个亮；太阳能那灯歇了；老头栽沟里了"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(TINY, tmp_path / "city", copy_function=shutil.copyfile)


def written(folder: Path, *rows: str) -> Path:
    (folder / FILE).write_text("\n".join(["# 说明", HEADS, *rows]) + "\n", "utf-8")
    return folder


def listed(folder: Path, *rows: str) -> Sequence[Duty]:
    return [*duty_list(written(folder, *rows), load_city(TINY)).values()]


def said(folder: Path, *rows: str) -> list[str]:
    with pytest.raises(FaultyFolder) as refused:
        listed(folder, *rows)
    return [fault.text for fault in refused.value.faults]


def test_a_row_is_a_duty_and_several_things_stand_in_one_cell(folder: Path) -> None:
    lamp, village = listed(folder, LAMP, VILLAGE)
    assert (lamp.code, lamp.kind, lamp.trade, lamp.limit, lamp.to_confirm) == (
        "lamp-out",
        Kind.HELP,
        "works",
        None,
        False,
    )
    assert lamp.basis == ("《照明条例》第三条",)
    assert lamp.exclusions == (Exclusion("村里的灯", "lamp-village"), Exclusion("有人触电", "120"))
    assert lamp.sayings == ("黑咕隆咚的", "天一擦黑就瞎了", "走夜路怕人")
    assert village.co_offices == ("construction", "water-company")
    assert (village.limit, village.trade, village.to_confirm) == (TimeSpan(2, SpanUnit.HOURS), None, True)


def test_who_acts_follows_from_the_offices(folder: Path) -> None:
    helped = LAMP.replace("construction,,works", "construction,@town,works")
    assert [duty.level for duty in listed(folder, LAMP, VILLAGE)] == [DutyLevel.DEPARTMENT, DutyLevel.TOWN]
    assert [duty.level for duty in listed(folder, helped, VILLAGE)] == [DutyLevel.ASSISTED, DutyLevel.TOWN]


def test_a_city_without_the_file_has_no_duties_and_no_gaps(folder: Path) -> None:
    policy = whole_policy(folder)
    assert policy.duties == {}
    assert [*gaps(policy.duties, policy.city)] == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (",construction,,works", ",constructon,,works", "里没有这个单位 constructon，是不是要写 construction"),
        (",construction,,works", ",construction,water,works", "offices.csv 里没有这个单位 water"),
        (",construction,,works", ",construction,construction,works", "同一个单位写了两次"),
        (",works,", ",wroks,", "city.toml 里没有这个行业 wroks，是不是要写 works"),
        (",street-lamp,", ",street-lamps,", "subjects.toml 里没有这个事项类别 street-lamps，是不是要写 street-lamp"),
        (",help,", ",halp,", "kind 写的是“halp”，是不是要写 help"),
        (",help,,", ",help,两天,", "时限写的是“两天”"),
        ("lamp-out,", "Lamp,", "code 写的是“Lamp”"),
        ("lamp-out,", "construction,", "事项和单位用了同一个代码"),
        ("→lamp-village", "→lamp-vilage", "归 lamp-vilage，没有这个事项或单位，是不是要写 lamp-village"),
        ("→lamp-village", "→lamp-out", "excludes 指回了自己"),
        ("→lamp-village", "", "excludes 里“村里的灯”没有写明归谁"),
        ("《照明条例》第三条", "", "没有写依据"),
        ("《照明条例》第三条", "照明条例第三条", "没有写是哪部法律法规"),
        ("；走夜路怕人", "", "sayings 有2句"),
        ("；走夜路怕人", "；走夜路" * 9, "sayings 有11句"),
        ("；走夜路怕人", "；黑 咕隆咚的！", "“黑 咕隆咚的！”在这一项里已经写过"),
        ("；走夜路怕人", "；庄头，没个亮", "“庄头没个亮”在lamp-out 里已经写过"),
        (",,《照明", ",,《照明条例》,maybe,,《照明", "这一行有16列，应有13列"),
    ],
)  # fmt: skip
def test_a_slip_is_named_with_file_line_and_mend(folder: Path, old: str, new: str, what: str) -> None:
    assert old in LAMP
    named = [text for text in said(folder, LAMP.replace(old, new, 1), VILLAGE) if what in text]
    assert named, said(folder, LAMP.replace(old, new, 1), VILLAGE)
    assert all(re.fullmatch(rf"{FILE} 第[34]行：.+。改法：.+。", text) for text in named)


def test_a_code_and_a_name_that_stand_twice_are_named(folder: Path) -> None:
    again = VILLAGE.replace("lamp-village,村里的灯", "lamp-out,路灯不亮")
    twice = said(folder, LAMP, again)
    assert any("code lamp-out 写了两次（第3行已经用过）" in text for text in twice)
    assert any("name 路灯不亮 写了两次（第3行已经用过）" in text for text in twice)


def test_all_mistakes_are_said_with_those_of_the_other_files(folder: Path) -> None:
    written(folder, LAMP.replace(",works,", ",wroks,"))
    crews = folder / "crews.toml"
    crews.write_text('photo_trades = ["wroks"]\n', "utf-8")
    with pytest.raises(FaultyFolder) as refused:
        whole_policy(folder)
    assert {fault.file for fault in refused.value.faults} >= {FILE, "crews.toml"}


def test_offices_and_subjects_that_no_duty_reaches_are_remarks(folder: Path) -> None:
    city = load_city(TINY)
    duties = duty_list(written(folder, LAMP, VILLAGE), city)
    remarks = "\n".join(gaps(duties, city))
    assert "1个单位只协办、不主办：县水务公司。" in remarks
    assert "2个事项类别没有事项：井盖、供水。" in remarks
    assert "1个事项按通常做法写" in remarks
    alone = "\n".join(gaps({"lamp-out": duties["lamp-out"]}, city))
    assert "5个单位没有事项：城关街道、东禾镇、西禾镇、南禾乡、县水务公司。" in alone


def test_the_samples_list_reaches_the_offices_and_speaks_as_people_do(policy: Policy) -> None:
    duties = policy.duties.values()
    assert {duty.level for duty in duties} == set(DutyLevel)
    assert {duty.trade for duty in duties} >= set(policy.city.trades)
    assert all(duty.name not in duty.sayings for duty in duties)
    assert sum(not duty.exclusions for duty in duties) < len(duties) / 10
    sources = Counter(clause.partition("》")[0] for duty in duties for clause in duty.basis)
    assert len(sources) > 50
    assert TOWN_OFFICE in {duty.office for duty in duties}
