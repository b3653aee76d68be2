"""AsyncAGI sessions against a manager that is only a list: limits, strangers' answers, losses."""

import asyncio

import pytest
from asterisk.ami.action import Action

from core.errors import Conflict
from core.tasks import spawn
from ivr.flows import AskKey, End, Flow, Recorded, Say
from ivr.session import AgiSession, AgiSessions, SessionLimits
from telephony.ami.framing import ManagerEvent, ManagerResponse
from telephony.ami.status import ManagerActionFailed, ManagerUnavailable
from telephony.control.rows import LiveChannel
from tests.conftest import until
from tests.support.prompts import Prompts

FLOW = Flow(
    "sample",
    "ask",
    {
        "ask": AskKey((Recorded("ask"),), {"1": "thanks"}, seconds=0.01, no_key="end", other_key="end"),
        "thanks": Say((Recorded("thanks"),), then="end", result="thanked"),
        "end": End(result="left"),
    },
)
QUICK = SessionLimits(answer_margin=0.1, reconnect=0.1, let_go=0.1)


class Manager:
    def __init__(self) -> None:
        self.said: list[dict[str, str]] = []
        self.away = False
        self.refusal = ""

    async def send(self, action: Action, *, seconds: float | None = None) -> ManagerResponse:
        if self.away:
            raise ManagerUnavailable("away")
        if self.refusal:
            raise ManagerActionFailed(action.name, ManagerResponse("Error", {"Message": self.refusal}))
        self.said.append(dict(action.keys))
        return ManagerResponse("Success")

    @property
    def commands(self) -> list[str]:
        return [said["Command"].split(" ")[0] for said in self.said]


def event(name: str, channel: str = "a", **keys: str) -> ManagerEvent:
    return ManagerEvent(name, {"Uniqueid": channel, **keys})


def answer(manager: Manager, result: str, which: int = -1, channel: str = "a") -> ManagerEvent:
    command_id = manager.said[which]["CommandID"]
    return event("AsyncAGIExec", channel, CommandId=command_id, Result=f"200%20result%3D{result}%20endpos%3D1%0A")


def row(channel: str = "a", application: str = "AGI") -> LiveChannel:
    return LiveChannel(
        "PJSIP/x-1", channel, channel, "x", "Up", "dispatch", "s", application, "agi:async", "", "", "", 1
    )


def opened(limits: SessionLimits = QUICK) -> tuple[Manager, AgiSessions]:
    manager = Manager()
    return manager, AgiSessions(manager, Prompts(), limits)


async def test_a_talk_from_key_to_break() -> None:
    manager, sessions = opened(SessionLimits())
    found: list[str] = []

    async def decided(result: str) -> None:
        found.append(result)

    with sessions.attend("a") as session:
        job = spawn(session.run(FLOW, {}, decided), name="run")
        await until(lambda: manager.said)
        sessions.handle(answer(manager, "49"))
        await until(lambda: len(manager.said) == 2)
        assert found == ["thanked"]
        sessions.handle(answer(manager, "0"))
        assert await job == "thanked"
    assert manager.commands == ["GET", "STREAM", "ASYNCAGI"]
    assert len({said["CommandID"] for said in manager.said}) == 3


async def test_answers_to_others_are_not_taken_for_ours() -> None:
    manager, sessions = opened(SessionLimits())
    with sessions.attend("a") as session, sessions.attend("b"):
        job = spawn(session.run(FLOW, {}), name="run")
        await until(lambda: manager.said)
        sessions.handle(answer(manager, "49", channel="b"))
        sessions.handle(answer(manager, "49", channel="stranger"))
        sessions.handle(event("AsyncAGIExec", CommandId="of-a-life-before", Result="200%20result%3D49"))
        sessions.handle(event("Newchannel"))
        assert not session.gone.done()
        sessions.handle(answer(manager, "50"))
        assert await job == "left"


async def test_an_answer_that_never_comes_fails_the_call_and_lets_the_channel_go() -> None:
    manager, sessions = opened()
    with sessions.attend("a") as session:
        assert await session.run(FLOW, {}) == "failed"
    assert manager.commands == ["GET", "ASYNCAGI"]


