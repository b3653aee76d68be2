"""The manager connection against every fault that a network and an Asterisk can have."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from asterisk.ami.action import SimpleAction
from structlog.testing import capture_logs

from core.tasks import cancel, spawn
from telephony.ami.action import UnsafeAction
from telephony.ami.framing import ManagerEvent
from telephony.ami.manager import ManagerConnection, ManagerSettings
from telephony.ami.status import ManagerActionFailed, ManagerActionTimeout, ManagerState, ManagerUnavailable
from tests.support.faulty_manager import FaultyManager, Session, faulty_manager

Until = Callable[..., Awaitable[Any]]

QUICK = {
    "connect_seconds": 60,
    "login_seconds": 60,
    "action_seconds": 60,
    "list_seconds": 60,
    "ping_seconds": 0.1,
    "silence_seconds": 60,
    "retry_first_seconds": 0.02,
    "retry_most_seconds": 0.1,
}
"""Nothing is given up because this machine is busy; a test in which something must be says so."""


@dataclass
class Owner:
    """A listener that keeps what it got, in order."""

    connection: ManagerConnection = field(init=False)
    told: list[str] = field(default_factory=list)
    events: list[ManagerEvent] = field(default_factory=list)
    may_login_end: asyncio.Event = field(default_factory=asyncio.Event)
    may_event_end: asyncio.Event = field(default_factory=asyncio.Event)
    resync_error: Exception | None = None

    def __post_init__(self) -> None:
        self.may_login_end.set()
        self.may_event_end.set()

    async def on_login(self, connection: ManagerConnection) -> None:
        _, channels = await connection.collect(SimpleAction("CoreShowChannels"))
        await self.may_login_end.wait()
        if self.resync_error:
            raise self.resync_error
        self.told.append(f"snapshot of {len(channels)}")

    async def on_event(self, event: ManagerEvent) -> None:
        await self.may_event_end.wait()
        self.events.append(event)
        self.told.append(event.name + event.get("Number"))
        if event.name == "Bad":
            raise ValueError("an event that cannot be digested")

    @property
    def state(self) -> ManagerState:
        return self.connection.status.state

    def count(self, text: str) -> int:
        return self.told.count(text)


@contextlib.asynccontextmanager
async def connected(manager: FaultyManager, until: Until | None, **settings: Any) -> AsyncIterator[Owner]:
    """An owner whose connection runs; with `until` it is connected and resynced already."""
    manager.handlers.setdefault("CoreShowChannels", two_channels)
    owner = Owner()
    said = {"host": "127.0.0.1", "port": manager.port, "username": "hotline", "secret": "right", **QUICK, **settings}
    owner.connection = ManagerConnection(
        ManagerSettings.model_validate(said), on_login=owner.on_login, on_event=owner.on_event
    )
    running = spawn(owner.connection.run(), name="manager")
    try:
        if until:
            await until(lambda: "FullyBooted" in owner.told, 20)
        yield owner
    finally:
        await asyncio.wait_for(owner.connection.close(), 20)
        await asyncio.wait_for(running, 20)


async def two_channels(session: Session, action: dict[str, str]) -> None:
    """A list as Asterisk sends it, with a stranger's event between its entries."""
    same = f"ActionID: {action['ActionID']}"
    session.answer(action, "Success", "EventList: start", "Message: Channels will follow")
    session.write("Event: CoreShowChannel", same, "Channel: PJSIP/1001-1")
    session.event("Newstate", "Number: 7")
    session.write("Event: CoreShowChannel", same, "Channel: PJSIP/1002-1")
    session.write("Event: CoreShowChannelsComplete", same, "EventList: Complete", "ListItems: 2")


@pytest.fixture
async def manager() -> AsyncIterator[FaultyManager]:
    async with faulty_manager() as one:
        yield one


async def test_it_logs_in_reads_the_line_and_then_hands_on_what_came_meanwhile(manager, until):
    async with connected(manager, None) as owner:
        owner.may_login_end.clear()
        await until(lambda: manager.actions("CoreShowChannels"))
        manager.last.event("Newchannel", "Number: 1")
        await until(lambda: owner.connection.backlog >= 3)
        assert owner.told == []
        owner.may_login_end.set()
        await until(lambda: "Newchannel1" in owner.told)
        assert owner.told == ["snapshot of 2", "FullyBooted", "Newstate7", "Newchannel1"]
        assert owner.state is ManagerState.CONNECTED
        assert owner.connection.status.detail == "Asterisk Call Manager/11.0.0"


