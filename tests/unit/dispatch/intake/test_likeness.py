"""Which orders the desk proposes for joining, and with what reason."""

import datetime as dt

import pytest

from dispatch.city.records import City
from dispatch.intake.duplicates import MatterToCompare, judge
from dispatch.intake.similarity import SAME_NAME, place_likeness, text_likeness
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.workflow import State

AT = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)


def make_order(**fields: object) -> Order:
    known = {
        "state": State.IN_PROGRESS, "subject": "street-lamp", "title": "神道路中段路灯不亮", "matter": "路灯昨晚不亮了",
        "place_town": "lucheng", "place": "神道路中段", "received_at": AT - dt.timedelta(hours=3),
    }  # fmt: skip
    return Order(**known | fields)


MATTER = MatterToCompare("street-lamp", "lucheng", "鲁城街道神道路中段路东", "神道路的路灯坏了")


def test_the_same_subject_at_the_same_place_is_proposed_with_its_reasons(policy: Policy) -> None:
    found = judge(policy.city, policy.desk, MATTER, make_order(), AT)
    assert found is not None
    assert found.can_join
    assert found.why[0] == "同一事项：路灯不亮或损坏"
    assert found.why[1].startswith("地点相近：神道路中段")
    assert found.why[2] == "3小时前受理"


@pytest.mark.parametrize(
    "other",
    [{"place_town": "shuyuan"}, {"place": "孔林东路公交站"}, {"subject": "manhole"}],
    ids=["another town", "another place", "another subject"],
)
def test_another_town_place_or_subject_is_another_matter(policy: Policy, other: dict[str, str]) -> None:
    assert judge(policy.city, policy.desk, MATTER, make_order(**other), AT) is None


def test_without_a_subject_the_words_must_be_alike_too(policy: Policy) -> None:
    said = MatterToCompare(None, "lucheng", "神道路中段", "神道路中段路灯不亮")
    assert judge(policy.city, policy.desk, said, make_order(), AT) is not None
    assert (
        judge(
            policy.city, policy.desk, MatterToCompare(None, "lucheng", "神道路中段", "有人占道卖菜"), make_order(), AT
        )
        is None
    )


def test_what_is_closed_is_told_but_cannot_be_joined(policy: Policy) -> None:
    found = judge(policy.city, policy.desk, MATTER, make_order(state=State.CLOSED), AT)
    assert found is not None
    assert not found.can_join


def test_one_road_of_the_gazetteer_is_one_place_and_house_numbers_count_for_nothing(city: City) -> None:
    road = next(place.name for place in city.places if place.kind == "road")
    assert place_likeness(city, f"{road}12号门口", f"{road}与东边路口") >= SAME_NAME
    assert place_likeness(city, "幸福小区3号楼", "和平花园3号楼") < 0.4
    assert place_likeness(city, "", "神道路") == 0


def test_likeness_is_the_same_both_ways_and_whole_for_itself() -> None:
    one, other = "路灯不亮请来修", "门口的路灯不亮"
    assert text_likeness(one, other) == text_likeness(other, one) > 0
    assert text_likeness(one, one) == 1