async def test_a_silent_channel_does_not_keep_another_waiting() -> None:
    manager, sessions = opened(SessionLimits())
    with sessions.attend("silent") as silent, sessions.attend("a") as session:
        waiting = spawn(silent.run(FLOW, {}), name="silent")
        await until(lambda: manager.said)
        job = spawn(session.run(FLOW, {}), name="run")
        await until(lambda: len(manager.said) == 2)
        sessions.handle(answer(manager, "0"))
        assert await job == "left"
        assert not waiting.done()
        sessions.handle(event("Hangup", "silent", Cause="16"))
        assert await waiting == "hung_up"


async def test_a_hang_up_ends_the_flow_and_nothing_more_is_said() -> None:
    manager, sessions = opened(SessionLimits())
    with sessions.attend("a") as session:
        job = spawn(session.run(FLOW, {}), name="run")
        await until(lambda: manager.said)
        sessions.handle(event("HangupRequest"))
        sessions.handle(answer(manager, "-1"))
        sessions.handle(event("Hangup", Cause="16"))
        assert await job == "hung_up"
        assert session.gone.result() == 16
    assert manager.commands == ["GET"]


async def test_a_file_that_asterisk_cannot_play_is_a_failure_and_no_hang_up() -> None:
    manager, sessions = opened(SessionLimits())
    with sessions.attend("a") as session:
        job = spawn(session.run(FLOW, {}), name="run")
        await until(lambda: manager.said)
        sessions.handle(answer(manager, "-1"))
        assert await job == "failed"


async def test_a_channel_that_is_not_there_has_hung_up_and_one_that_is_not_ours_fails() -> None:
    for refusal, result in (("Channel a does not exist.", "hung_up"), ("Permission denied", "failed")):
        manager, sessions = opened()
        manager.refusal = refusal
        with sessions.attend("a") as session:
            assert await session.run(FLOW, {}) == result


async def test_after_a_new_login_the_command_is_given_again_and_either_answer_counts() -> None:
    for which in (0, 1):
        manager, sessions = opened(SessionLimits())
        with sessions.attend("a") as session:
            job = spawn(session.run(FLOW, {}), name="run")
            await until(lambda manager=manager: manager.said)
            sessions.resync([row()])
            await until(lambda manager=manager: len(manager.said) == 2)
            sessions.handle(answer(manager, "0", which))
            assert await job == "left"


async def test_without_a_connection_the_session_waits_for_the_next_login_and_no_longer_than_its_limit() -> None:
    manager, sessions = opened(SessionLimits(reconnect=5))
    manager.away = True
    with sessions.attend("a") as session:
        job = spawn(session.run(FLOW, {}), name="run")
        await asyncio.sleep(0)
        manager.away = False
        await until(lambda: _resynced(sessions, manager))
        sessions.handle(answer(manager, "0"))
        assert await job == "left"
    manager, sessions = opened()
    manager.away = True
    with sessions.attend("a") as session:
        assert await session.run(FLOW, {}) == "failed"


def _resynced(sessions: AgiSessions, manager: Manager) -> bool:
    sessions.resync([row()])
    return bool(manager.said)


async def test_a_channel_that_ended_while_we_were_away_has_hung_up() -> None:
    manager, sessions = opened(SessionLimits())
    with sessions.attend("a") as session:
        sessions.handle(event("AsyncAGIStart"))
        job = spawn(session.run(FLOW, {}), name="run")
        await until(lambda: manager.said)
        sessions.resync([])
        assert await job == "hung_up"
        assert session.gone.result() is None


async def test_a_start_that_was_missed_is_seen_among_the_live_channels() -> None:
    _, sessions = opened()
    with sessions.attend("a") as session, sessions.attend("b") as ringing:
        sessions.resync([row(), row("b", application="AppDial2")])
        assert session.started.done()
        assert not ringing.started.done()
        sessions.resync([row()])
        assert not ringing.gone.done(), "not there yet is not gone"


async def test_a_channel_is_attended_once_and_forgotten_afterwards() -> None:
    _, sessions = opened()
    with sessions.attend("a"), pytest.raises(Conflict), sessions.attend("a"):
        pass
    with sessions.attend("a") as again:
        assert isinstance(again, AgiSession)


async def test_who_is_cancelled_lets_the_channel_go() -> None:
    manager, sessions = opened(SessionLimits())
    with sessions.attend("a") as session:
        job = spawn(session.run(FLOW, {}), name="run")
        await until(lambda: manager.said)
        job.cancel()
        await asyncio.wait({job})
    assert manager.commands == ["GET", "ASYNCAGI"]
