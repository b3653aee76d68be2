"""The list of orders as a whole: found by what was said and answered, filters kept, one step on many, Excel."""

import datetime as dt
import itertools
import zipfile
from io import BytesIO

import pytest
from sqlalchemy import select, update

from core.database import transaction
from dispatch.orders.models import CallPurpose, Order, OrderCall
from dispatch.orders.work_queues import QUEUES, WorkQueue, waits
from dispatch.steps.take import find_order
from dispatch.workflow import FINAL, Role, State, Step
from recordings.transcripts import search
from tests.support.past_orders import COORDINATOR, LAMPS, REPLY, at, closed, dispatched, take
from tests.support.web_rig import WebRig
from web.orders.cards import dues
from web.orders.presenter import order_summary

BEGUN = at("2026-10-12 09:00")


async def numbers(web_rig: WebRig, role: Role, words: str) -> list[str]:
    found = await web_rig.get(role, "/api/orders", params={"q": words})
    return [order["number"] for order in found["orders"]]


async def test_an_order_is_found_by_an_earlier_reply_too(web_rig: WebRig) -> None:
    sessions, policy = web_rig.context.sessions, web_rig.context.policy
    order = await dispatched(sessions, policy, BEGUN)
    for step, actor, fields in (
        (Step.ACCEPT, LAMPS, {}),
        (Step.START, LAMPS, {}),
        (Step.REPLY, LAMPS, {"done": "更换了紫铜接线端子", "public_answer": "已修好，请放心。"}),
        (Step.REVIEW, COORDINATOR, {}),
        (Step.SEND_BACK, COORDINATOR, {"reason": "请写明日期"}),
        (Step.START, LAMPS, {}),
        (Step.REPLY, LAMPS, REPLY),
    ):
        order = await take(sessions, policy, order, step, actor, BEGUN, **fields)
    assert await numbers(web_rig, Role.OFFICE, "紫铜接线") == [order.number]
    assert await numbers(web_rig, Role.COORDINATOR, "紫铜 请放心 路灯") == [order.number]
    assert await numbers(web_rig, Role.COORDINATOR, "紫铜 没有这个词") == []
    assert await numbers(web_rig, Role.COORDINATOR, "紫") == [order.number]
    assert order.number in await numbers(web_rig, Role.COORDINATOR, "子")
    assert await numbers(web_rig, Role.COORDINATOR, "紫铜端子") == []


async def test_an_order_is_found_by_what_was_said_on_its_call_by_those_who_may_hear_it(web_rig: WebRig) -> None:
    sample = web_rig.sample
    said = "已经为您登记工作人员"
    assert await numbers(web_rig, Role.SUPERVISOR, said) == [sample.lamp]
    assert await numbers(web_rig, Role.UNIT, said) == []
    async with transaction(web_rig.context.sessions) as session:
        secret = await find_order(session, sample.secret)
        assert secret is not None
        session.add(OrderCall(order_id=secret.id, linkedid=sample.linkedid, purpose=CallPurpose.JOINED, added_at=BEGUN))
    assert await numbers(web_rig, Role.SUPERVISOR, said) == []
    assert await numbers(web_rig, Role.COORDINATOR, said) == []


async def test_only_the_newest_calls_that_hold_a_word_are_looked_at(
    web_rig: WebRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "NEWEST_CALLS", 0)
    assert await numbers(web_rig, Role.SUPERVISOR, "工作人员") == []


async def test_what_waits_for_whom_is_counted_found_and_said_beside_the_buttons(web_rig: WebRig) -> None:
    sessions, policy = web_rig.context.sessions, web_rig.context.policy
    order = await dispatched(sessions, policy, BEGUN)
    asked = {
        "reason_code": "not_ours",
        "reason": "灯杆在小区里",
        "boundary": "物业管理条例第二十条",
        "suggested_office_code": "housing",
    }
    await take(sessions, policy, order, Step.ASK_RETURN, LAMPS, BEGUN, **asked)

    async def waiting(role: Role, what: str) -> list[str]:
        return [one["number"] for one in (await web_rig.get(role, f"/api/orders?waiting={what}"))["orders"]]

    assert await waiting(Role.COORDINATOR, "return") == [order.number]
    assert await waiting(Role.SUPERVISOR, "ruling") == []
    assert order.number in await waiting(Role.LEADER, "finish_overdue")
    assert order.number not in await waiting(Role.LEADER, "due_today")
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", "/orders")).text()
    assert "退单待决定 1" in page
    assert "待批示" not in page.partition('class="orders"')[0].partition('id="list"')[2], "that is the leader's"
    answer = await web_rig.get(Role.OFFICE, f"/api/orders/{order.number}")
    closed = {one["step"]: one["why"] for one in answer["closed_steps"]}
    assert closed["ask_return"] == "上一次退单申请还没有决定。"
    assert closed["redispatch"] == "由市级管理员、督查员办理"
    assert not closed.keys() & {one["step"] for one in answer["open_steps"]}
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{order.number}")).text()
    assert "建议由市住房和城乡建设局主办" in page


