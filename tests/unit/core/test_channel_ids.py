"""Ids of channels of our own making: each maker's is parsed back, and no other name is taken for one."""

import pytest

from core.channel_ids import (
    ChannelId,
    ChannelUse,
    call_of,
    call_out_id,
    callback_id,
    crew_call_id,
    guest_id,
    is_guest,
    is_question,
    parse_channel_id,
    practice_id,
    question_id,
    reachability_check_id,
    spy_id,
    use_of,
)

MADE = {
    crew_call_id(7, 2): ChannelId(ChannelUse.CREW_CALL, 7, 2),
    call_out_id(8): ChannelId(ChannelUse.CALL_OUT, 8),
    callback_id(9, 3): ChannelId(ChannelUse.CALLBACK, 9, 3),
    spy_id(10): ChannelId(ChannelUse.SPY, 10),
    practice_id(11): ChannelId(ChannelUse.PRACTICE, 11),
    reachability_check_id(12): ChannelId(ChannelUse.REACHABILITY_CHECK, 12, 1),
    guest_id(13, "out-8"): ChannelId(ChannelUse.GUEST, 13, call="out-8"),
    guest_id(14, "qufu-1795260916.0"): ChannelId(ChannelUse.GUEST, 14, call="qufu-1795260916.0"),
}


@pytest.mark.parametrize("made", MADE)
def test_an_id_is_parsed_back_to_what_it_was_made_of(made: str) -> None:
    assert parse_channel_id(made) == MADE[made]
    assert use_of(made) is MADE[made].use


def test_each_use_has_a_maker() -> None:
    assert {use_of(made) for made in (*MADE, question_id())} == set(ChannelUse)


def test_a_question_is_nobodys_call_and_each_has_its_own_id() -> None:
    asked = question_id()
    assert is_question(asked)
    assert use_of(asked) is ChannelUse.QUESTION
    assert parse_channel_id(asked) is None
    assert asked != question_id()


def test_a_guest_belongs_to_the_call_that_it_was_called_into() -> None:
    assert call_of(guest_id(14, "qufu-1795260916.0")) == "qufu-1795260916.0"
    assert is_guest(guest_id(14, "qufu-1795260916.0"))
    assert call_of("qufu-1795260916.0") == "qufu-1795260916.0"
    assert call_of("guest-of-nobody") == "guest-of-nobody"


@pytest.mark.parametrize(
    "other",
    [
        "",
        "qufu-1795260916.0",
        "dispatch-7",
        "dispatch-x-1",
        "out-7-1",
        "out",
        "reachability-1",
        "spy-",
        "spy-٧",
        "guest-1",
    ],
)
def test_what_no_maker_made_is_not_parsed(other: str) -> None:
    assert parse_channel_id(other) is None
