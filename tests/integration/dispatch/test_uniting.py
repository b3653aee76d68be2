"""Two people at once who change the same family of orders: one of them gets a conflict, and nothing is lost."""

import asyncio

import pytest
from sqlalchemy import select, text, update

from core.database import transaction
from core.errors import Conflict
from dispatch.orders.families.uniting import hold_families, unite
from dispatch.orders.models import Order
from dispatch.workflow import Step
from tests.support.orders import dispatched, take
from tests.support.sample import COORDINATOR
from tests.support.web_rig import WebRig


async def families(web_rig: WebRig, *orders: Order) -> list[int]:
    async with web_rig.context.sessions() as session:
        wanted = select(Order.family_id).where(Order.id.in_([order.id for order in orders])).order_by(Order.id)
        return list(await session.scalars(wanted))


async def test_every_order_begins_as_a_family_of_its_own_however_it_is_stored(web_rig: WebRig) -> None:
    one, other = await dispatched(web_rig), await dispatched(web_rig)
    async with transaction(web_rig.context.sessions) as session:
        copied = text(
            "INSERT INTO orders (number, channel, state, urgency, title, matter, place, citizen_name, citizen_phone,"
            " confidential, public_answer, received_at, updated_at, step_count, version)"
            " SELECT 'RAW-1', channel, state, urgency, title, matter, place, citizen_name, citizen_phone, confidential,"
            " public_answer, received_at, updated_at, step_count, version FROM orders WHERE id = :id RETURNING id"
        )
        raw = await session.get_one(Order, await session.scalar(copied, {"id": one.id}))
    assert len({one.family_id, other.family_id, raw.family_id}) == 3


async def test_a_family_that_somebody_is_changing_is_changed_by_nobody_else(web_rig: WebRig) -> None:
    one, two, three = [await dispatched(web_rig) for _ in range(3)]
    async with transaction(web_rig.context.sessions) as session:
        await unite(session, await session.get_one(Order, one.id), await session.get_one(Order, two.id))
        for order in (one, two):
            with pytest.raises(Conflict):
                await take(web_rig, three, Step.MERGE, COORDINATOR, merged_into=order.number, reason="同一处")
            with pytest.raises(Conflict):
                await take(web_rig, order, Step.FILL_IN, COORDINATOR, citizen_name="另名示例")
        # All that concerns this order alone goes on.
        await take(web_rig, three, Step.FILL_IN, COORDINATOR, citizen_name="另名示例")
    three = await take(web_rig, three, Step.MERGE, COORDINATOR, merged_into=two.number, reason="同一处")
    assert len(set(await families(web_rig, one, two, three))) == 1


async def test_who_holds_a_family_holds_the_one_that_it_has_become(web_rig: WebRig) -> None:
    """It was united between the reading of its id and the holding."""
    one, two = await dispatched(web_rig), await dispatched(web_rig)
    async with transaction(web_rig.context.sessions) as mine:
        order = await mine.get_one(Order, two.id)
        async with transaction(web_rig.context.sessions) as theirs:
            await unite(theirs, await theirs.get_one(Order, one.id), await theirs.get_one(Order, two.id))
        assert await hold_families(mine, order) == {two.id: one.family_id}


async def test_two_who_wait_for_each_others_rows_do_not_wait_for_ever(web_rig: WebRig) -> None:
    one, two = await dispatched(web_rig), await dispatched(web_rig)
    first_rows = asyncio.Barrier(2)

    async def write(first: Order, second: Order) -> str:
        try:
            async with transaction(web_rig.context.sessions) as session:
                await session.execute(update(Order).where(Order.id == first.id).values(cause="因"))
                await first_rows.wait()
                await session.execute(update(Order).where(Order.id == second.id).values(cause="因"))
        except Conflict:
            return "told"
        return "done"

    assert sorted(await asyncio.gather(write(one, two), write(two, one))) == ["done", "told"]
