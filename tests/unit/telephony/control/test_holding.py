"""What the manager reports of a telephone's hold becomes two facts; an unheard end is put at its beginning."""

import asyncio
import datetime as dt
from collections.abc import Sequence

from telephony.ami.framing import ManagerEvent
from telephony.calls.events import Fact, FactKind
from telephony.control.hold_tracker import Holds

CHANNEL = {"Uniqueid": "q-1.1", "Linkedid": "q-1.0", "Channel": "PJSIP/1001-00000001"}


def said(name: str, second: float, **more: str) -> ManagerEvent:
    return ManagerEvent(name, {**CHANNEL, "Timestamp": str(1_795_260_900 + second), **more})


async def facts_of(*events: ManagerEvent, then_lost: bool = False) -> list[tuple[FactKind, float]]:
    kept: list[Fact] = []

    async def store(facts: Sequence[Fact]) -> int:
        kept.extend(facts)
        return len(facts)

    holds = Holds(store)
    for event in events:
        holds.handle(event)
    if then_lost:
        holds.forget()
    await asyncio.sleep(0)
    assert {fact.linkedid for fact in kept} <= {"q-1.0"}
    begin = dt.datetime.fromtimestamp(1_795_260_900, dt.UTC)
    return [(fact.kind, (fact.at - begin).total_seconds()) for fact in kept]


async def test_from_hold_to_unhold_or_to_the_hangup() -> None:
    both = [(FactKind.HOLD, 1.5), (FactKind.UNHOLD, 4.0)]
    assert await facts_of(said("Hold", 1.5), said("Hold", 2), said("Unhold", 4), said("Unhold", 5)) == both
    assert await facts_of(said("Hold", 1.5), said("Hangup", 4)) == both


async def test_others_and_ends_without_a_beginning_are_nothing() -> None:
    assert await facts_of(said("Unhold", 1), said("Hangup", 2), said("Newstate", 3)) == []
    assert await facts_of(said("Hold", 1), said("Hangup", 2, Uniqueid="q-1.0")) == [(FactKind.HOLD, 1)]


async def test_a_guests_hold_belongs_to_the_call_that_he_is_in() -> None:
    assert await facts_of(said("Hold", 1, Linkedid="guest-7-q-1.0")) == [(FactKind.HOLD, 1)]


async def test_after_a_lost_connection_nobody_knows_how_long_it_lasted() -> None:
    assert await facts_of(said("Hold", 1), then_lost=True) == [(FactKind.HOLD, 1), (FactKind.UNHOLD, 1)]