async def test_whatever_is_marked_late_stands_in_the_list_of_what_is_late(web_rig: WebRig) -> None:
    """Every state against every limit, so that no order is red on the screen and in no list."""
    sessions, policy = web_rig.context.sessions, web_rig.context.policy
    order = await dispatched(sessions, policy, BEGUN)
    now = at("2026-10-20 12:00")
    queues = {
        "签收时限": (WorkQueue.ACCEPT_OVERDUE, "accept_due_at"),
        "首次联系": (WorkQueue.CONTACT_OVERDUE, "contact_due_at"),
        "办结时限": (WorkQueue.FINISH_OVERDUE, "finish_due_at"),
    }
    seen = set()
    for state, late in itertools.product(State, queues):
        session = sessions()
        limits = {column: now + dt.timedelta(days=-1 if name == late else 9) for name, (_, column) in queues.items()}
        ended = now if state in FINAL else None
        await session.execute(
            update(Order).where(Order.id == order.id).values(state=state, contacted_at=None, closed_at=ended, **limits)
        )
        changed = await session.get(Order, order.id)
        assert changed is not None
        red = {due.name for due in dues(order_summary(changed), policy, now) if due.lamp == "red"}
        listed = {
            name
            for name, (queue, _) in queues.items()
            if await session.scalar(select(Order.id).where(Order.id == order.id, waits(queue, now)))
        }
        assert listed == red <= {late}, (state, late)
        seen |= red
        await session.rollback()
        await session.close()
    assert seen == queues.keys()
    assert {queue for queue, _ in queues.values()} <= set(QUEUES[Role.COORDINATOR]) & set(QUEUES[Role.LEADER])


async def test_who_helps_is_shown_his_own_limit_and_how_much_is_pressing(web_rig: WebRig) -> None:
    sessions, policy = web_rig.context.sessions, web_rig.context.policy
    more = {"lead_office_code": "housing", "co_office_codes": ["street-lighting"]}
    order = await dispatched(sessions, policy, BEGUN, **more)
    inbox = await (await web_rig.ask(Role.OFFICE, "GET", "/inbox")).text()
    card = inbox.partition(f"/orders/{order.number}")[2].partition("</li>")[0]
    assert "协办时限" in card
    assert "签收时限" not in card
    assert "已超时" in inbox.partition("新派单")[0]
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{order.number}")).text()
    assert "前答复" in page
    (part,) = (await web_rig.get(Role.COORDINATOR, f"/api/orders/{order.number}"))["parts"]
    assert (part["office_code"], part["answered_at"]) == ("street-lighting", None)


