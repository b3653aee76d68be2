"""What the watch concludes from what it saw, and what it takes for the greeting."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from telephony.ami.status import ManagerState
from telephony.control.rows import DeviceState, QueueMember
from telephony.monitoring.greeting import GreetingMatch, match_greeting
from telephony.monitoring.line_health import Heart, RingResult, Seen, judge, ready_agents
from telephony.monitoring.roster import Required
from telephony.trouble_kinds import TroubleKind

NOW = dt.datetime(2026, 11, 21, 4, 0, tzinfo=dt.UTC)
WELL = Seen(
    at=NOW,
    ring_result=RingResult(0.1, greeting=GreetingMatch(1.0, 0.3, -18.0)),
    ready=("1001", "1002"),
    required=Required(2),
    heart=Heart(ManagerState.CONNECTED, "Asterisk Call Manager", NOW, NOW),
)


def kinds(seen: Seen) -> list[TroubleKind]:
    return [trouble.kind for trouble in judge(seen)]


def heart(**other: object) -> Heart:
    assert WELL.heart is not None
    return replace(WELL.heart, **other)  # type: ignore[arg-type]


def test_when_all_is_well_there_is_nothing_to_say() -> None:
    assert kinds(WELL) == []


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (replace(WELL, ring_result=RingResult(None, "no registration")), TroubleKind.NOT_ANSWERED),
        (replace(WELL, ring_result=RingResult(0.1)), TroubleKind.GREETING_SILENT),
        (
            replace(WELL, ring_result=RingResult(0.1, greeting=GreetingMatch(0.0, None, -60.0))),
            TroubleKind.GREETING_SILENT,
        ),
        (
            replace(WELL, ring_result=RingResult(0.1, greeting=GreetingMatch(0.4, 0.0, -18.0))),
            TroubleKind.GREETING_WRONG,
        ),
        (replace(WELL, ready=None, queue_failure="refused"), TroubleKind.QUEUE_UNKNOWN),
        (replace(WELL, ready=()), TroubleKind.NO_AGENT),
        (replace(WELL, ready=("1001",)), TroubleKind.TOO_FEW_AGENTS),
        (replace(WELL, required=Required(1, ("1003",))), TroubleKind.TOO_FEW_AGENTS),
        (replace(WELL, heart=None), TroubleKind.LINE_AWAY),
        (replace(WELL, heart=heart(seen_at=NOW - dt.timedelta(seconds=16))), TroubleKind.LINE_AWAY),
        (replace(WELL, heart=heart(manager_state=ManagerState.REFUSED)), TroubleKind.LINE_AWAY),
        (replace(WELL, heart=heart(cel_read_at=None)), TroubleKind.LINE_AWAY),
        (replace(WELL, heart=heart(cel_read_at=NOW - dt.timedelta(seconds=61))), TroubleKind.LINE_AWAY),
        (replace(WELL, heart=None, database_failure="gone"), TroubleKind.DATABASE_AWAY),
    ],
)
def test_each_trouble_is_named_by_itself(seen: Seen, expected: TroubleKind) -> None:
    assert kinds(seen) == [expected]


def member(endpoint: str, state: DeviceState = DeviceState.NOT_IN_USE, reason: str | None = None) -> QueueMember:
    return QueueMember(endpoint, state, reason is not None, reason or "", False, 0, 0)


def test_ready_is_who_takes_calls_or_will_in_a_moment() -> None:
    members = [
        member("1001"),
        member("1002", DeviceState.IN_USE),
        member("1003", DeviceState.UNAVAILABLE),
        member("1004", reason="用餐"),
        member("1005", reason="after_call_work"),
        member("1007", reason="on_break"),
        member("1001-web"),
        member("1006", DeviceState.INVALID),
    ]
    assert ready_agents(members) == ("1001", "1002", "1005")


def speechlike(seconds: float, seed: int) -> np.ndarray:
    """Noise that swells and fades as syllables do: no two stretches alike."""
    random = np.random.default_rng(seed)
    count = int(8000 * seconds)
    swell = 1 + np.sin(2 * np.pi * 4 * np.arange(count) / 8000)
    return (random.normal(0, 2500, count) * swell).clip(-32000, 32000).astype("<i2")


PROMPT = speechlike(6, 1)


def test_the_greeting_is_known_again_softer_and_later() -> None:
    heard = np.concatenate([np.zeros(4000, "<i2"), (PROMPT * 0.2).astype("<i2")])
    match = match_greeting(heard.tobytes(), PROMPT.tobytes())
    assert match.score == 1.0
    assert match.begins_seconds == pytest.approx(0.5, abs=0.01)
    assert not match.silent


def test_a_lost_packet_costs_one_piece_only() -> None:
    heard = np.concatenate([PROMPT[:16000], PROMPT[16160:]])
    assert match_greeting(heard.tobytes(), PROMPT.tobytes()).score >= 11 / 12


@pytest.mark.parametrize("heard", [speechlike(8, 2), PROMPT[::-1].copy(), np.zeros(80000, "<i2"), PROMPT[:4000]])
def test_other_speech_silence_and_a_scrap_are_not_the_greeting(heard: np.ndarray) -> None:
    assert match_greeting(heard.tobytes(), PROMPT.tobytes()).score < 0.2


def test_nothing_heard_is_silence_and_no_mistake() -> None:
    assert match_greeting(b"", PROMPT.tobytes()).silent
    assert match_greeting(b"\0", PROMPT.tobytes()).silent
    assert match_greeting(np.zeros(16000, "<i2").tobytes(), PROMPT.tobytes()).silent