async def test_each_action_gets_its_own_answer_in_whatever_order_they_come(manager, until):
    kept: list[tuple[Session, dict[str, str]]] = []

    async def keep(session: Session, action: dict[str, str]) -> None:
        kept.append((session, action))
        if len(kept) == 20:
            for to, asked in reversed(kept):
                to.answer(asked, "Success", f"Value: answer to {asked['Variable']}")

    manager.handlers["Getvar"] = keep
    async with connected(manager, until) as owner:
        asked = [owner.connection.send(SimpleAction("Getvar", Variable=f"V{n}")) for n in range(20)]
        answers = await asyncio.gather(*asked)
    assert [answer.get("Value") for answer in answers] == [f"answer to V{n}" for n in range(20)]
    assert len({action["ActionID"] for _, action in kept}) == 20


async def test_a_list_is_collected_until_its_end_and_other_events_go_their_way(manager, until):
    async with connected(manager, until) as owner:
        response, channels = await owner.connection.collect(SimpleAction("CoreShowChannels"))
        assert response.get("Message") == "Channels will follow"
        assert [event.get("Channel") for event in channels] == ["PJSIP/1001-1", "PJSIP/1002-1"]
        await until(lambda: owner.count("Newstate7") == 2)
        assert not [event for event in owner.events if event.name.startswith("CoreShowChannel")]


async def test_two_lists_at_once_are_not_mixed(manager, until):
    asked: list[dict[str, str]] = []

    async def interleave(session: Session, action: dict[str, str]) -> None:
        asked.append(action)
        session.answer(action, "Success", "EventList: start")
        if len(asked) == 2:
            for name in ("A", "B"):
                for one in asked:
                    session.write("Event: Entry", f"ActionID: {one['ActionID']}", f"Of: {one['Queue']}{name}")
            for one in reversed(asked):
                session.write("Event: Done", f"ActionID: {one['ActionID']}", "EventList: Complete")

    manager.handlers["QueueStatus"] = interleave
    async with connected(manager, until) as owner:
        lists = await asyncio.gather(
            *(owner.connection.collect(SimpleAction("QueueStatus", Queue=name)) for name in ("x", "y"))
        )
    assert [[event.get("Of") for event in events] for _, events in lists] == [["xA", "xB"], ["yA", "yB"]]


async def test_an_error_answer_an_empty_list_and_a_cancelled_one_end_at_once(manager, until):
    async def refuse(session: Session, action: dict[str, str]) -> None:
        session.answer(action, "Error", "Message: No such channel")

    async def cancelled(session: Session, action: dict[str, str]) -> None:
        session.answer(action, "Success", "EventList: start")
        session.write("Event: Gone", f"ActionID: {action['ActionID']}", "EventList: cancelled")

    manager.handlers |= {"Hangup": refuse, "Cancelled": cancelled}
    async with connected(manager, until) as owner:
        with pytest.raises(ManagerActionFailed, match="Hangup: No such channel") as failed:
            await owner.connection.send(SimpleAction("Hangup", Channel="x"))
        assert failed.value.response.get("Message") == "No such channel"
        with pytest.raises(ManagerActionFailed):
            await owner.connection.collect(SimpleAction("Hangup", Channel="x"))
        _, none = await owner.connection.collect(SimpleAction("VoicemailUsersList"))
        assert none == []
        with pytest.raises(ManagerActionFailed):
            await owner.connection.collect(SimpleAction("Cancelled"))


