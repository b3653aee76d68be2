"""The live inbox: nothing is missed, nothing is anybody else's."""

import asyncio
import datetime as dt
import re
import secrets
from typing import Any

import pytest
from sqlalchemy import text, update

from access.accounts.manage import add_account
from access.accounts.models import Account, WebSession
from access.accounts.sessions import token_hash
from core import clock
from core.bus import RECONNECTED
from core.database import transaction
from dispatch.assignments.assign import bus, get_assignment
from dispatch.orders.assignment_models import Assignment
from dispatch.orders.models import Order
from dispatch.steps.take import find_order, take_step
from dispatch.workflow import Role, Step
from tests.support.orders import dispatched, register, take
from tests.support.sample import COORDINATOR, LAMPS, PASSWORD
from tests.support.sockets import Socket, hear, inbox
from tests.support.web_rig import WebRig


async def hear_order(socket: Socket, number: str) -> dict[str, Any]:
    while True:
        said = await hear(socket, type="assignment")
        if said["order"]["number"] == number:
            return said


async def find_assignment(web_rig: WebRig, assignment_id: int) -> Assignment:
    async with web_rig.context.sessions() as session:
        return await get_assignment(session, assignment_id)


async def delivered_at(web_rig: WebRig, assignment_id: int) -> Any:
    return (await find_assignment(web_rig, assignment_id)).delivered_at


async def test_what_waits_is_sent_first_and_what_is_new_comes_at_once(web_rig: WebRig, until: Any) -> None:
    early = await register(web_rig, "qufu-800.1")
    async with inbox(web_rig, await web_rig.token(Role.UNIT)) as socket:
        waiting = await hear_order(socket, early)
        late = await register(web_rig, "qufu-800.2")
        new = await hear_order(socket, late)
        assert await until(lambda: delivered_at(web_rig, new["id"]))
    assert waiting["id"] < new["id"]
    assert new["purpose"] == "crew"
    assert new["order"]["state"] == "dispatched"


async def test_an_acknowledgement_is_kept_and_answered_and_never_sent_again(web_rig: WebRig) -> None:
    token = await web_rig.token(Role.UNIT)
    number = await register(web_rig, "qufu-801.1")
    async with inbox(web_rig, token) as socket:
        assignment = await hear_order(socket, number)
        await socket.send_json({"type": "ack", "id": assignment["id"]})
        await hear(socket, type="acked", id=assignment["id"])
    stored = await find_assignment(web_rig, assignment["id"])
    assert (stored.acknowledged_by, stored.via) == ("郑示例", "inbox")
    last = await register(web_rig, "qufu-801.2")
    async with inbox(web_rig, token) as socket:
        sent = []
        while not sent or sent[-1]["order"]["number"] != last:
            sent.append(await hear(socket, type="assignment"))
    assert assignment["id"] not in [said["id"] for said in sent]


async def test_what_was_not_acknowledged_comes_again_with_the_next_connection(web_rig: WebRig) -> None:
    number = await register(web_rig, "qufu-802.1")
    token = await web_rig.token(Role.OFFICE)
    async with inbox(web_rig, token) as socket:
        first = await hear_order(socket, number)
    async with inbox(web_rig, token) as socket:
        assert (await hear_order(socket, number))["id"] == first["id"]


async def test_a_foreign_push_cannot_be_acknowledged(web_rig: WebRig) -> None:
    number = await register(web_rig, "qufu-803.1")
    async with inbox(web_rig, await web_rig.token(Role.OFFICE)) as office:
        theirs = await hear_order(office, number)
    async with inbox(web_rig, await web_rig.token(Role.UNIT)) as socket:
        await socket.send_json({"type": "ack", "id": theirs["id"]})
        assert (await hear(socket, type="error"))["slug"] == "not_allowed"
    answer = await web_rig.ask(Role.UNIT, "POST", f"/api/assignments/{theirs['id']}/acknowledge")
    assert answer.status == 403
    assert (await find_assignment(web_rig, theirs["id"])).acknowledged_at is None


@pytest.mark.parametrize(
    "said", ["not json", "[]", '{"type":"ack"}', '{"type":"ack","id":"1"}', '{"type":"go","id":1}']
)
async def test_nonsense_is_answered_and_does_no_harm(web_rig: WebRig, said: str) -> None:
    async with inbox(web_rig, await web_rig.token(Role.UNIT)) as socket:
        await socket.send_str(said)
        assert (await hear(socket, type="error"))["slug"] == "bad_input"
        await socket.send_json({"type": "ack", "id": 2**62})
        assert (await hear(socket, type="error"))["slug"] == "not_found"


