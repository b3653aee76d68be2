"""The life of a call: every state × every kind of fact, and conversations (`>>` a fact in, `<<` what happened)."""

import datetime as dt
import itertools

import pytest

from telephony.calls.call import TABLE, UnexpectedFact, fold, step
from telephony.calls.call_state import CallPicture, CallState, Direction, HappeningAt, LegRole, Outcome
from telephony.calls.events import Fact, FactKind
from tests.unit.telephony.invariants import assert_sound

START = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)
CALL = "qufu-1.0"
WHAT_WORDS_MEAN = {
    "says": "user_kind",
    "in": "bridge_id",
    "by": "hangupsource",
    "cause": "hangupcause",
    "to": "exten",
    "from": "caller_number",
    "runs": "application",
    "that": "extra",
}


def parse_fact(line: str, linkedid: str = CALL) -> Fact:
    """`7.5 BRIDGE_ENTER 1001 in=b`: seconds, kind, whose channel, and its details."""
    second, kind, who, *said = line.split()
    words = {WHAT_WORDS_MEAN[word]: value for word, _, value in (one.partition("=") for one in said)}
    extra: dict[str, object] = {
        key: words.pop(key) for key in ("bridge_id", "hangupsource", "hangupcause", "extra") if key in words
    }
    if "hangupsource" in extra:
        extra["hangupsource"] = channel_of(str(extra["hangupsource"]))
    if "hangupcause" in extra:
        extra["hangupcause"] = int(str(extra["hangupcause"]))
    first = who in ("citizen", "caller")
    return Fact(
        FactKind(kind),
        START + dt.timedelta(seconds=float(second)),
        linkedid,
        linkedid if first else f"qufu-{who}",
        channel_of(who),
        **words,
        extra=extra,
    )


def channel_of(who: str) -> str:
    if who == "local":
        return "Local/1002@agents-00000000;1"
    return {"citizen": "PJSIP/trunk-0000000a", "caller": "PJSIP/1001-0000000a"}.get(who, f"PJSIP/{who}-0000000b")


def play(conversation: str, linkedid: str = CALL) -> CallPicture:
    """Every `<<` line is what the fact above it has led to, in order; nothing else may have happened."""
    picture: CallPicture | None = None
    waiting: list[HappeningAt] = []
    for line in conversation.strip().splitlines():
        sign, said = line.strip().split(maxsplit=1)
        if sign == ">>":
            assert not waiting, f"before {said}"
            picture, news = step(picture, parse_fact(said, linkedid))
            assert_sound(picture)
            waiting = list(news)
        elif sign == "<<":
            assert waiting, said
            happening = waiting.pop(0)
            assert f"{happening.what} {happening.detail}".strip() == said
        else:
            assert sign == "=="
            assert picture is not None
            assert picture.state == said
    assert not waiting
    assert picture is not None
    return picture


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────

ARRIVING = "0 CHAN_START citizen from=13900000001 to=12345"
QUEUED = "5 APP_START citizen runs=Queue"
RINGING = "6 CHAN_START 1001"
TALKING = ["9 ANSWER 1001", "9 BRIDGE_ENTER 1001 in=b", "9 BRIDGE_ENTER citizen in=b"]
STORIES = {
    CallState.ARRIVING: [ARRIVING],
    CallState.QUEUED: [ARRIVING, QUEUED],
    CallState.RINGING: [ARRIVING, QUEUED, RINGING],
    CallState.TALKING: [ARRIVING, QUEUED, RINGING, *TALKING],
    CallState.LEAVING_MESSAGE: [ARRIVING, QUEUED, "9 APP_START citizen runs=Record"],
    CallState.ENDED: [ARRIVING, QUEUED, "9 HANGUP citizen by=citizen"],
}
PAIRS = list(itertools.product(CallState, FactKind))
LISTED = [(state, kind) for state, kind in PAIRS if kind in TABLE[state]]
NOT_LISTED = [(state, kind) for state, kind in PAIRS if kind not in TABLE[state]]
WHO = ["citizen", "1001", "1002", "unit-07", "local"]


