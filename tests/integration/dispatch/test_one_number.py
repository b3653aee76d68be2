"""One number, many spellings: stored, found, settled and called back as one; several in a field are a choice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.models import Account
from core import clock
from core.database import Sessions, transaction
from core.numbers.plan import area_code, use_area_code
from dispatch.callbacks.models import Callback
from dispatch.callbacks.queue import note_request, settle_number
from dispatch.callbacks.rules import CallbackState
from dispatch.citizens import phone_keys
from dispatch.citizens.phone_keys import make_phone_keys
from dispatch.city.organisation import Office
from dispatch.orders.models import Order
from dispatch.workflow import Role
from hotline.operations import number_keys
from hotline.operations.number_keys import make_number_keys
from telephony.blocking.block_list import propose
from telephony.blocking.models import Block
from telephony.calls import callers
from telephony.calls.models import Call
from telephony.monitoring.models import Alarm
from telephony.trouble_kinds import TroubleKind
from tests.support.calls import draft, ring
from tests.support.web_rig import WebRig

LANDLINE = ["4422000", "0537-4422000", "5374422000", "+865374422000", "（0537）4422000", "4422000转8001"]


async def stored(web_rig: WebRig, number: str) -> Order:
    async with web_rig.context.sessions() as session:
        return (await session.scalars(select(Order).where(Order.number == number))).one()


async def test_a_landline_typed_in_any_way_is_one_caller_and_another_citys_is_not(web_rig: WebRig) -> None:
    mine = {
        await draft(web_rig, f"qufu-99{place}.1", "", citizen_phone=typed, title="水管")
        for place, typed in enumerate(LANDLINE)
    }
    other = await draft(web_rig, "qufu-996.1", "", citizen_phone="0538-4422000", title="水管")
    for place, caller in enumerate(("4422000", "05374422000", "+865374422000", "00865374422000")):
        await ring(web_rig, f"qufu-98{place}.1", caller)
        pop = await web_rig.get(Role.AGENT, f"/api/calls/qufu-98{place}.1/pop")
        assert {order["number"] for order in pop["earlier"]} == mine
        assert pop["earlier_count"] == len(mine)
        assert other not in [order["number"] for order in pop["earlier"]]
    assert (await stored(web_rig, min(mine))).citizen_phone == "05374422000"


async def test_who_is_mentioned_as_the_second_number_is_found_too(web_rig: WebRig) -> None:
    number = await draft(web_rig, "qufu-970.1", "", citizen_phone="4433000 王主任13900003300", title="路")
    await ring(web_rig, "qufu-971.1", "+8613900003300")
    pop = await web_rig.get(Role.AGENT, "/api/calls/qufu-971.1/pop")
    assert [order["number"] for order in pop["earlier"]] == [number]


async def test_orders_from_before_there_were_keys_get_theirs(web_rig: WebRig) -> None:
    number = await draft(web_rig, "qufu-972.1", "", citizen_phone="13900003400", title="路")
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(
            text("UPDATE orders SET citizen_phone = '139 0000 3400', phone_keys = '{}' WHERE number = :number"),
            {"number": number},
        )
        assert await make_phone_keys(session) is not None
    row = await stored(web_rig, number)
    assert (row.citizen_phone, row.phone_keys) == ("13900003400", ["13900003400"])


async def test_of_several_numbers_the_caller_is_asked_which_and_only_one_is_dialled(web_rig: WebRig) -> None:
    number = await draft(web_rig, "qufu-973.1", "", citizen_phone="13900003500/13800003600", title="路")
    path = f"/api/orders/{number}/calls"
    asked = await web_rig.ask(Role.COORDINATOR, "POST", path, json={"to": "citizen"})
    assert asked.status == 422
    which = (await asked.json())["fields"]["which"]
    assert "1. 139****3500；2. 138****3600" in which
    assert (await web_rig.ask(Role.AGENT, "POST", path, json={"to": "citizen", "which": 3})).status == 422
    chosen = await web_rig.ask(Role.AGENT, "POST", path, json={"to": "citizen", "which": 2})
    assert chosen.status == 202, await chosen.text()
    page = await (await web_rig.ask(Role.AGENT, "GET", f"/orders/{number}")).text()
    assert page.count('data-which="') == 2


@pytest.mark.parametrize("number", ["0088213000222", "+85212345678", "16800001", "12345", "10086"])
async def test_a_number_that_may_not_be_dialled_is_refused_and_told_to_the_supervisors(
    web_rig: WebRig, number: str
) -> None:
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(text("DELETE FROM alarms"))
    linkedid = f"qufu-96.{int.from_bytes(number.encode()[-4:])}"
    order = await draft(web_rig, linkedid, "", citizen_phone=number, title="路")
    asked = await web_rig.ask(Role.AGENT, "POST", f"/api/orders/{order}/calls", json={"to": "citizen"})
    assert asked.status == 422
    async with web_rig.context.sessions() as session:
        kinds = list(await session.scalars(select(Alarm.kind)))
    assert kinds == [TroubleKind.TOLL_FRAUD]


async def test_an_offices_own_number_that_may_not_be_dialled_is_named_and_no_alarm(web_rig: WebRig) -> None:
    order = await draft(web_rig, "qufu-95.1", "13900003800", title="路")
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(text("DELETE FROM alarms"))
        code = await session.scalar(select(Account.office_code).where(Account.role == Role.OFFICE))
        office = await session.get_one(Office, code)
        kept, office.phone = office.phone, "0085212345678"
        values = {"code": code, "number": order}
        await session.execute(
            text("UPDATE orders SET state = 'in_progress', lead_office_code = :code WHERE number = :number"), values
        )
    asked = await web_rig.ask(Role.OFFICE, "POST", f"/api/orders/{order}/calls", json={"to": "citizen"})
    assert (asked.status, (await asked.json())["detail"]) == (
        422,
        "您单位登记的电话不能从本热线拨打，请联系系统管理员更正登记的号码。",
    )
    async with transaction(web_rig.context.sessions) as session:
        assert list(await session.scalars(select(Alarm.kind))) == []
        (await session.get_one(Office, code)).phone = kept


async def test_a_wish_is_settled_by_any_spelling_of_a_mobile_and_never_silently_on_a_landline(
    web_rig: WebRig,
) -> None:
    now = clock.now()
    ids: dict[str, int] = {}
    order = await stored(web_rig, web_rig.sample.lamp)
    async with transaction(web_rig.context.sessions) as session:
        for linkedid, number in (("back-m.1", "8613900003700"), ("back-l.1", "05374455000")):
            await note_request(
                session, order_id=order.id, linkedid=linkedid, number=number, place_at=now, asked_at=now
            )  # fmt: skip
            ids[linkedid] = (await session.scalars(select(Callback.id).where(Callback.linkedid == linkedid))).one()
        await settle_number(session, "+8613900003700", "来电人再次来电，已经接听", at=now)
        await settle_number(session, "4455000", "来电人再次来电，已经接听", at=now)
        await settle_number(session, "anonymous", "来电人再次来电，已经接听", at=now)
    async with web_rig.context.sessions() as session:
        states = {row.linkedid: row.state for row in await session.scalars(select(Callback))}
    assert (states["back-m.1"], states["back-l.1"]) == (CallbackState.SETTLED, CallbackState.WAITING)
    await ring(web_rig, "qufu-974.1", "4455000", answered=True)
    pop = await web_rig.get(Role.AGENT, "/api/calls/qufu-974.1/pop")
    assert [one["id"] for one in pop["open_requests"]] == [ids["back-l.1"]]
    fragment = await (await web_rig.ask(Role.AGENT, "GET", "/desk/calls/qufu-974.1/pop")).text()
    assert "不用再回电" in fragment
    answer = await web_rig.ask(Role.AGENT, "POST", "/api/calls/qufu-974.1/settle-request", json={"id": ids["back-l.1"]})
    assert answer.status == 200, await answer.text()
    assert (await answer.json())["open_requests"] == []


async def test_keys_of_orders_and_blocks_follow_a_changed_area_code_and_doing_it_again_changes_nothing(
    web_rig: WebRig,
) -> None:
    sessions, at = web_rig.context.sessions, clock.now()
    number = await draft(web_rig, "qufu-975.1", "", citizen_phone="4466000 王主任13900003800", title="路")
    async with transaction(sessions) as session:
        block = await propose(
            session, number="4466000", reason="骚扰", days=1, longest_days=7, account_id=None, by="示例", at=at
        )
        block_id = block.id
    await make_number_keys(sessions, at=at)
    code = area_code()
    try:
        for other in ("0538", "0538", code, code):
            use_area_code(other)
            await make_number_keys(sessions, at=at)
            wanted = f"{other.removeprefix('0')}4466000"
            assert (await stored(web_rig, number)).phone_keys == [wanted, "13900003800"]
            async with sessions() as session:
                assert (await session.get_one(Block, block_id)).number_key == wanted
    finally:
        use_area_code(code)
        await make_number_keys(sessions, at=at)
    before = (await stored(web_rig, number)).version
    await make_number_keys(sessions, at=at)
    assert (await stored(web_rig, number)).version == before


async def test_keys_are_made_anew_though_the_process_died_in_the_midst(
    web_rig: WebRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies before each of its transactions once; between them everything that is done stays done."""
    sessions, at = web_rig.context.sessions, clock.now()
    for place in range(3):
        await draft(web_rig, f"qufu-977{place}.1", "", citizen_phone=f"447700{place}", title="路")
        await ring(web_rig, f"qufu-978{place}.1", f"447700{place}")
    monkeypatch.setattr(phone_keys, "BATCH", 2)
    monkeypatch.setattr(callers, "_NUMBERS_AT_ONCE", 2)
    code = area_code()

    class Died(BaseException):
        pass

    async def keys() -> set[str]:
        async with sessions() as session:
            orders = await session.scalars(select(Order.phone_keys).where(Order.citizen_phone.startswith("0537447700")))
            calls = await session.scalars(select(Call.caller_key).where(Call.caller_number.startswith("447700")))
            return {key[:-1] for found in orders for key in found} | {str(key)[:-1] for key in calls}

    assert await keys() == {"537447700"}
    use_area_code("0538")
    try:
        deaths = 0
        while True:
            left = deaths

            @asynccontextmanager
            async def dying(given: Sessions) -> AsyncIterator[AsyncSession]:
                nonlocal left
                left -= 1
                if left == -1:
                    raise Died
                async with transaction(given) as session:
                    yield session

            monkeypatch.setattr(number_keys, "transaction", dying)
            try:
                await make_number_keys(sessions, at=at)
            except Died:
                deaths += 1
                continue
            break
        assert deaths >= 5
        assert {key for key in await keys() if key.startswith("538")} == {"538447700"}
        async with sessions() as session:
            calls = await session.scalars(select(Call.caller_key).where(Call.caller_number.startswith("447700")))
            assert {str(key)[:-1] for key in calls} == {"538447700"}
    finally:
        monkeypatch.undo()
        use_area_code(code)
        await make_number_keys(sessions, at=at)
    assert await keys() == {"537447700"}


@pytest.mark.parametrize(
    "given",
    [
        "+86-139-0000-3900", "1795113900003900", "+861795113900003900", "17951+8613900003900", "0086 139 0000 3900",
        "tel:+86-139-0000-3900", "１３９００００３９００", "12593013900003900", "139.0000.3900",
    ],
)  # fmt: skip
async def test_earlier_calls_are_counted_however_the_network_spelt_the_number(web_rig: WebRig, given: str) -> None:
    name = f"qufu-97{sum(given.encode())}"
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(text("DELETE FROM calls WHERE caller_key = '13900003900'"))
    await ring(web_rig, f"{name}.1", given)
    await ring(web_rig, f"{name}.2", "13900003900")
    assert (await web_rig.get(Role.AGENT, f"/api/calls/{name}.2/pop"))["calls_30_days"] == 1
    assert (await web_rig.get(Role.AGENT, f"/api/calls/{name}.1/pop"))["calls_30_days"] == 1
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(text("UPDATE calls SET caller_key = NULL WHERE caller_key = '13900003900'"))
    await make_number_keys(web_rig.context.sessions, at=clock.now())
    assert (await web_rig.get(Role.AGENT, f"/api/calls/{name}.1/pop"))["calls_30_days"] == 1
