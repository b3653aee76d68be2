"""What real calls (samples/cel) amount to. The table was written from what was done in each call."""

import contextlib
import datetime as dt
import itertools
from functools import cache
from operator import attrgetter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.calls.call import SET_BACK, UnexpectedFact, fold, step
from telephony.calls.call_state import CallPicture, CallState, Happening, LegRole
from telephony.calls.events import Fact, FactKind, fact_from_line
from tests.unit.telephony.invariants import assert_sound

TRACES = Path(__file__).parents[4] / "samples/cel"


def load(case: str) -> list[Fact]:
    return list(_read(case))


@cache
def _read(case: str) -> tuple[Fact, ...]:
    return tuple(fact_from_line(line) for line in (TRACES / f"{case}.csv").read_bytes().splitlines())


when = attrgetter("at")
"""Lines stand in the file as Asterisk's threads came to write them, not always in the order of their times."""

NOTHING_WAS_WRITTEN = {"dispatch-phone-away"}
"""There never was a channel."""

# case | direction | outcome | who called, and whom | connected, in order of appearance | recorded | what happened
TABLE = """
answered                       | inbound  | answered        | 13900000001 12345 | 1001      | yes     | arrived:citizen-1 queued rang:1001 answered:1001
answered-agent-hangs-up        | inbound  | answered        | 13900000001 12345 | 1001      | yes     | arrived:citizen-1 queued rang:1001 answered:1001
survey-key-pressed             | inbound  | answered        | 13900000001 12345 | 1001      | yes     | arrived:citizen-1 queued rang:1001 answered:1001
hold-and-unhold                | inbound  | answered        | 13900000001 12345 | 1001      | yes     | arrived:citizen-1 queued rang:1001 answered:1001
first-agent-does-not-answer    | inbound  | answered        | 13900000001 12345 | 1002      | yes     | arrived:citizen-1 queued rang:1001 rang:1002 answered:1002
two-agents-ring                | inbound  | answered        | citizen-1 12345   | 1002      | yes     | arrived:citizen-1 queued rang:1002 rang:1001 answered:1002
abandoned-in-queue             | inbound  | abandoned       | 13900000001 12345 | -         | yes     | arrived:citizen-1 queued rang:1001
hung-up-in-greeting            | inbound  | abandoned       | 13900000001 12345 | -         | yes     | arrived:citizen-1
waited-too-long                | inbound  | abandoned       | citizen-1 12345   | -         | yes     | arrived:citizen-1 queued rang:1001
no-agents-and-no-message       | inbound  | abandoned       | 13900000001 12345 | -         | yes     | arrived:citizen-1 queued
no-agents-and-silence          | inbound  | failed          | 13900000001 12345 | -         | yes     | arrived:citizen-1 queued
message-left                   | inbound  | message_left    | 13900000001 12345 | -         | message | arrived:citizen-1 queued
message-left-by-hanging-up     | inbound  | message_left    | 13900000001 12345 | -         | message | arrived:citizen-1 queued
message-by-key                 | inbound  | message_left    | 13900000001 12345 | -         | message | arrived:citizen-1 queued rang:1001
callback-asked                 | inbound  | callback_asked  | 13900000001 12345 | -         | yes     | arrived:citizen-1 queued rang:1001
callback-asked-number-withheld | inbound  | callback_asked  | - 12345           | -         | yes     | arrived:citizen-1 queued rang:1001
blind-transfer-to-agent        | inbound  | answered        | 13900000001 12345 | 1001 1002 | yes     | arrived:citizen-1 queued rang:1001 answered:1001 rang:1002
blind-transfer-by-refer        | inbound  | answered        | 13900000001 12345 | 1001 1002 | yes     | arrived:citizen-1 queued rang:1001 answered:1001 rang:1002
blind-transfer-not-answered    | inbound  | answered        | 13900000001 12345 | 1001 1001 | yes     | arrived:citizen-1 queued rang:1001 answered:1001 queued rang:1001
attended-transfer              | inbound  | answered        | 13900000001 12345 | 1001 1002 | yes     | arrived:citizen-1 queued rang:1001 answered:1001 rang:1002
transferred-to-110             | inbound  | transferred_out | 13900000001 12345 | 1001 emergency-110 | yes | arrived:citizen-1 queued rang:1001 answered:1001
transfer-to-110-fails          | inbound  | answered        | 13900000001 12345 | 1001 1001 | yes     | arrived:citizen-1 queued rang:1001 answered:1001 queued rang:1001
agent-calls-crew               | internal | answered        | 1001 unit-01      | unit-01   | yes     | arrived:1001 answered:unit-01
dispatch-answered              | dispatch | answered        | - unit-01         | -         | yes     | arrived:unit-01 answered:unit-01
dispatch-crew-hangs-up         | dispatch | answered        | - unit-01         | -         | yes     | arrived:unit-01 answered:unit-01
dispatch-not-answered          | dispatch | failed          | - unit-01         | -         | no      | arrived:unit-01
dispatch-busy                  | dispatch | failed          | - unit-01         | -         | no      | arrived:unit-01
"""  # noqa: E501
EXPECTED = {row[0]: row[1:] for row in ([cell.strip() for cell in line.split("|")] for line in TABLE.split("\n")[1:-1])}