def call_in(state: CallState) -> CallPicture:
    picture, _, unexpected = fold(map(parse_fact, STORIES[state]))
    assert picture is not None
    assert not unexpected
    assert picture.state is state
    return picture


@pytest.mark.parametrize(("state", "kind"), LISTED)
def test_what_the_table_lists_leaves_a_sound_call(state: CallState, kind: FactKind):
    for who in WHO:
        after, happenings = step(call_in(state), parse_fact(f"20 {kind} {who}"))
        assert_sound(after)
        assert all(news.at <= START + dt.timedelta(seconds=20) for news in happenings)


@pytest.mark.parametrize(("state", "kind"), NOT_LISTED)
def test_what_the_table_does_not_list_raises_and_says_where(state: CallState, kind: FactKind):
    for who in WHO:
        fact = parse_fact(f"20 {kind} {who}")
        with pytest.raises(UnexpectedFact) as caught:
            step(call_in(state), fact)
        assert all(word in caught.value.message for word in (CALL, state, kind, fact.channel))


def test_only_parking_is_strange_to_a_living_call():
    strange = {kind for state, kind in NOT_LISTED if state is not CallState.ENDED}
    assert strange == {FactKind.PARK_START, FactKind.PARK_END}


def test_an_ended_call_begins_nothing_anew():
    begins = {FactKind.CHAN_START, FactKind.ANSWER, FactKind.APP_START, FactKind.BRIDGE_ENTER}
    transfers = {FactKind.BLINDTRANSFER, FactKind.ATTENDEDTRANSFER, FactKind.PICKUP, FactKind.FORWARD}
    assert begins | transfers <= {kind for state, kind in NOT_LISTED if state is CallState.ENDED}


NEXT = """
CHAN_START 1002            ringing   ringing   ringing   talking   leaving_message
CHAN_START unit-07         arriving  queued    ringing   talking   leaving_message
CHAN_END 1001              arriving  queued    queued    talking   leaving_message
HANGUP 1001                arriving  queued    queued    talking   leaving_message
APP_START citizen Queue    queued    queued    queued    queued    queued
APP_START citizen Record   leaving_message  leaving_message  leaving_message  leaving_message  leaving_message
HANGUP citizen             ended     ended     ringing   talking   ended
LINKEDID_END citizen       ended     ended     ended     ended     ended
VANISHED citizen           ended     ended     ended     ended     ended
"""
"""The next state from arriving, queued, ringing, talking and leaving_message."""


@pytest.mark.parametrize("line", NEXT.strip().splitlines())
def test_each_state_leads_where_its_row_says(line: str):
    *fact, arriving, queued, ringing, talking, leaving = line.split()
    expected = [arriving, queued, ringing, talking, leaving]
    said = f"20 {fact[0]} {fact[1]}" + (f" runs={fact[2]}" if len(fact) > 2 else "")
    living = [state for state in CallState if state is not CallState.ENDED]
    assert [step(call_in(state), parse_fact(said))[0].state.value for state in living] == expected


def test_every_state_has_a_row_of_its_own():
    assert set(TABLE) == set(CallState)
    assert len({id(row) for row in TABLE.values()}) == len(CallState)


@pytest.mark.parametrize("kind", [kind for kind in FactKind if kind not in TABLE[CallState.ARRIVING]])
def test_a_call_does_not_begin_with_what_no_rule_lists(kind: FactKind):
    facts = [parse_fact(f"0 {kind} citizen"), parse_fact("1 ANSWER citizen")]
    picture, _, unexpected = fold(facts)
    assert len(unexpected) == 1
    assert picture is not None
    assert picture.started_at == facts[1].at