async def test_an_action_without_an_answer_ends_at_its_limit_and_its_late_answer_hurts_nobody(manager, until):
    late: list[tuple[Session, dict[str, str]]] = []

    async def keep(session: Session, action: dict[str, str]) -> None:
        late.append((session, action))

    manager.handlers |= {"Getvar": keep, "QueueStatus": keep, "Originate": keep}
    async with connected(manager, until) as owner:
        with pytest.raises(ManagerActionTimeout, match="Getvar"):
            await owner.connection.send(SimpleAction("Getvar", Variable="X"), seconds=0.05)
        with pytest.raises(ManagerActionTimeout, match="QueueStatus"):
            await owner.connection.collect(SimpleAction("QueueStatus"), seconds=0.05)
        with pytest.raises(ManagerActionTimeout, match="Originate"):
            await owner.connection.send(SimpleAction("Originate", Channel="Local/1", Async="true"), seconds=0.05)
        for session, action in late:
            if action["Action"] == "QueueStatus":
                await two_channels(session, action)
            else:
                session.answer(action, "Success", "Value: too late")
        session.write("Event: OriginateResponse", f"ActionID: {action['ActionID']}", "Number: 9")
        del manager.handlers["Getvar"]
        answer = await owner.connection.send(SimpleAction("Getvar", Variable="Y"))
        assert answer.get("Value") == ""
        await until(lambda: "OriginateResponse9" in owner.told)
        assert not [result for result in owner.told if result.startswith("CoreShowChannel")]
        assert owner.state is ManagerState.CONNECTED


async def test_an_unsafe_action_is_refused_before_a_byte_of_it_is_sent(manager, until):
    async with connected(manager, until) as owner:
        with pytest.raises(UnsafeAction, match="Value"):
            await owner.connection.send(SimpleAction("Setvar", Value="x\r\n\r\nAction: Reload"))
        await owner.connection.send(SimpleAction("Ping"))
    assert not manager.actions("Setvar")
    assert not manager.actions("Reload")


async def test_a_wrong_password_is_said_and_it_logs_in_once_it_is_right(manager, until):
    manager.secret = "changed"
    with capture_logs() as logs:
        async with connected(manager, None) as owner:
            await until(lambda: owner.state is ManagerState.REFUSED_LOGIN, 20)
            since = owner.connection.status.since
            assert owner.connection.status.detail == "Asterisk refuses the login of 'hotline': Authentication failed"
            await until(lambda: len(manager.actions("Login")) >= 3)
            assert owner.connection.status.since == since
            with pytest.raises(ManagerUnavailable, match="refuses the login") as unavailable:
                await owner.connection.send(SimpleAction("Ping"))
            assert unavailable.value.state is ManagerState.REFUSED_LOGIN
            manager.secret = "right"
            await until(lambda: owner.state is ManagerState.CONNECTED, 20)
    said = [line for line in logs if line.get("state") == "refused_login" and line["event"] == "manager_connection"]
    assert [line["log_level"] for line in said] == ["error"]
    assert "right" not in {str(value) for line in logs for value in line.values()}


async def test_a_refused_port_is_said_and_it_connects_once_asterisk_is_there(manager, until):
    await manager.stop()
    async with connected(manager, None) as owner:
        await until(lambda: owner.state is ManagerState.REFUSED, 20)
        assert owner.connection.status.detail == f"nobody listens at 127.0.0.1:{manager.port}"
        await manager.start()
        await until(lambda: owner.state is ManagerState.CONNECTED, 20)


async def fin(manager: FaultyManager) -> None:
    manager.last.close()


async def rst(manager: FaultyManager) -> None:
    manager.last.reset()


async def rst_in_a_message(manager: FaultyManager) -> None:
    manager.last.writer.write("Event: Newchannel\r\nCallerIDName: 王".encode()[:-1])
    await manager.last.writer.drain()
    manager.last.reset()


async def half_open(manager: FaultyManager) -> None:
    manager.last.answers = False


@pytest.mark.parametrize(
    ("fault", "state", "detail"),
    [
        (fin, ManagerState.DROPPED, "Asterisk closed the manager connection"),
        (rst, ManagerState.DROPPED, "the manager connection was reset"),
        (rst_in_a_message, ManagerState.DROPPED, "the manager connection was reset"),
        (half_open, ManagerState.SILENT, "nothing came from Asterisk for 1 s after a ping"),
    ],
)
async def test_a_lost_connection_is_noticed_said_and_mended_and_the_line_is_read_again(
    manager, until, fault, state, detail
):
    with capture_logs() as logs:
        async with connected(manager, until, silence_seconds=1) as owner:
            await fault(manager)
            await until(lambda: owner.state is state, 20)
            await until(lambda: owner.count("snapshot of 2") >= 2 and owner.state is ManagerState.CONNECTED, 20)
            manager.last.event("Newchannel", "Number: 5")
            await until(lambda: "Newchannel5" in owner.told)
            assert (await owner.connection.send(SimpleAction("Ping"))).status == "Success"
    assert [line["detail"] for line in logs if "detail" in line and line["state"] == state] == [detail]
    assert owner.count("Newchannel") == 0