def test_every_trace_is_in_the_table():
    assert {path.stem for path in TRACES.glob("*.csv")} == EXPECTED.keys() | NOTHING_WAS_WRITTEN
    assert not any(load(case) for case in NOTHING_WAS_WRITTEN)


def whole(case: str) -> CallPicture:
    picture, _, unexpected = fold(load(case))
    assert picture is not None
    assert not unexpected
    return picture


def test_the_end_of_the_whole_is_taken_last_though_its_time_may_lie_before_the_callers_hanging_up():
    facts = load("two-agents-ring")
    assert facts[-1].kind is FactKind.LINKEDID_END
    assert facts[-1].at < max(fact.at for fact in facts)
    assert whole("two-agents-ring").first_leg.hung_up_itself


@pytest.mark.parametrize("case", EXPECTED)
def test_a_real_call_becomes_what_was_done_in_it(case: str):
    direction, outcome, numbers, connected, recorded, happenings = EXPECTED[case]
    picture, happened, unexpected = fold(load(case))
    assert picture is not None
    assert not unexpected
    assert_sound(picture)
    assert (picture.state, picture.direction, picture.outcome) == (CallState.ENDED, direction, outcome)
    assert f"{picture.caller_number or '-'} {picture.called_number}" == numbers
    others = [leg for leg in picture.legs.values() if leg is not picture.first_leg and leg.role is not LegRole.MACHINE]
    assert (" ".join(leg.endpoint for leg in others if leg.connected_at) or "-") == connected
    assert " ".join(f"{one.what}:{one.detail}".rstrip(":") for one in happened) == f"{happenings} ended:{outcome}"
    # Paths are made of the day and the uniqueid only: Asterisk and we must agree on them.
    stem = f"{picture.started_at:%Y/%m/%d}/{picture.linkedid}"
    assert (picture.recording.stem if picture.recording else None) == (None if recorded == "no" else stem)
    assert picture.message_stem == (f"{stem}-message" if recorded == "message" else "")


@pytest.mark.parametrize("case", EXPECTED)
def test_answered_by_is_the_first_person_with_whom_the_caller_was_connected(case: str):
    picture, happened, _ = fold(load(case))
    assert picture is not None
    answers = [(one.at, one.detail) for one in happened if one.what is Happening.ANSWERED]
    assert answers == ([(picture.answered_at, picture.answered_by)] if picture.answered_at else [])


@pytest.mark.parametrize(
    ("case", "number"), [("callback-asked", "13900000001"), ("callback-asked-number-withheld", "13900000001")]
)
def test_a_call_back_knows_the_number_to_call(case: str, number: str):
    assert whole(case).callback_number == number


@pytest.mark.parametrize("case", EXPECTED)
def test_only_who_asked_for_a_call_back_is_called_back(case: str):
    assert bool(whole(case).callback_number) == case.startswith("callback-asked")


@pytest.mark.parametrize("case", EXPECTED)
def test_only_a_transfer_that_was_picked_up_outside_is_one(case: str):
    assert whole(case).transferred_to == ("110" if case == "transferred-to-110" else "")


@pytest.mark.parametrize(
    ("case", "seconds"), [("message-left", 6.7), ("message-left-by-hanging-up", 4.7), ("message-by-key", 6.5)]
)
def test_a_message_lasts_from_the_tone_until_the_caller_is_silent_or_gone(case: str, seconds: float):
    picture = whole(case)
    assert picture.message_started_at is not None
    assert picture.message_ended_at is not None
    assert (picture.message_ended_at - picture.message_started_at).total_seconds() == pytest.approx(seconds, abs=0.1)


@pytest.mark.parametrize(("case", "cause"), [("dispatch-busy", 17), ("dispatch-not-answered", 19), ("answered", 16)])
def test_the_first_leg_keeps_the_networks_reason(case: str, cause: int):
    assert whole(case).first_leg.hangup_cause == cause


