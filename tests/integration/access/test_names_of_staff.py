"""The name of a worker who is called like the reporter is not covered, wherever the system says it; and what somebody
decided is that account's own, not everybody's of the same name.
"""

from sqlalchemy import update

from core import clock
from core.database import transaction
from dispatch.orders.actors import Actor
from dispatch.supervision.spot_checks import SpotCheck, SpotCheckPick, record_finding
from dispatch.workflow import Role, Step
from telephony.blocking.block_list import propose
from telephony.blocking.models import Block
from tests.support.orders import take
from tests.support.reporters import registered
from tests.support.sample import COORDINATOR, CREW
from tests.support.web_rig import WebRig

NUMBER = "13900009173"
SUPERVISOR = Actor(5, Role.SUPERVISOR, "许示例")


async def test_who_merged_and_who_undid_it_is_named(web_rig: WebRig) -> None:
    order = await registered(web_rig, "staff-1.1", NUMBER, citizen_name=COORDINATOR.name, confidential=True)
    other = await registered(web_rig, "staff-2.1", "13800000066", citizen_name="关注示例")
    other = await take(web_rig, other, Step.MERGE, COORDINATOR, merged_into=order.number, reason="同一件事")
    await take(web_rig, other, Step.REOPEN, COORDINATOR, reason="不是同一件事")
    for role in (Role.OFFICE, Role.SUPERVISOR):
        answer = await web_rig.get(role, f"/api/orders/{order.number}")
        reasons = {row["step"]: row["reason"] for row in answer["history"]}
        assert reasons[Step.JOIN].startswith(f"{COORDINATOR.name}把工单{other.number}并入"), role
        assert reasons[Step.LEAVE].startswith(f"{COORDINATOR.name}撤回了工单{other.number}的并单"), role


async def test_who_took_it_is_named_in_the_search_for_a_crew(web_rig: WebRig) -> None:
    order = await registered(web_rig, "staff-3.1", NUMBER, citizen_name=CREW.name, confidential=True)
    await take(web_rig, order, Step.ACCEPT, CREW)
    answer = await web_rig.get(Role.SUPERVISOR, f"/api/orders/{order.number}")
    actions = [action for search in answer["crew_searches"] for action in search["actions"]]
    assert [action["why"] for action in actions if action["action"] == "taken"] == [CREW.name]


async def test_a_reason_to_block_does_not_name_the_citizen_of_the_call_it_was_proposed_in(web_rig: WebRig) -> None:
    """The order's number was corrected: it is found by the call, not by the number."""
    order = await registered(web_rig, "staff-6.1", "13900004417", citizen_name="钱朵玉", confidential=True)
    await take(web_rig, order, Step.FILL_IN, COORDINATOR, citizen_phone="13900004428")
    async with transaction(web_rig.context.sessions) as session:
        block = await propose(
            session, number="13900004417", reason="钱朵玉（13900004428）反复拨打", days=3, longest_days=30,
            account_id=1, by="林示例", at=clock.now(), linkedid="staff-6.1",
        )  # fmt: skip
        block_id = block.id
    for role in (Role.SUPERVISOR, Role.ADMINISTRATOR):
        listed = await web_rig.get(role, "/api/blocks")
        (shown,) = [one for one in listed["blocks"] if one["id"] == block_id]
        assert shown["number"] == ""
        assert "反复拨打" in shown["reason"]
        assert "钱朵玉" not in shown["reason"]
        assert "4428" not in shown["reason"]


async def test_a_decision_is_read_as_typed_by_the_account_that_made_it_only(web_rig: WebRig) -> None:
    await registered(web_rig, "staff-4.1", NUMBER, citizen_name="钱朵玉", confidential=True)
    async with transaction(web_rig.context.sessions) as session:
        block = await propose(
            session, number=NUMBER, reason="反复拨打", days=3, longest_days=30, account_id=1, by="林示例",
            at=clock.now(), linkedid="staff-4.1",
        )  # fmt: skip
        block_id = block.id
    answer = await web_rig.ask(
        Role.SUPERVISOR, "POST", f"/api/blocks/{block_id}/refuse", json={"why": "不是钱朵玉就是李示例"}
    )
    assert answer.status == 200

    async def read() -> str:
        listed = await web_rig.get(Role.SUPERVISOR, "/api/blocks")
        return str(next(one["decision"] for one in listed["blocks"] if one["id"] == block_id))

    assert await read() == "不是钱朵玉就是李示例"
    async with transaction(web_rig.context.sessions) as session:
        # Another supervisor of the same name.
        await session.execute(update(Block).where(Block.id == block_id).values(decided_by_id=77))
    assert "钱朵玉" not in await read()


async def test_a_finding_is_read_as_typed_by_who_found_it_and_redacted_by_others(web_rig: WebRig) -> None:
    order = await registered(web_rig, "staff-5.1", NUMBER, citizen_name="钱朵玉", confidential=True)
    async with transaction(web_rig.context.sessions) as session:
        at = clock.now()
        check = SpotCheck(at=at, by=SUPERVISOR.name, seed="1", closed_from=at, closed_before=at, share=1, at_least=1,
                          population={"street-lighting": [order.number]}, digest="")  # fmt: skip
        check.picks = [SpotCheckPick(office_code="street-lighting", number=order.number)]
        session.add(check)
        await session.flush()
        check_id = check.id
        found = {"finding": "答复给了钱朵玉或李示例", "offence": None}
        await record_finding(session, check_id, order.number, actor=SUPERVISOR, at=at, **found)
    for path in (f"/api/supervision/spot-checks/{check_id}", f"/supervision/spot-checks/{check_id}"):
        own = await (await web_rig.ask(Role.SUPERVISOR, "GET", path)).text()
        assert "答复给了钱朵玉或李示例" in own
        for role in (Role.LEADER, Role.COORDINATOR):
            other = await (await web_rig.ask(role, "GET", path)).text()
            assert "或李示例" in other, (role, path)
            assert "钱朵玉" not in other, (role, path)
