"""What a caller hears about an order, and the session that serves callers, against a manager that is only a list."""

import datetime as dt
from urllib.parse import quote

from asterisk.ami.action import Action

from ivr.flows import Fetched, Recorded, Spelled
from ivr.progress import CONTEXT, ProgressDesk
from ivr.progress_flow import NoOrderFound, OrderProgress, say_progress
from ivr.session import AgiSessions, SessionLimits
from telephony.ami.framing import ManagerEvent, ManagerResponse
from telephony.control.rows import LiveChannel
from tests.conftest import until
from tests.support.prompts import Prompts

NOW = dt.datetime(2026, 11, 21, 4, tzinfo=dt.UTC)
NUMBER = "QF20261121-0042-2"


class Manager:
    def __init__(self) -> None:
        self.said: list[dict[str, str]] = []

    async def send(self, action: Action, *, seconds: float | None = None) -> ManagerResponse:
        self.said.append({"Action": action.name, **action.keys})
        return ManagerResponse("Success")

    @property
    def words(self) -> list[str]:
        return [said.get("Command", said["Action"]).split(" ")[0] for said in self.said]


async def find(keyed: str) -> OrderProgress | NoOrderFound:
    return NoOrderFound.UNKNOWN


def desk() -> tuple[Manager, AgiSessions, ProgressDesk]:
    manager = Manager()
    sessions = AgiSessions(manager, Prompts(), SessionLimits(let_go=0.1))
    return manager, sessions, ProgressDesk(manager, sessions, find)


def started(context: str = CONTEXT) -> ManagerEvent:
    env = quote(f"agi_request: async\nagi_context: {context}\n")
    return ManagerEvent("AsyncAGIStart", {"Uniqueid": "a", "Env": env})


def row(context: str) -> LiveChannel:
    return LiveChannel("PJSIP/x-1", context, context, "x", "Up", context, "s", "AGI", "agi:async", "", "", "", 1)


def test_the_number_the_state_and_the_limit_are_told_and_nothing_else() -> None:
    result = say_progress(OrderProgress(NUMBER, "in-progress", dt.datetime(2026, 11, 22, 1, tzinfo=dt.UTC)), NOW)
    assert result.outcome == "found"
    said = result.values["progress"]
    assert Spelled(NUMBER) in said
    assert [part.name for part in said if isinstance(part, Recorded)] == [
        *("order-number", "order-status", "state-in-progress"),
        *("deadline", "tomorrow", "digit-9", "unit-oclock", "before"),
    ]


def test_an_order_without_a_limit_has_none_told() -> None:
    said = say_progress(OrderProgress(NUMBER, "closed", None), NOW).values["progress"]
    assert said[-1] == Recorded("state-closed")


def test_what_is_not_found_is_only_named() -> None:
    assert say_progress(NoOrderFound.MISTYPED, NOW) == Fetched("mistyped")
    assert say_progress(NoOrderFound.UNKNOWN, NOW) == Fetched("unknown")


async def test_who_asks_is_asked_for_the_number_while_the_dialplan_s_limit_is_moved_on() -> None:
    manager, _, one = desk()
    one.handle(started())
    await until(lambda: {"GET", "Setvar"} <= set(manager.words))
    await one.close()
    assert manager.words[-1] == "ASYNCAGI", "after the channel was given back its limit is left alone"


async def test_a_channel_that_the_dialplan_took_back_is_told_nothing_more() -> None:
    manager, sessions, one = desk()
    one.handle(started())
    await until(lambda: "GET" in manager.words)
    one.handle(ManagerEvent("AsyncAGIEnd", {"Uniqueid": "a"}))
    await until(lambda: not sessions._sessions)
    assert "ASYNCAGI" not in manager.words


async def test_channels_of_other_contexts_are_not_the_desk_s() -> None:
    manager, _, one = desk()
    one.handle(started("dispatch"))
    one.handle(ManagerEvent("AsyncAGIEnd", {"Uniqueid": "stranger"}))
    one.resync([row("dispatch"), row(CONTEXT)])
    await until(lambda: "GET" in manager.words)
    assert {said["Channel"] for said in manager.said} == {CONTEXT}
    await one.close()


async def test_a_channel_handed_over_twice_is_served_once() -> None:
    manager, _, one = desk()
    one.handle(started())
    one.handle(started())
    await until(lambda: "GET" in manager.words)
    await one.close()
    assert manager.words.count("GET") == 1