# ── conversations ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_agents_second_phone_is_the_same_agent():
    picture = play("""
        >> 0   CHAN_START    citizen  from=13900000001 to=12345
        << arrived trunk
        >> 0.1 ANSWER        citizen
        == arriving
        >> 0.2 USER_DEFINED  citizen  says=RECORDING_STARTED that=2026/11/21/qufu-1.0
        >> 4   APP_START     citizen  runs=Queue
        << queued
        >> 5   CHAN_START    1001
        << rang 1001
        >> 5   CHAN_START    1001-web
        << rang 1001
        >> 9   ANSWER        1001-web
        >> 9   HANGUP        1001     cause=26
        == ringing
        >> 9.1 BRIDGE_ENTER  1001-web in=b
        >> 9.2 BRIDGE_ENTER  citizen  in=b
        << answered 1001
        == talking
        >> 60  BRIDGE_EXIT   citizen  in=b
        >> 60  HANGUP        citizen  by=citizen cause=16
        >> 60  HANGUP        1001-web by=citizen cause=16
        << ended answered
        >> 60  LINKEDID_END  citizen
    """)
    assert (picture.caller_number, picture.called_number) == ("13900000001", "12345")
    assert (picture.queued_at, picture.answered_at) == (START + dt.timedelta(seconds=4), START + dt.timedelta(0, 9.2))
    assert picture.recording is not None
    assert (picture.recording.stem, picture.recording.uniqueid) == ("2026/11/21/qufu-1.0", CALL)
    assert [leg.hangup_cause for leg in picture.legs.values()] == [16, 26, 16]


def test_the_pbx_picking_up_for_the_greeting_is_no_answer():
    picture = play("""
        >> 0   CHAN_START    citizen
        << arrived trunk
        >> 0.1 ANSWER        citizen
        >> 2   HANGUP        citizen  by=citizen cause=16
        << ended abandoned
    """)
    assert picture.answered_at is None


def test_nobody_takes_the_transfer_and_the_caller_waits_again():
    picture = play("""
        >> 0   CHAN_START    citizen
        << arrived trunk
        >> 1   APP_START     citizen  runs=Queue
        << queued
        >> 2   CHAN_START    1001
        << rang 1001
        >> 3   BRIDGE_ENTER  1001     in=b
        >> 3   BRIDGE_ENTER  citizen  in=b
        << answered 1001
        >> 9   BLINDTRANSFER 1001
        >> 9   BRIDGE_EXIT   1001     in=b
        >> 9   BRIDGE_EXIT   citizen  in=b
        >> 9   APP_START     citizen  runs=Queue
        << queued
        == queued
        >> 9.1 HANGUP        1001     cause=16
        == queued
        >> 10  CHAN_START    1002
        << rang 1002
        == ringing
        >> 20  HANGUP        citizen  by=citizen cause=16
        >> 20  HANGUP        1002
        << ended answered
    """)
    assert (picture.queued_at, picture.answered_by) == (START + dt.timedelta(seconds=1), "1001")
    assert picture.answered_at == START + dt.timedelta(seconds=3)


def test_a_consultation_with_110_that_brings_the_citizen_there_is_a_transfer_out():
    picture = play("""
        >> 0   CHAN_START    citizen
        << arrived trunk
        >> 2   CHAN_START    1001
        << rang 1001
        >> 3   BRIDGE_ENTER  1001     in=b
        >> 3   BRIDGE_ENTER  citizen  in=b
        << answered 1001
        >> 5   CHAN_START    local
        >> 6   CHAN_START    emergency-110
        >> 7   ANSWER        emergency-110
        >> 7   USER_DEFINED  emergency-110 says=TRANSFERRED_OUT that=110
        >> 9   BRIDGE_ENTER  local    in=b
        >> 9   HANGUP        1001     by=1001
        == talking
        >> 20  LINKEDID_END  citizen
        << ended transferred_out
    """)
    assert (picture.transferred_to, picture.answered_by) == ("110", "1001")
    assert picture.legs["qufu-emergency-110"].role is LegRole.OUTSIDE