async def test_nobody_hears_of_anothers_orders(web_rig: WebRig) -> None:
    async with inbox(web_rig, await web_rig.token(Role.UNIT)) as socket:
        foreign = await register(web_rig, "qufu-804.1", subject="manhole", title="井盖破损", matter="井盖破损")
        own = await register(web_rig, "qufu-804.2")
        heard = []
        while not heard or heard[-1].get("order", {}).get("number") != own:
            heard.append(await socket.receive_json(timeout=60))
    assert foreign not in str(heard)


async def test_a_withdrawn_push_is_told(web_rig: WebRig) -> None:
    number = await register(web_rig, "qufu-805.1")
    async with inbox(web_rig, await web_rig.token(Role.UNIT)) as socket:
        assignment = await hear_order(socket, number)
        async with transaction(web_rig.context.sessions) as session:
            order = await find_order(session, number)
            assert order
            await take_step(
                session, web_rig.context.policy, order.id, Step.INVALIDATE, actor=COORDINATOR, at=clock.now(),
                fields={"reason": "重复来电"},
            )  # fmt: skip
        assert (await hear(socket, type="closed", id=assignment["id"]))["withdrawn"]


async def test_after_a_lost_change_everything_is_read_again(web_rig: WebRig) -> None:
    """The assignment is stored while the bus is deaf; only its own word that it listens again follows."""
    async with inbox(web_rig, await web_rig.token(Role.UNIT)) as socket:
        known = await hear(socket, type="assignment")
        async with web_rig.context.bus.subscribe() as changes:
            async with transaction(web_rig.context.sessions) as session:
                order_id = (await get_assignment(session, known["id"])).order_id
                lost = Assignment(
                    order_id=order_id, recipient_kind="unit", recipient_code="unit-01", purpose="assist",
                    created_at=clock.now(),
                )  # fmt: skip
                session.add(lost)
                await session.flush()
            web_rig.context.bus._spread(RECONNECTED)
            # What earlier tests brought about may still be on its way.
            async with asyncio.timeout(60):
                while await changes.get() != RECONNECTED:
                    pass
        assert (await hear(socket, type="assignment", id=lost.id))["purpose"] == "assist"


async def test_the_bus_that_lost_its_connection_brings_the_screens_up_to_date(web_rig: WebRig, until: Any) -> None:
    async with inbox(web_rig, await web_rig.token(Role.SUPERVISOR), "/ws/live") as socket:
        async with transaction(web_rig.context.sessions) as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE query LIKE 'LISTEN%' AND datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        await hear(socket, type="changed", topic="reconnected")
        await until(web_rig.context.bus.listening.is_set)


async def test_what_changes_between_the_reading_of_a_page_and_its_connection_is_heard(web_rig: WebRig) -> None:
    page = await (await web_rig.ask(Role.SUPERVISOR, "GET", "/orders")).text()
    found = re.search(r'data-live="([^"]+)"', page)
    assert found
    async with web_rig.context.bus.subscribe() as changes:
        async with transaction(web_rig.context.sessions) as session:
            await bus.publish(session, "order", "between")
        while (await changes.get()).id != "between":
            pass
    async with inbox(web_rig, await web_rig.token(Role.SUPERVISOR), found[1]) as socket:
        await hear(socket, type="changed", topic="order", id="between")


async def test_all_135_inboxes_at_once_get_their_own_pushes(web_rig: WebRig) -> None:
    """One account for each office and unit, all connected; each acknowledges what is its own."""
    rig = web_rig.context
    tokens = await all_tokens(web_rig)
    assert len(tokens) == len(rig.city.offices) + len(rig.city.units) == 135
    sockets: dict[str, Socket] = {}
    try:
        for code, token in tokens.items():
            headers = {"Authorization": f"Bearer {token}"}
            sockets[code] = await web_rig.client.ws_connect(f"{web_rig.url}/ws/inbox", headers=headers)
        async with transaction(rig.sessions) as session:
            order = await find_order(session, await register(web_rig, f"qufu-806.{len(sockets)}{clock.now():%H%M%S}"))
            assert order
            laid = {
                code: Assignment(
                    order_id=order.id, recipient_kind="office" if code in rig.city.offices else "unit",
                    recipient_code=code, purpose="assist", created_at=clock.now(),
                )
                for code in tokens
            }  # fmt: skip
            session.add_all(laid.values())
            await session.flush()
            for assignment in laid.values():
                await bus.publish(session, "assignment", assignment.id)
        await asyncio.gather(*(acknowledge(sockets[code], assignment.id) for code, assignment in laid.items()))
        async with rig.sessions() as session:
            stored = [await session.get(Assignment, assignment.id) for assignment in laid.values()]
        assert all(assignment and assignment.delivered_at and assignment.acknowledged_at for assignment in stored)
    finally:
        await asyncio.gather(*(socket.close() for socket in sockets.values()))