async def test_the_list_is_filtered_sorted_counted_and_paged_in_both_directions(web_rig: WebRig) -> None:
    sessions, policy = web_rig.context.sessions, web_rig.context.policy
    days = [at(f"2026-09-0{day} 09:00") for day in (1, 2, 3, 4, 5)]
    made = [(await dispatched(sessions, policy, day, place_town="shimenshan")).number for day in days]
    here = "town=shimenshan&first=2026-09-01&last=2026-09-05"

    async def found(query: str) -> list[str]:
        return [one["number"] for one in (await web_rig.get(Role.COORDINATOR, f"/api/orders?{query}"))["orders"]]

    assert await found(here) == made[::-1]
    assert await found(f"{here}&sort=oldest") == made
    assert await found(f"{here}&sort=limit") == made
    assert await found("town=shimenshan&first=2026-09-02&last=2026-09-04&sort=oldest") == made[1:4]
    assert await found(f"{here}&subject=street-lamp&channel=web&sort=oldest") == made
    assert await found(f"{here}&channel=hotline") == []
    for sort, whole in (("newest", made[::-1]), ("oldest", made), ("limit", made)):
        page = await web_rig.get(Role.COORDINATOR, f"/api/orders?{here}&sort={sort}&limit=2")
        seen, previous = [[one["number"] for one in page["orders"]]], page["previous"]
        while page["next"]:
            after = {"after": page["next"], "limit": "2"}
            page = await web_rig.get(Role.COORDINATOR, f"/api/orders?{here}&sort={sort}", params=after)
            seen.append([one["number"] for one in page["orders"]])
        assert previous is None
        assert seen == [whole[:2], whole[2:4], whole[4:]]
        back = {"before": page["previous"], "limit": "2"}
        page = await web_rig.get(Role.COORDINATOR, f"/api/orders?{here}&sort={sort}", params=back)
        assert [one["number"] for one in page["orders"]] == whole[2:4]
        assert page["previous"]
        assert page["next"]
        back = {"before": page["previous"], "limit": "2"}
        page = await web_rig.get(Role.COORDINATOR, f"/api/orders?{here}&sort={sort}", params=back)
        assert ([one["number"] for one in page["orders"]], page["previous"]) == (whole[:2], None)
    shown = await (await web_rig.ask(Role.COORDINATOR, "GET", f"/orders?{here}")).text()
    assert "共5张" in shown
    assert "2026-09-01 起" in shown
    assert 'href="/orders?first=2026-09-01&amp;last=2026-09-05"' in shown, "the town is taken off"


async def test_a_queue_begins_with_the_limit_that_ends_first(web_rig: WebRig) -> None:
    sessions, policy = web_rig.context.sessions, web_rig.context.policy
    later, sooner = at("2026-10-28 09:00"), at("2026-10-27 09:00")
    numbers = [(await dispatched(sessions, policy, day)).number for day in (sooner, later)]
    queue = await web_rig.get(Role.COORDINATOR, "/api/orders?waiting=accept_overdue")
    listed = [one["number"] for one in queue["orders"] if one["number"] in numbers]
    assert listed == numbers
    everything = await web_rig.get(Role.COORDINATOR, "/api/orders?first=2026-10-27&last=2026-10-28")
    assert [one["number"] for one in everything["orders"]] == numbers[::-1]


async def test_a_filter_is_kept_by_name_replaced_and_forgotten_each_for_himself(web_rig: WebRig) -> None:
    async def keep(name: str, query: str) -> int:
        return (
            await web_rig.ask(Role.COORDINATOR, "POST", "/orders/filters", data={"name": name, "query": query})
        ).status

    async def page(role: Role) -> str:
        return await (await web_rig.ask(role, "GET", "/orders")).text()

    assert await keep("路灯待办", "?q=路灯&open=true") == 303
    assert "open=True" in await page(Role.COORDINATOR) or "open=true" in await page(Role.COORDINATOR)
    assert await keep("路灯待办", "?state=closed") == 303
    shown = await page(Role.COORDINATOR)
    assert shown.count("路灯待办</a>") == 1
    assert "/orders?state=closed" in shown
    assert "路灯待办" not in await page(Role.SUPERVISOR)
    assert await keep("空的", "") == 422
    assert await keep("乱的", "?state=nonsense") == 422
    number = shown.split("/orders/filters/")[1].split("/")[0]
    assert (await web_rig.ask(Role.SUPERVISOR, "POST", f"/orders/filters/{number}/forget")).status == 303
    assert "路灯待办" in await page(Role.COORDINATOR)
    assert (await web_rig.ask(Role.COORDINATOR, "POST", f"/orders/filters/{number}/forget")).status == 303
    assert "路灯待办" not in await page(Role.COORDINATOR)


async def test_each_of_many_says_whether_it_was_done_or_why_not(web_rig: WebRig) -> None:
    sessions, policy = web_rig.context.sessions, web_rig.context.policy
    open_one, over = await dispatched(sessions, policy, BEGUN), await closed(sessions, policy, BEGUN)
    sent = {"action": "supervise", "reason": "已经超时", "number": [open_one.number, over.number, "QF20260101-0001-1"]}
    answer = await web_rig.ask(Role.SUPERVISOR, "POST", "/orders/many", data=sent)
    shown = await answer.text()
    assert answer.status == 200
    assert "3张中1张已办" in shown
    assert "工单现在是“已办结”，不能督办" in shown
    assert "没有这张工单，或者它没有派给您。" in shown
    assert (await web_rig.get(Role.SUPERVISOR, f"/api/orders/{open_one.number}"))["history"][-1]["step"] == "supervise"
    refused = await web_rig.ask(Role.SUPERVISOR, "POST", "/orders/many", data=sent | {"reason": ""})
    assert "3张中0张已办" in await refused.text()
    assert (await web_rig.ask(Role.SUPERVISOR, "POST", "/orders/many", data={"action": "supervise"})).status == 422
    assert "3张中0张已办" in await (await web_rig.ask(Role.OFFICE, "POST", "/orders/many", data=sent)).text()