def test_an_agents_own_call_to_110_is_answered_not_transferred():
    picture = play("""
        >> 0   CHAN_START    caller   to=110
        << arrived 1001
        >> 1   CHAN_START    emergency-110
        >> 7   USER_DEFINED  emergency-110 says=TRANSFERRED_OUT that=110
        >> 7   BRIDGE_ENTER  emergency-110 in=b
        >> 7   BRIDGE_ENTER  caller   in=b
        << answered emergency-110
        >> 20  LINKEDID_END  caller
        << ended answered
    """)
    assert picture.direction is Direction.OUTBOUND


def test_whom_we_called_is_queued_when_nobody_takes_him_over_and_talks_again():
    picture = play(
        """
        >> 0   CHAN_START    caller
        << arrived 1001
        >> 1   ANSWER        caller
        >> 1   CHAN_START    trunk
        >> 5   ANSWER        trunk
        >> 5   USER_DEFINED  trunk    says=RECORDING_STARTED that=2026/11/21/qufu-trunk
        >> 5   BRIDGE_ENTER  trunk    in=b
        >> 5   BRIDGE_ENTER  caller   in=b
        << answered trunk
        >> 20  BRIDGE_EXIT   trunk    in=b
        >> 20  HANGUP        caller   by=caller cause=16
        >> 22  APP_START     trunk    runs=Queue
        << queued
        == queued
        >> 23  CHAN_START    1003
        << rang 1003
        == ringing
        >> 25  BRIDGE_ENTER  1003     in=c
        >> 25  BRIDGE_ENTER  trunk    in=c
        == talking
        >> 40  HANGUP        trunk    by=trunk cause=16
        >> 40  HANGUP        1003     cause=16
        << ended answered
        """,
        "out-7",
    )
    assert (picture.direction, picture.answered_by) == (Direction.OUTBOUND, "trunk")
    assert picture.recording is not None
    assert picture.recording.uniqueid == "qufu-trunk"


@pytest.mark.parametrize(("number", "rings"), [("1002", True), ("unit-07", False)])
def test_a_call_in_the_installation_is_internal(number: str, rings: bool):
    picture, happenings, _ = fold(
        [parse_fact(f"0 CHAN_START caller to={number}"), parse_fact(f"1 CHAN_START {number}")]
    )
    assert picture is not None
    assert picture.direction is Direction.INTERNAL
    assert (len(happenings) == 2) == rings


def test_a_machine_in_the_bridge_is_not_a_person():
    play("""
        >> 0   CHAN_START    citizen
        << arrived trunk
        >> 1   BRIDGE_ENTER  citizen  in=b
        >> 2   BRIDGE_ENTER  local    in=b
        == arriving
        >> 20  LINKEDID_END  citizen
        << ended failed
    """)


def test_a_call_to_a_crew_is_answered_when_the_crew_picks_up():
    picture = play(
        """
        >> 0   CHAN_START    unit-07  from=unit07 to=s
        << arrived unit-07
        >> 4   ANSWER        unit-07
        << answered unit-07
        == talking
        >> 30  HANGUP        unit-07  by=unit-07 cause=16
        << ended answered
        """,
        linkedid="dispatch-7-1",
    )
    assert (picture.direction, picture.caller_number, picture.called_number) == (Direction.DISPATCH, "", "unit-07")


def test_a_message_found_after_the_caller_was_gone_still_counts_and_the_end_is_told_anew():
    picture = play("""
        >> 0   CHAN_START    citizen
        << arrived trunk
        >> 5   APP_START     citizen  runs=Record
        == leaving_message
        >> 12  HANGUP        citizen  by=citizen cause=16
        << ended abandoned
        >> 13  USER_DEFINED  citizen  says=MESSAGE_LEFT that=2026/11/21/qufu-1.0-message
        << ended message_left
    """)
    assert picture.message_ended_at == picture.ended_at == START + dt.timedelta(seconds=12)


