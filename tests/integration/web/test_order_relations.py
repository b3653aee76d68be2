"""An order merged by choosing the other one, and divided into several at once."""

from urllib.parse import quote

from dispatch.orders.models import Order
from dispatch.workflow import Role, State, Step
from tests.support.orders import dispatched, take
from tests.support.sample import COORDINATOR, LAMPS
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


MANHOLE = {"kind": "complaint", "subject": "manhole", "title": "神道路井盖缺失", "matter": "同一路口的井盖不见了。"}
RUBBISH = {"kind": "help", "subject": "garbage", "title": "垃圾没有清运", "matter": "路口的垃圾三天没有清运。"}


def parts(order: Order, *given: dict[str, str], **more: str) -> dict[str, object]:
    """The form as a browser sends it: empty fields too."""
    sent: dict[str, object] = {"version": order.version, "read": order.step_count} | more
    for place in range(1, 7):
        part = given[place - 1] if place <= len(given) else {}
        sent |= {
            f"{name}-{place}": part.get(name, "") for name in (*MANHOLE, "place", "place_town", "lead_office_code")
        }
    return sent


async def test_several_matters_are_split_off_at_once(web_rig: WebRig) -> None:
    order = await dispatched(web_rig)
    at = f"/orders/{order.number}/split"
    assert f'href="{at}"' in await page_of(web_rig, Role.COORDINATOR, f"/orders/{order.number}")
    assert "第6件" in await page_of(web_rig, Role.COORDINATOR, at)
    sent = parts(order, MANHOLE, {}, RUBBISH, reason="一个电话说了三件事。")
    answer = await web_rig.ask(Role.COORDINATOR, "POST", at, data=sent)
    assert (answer.status, answer.headers["Location"]) == (303, f"/orders/{order.number}")
    first = await web_rig.get(Role.COORDINATOR, f"/api/orders/{order.number}")
    made = [await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}") for number in first["split_off"]]
    assert [one["title"] for one in made] == [MANHOLE["title"], RUBBISH["title"]]
    assert {one["place"] for one in made} == {first["place"]}
    assert [row["step"] for row in first["history"]][-2:] == [Step.SPLIT, Step.SPLIT]
    assert {row["reason"] for row in first["history"][-2:]} == {"一个电话说了三件事。"}


async def test_one_part_that_is_refused_refuses_all_and_nothing_typed_is_lost(web_rig: WebRig) -> None:
    order = await dispatched(web_rig)
    at = f"/orders/{order.number}/split"
    untitled = RUBBISH | {"title": ""}
    for given, reason, wrong in (
        ((MANHOLE, untitled), "说了几件事", "请填写标题"),
        ((MANHOLE, RUBBISH), "", "请填写理由"),
        ((MANHOLE, RUBBISH | {"place_town": "nowhere"}), "说了几件事", "没有这个"),
    ):
        answer = await web_rig.ask(Role.COORDINATOR, "POST", at, data=parts(order, *given, reason=reason))
        shown = await answer.text()
        assert answer.status == 422
        assert wrong in shown
        for words in (MANHOLE["title"], MANHOLE["matter"], RUBBISH["matter"], reason):
            assert words in shown
        assert (await web_rig.get(Role.COORDINATOR, f"/api/orders/{order.number}"))["split_off"] == []
    answer = await web_rig.ask(Role.COORDINATOR, "POST", at, data=parts(order, reason="空的"))
    assert (answer.status, "请至少填写要拆出的一件" in await answer.text()) == (422, True)
    changed = await take(web_rig, order, Step.ACCEPT, LAMPS)
    merged = await take(web_rig, changed, Step.MERGE, COORDINATOR, merged_into=(await dispatched(web_rig)).number,
                        reason="同一件")  # fmt: skip
    answer = await web_rig.ask(Role.COORDINATOR, "POST", at, data=parts(order, MANHOLE, reason="说了几件事"))
    assert answer.status in (409, 422)
    assert (await web_rig.get(Role.COORDINATOR, f"/api/orders/{merged.number}"))["split_off"] == []
    await page_of(web_rig, Role.OFFICE, at, status=403)
