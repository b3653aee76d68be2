"""Wherever somebody who may never know a confidential reporter writes about the order, beside its steps: the reporter's
name raises the alarm for those who may know, a wrong name none.
"""

import pytest
from sqlalchemy import delete, func, select, text, update

from access.visibility.reporter_guesses import FIND_REPORTER_GUESSES_IN, Written, find_reporter_guesses_in
from core import clock
from core.database import transaction
from dispatch.approvals.models import Approval
from dispatch.attachments.models import Attachment
from dispatch.supervision.spot_checks import SpotCheck, SpotCheckPick
from dispatch.workflow import Role
from telephony.monitoring.models import Alarm
from telephony.trouble_kinds import TroubleKind
from tests.support.planted import attach_sound
from tests.support.reporters import registered
from tests.support.web_rig import WebRig

NAME, NUMBER = "钱朵玉", "13900009173"


async def alarms(web_rig: WebRig, where: Written, row_id: int) -> int:
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(delete(Alarm))
        await find_reporter_guesses_in(session, "qufu", where, row_id, at=clock.now())
        wanted = select(func.count()).where(Alarm.kind == TroubleKind.REPORTER_NAMED)
        return await session.scalar(wanted) or 0


async def waits(web_rig: WebRig, where: Written, row_id: int) -> bool:
    """Whether a job waits that looks there."""
    asked = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :name AND args = cast(:args AS jsonb)")
    args = f'{{"where": "{where}", "row_id": {row_id}}}'
    async with web_rig.context.sessions() as session:
        return bool(await session.scalar(asked, {"name": FIND_REPORTER_GUESSES_IN, "args": args}))


@pytest.mark.parametrize(("name", "expected"), [(NAME, 1), ("李示例", 0)])
async def test_a_voice_note_a_decision_a_block_and_a_finding_are_looked_through(
    web_rig: WebRig, name: str, expected: int
) -> None:
    order = await registered(
        web_rig, f"probe-{expected}.1", f"{NUMBER[:-1]}{expected}", citizen_name=NAME, confidential=True
    )
    note = await attach_sound(web_rig, order, Role.UNIT, f"听说是{name}")
    assert await alarms(web_rig, Written.VOICE_NOTE, note) == expected
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(update(Attachment).where(Attachment.id == note).values(actor_role=Role.AGENT))
    assert await alarms(web_rig, Written.VOICE_NOTE, note) == 0, "an agent may know"

    path = f"/api/orders/{order.number}/lift-secrecy"
    asked = await web_rig.ask(Role.COORDINATOR, "POST", path, json={"reason": "诉求人书面同意公开"})
    assert asked.status == 201, await asked.text()
    async with web_rig.context.sessions() as session:
        approval = (await session.scalars(select(Approval.id).where(Approval.subject == order.number))).one()
    why = {"note": f"不同意，{name}没有签字确认"}
    decided = await web_rig.ask(Role.SUPERVISOR, "POST", f"/api/approvals/{approval}/refuse", json=why)
    assert decided.status == 200, await decided.text()
    assert await waits(web_rig, Written.DECISION, approval)
    assert await alarms(web_rig, Written.DECISION, approval) == expected

    wish = {"number": order.citizen_phone, "reason": f"是{name}反复拨打"}
    blocked = await web_rig.ask(Role.SUPERVISOR, "POST", "/api/blocks", json=wish)
    assert blocked.status == 201, await blocked.text()
    block = int((await blocked.json())["id"])
    assert await waits(web_rig, Written.BLOCK, block)
    assert await alarms(web_rig, Written.BLOCK, block) == expected

    at = clock.now()
    async with transaction(web_rig.context.sessions) as session:
        check = SpotCheck(at=at, by="许示例", seed="1", closed_from=at, closed_before=at, share=1, at_least=1,
                          population={"street-lighting": [order.number]}, digest="")  # fmt: skip
        check.picks = [SpotCheckPick(office_code="street-lighting", number=order.number)]
        session.add(check)
        await session.flush()
        check_id, pick = check.id, check.picks[0].id
    path = f"/api/supervision/spot-checks/{check_id}/orders/{order.number}"
    found = await web_rig.ask(Role.SUPERVISOR, "POST", path, json={"finding": f"{name}没有得到答复"})
    assert found.status == 200, await found.text()
    assert await waits(web_rig, Written.FINDING, pick)
    assert await alarms(web_rig, Written.FINDING, pick) == expected