def test_a_call_back_without_a_number_of_its_own_goes_to_the_callers():
    picture = play("""
        >> 0   CHAN_START    citizen  from=13900000001
        << arrived trunk
        >> 5   USER_DEFINED  citizen  says=CALLBACK_ASKED
        >> 6   HANGUP        citizen  by=citizen
        << ended callback_asked
    """)
    assert picture.callback_number == "13900000001"


def test_a_call_whose_beginning_nobody_heard_is_a_citizens():
    picture = play("""
        >> 6   ANSWER        1001     from=1001
        << arrived 1001
        >> 6   BRIDGE_ENTER  1001     in=b
        >> 6   BRIDGE_ENTER  citizen  in=b
        << answered 1001
        >> 20  HANGUP        1001     by=1001
        >> 20  HANGUP        citizen
        << ended answered
    """)
    assert (picture.direction, picture.first_leg.role, picture.caller_number) == (Direction.INBOUND, "caller", "")


def test_legs_that_the_exchange_forgot_end_with_the_call():
    picture = play("""
        >> 0   CHAN_START    citizen
        << arrived trunk
        >> 2   CHAN_START    1001
        << rang 1001
        >> 90  VANISHED      citizen
        << ended failed
        >> 91  HANGUP        1001
    """)
    assert {leg.ended_at for leg in picture.legs.values()} == {START + dt.timedelta(seconds=90)}


# ── outcomes ─────────────────────────────────────────────────────────────────────────────────────────────────────

WHAT_HAPPENED = {
    Outcome.TRANSFERRED_OUT: ["8 USER_DEFINED emergency-110 says=TRANSFERRED_OUT that=110"],
    Outcome.ANSWERED: ["7 BRIDGE_ENTER 1001 in=b", "7 BRIDGE_ENTER citizen in=b"],
    Outcome.MESSAGE_LEFT: ["9 USER_DEFINED citizen says=MESSAGE_LEFT that=m"],
    Outcome.CALLBACK_ASKED: ["9 USER_DEFINED citizen says=CALLBACK_ASKED that=13900000001"],
    Outcome.BLOCKED: ["1 USER_DEFINED citizen says=BLOCKED that=13900000001"],
    Outcome.ABANDONED: ["20 HANGUP citizen by=citizen"],
    Outcome.FAILED: ["21 LINKEDID_END citizen"],
}
"""In the order in which they are decided: the first that is true is the outcome."""
COMBINATIONS = [
    {outcome for outcome, happened in zip(WHAT_HAPPENED, chosen, strict=True) if happened}
    for chosen in itertools.product([True, False], repeat=len(WHAT_HAPPENED))
    if chosen[-1]
]


@pytest.mark.parametrize("happened", COMBINATIONS, ids=lambda happened: "+".join(sorted(happened)))
def test_outcomes_are_disjoint_the_first_in_order_is_the_calls(happened: set[Outcome]):
    lines = [ARRIVING, *(line for outcome, said in WHAT_HAPPENED.items() if outcome in happened for line in said)]
    picture, happenings, _ = fold(map(parse_fact, lines))
    assert picture is not None
    assert picture.outcome is next(outcome for outcome in WHAT_HAPPENED if outcome in happened)
    assert [news.detail for news in happenings if news.what == "ended"][-1] == picture.outcome


def test_every_outcome_is_in_the_order():
    assert set(WHAT_HAPPENED) == set(Outcome)


def test_a_happening_told_twice_has_one_key():
    happenings = [fold(map(parse_fact, STORIES[CallState.ENDED]))[1] for _ in range(2)]
    assert [one.key for one in happenings[0]] == [one.key for one in happenings[1]]
    assert len({one.key for one in happenings[0]}) == len(happenings[0])