async def test_a_connection_that_dies_in_an_action_tells_who_waits_at_once(manager, until):
    async def die(session: Session, action: dict[str, str]) -> None:
        session.close()

    manager.handlers["Getvar"] = die
    async with connected(manager, until, action_seconds=60) as owner:
        one, other = await asyncio.wait_for(
            asyncio.gather(
                *(owner.connection.send(SimpleAction("Getvar", Variable=name)) for name in "ab"),
                return_exceptions=True,
            ),
            30,
        )
        assert isinstance(one, ManagerUnavailable)
        assert isinstance(other, ManagerUnavailable)
        assert one.message == "Asterisk closed the manager connection"


async def test_an_asterisk_that_hangs_up_after_every_login_is_tried_again_ever_more_slowly(manager, until):
    async def take_and_close(session: Session, action: dict[str, str]) -> None:
        session.answer(action, "Success")
        session.close()

    manager.handlers["Login"] = take_and_close
    with capture_logs() as logs:
        async with connected(manager, None, retry_first_seconds=0.01, retry_most_seconds=0.08) as owner:
            await until(lambda: len(manager.actions("Login")) >= 7, 20)
            del manager.handlers["Login"]
            await until(lambda: "FullyBooted" in owner.told, 20)
    waits = [line["in_seconds"] for line in logs if line["event"] == "manager_retry"]
    assert len(waits) >= 6
    for wait_seconds, backed_off_seconds in zip(waits, (0.01, 0.02, 0.04, 0.08, 0.08, 0.08), strict=False):
        assert backed_off_seconds <= wait_seconds <= backed_off_seconds + 0.01 + 0.005


async def test_a_session_that_lived_long_is_made_again_without_waiting(manager, until):
    async with connected(manager, until, stable_seconds=0, retry_first_seconds=60, retry_most_seconds=60) as owner:
        manager.last.close()
        await until(lambda: owner.count("snapshot of 2") == 2, 20)


async def test_a_slow_login_is_waited_for_and_an_endless_one_is_given_up(manager, until):
    manager.login_may_end.clear()
    async with connected(manager, None, login_seconds=0.5) as owner:
        await until(lambda: owner.state is ManagerState.SILENT, 20)
        assert owner.connection.status.detail == "Asterisk did not answer the login within 0.5 s"
        logins = len(manager.actions("Login"))
        await until(lambda: len(manager.actions("Login")) > logins)
        manager.login_may_end.set()
        await until(lambda: owner.state is ManagerState.CONNECTED, 20)


@pytest.mark.parametrize("greeting", [b"", b"Asterisk Call Man", b"SSH-2.0-OpenSSH_9.2\r\n"])
async def test_a_peer_that_does_not_greet_is_said_to_be_no_manager(manager, until, greeting):
    manager.greeting, right = greeting, manager.greeting
    async with connected(manager, None, connect_seconds=0.5) as owner:
        await until(lambda: owner.state is ManagerState.NOT_A_MANAGER, 20)
        assert not manager.actions("Login")
        manager.greeting = right
        await until(lambda: owner.state is ManagerState.CONNECTED, 20)


async def test_a_flood_of_events_delays_neither_an_awaited_answer_nor_loses_one_of_them(manager, until):
    async def flood(session: Session, action: dict[str, str]) -> None:
        for number in range(3000):
            session.event("VarSet", f"Number: {number}", "Value: 王小明")
        session.answer(action, "Success", "Value: here")
        for number in range(3000, 6000):
            session.event("VarSet", f"Number: {number}")
            session.writer.write(b"\r\n")

    manager.handlers["Getvar"] = flood
    async with connected(manager, until) as owner:
        owner.may_event_end.clear()
        answer = await owner.connection.send(SimpleAction("Getvar", Variable="X"))
        assert answer.get("Value") == "here"
        await until(lambda: owner.connection.backlog >= 5999, 20)
        owner.may_event_end.set()
        await until(lambda: owner.connection.backlog == 0, 20)
        numbers = [event.get("Number") for event in owner.events if event.name == "VarSet"]
    assert numbers == [str(number) for number in range(6000)]