def states(case: str) -> list[str]:
    """The states a live screen would show, one after the other."""
    picture: CallPicture | None = None
    shown: list[str] = []
    for fact in sorted(load(case), key=when):
        picture, _ = step(picture, fact)
        assert_sound(picture)
        if shown[-1:] != [picture.state.value]:
            shown.append(picture.state.value)
    return shown


@pytest.mark.parametrize(
    ("case", "shown"),
    [
        ("answered", "arriving queued ringing talking ended"),
        ("two-agents-ring", "arriving queued ringing talking ended"),
        ("first-agent-does-not-answer", "arriving queued ringing queued ringing talking ended"),
        ("blind-transfer-not-answered", "arriving queued ringing talking queued ringing talking ended"),
        ("transfer-to-110-fails", "arriving queued ringing talking queued ringing talking ended"),
        ("attended-transfer", "arriving queued ringing talking ended"),
        ("message-by-key", "arriving queued ringing queued leaving_message ended"),
        ("callback-asked", "arriving queued ringing queued ended"),
        ("hung-up-in-greeting", "arriving ended"),
        ("dispatch-answered", "arriving talking ended"),
        ("dispatch-busy", "arriving ended"),
    ],
)
def test_a_screen_shows_the_call_as_it_is(case: str, shown: str):
    assert states(case) == shown.split()


# ── whatever reaches us of a call ────────────────────────────────────────────────────────────────────────────────

cases = st.sampled_from(sorted(EXPECTED))


@given(cases, st.data())
def test_the_order_of_lines_and_lines_read_twice_do_not_matter(case: str, data: st.DataObject):
    """Of what was stated in one and the same microsecond the file's order is kept; lines of one moment may stand in
    any order, as threads write. What lies further apart stands in the file's order (a clock may be set back)."""
    facts = load(case)
    moments = [list(group) for _, group in itertools.groupby(sorted(facts, key=when), when)]
    mixed: list[Fact] = []
    while moments:
        near = [one for one in moments if one[0].at - moments[0][0].at < SET_BACK / 2]
        mixed += [fact for moment in data.draw(st.permutations(near)) for fact in moment]
        moments = moments[len(near) :]
    again = data.draw(st.lists(st.sampled_from(facts), max_size=8))
    picture, happened, unexpected = fold([*mixed, *again])
    expected, expected_happenings, _ = fold(facts)
    assert picture == expected
    assert list(dict.fromkeys(one.key for one in happened)) == [one.key for one in expected_happenings]
    assert not unexpected


@given(cases, st.data())
def test_lines_that_are_missing_never_make_a_call_unsound(case: str, data: st.DataObject):
    heard = load(case)
    facts = [heard[at] for at in sorted(data.draw(st.sets(st.integers(0, len(heard) - 1), min_size=1)))]
    picture, happened, _ = fold(facts)
    assert picture is not None
    assert_sound(picture)
    assert [one.at for one in happened] == sorted(one.at for one in happened)
    stepped: CallPicture | None = None
    for fact in sorted(facts, key=lambda fact: (fact.kind is FactKind.LINKEDID_END, fact.at)):
        with contextlib.suppress(UnexpectedFact):
            stepped, _ = step(stepped, fact)
    assert stepped == picture


@given(cases, st.data())
def test_a_call_that_the_exchange_forgot_ends_wherever_it_was(case: str, data: st.DataObject):
    facts = load(case)
    heard = facts[: data.draw(st.integers(1, len(facts)))]
    gone = heard[-1].at + dt.timedelta(minutes=5)
    picture, happened, unexpected = fold([*heard, Fact(FactKind.VANISHED, gone, heard[0].linkedid, heard[0].uniqueid)])
    assert picture is not None
    assert picture.state is CallState.ENDED
    assert_sound(picture)
    assert [one.what for one in happened].count(Happening.ENDED) == 1
    assert not unexpected


@pytest.mark.parametrize("hours", [1 / 60, 1, 30])
@pytest.mark.parametrize("case", sorted(EXPECTED))
def test_a_clock_that_is_set_back_anywhere_in_a_call_changes_nothing_but_times(case: str, hours: float) -> None:
    facts, right = load(case), whole(case)
    for first in range(1, len(facts)):
        late = [fact._replace(at=fact.at - dt.timedelta(hours=hours)) for fact in facts[first:]]
        picture, happened, unexpected = fold([*facts[:first], *late])
        assert picture is not None
        assert (picture.outcome, picture.direction, unexpected) == (right.outcome, right.direction, ())
        assert [news.at for news in happened] == sorted(news.at for news in happened)
        assert picture.ended_at is not None
        assert picture.started_at <= (picture.answered_at or picture.started_at) <= picture.ended_at
