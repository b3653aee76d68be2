"""All names and numbers that an order's citizens ever had come with the order, in lists too, and are covered."""

from typing import Any

from sqlalchemy import event, select

from core import clock
from core.database import transaction
from dispatch.callbacks.queue import note_request
from dispatch.citizens.redaction import redactor_of
from dispatch.intake.models import ProposalRow, ProposalState
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import draft_for_call
from dispatch.orders.models import Order
from dispatch.steps.take import take_step
from dispatch.workflow import Role, Step
from telephony.calls.call_state import CallState, Direction
from telephony.calls.models import Call
from tests.support.sample import AGENT, COORDINATOR, LAMP
from tests.support.web_rig import WebRig

NUMBERS = iter(range(13900000900, 13900000999))


async def take(web_rig: WebRig, order: Order, step: Step, actor: Actor = COORDINATOR, **fields: Any) -> Order:
    async with transaction(web_rig.context.sessions) as session:
        policy = web_rig.context.policy
        return await take_step(session, policy, order.id, step, actor=actor, at=clock.now(), fields=fields)


async def registered(web_rig: WebRig, linkedid: str, **fields: Any) -> Order:
    async with transaction(web_rig.context.sessions) as session:
        phone = fields.pop("citizen_phone", None) or str(next(NUMBERS))
        order = await draft_for_call(
            session, web_rig.context.city, linkedid=linkedid, citizen_phone=phone, at=clock.now()
        )
    return await take(web_rig, order, Step.REGISTER, AGENT, **LAMP | fields)


async def read(web_rig: WebRig, *numbers: str) -> list[Order]:
    async with web_rig.context.sessions() as session:
        wanted = select(Order).where(Order.number.in_(numbers)).order_by(Order.id)
        return list(await session.scalars(wanted))


async def covered(web_rig: WebRig, order: Order, text: str) -> str:
    return redactor_of(await read(web_rig, order.number)).text(text)


async def test_corrected_and_emptied_values_stay_covered(web_rig: WebRig) -> None:
    order = await registered(web_rig, "v-1.1", citizen_name="赵铁柱", citizen_phone="13700000021", confidential=True)
    await take(web_rig, order, Step.FILL_IN, citizen_name="赵铁住", citizen_phone="13700000022")
    await take(web_rig, order, Step.FILL_IN, citizen_name="", citizen_phone="")
    said = await covered(web_rig, order, "来电号码13700000021，改为13700000022，姓名赵铁柱，应为赵铁住")
    assert "1370000" not in said
    assert "赵" not in said


async def test_what_calls_wishes_and_hearing_say_of_a_citizen_is_covered(web_rig: WebRig) -> None:
    order = await registered(web_rig, "v-2.1", citizen_phone="13700000031", citizen_name="")
    async with transaction(web_rig.context.sessions) as session:
        at = clock.now()
        session.add(
            Call(
                linkedid="v-2.1", pbx="qufu", direction=Direction.INBOUND, state=CallState.ENDED, started_at=at,
                caller_number="13700000032", caller_name="", called_number="12345",
            )
        )  # fmt: skip
        await note_request(session, order_id=order.id, linkedid="v-2.2", number="13700000033", place_at=at, asked_at=at)
        for field, value in (("citizen_name", "误听示例"), ("citizen_phone", "13700000034")):
            session.add(
                ProposalRow(
                    order_id=order.id, field=field, value=value, confidence=0.5, alternatives=[], source=None,
                    made_at=at, state=ProposalState.OPEN,
                )
            )  # fmt: skip
    said = await covered(web_rig, order, "13700000031 13700000032 13700000033 13700000034 误听示例")
    assert said == "137****0031 137****0032 137****0033 137****0034 误**"


async def test_orders_that_belong_together_cover_each_others_citizens(web_rig: WebRig) -> None:
    order = await registered(web_rig, "v-3.1", citizen_name="主单示例", citizen_phone="13700000041")
    joined = await registered(web_rig, "v-3.2", citizen_name="关注示例", citizen_phone="13700000042", confidential=True)
    await take(web_rig, joined, Step.MERGE, merged_into=order.number, reason="同一件事")
    await take(
        web_rig, order, Step.SPLIT, kind="complaint", subject="manhole", title="井盖", matter="井盖", reason="两件事"
    )
    async with web_rig.context.sessions() as session:
        part = (await session.scalars(select(Order).where(Order.split_from_id == order.id))).one()
    text = "主单示例13700000041，关注示例13700000042"
    hidden = "主**137****0041，（姓名不予显示）（号码不予显示）"
    for one in (order, joined, part):
        assert await covered(web_rig, one, text) == hidden


async def test_a_list_asks_once_for_all_its_citizens(web_rig: WebRig) -> None:
    made = [await registered(web_rig, f"v-4.{number}", citizen_name="") for number in range(3)]
    asked: list[str] = []
    engine = web_rig.context.sessions.kw["bind"].sync_engine

    def note(*text: Any) -> None:
        asked.append(text[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        await read(web_rig, made[0].number)
        one = len(asked)
        await read(web_rig, *(order.number for order in made))
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(asked) - one == one
    assert sum("order_family" in statement for statement in asked) == 2


async def test_the_office_reads_no_former_value(web_rig: WebRig) -> None:
    order = await registered(
        web_rig, "v-5.1", citizen_name="钱前名", citizen_phone="13700000051", confidential=True,
        matter="我叫钱前名，电话13700000051。", title="钱前名反映路灯",
    )  # fmt: skip
    await take(web_rig, order, Step.FILL_IN, citizen_name="钱后名", citizen_phone="13700000052")
    for path in (f"/api/orders/{order.number}", f"/orders/{order.number}", "/api/orders"):
        body = await (await web_rig.ask(Role.OFFICE, "GET", path)).text()
        assert "钱前名" not in body
        assert "13700000051" not in body
