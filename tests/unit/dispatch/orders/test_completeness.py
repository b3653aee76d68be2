"""What an order must still say before it is registered."""

import pytest

from dispatch.kinds import Kind, NoPlace
from dispatch.orders.completeness import complaint, missing
from dispatch.workflow import TRANSITIONS, State, Step

NEEDS = TRANSITIONS[State.DRAFT][Step.REGISTER].needs
SAID = {"title": "路灯不亮", "matter": "路灯不亮", "subject": "street-lamp"}


@pytest.mark.parametrize("kind", [Kind.HELP, Kind.COMPLAINT, Kind.REPORT])
def test_a_kind_with_a_scene_needs_a_place_or_the_reason_why_there_is_none(kind: Kind) -> None:
    said = SAID | {"kind": kind}
    assert missing(NEEDS, said) == ["place"]
    assert missing(NEEDS, said | {"place": "神道路中段"}) == []
    assert missing(NEEDS, said | {"latitude": 35.6}) == []
    for why in NoPlace:
        assert missing(NEEDS, said | {"no_place": why}) == []


@pytest.mark.parametrize("kind", [Kind.CONSULTATION, Kind.SUGGESTION, Kind.OTHER])
def test_a_kind_without_a_scene_needs_no_place(kind: Kind) -> None:
    assert missing(NEEDS, SAID | {"kind": kind}) == []


def test_a_town_alone_is_no_place_to_go_to() -> None:
    assert missing(NEEDS, SAID | {"kind": "help", "place_town": "lucheng", "place": ""}) == ["place"]


def test_what_no_form_offers_as_a_kind_breaks_nothing() -> None:
    assert missing(NEEDS, {"kind": "<b>"}) == ["title", "matter", "subject"]


def test_the_complaint_says_where_the_reason_is_chosen() -> None:
    assert complaint("place") == "请填写地点；来电人说不出地点的，在“没有地点的原因”里选一项。"
    assert complaint("title") == "请填写标题。"
