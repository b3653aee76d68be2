"""A row of a former system: an order, or all that is wrong with it."""

import datetime as dt
from dataclasses import replace

import pytest

from core.errors import BadInput
from dispatch.city.records import City
from dispatch.former.fields import FormerField as F
from dispatch.former.mapping import AS_WORDS, FormerMapping, mapping_of
from dispatch.former.models import RowOutcome
from dispatch.former.reading import RowRead, read_row
from dispatch.former.words import guess_words
from dispatch.kinds import Channel, Kind, Urgency

AT = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)
COLUMNS = (
    F.NUMBER, F.RECEIVED_AT, F.CLOSED_AT, F.STATE, F.MATTER, F.CITIZEN_NAME, F.CITIZEN_PHONE, F.OFFICE, F.KIND,
    F.CONFIDENTIAL, F.NOTE, F.TITLE, F.DONE,
)  # fmt: skip
NAMES = ["编号", "时间", "结束", "状态", "内容", "姓名", "电话", "单位", "类型", "保密", "工号", "标题", "经过"]
ROW = [
    "GD-1", "2023/1/5 8:00", "2023年1月7日", "已结案", "路灯不亮", "示例", "+86 139 0000 0001", "路灯所", "求决",
    "是", "8001", "", "换了灯泡",
]  # fmt: skip
MAPPING = FormerMapping(
    COLUMNS,
    {
        F.STATE: {"已结案": "finished", "流转中": "open", "撤单": "void"},
        F.OFFICE: {"路灯所": "street-lighting", "城建办": AS_WORDS},
        F.KIND: {"求决": "help"},
        F.CONFIDENTIAL: {"是": "yes", "否": "no"},
    },
)


def read(city: City, **other: str) -> RowRead:
    cells = list(ROW)
    for name, said in other.items():
        cells[COLUMNS.index(F[name])] = said
    return read_row(MAPPING, city, NAMES, cells, AT)


def test_a_row_becomes_a_finished_order_in_our_words(city: City) -> None:
    order = read(city).order
    assert order is not None
    assert (order.number, order.kind, order.channel, order.urgency) == (
        "GD-1",
        Kind.HELP,
        Channel.HOTLINE,
        Urgency.NORMAL,
    )
    assert (order.lead_office_code, order.confidential, order.citizen_phone) == ("street-lighting", True, "13900000001")
    assert order.received_at == dt.datetime(2023, 1, 5, 0, 0, tzinfo=dt.UTC)
    assert order.closed_at == dt.datetime(2023, 1, 6, 16, 0, tzinfo=dt.UTC)
    assert (order.title, order.notes, order.done) == ("路灯不亮", ("工号：8001",), "换了灯泡")


def test_a_day_without_a_time_is_not_before_the_morning_of_the_same_day(city: City) -> None:
    found = read(city, CLOSED_AT="2023-01-05")
    assert found.order is not None
    assert found.order.closed_at == dt.datetime(2023, 1, 4, 16, 0, tzinfo=dt.UTC)


def test_an_office_that_is_no_more_stays_in_the_history_by_its_name(city: City) -> None:
    order = read(city, OFFICE="城建办").order
    assert order is not None
    assert order.lead_office_code is None
    assert "单位：城建办" in order.notes


@pytest.mark.parametrize(("state", "words"), [("流转中", "还没有办完"), ("撤单", "作废")])
def test_what_was_not_finished_there_is_left_out_and_says_so(city: City, state: str, words: str) -> None:
    found = read(city, STATE=state)
    assert (found.order, found.outcome) == (None, RowOutcome.UNFINISHED)
    assert words in found.faults[0].wrong


def test_all_that_is_wrong_with_a_row_is_said_at_once(city: City) -> None:
    found = read(city, NUMBER="2.02E+16", RECEIVED_AT="昨天", OFFICE="不认识的", CITIZEN_PHONE="没听清", MATTER="")
    assert (found.order, found.outcome) == (None, RowOutcome.WRONG)
    assert {one.field for one in found.faults} >= {"原系统编号", "受理时间", "主办单位", "诉求人电话", "诉求内容"}
    assert all(one.mend for one in found.faults)


@pytest.mark.parametrize(
    ("other", "field", "words"),
    [
        ({"NUMBER": ""}, "原系统编号", "没有填"),
        ({"NUMBER": "9" * 65}, "原系统编号", "超过64"),
        ({"CLOSED_AT": "2023/1/4"}, "办结时间", "早于受理时间"),
        ({"RECEIVED_AT": "2027/1/4"}, "受理时间", "在今天以后"),
        ({"STATE": ""}, "办理状态", "没有填"),
        ({"STATE": "另一种"}, "办理状态", "没有说明对应"),
        ({"MATTER": "#REF!"}, "诉求内容", "公式出错"),
        ({"MATTER": "长" * 10_001}, "诉求内容", "最多10000"),
        ({"CITIZEN_PHONE": "1.39E+10"}, "诉求人电话", "科学记数"),
    ],
)  # fmt: skip
def test_each_mistake_names_its_field(city: City, other: dict[str, str], field: str, words: str) -> None:
    faults = read(city, **other).faults
    assert any(one.field == field and words in one.wrong for one in faults), faults


def test_the_same_content_has_the_same_digest_and_other_content_another(city: City) -> None:
    first, again, other = read(city).order, read(city, RECEIVED_AT="2023-01-05 08:00").order, read(city, DONE="x").order
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.digest == again.digest != other.digest


def test_a_mapping_says_all_that_is_missing_or_double() -> None:
    with pytest.raises(BadInput) as wrong:
        FormerMapping((F.NUMBER, F.NUMBER, F.NOTE, F.NOTE)).check()
    assert all(words in wrong.value.message for words in ("“原系统编号”选了2列", "受理时间", "诉求内容", "办结时间"))
    MAPPING.check()
    assert mapping_of(MAPPING.as_json(), len(COLUMNS)) == MAPPING
    assert mapping_of({"columns": ["of a later release"], "values": {"x": {}}}, 2) == FormerMapping((None, None))


def test_words_are_guessed_where_one_of_ours_is_likely(city: City) -> None:
    lamps = city.offices["street-lighting"].name
    assert guess_words(F.OFFICE, [lamps, f"{city.name}{lamps}", "某某办"], city) == {
        lamps: "street-lighting", f"{city.name}{lamps}": "street-lighting"
    }  # fmt: skip
    town = next(iter(city.towns.values()))
    assert guess_words(F.TOWN, [town.name, town.short], city) == {town.name: town.code, town.short: town.code}
    assert guess_words(F.STATE, ["已办结", "未办结", "办理中", "作废", "甲"], city) == {
        "已办结": "finished", "未办结": "open", "办理中": "open", "作废": "void"
    }  # fmt: skip
    assert guess_words(F.CONFIDENTIAL, ["是", "不保密", "保密"], city) == {"是": "yes", "不保密": "no", "保密": "yes"}
    assert guess_words(F.URGENCY, ["一般", "特急", "加急"], city) == {
        "一般": "normal",
        "特急": "emergency",
        "加急": "urgent",
    }
    assert guess_words(F.CHANNEL, ["12345热线", "微信"], city) == {"12345热线": "hotline", "微信": "web"}


def test_a_code_that_the_city_has_no_more_is_asked_for_again(city: City) -> None:
    mapping = replace(MAPPING, values={**MAPPING.values, F.OFFICE: {"路灯所": "gone"}})
    assert any(one.field == "主办单位" for one in read_row(mapping, city, NAMES, ROW, AT).faults)