SURVEYED = [
    "0 CHAN_START citizen from=13900000001 to=12345",
    "1 APP_START citizen runs=Queue",
    "2 CHAN_START 1001",
    "3 ANSWER 1001",
    "3 BRIDGE_ENTER 1001 in=b",
    "3 BRIDGE_ENTER citizen in=b",
    "60 BRIDGE_EXIT 1001 in=b",
    "60 BRIDGE_EXIT citizen in=b",
    "60 USER_DEFINED citizen says=CONVERSATION_ENDED",
]
"""The agent has hung up; the citizen is asked how it was."""


def test_the_call_ends_with_the_conversation_not_with_the_survey():
    picture, happenings, _ = fold(map(parse_fact, SURVEYED))
    assert picture is not None
    assert (picture.state, picture.outcome) == (CallState.ENDED, Outcome.ANSWERED)
    assert picture.ended_at == START + dt.timedelta(seconds=60)
    assert [news.what for news in happenings].count("ended") == 1
    assert picture.survey_key == ""


@pytest.mark.parametrize("key", ["", "1", "5"])
def test_the_survey_s_key_comes_late_and_changes_nothing_else(key: str):
    later = [f"70 USER_DEFINED citizen says=SURVEY that={key}"] if key else []
    later += ["71 HANGUP 1001 cause=16", "75 HANGUP citizen cause=16", "75 CHAN_END citizen", "75 LINKEDID_END citizen"]
    picture, happenings, unexpected = fold(map(parse_fact, SURVEYED + later))
    assert picture is not None
    assert (picture.survey_key, picture.outcome, unexpected) == (key, Outcome.ANSWERED, ())
    assert picture.ended_at == START + dt.timedelta(seconds=60)
    assert [leg.hangup_cause for leg in picture.legs.values()] == [16, 16]
    assert [news.what for news in happenings].count("ended") == 1
    assert_sound(picture)


@pytest.mark.parametrize("at", range(1, 9))
@pytest.mark.parametrize("back", [61, 3600, 86400])
def test_a_clock_set_back_in_mid_call_changes_neither_what_happened_nor_how_long_it_took(at: int, back: int):
    story = [
        *("0 CHAN_START citizen from=13900000001 to=12345", "0 ANSWER citizen", "5 APP_START citizen runs=Queue"),
        *("6 CHAN_START 1001", "9 ANSWER 1001", "9 BRIDGE_ENTER 1001 in=b", "9 BRIDGE_ENTER citizen in=b"),
        *("69 BRIDGE_EXIT citizen in=b", "69 HANGUP citizen by=citizen cause=16", "69 CHAN_END citizen"),
        *("69 HANGUP 1001 cause=16", "69 CHAN_END 1001", "69 LINKEDID_END 1001"),
    ]
    facts = [parse_fact(line) for line in story]
    jumped = [
        fact if number < at else fact._replace(at=fact.at - dt.timedelta(seconds=back))
        for number, fact in enumerate(facts)
    ]
    picture, happenings, unexpected = fold(jumped)
    assert picture is not None
    assert (picture.state, picture.outcome, unexpected) == (CallState.ENDED, Outcome.ANSWERED, ())
    assert [news.what for news in happenings] == [news.what for news in fold(facts)[1]]
    assert_sound(picture)
    assert picture.started_at == START
    assert picture.ended_at is not None
    # What lies between the last fact before and the first one after it is not known; a talk within is whole.
    gap = facts[at].at - facts[at - 1].at
    assert picture.ended_at - picture.started_at in (facts[-1].at - START - gap, facts[-1].at - START)


def test_a_hold_that_is_heard_before_the_file_is_read_so_far_is_no_jump_of_the_clock():
    facts = [parse_fact(line) for line in [*STORIES[CallState.TALKING], "20 HANGUP citizen by=citizen"]]
    hold = parse_fact("15 HOLD 1001")
    assert fold([hold, *facts])[0] == fold([*facts[:-1], hold, facts[-1]])[0]