async def waiting_order(web_rig: WebRig, **more: str) -> Order:
    """No crew is certain without the town, so that a coordinator has to look."""
    return await dispatched(
        web_rig.context.sessions, web_rig.context.policy, BEGUN, **{"place_town": "", "place": "小区门口"} | more
    )


async def test_an_order_is_dispatched_from_its_row_and_the_next_one_opened_after_it(web_rig: WebRig) -> None:
    first, second, third = [await waiting_order(web_rig) for _ in range(3)]
    number = first.number
    listed = await (await web_rig.ask(Role.COORDINATOR, "GET", "/orders?waiting=to_dispatch")).text()
    row = listed.partition(f'id="row-{number}"')[2].partition("</tr>")[0]
    assert f'action="/orders/{number}/steps/dispatch"' in row
    assert " selected>1 " in row, "the duty list names the office"
    assert "90%" in row
    assert "职责清单" in row
    assert "直通车，但没有确定镇街。" in row, "by this key nobody drives there"
    assert f"/orders/{number}?in=waiting%3Dto_dispatch" in row
    sent = {"version": str(first.version), "read": "0", "back": "row", "in": "waiting=to_dispatch"}
    part = {"HX-Request": "true"}
    refused = await web_rig.ask(
        Role.COORDINATOR, "POST", f"/orders/{number}/steps/dispatch", headers=part,
        data=sent | {"lead_office_code": "nobody"},
    )  # fmt: skip
    assert refused.status == 422
    assert "没有这个主办单位：nobody。" in await refused.text()
    taken = await web_rig.ask(
        Role.COORDINATOR, "POST", f"/orders/{number}/steps/dispatch", headers=part,
        data=sent | {"lead_office_code": "forestry"},
    )  # fmt: skip
    assert taken.status == 200
    assert "已派单：" in await taken.text()
    assert "直通车，但没有确定镇街。" in await taken.text()
    assert (await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}"))["lead_office_code"] == "forestry"

    page = await (
        await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{second.number}", params={"in": "waiting=to_dispatch"})
    ).text()
    assert f'rel="next" href="/orders/{third.number}?in=waiting' in page
    assert "派单并打开下一件" in page
    sent = {"version": str(second.version), "read": "0", "in": "waiting=to_dispatch", "go": "next"}
    gone_on = await web_rig.ask(
        Role.COORDINATOR, "POST", f"/orders/{second.number}/steps/dispatch",
        data=sent | {"lead_office_code": "housing"},
    )  # fmt: skip
    assert gone_on.status == 303
    to = gone_on.headers["Location"]
    assert to == f"/orders/{third.number}?in=waiting%3Dto_dispatch&done={second.number}"
    assert f"{second.number}</a> 已办：已派单" in await (await web_rig.ask(Role.COORDINATOR, "GET", to)).text()
    assert (
        "派单并打开下一件"
        not in await (await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{third.number}?in=nonsense%3D1")).text()
    )


async def test_many_are_dispatched_as_proposed_and_what_is_not_sure_says_so(web_rig: WebRig) -> None:
    sessions, policy = web_rig.context.sessions, web_rig.context.policy
    over = await closed(sessions, policy, BEGUN)
    sure = await take(sessions, policy, over, Step.REOPEN, COORDINATOR, BEGUN, reason="又坏了")
    unsure = await waiting_order(web_rig, subject="rural-house")
    listed = await (await web_rig.ask(Role.COORDINATOR, "GET", "/orders?waiting=to_dispatch")).text()
    assert "按建议派单" in listed
    assert "按建议派单" not in await (await web_rig.ask(Role.SUPERVISOR, "GET", "/orders")).text()
    sent = {"action": "dispatch", "number": [sure.number, unsure.number]}
    shown = await (await web_rig.ask(Role.COORDINATOR, "POST", "/orders/many", data=sent)).text()
    assert "2张中1张已办" in shown
    assert "没有把握达到90%的建议，请逐张派单" in shown
    assert (await web_rig.get(Role.COORDINATOR, f"/api/orders/{sure.number}"))["state"] == "dispatched"
    assert (await web_rig.get(Role.COORDINATOR, f"/api/orders/{unsure.number}"))["state"] == "registered"


async def test_an_order_where_somebody_must_drive_but_no_crew_is_certain_is_asked_about_among_many(
    web_rig: WebRig,
) -> None:
    crewless, unsure = await waiting_order(web_rig), await waiting_order(web_rig, subject="rural-house")
    sent = {"action": "dispatch", "number": [crewless.number, unsure.number]}
    shown = await (await web_rig.ask(Role.COORDINATOR, "POST", "/orders/many", data=sent)).text()
    assert "2张中0张已办" in shown
    assert "直通车，但没有确定镇街。" in shown, "dispatched so, nobody would drive there"
    assert (await web_rig.get(Role.COORDINATOR, f"/api/orders/{crewless.number}"))["state"] == "registered"
    question = next(form for form in shown.split("<form")[1:] if 'name="despite"' in form)
    assert "1张只派给建议的单位" in question
    assert crewless.number in question
    assert unsure.number not in question, "its office is not certain either"
    again = {"action": "dispatch", "number": crewless.number, "despite": "yes"}
    assert "1张中1张已办" in await (await web_rig.ask(Role.COORDINATOR, "POST", "/orders/many", data=again)).text()
    dispatched_now = await web_rig.get(Role.COORDINATOR, f"/api/orders/{crewless.number}")
    assert (dispatched_now["state"], dispatched_now["unit_code"]) == ("dispatched", None)


async def test_each_row_says_which_steps_of_the_bar_below_it_can_take(web_rig: WebRig) -> None:
    order, over = await waiting_order(web_rig), await closed(web_rig.context.sessions, web_rig.context.policy, BEGUN)
    for one, takes in ((order, "dispatch"), (over, "")):
        listed = await (await web_rig.ask(Role.COORDINATOR, "GET", f"/orders?q={one.number}")).text()
        row = listed.partition(f'id="row-{one.number}"')[2].partition(">")[0]
        assert f'data-takes="{takes}"' in row


async def test_a_sheet_holds_what_the_filters_find_and_nothing_that_is_not_his(web_rig: WebRig) -> None:
    sample = web_rig.sample
    answer = await web_rig.ask(Role.COORDINATOR, "GET", "/orders.xlsx", params={"q": sample.done})
    with zipfile.ZipFile(BytesIO(await answer.read())) as parts:
        texts = parts.read("xl/sharedStrings.xml").decode()
    assert sample.done in texts
    assert sample.lamp not in texts
    assert (await web_rig.ask(Role.COORDINATOR, "GET", "/orders.xlsx", params={"q": "没有这样的事"})).status == 404
    chosen = await web_rig.ask(
        Role.COORDINATOR, "POST", "/orders/many", data={"action": "export", "number": sample.lamp}
    )
    assert chosen.content_type.endswith("spreadsheetml.sheet")
    printed = await web_rig.ask(
        Role.COORDINATOR, "POST", "/orders/many", data={"action": "print", "number": [sample.lamp, sample.done]}
    )
    assert (await printed.text()).count("打印</p>") == 2


async def test_the_list_shows_where_the_words_stand_that_were_looked_for(web_rig: WebRig) -> None:
    sessions, policy = web_rig.context.sessions, web_rig.context.policy
    order = await dispatched(sessions, policy, BEGUN)
    matter = "路口那盏灯从上周起一直忽明忽暗，变压器旁边有焦糊味，孩子们晚上不敢走，请看看。我是孔示例。"
    await take(
        sessions,
        policy,
        order,
        Step.FILL_IN,
        COORDINATOR,
        BEGUN,
        matter=matter,
        citizen_name="孔示例",
        citizen_phone="13900004321",
    )

    async def listed(words: str) -> str:
        return await (await web_rig.ask(Role.COORDINATOR, "GET", "/orders", params={"q": words})).text()

    shown = await listed("焦糊味")
    assert '<small class="found">内容：…' in shown
    assert "变压器旁边有<mark>焦糊味</mark>,孩子们晚上" in shown
    assert "孔示例" not in await listed("请看看"), "what is covered stands around no hit"
    assert '<small class="found">' not in await listed(order.number), "the row shows it anyway"
    assert "<mark></mark>" not in (by_phone := await listed("139 0000 4321"))
    assert '<small class="found">按电话找到</small>' in by_phone
