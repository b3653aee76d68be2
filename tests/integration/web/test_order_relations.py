"""An order merged by choosing the other one, and divided into several at once."""

from urllib.parse import quote

from dispatch.orders.models import Order
from dispatch.workflow import Role, State, Step
from tests.support.orders import dispatched, take
from tests.support.sample import COORDINATOR
from tests.support.web_rig import WebRig


async def page_of(web_rig: WebRig, role: Role, path: str, status: int = 200) -> str:
    answer = await web_rig.ask(role, "GET", path)
    assert answer.status == status, await answer.text()
    return await answer.text()


async def test_an_order_is_merged_into_one_that_is_chosen_and_compared(web_rig: WebRig) -> None:
    first = await dispatched(web_rig)
    second = await dispatched(web_rig)
    at = f"/orders/{second.number}/merge"
    assert f'href="{at}"' in await page_of(web_rig, Role.COORDINATOR, f"/orders/{second.number}")
    offered = await page_of(web_rig, Role.COORDINATOR, at)
    assert f"对照 {first.number}" in offered
    assert "同一事项：路灯不亮或损坏" in offered
    assert f"对照 {second.number}" not in offered, "itself"
    beside = await page_of(web_rig, Role.COORDINATOR, f"{at}?into={first.number}&in=sort%3Doldest")
    assert f"把 {second.number} 并入 {first.number}" in beside
    assert "<small>相同</small>" in beside
    assert "同一事项：路灯不亮或损坏；" in beside.partition("<textarea")[2].partition("</textarea>")[0], (
        "why stands ready"
    )
    assert 'name="in" value="sort=oldest"' in beside
    sent = {"version": second.version, "read": second.step_count, "merged_into": first.number, "reason": "同一盏灯"}
    answer = await web_rig.ask(Role.COORDINATOR, "POST", f"/orders/{second.number}/steps/merge", data=sent)
    assert answer.status == 303
    assert (await web_rig.get(Role.COORDINATOR, f"/api/orders/{second.number}"))["state"] == State.MERGED
    over = await page_of(web_rig, Role.COORDINATOR, at)
    assert "工单现在是“已并单”，不能并单。" in over
    assert f"把 {second.number} 并入" not in await page_of(web_rig, Role.COORDINATOR, f"{at}?into={first.number}")


async def test_the_other_order_is_searched_for_and_one_that_is_over_is_not_offered(web_rig: WebRig) -> None:
    order, other, over = await dispatched(web_rig), await dispatched(web_rig), await dispatched(web_rig)
    over = await take(web_rig, over, Step.MERGE, COORDINATOR, merged_into=other.number, reason="同一件")
    at = f"/orders/{order.number}/merge"
    assert f"对照 {other.number}" in await page_of(web_rig, Role.COORDINATOR, f"{at}?q={other.number}")
    assert "没有找到没办结的工单" in await page_of(web_rig, Role.COORDINATOR, f"{at}?q={over.number}")
    assert "没有找到没办结的工单" in await page_of(web_rig, Role.COORDINATOR, f"{at}?q={quote('没有这样的字')}")
    for number, why in ((over.number, "已经办结，不能并入"), (order.number, "不能并入自己"), ("QF1", "没有这张工单")):
        shown = await page_of(web_rig, Role.COORDINATOR, f"{at}?into={number}")
        assert why in shown
        assert "merged_into" not in shown


async def test_the_page_for_merging_names_nobody_whom_the_reader_may_not_know(web_rig: WebRig) -> None:
    order = await dispatched(web_rig)
    named: Order = await take(
        web_rig, order, Step.FILL_IN, COORDINATOR, citizen_name="孔示例", confidential=True,
        matter="我是孔示例，神道路中段路灯不亮，晚上看不清路。",
    )  # fmt: skip
    other = await dispatched(web_rig)
    for path in (f"{other.number}/merge?into={named.number}", f"{named.number}/merge?into={other.number}"):
        assert "孔示例" not in await page_of(web_rig, Role.COORDINATOR, f"/orders/{path}")
    await page_of(web_rig, Role.OFFICE, f"/orders/{other.number}/merge", status=403)