async def acknowledge(socket: Socket, assignment_id: int) -> None:
    await hear(socket, type="assignment", id=assignment_id)
    await socket.send_json({"type": "ack", "id": assignment_id})
    await hear(socket, type="acked", id=assignment_id)


async def all_tokens(web_rig: WebRig) -> dict[str, str]:
    """Sessions are stored directly for all but one account: 135 password checks would prove nothing more."""
    rig, at = web_rig.context, clock.now()
    # Names of their own each time: a second try of this test finds the first one's accounts.
    tokens, mark = {}, secrets.token_hex(3)
    async with transaction(rig.sessions) as session:
        first = await add_account(
            session,
            name=f"pattern-{mark}",
            display_name="样",
            password=PASSWORD,
            role=Role.OFFICE,
            office_code="housing",
        )
        expires_at = at + dt.timedelta(hours=1)
        for code in (*rig.city.offices, *rig.city.units):
            office = code in rig.city.offices
            account = Account(
                name=f"many-{mark}-{code}", display_name=code, password_hash=first.password_hash,
                role=Role.OFFICE if office else Role.UNIT, office_code=code if office else None,
                unit_code=None if office else code, created_at=at,
            )  # fmt: skip
            session.add(account)
            await session.flush()
            tokens[code] = f"token-{mark}-of-{code}"
            session.add(
                WebSession(
                    token_sha256=token_hash(tokens[code]),
                    account_id=account.id,
                    created_at=at,
                    seen_at=at,
                    expires_at=expires_at,
                    ends_at=expires_at,
                    user_agent="",
                    address="",
                )
            )
    return tokens


async def test_an_inbox_shows_the_matter_and_what_is_overdue_first_however_much_came_later(web_rig: WebRig) -> None:
    matter = "灯杆根部锈穿，风大时摇晃，诉求人怕倒下来。"
    late = await register(web_rig, "qufu-870.1", title="灯杆摇晃", matter=matter)
    others = [await register(web_rig, f"qufu-870.{n + 2}") for n in range(3)]
    async with transaction(web_rig.context.sessions) as session:
        order = await find_order(session, late)
        assert order
        due_at = clock.now() - dt.timedelta(days=1)
        await session.execute(update(Order).where(Order.id == order.id).values(accept_due_at=due_at))
    answer = await web_rig.ask(Role.OFFICE, "GET", "/inbox")
    page = await answer.text()
    shown = re.findall(r'class="open" href="/orders/([^"]+)"', page)
    assert shown.index(late) < min(shown.index(other) for other in others)
    assert matter in page
    assert "本单位台账" in page


AWAY = {
    "reason_code": "not_ours", "reason": "小区里的灯不归我们管", "boundary": "职责清单第一条",
    "suggested_office_code": "housing",
}  # fmt: skip


async def test_an_office_sees_what_became_of_its_returns_also_where_the_order_is_another_offices_now(
    web_rig: WebRig,
) -> None:
    agreed, declined, open_one = [await dispatched(web_rig) for _ in range(3)]
    for order in (agreed, declined, open_one):
        await take(web_rig, order, Step.ASK_RETURN, LAMPS, **AWAY)
    why = f"同意，{agreed.citizen_name}家门口的灯是小区的"
    await take(web_rig, agreed, Step.REDISPATCH, COORDINATOR, lead_office_code="housing", reason=why)
    await take(web_rig, declined, Step.DECLINE_RETURN, COORDINATOR, reason="由路灯所代管")
    answer = await web_rig.ask(Role.OFFICE, "GET", "/inbox")
    page = await answer.text()
    told = {
        row.partition(" ")[0]: row.partition("</li>")[0]
        for row in page.partition('id="returns"')[2].partition("</section>")[0].split("<li data-return=")[1:]
    }
    gone, kept, waiting = (told[f'"{order.number}"'] for order in (agreed, declined, open_one))
    assert "已同意，改由市住房和城乡建设局主办" in gone
    assert "小区里的灯不归我们管" in gone, "by its own words the office knows which it was"
    assert agreed.citizen_name not in gone
    assert f"/orders/{agreed.number}" not in gone, "it is not theirs any more"
    assert "没有同意，仍由本单位主办" in kept
    assert "由路灯所代管" in kept
    assert f"/orders/{declined.number}" in kept
    assert "等待决定" in waiting
    other = await (await web_rig.ask(Role.UNIT, "GET", "/inbox")).text()
    assert 'id="returns"' not in other
    card = page.partition(f'class="open" href="/orders/{open_one.number}"')[2].partition("</a>")[0]
    assert "退单待决定" in card