async def test_a_consumer_that_stands_still_stalls_no_ping_no_action_and_is_said(manager, until):
    with capture_logs() as logs:
        async with connected(manager, until, backlog_warn=10) as owner:
            owner.may_event_end.clear()
            for number in range(50):
                manager.last.event("VarSet", f"Number: {number}")
            await until(lambda: owner.connection.backlog >= 49)
            pings = len(manager.actions("Ping"))
            await until(lambda: len(manager.actions("Ping")) >= pings + 5)
            assert (await owner.connection.send(SimpleAction("Getvar", Variable="X"))).status == "Success"
            owner.may_event_end.set()
            await until(lambda: owner.count("VarSet49") == 1)
            assert len(manager.sessions) == 1
    assert [line["events"] for line in logs if line["event"] == "manager_backlog"] == [10, 20, 40]
    assert [line["most_events"] for line in logs if line["event"] == "manager_backlog_gone"] == [40]


async def test_a_backlog_beyond_all_bounds_is_thrown_away_counted_and_the_line_read_again(manager, until):
    async with connected(manager, until, backlog_warn=10, backlog_most=100) as owner:
        owner.may_event_end.clear()
        for number in range(150):
            manager.last.event("VarSet", f"Number: {number}")
        await until(lambda: owner.connection.discarded_events >= 100)
        owner.may_event_end.set()
        await until(lambda: owner.count("snapshot of 2") == 2 and owner.state is ManagerState.CONNECTED, 20)


async def test_the_events_before_a_loss_come_before_the_new_snapshot(manager, until):
    async with connected(manager, until) as owner:
        owner.may_event_end.clear()
        manager.last.event("Newchannel", "Number: 1")
        manager.last.event("Newchannel", "Number: 2")
        manager.last.close()
        await until(lambda: len(manager.sessions) == 2 and owner.connection.backlog >= 3)
        manager.last.event("Newchannel", "Number: 3")
        owner.told.clear()
        owner.may_event_end.set()
        await until(lambda: "Newchannel3" in owner.told)
        assert [listed for listed in owner.told if listed != "Newstate7"] == [
            "Newchannel1",
            "Newchannel2",
            "snapshot of 2",
            "FullyBooted",
            "Newchannel3",
        ]


async def test_a_snapshot_that_fails_is_said_and_made_again(manager, until):
    with capture_logs() as logs:
        async with connected(manager, None) as owner:
            owner.resync_error = RuntimeError("the database is away")
            await until(lambda: owner.state is ManagerState.RESYNC_FAILED, 20)
            assert owner.connection.status.detail == "the line's state could not be read: the database is away"
            owner.resync_error = None
            await until(lambda: "snapshot of 2" in owner.told, 20)
    assert any(line["event"] == "manager_resync_failed" and line["log_level"] == "error" for line in logs)


async def test_an_event_that_cannot_be_digested_is_recorded_and_the_next_one_handed_on(manager, until):
    with capture_logs() as logs:
        async with connected(manager, until) as owner:
            manager.last.event("Bad")
            manager.last.event("Newchannel", "Number: 1")
            await until(lambda: "Newchannel1" in owner.told)
            assert len(manager.sessions) == 1
    assert [line["name"] for line in logs if line["event"] == "manager_event_failed"] == ["Bad"]


async def test_close_logs_off_hands_on_what_came_and_says_so(manager, until):
    async with connected(manager, until) as owner:
        owner.may_event_end.clear()
        manager.last.event("Newchannel", "Number: 1")
        await until(lambda: owner.connection.backlog >= 1 or owner.events)
        asyncio.get_running_loop().call_later(0.05, owner.may_event_end.set)
    assert manager.actions("Logoff")
    assert "Newchannel1" in owner.told
    assert owner.state is ManagerState.CLOSED
    assert len(manager.sessions) == 1
    with pytest.raises(ManagerUnavailable, match="we closed"):
        await owner.connection.send(SimpleAction("Ping"))


async def test_cancelling_it_leaves_nothing_running(manager, until):
    owner = Owner()
    settings = ManagerSettings.model_validate(
        {"host": "127.0.0.1", "port": manager.port, "username": "hotline", "secret": "wrong", **QUICK}
    )
    connection = ManagerConnection(settings, on_login=owner.on_login, on_event=owner.on_event)
    running = spawn(connection.run(), name="manager")
    await until(lambda: manager.sessions)
    await cancel(running)
    assert connection.status.state is ManagerState.CLOSED
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("manager")]
    await until(lambda: all(session.gone for session in manager.sessions))
