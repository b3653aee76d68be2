"""The order's page: what whoever decides reads of what an office has asked for."""

import datetime as dt

from dispatch.orders.actors import Actor
from dispatch.orders.models import Order
from dispatch.workflow import Role, Step
from tests.support.orders import dispatched, in_progress, take
from tests.support.sample import COORDINATOR, LAMPS
from tests.support.web_rig import WebRig

LEADER = Actor(5, Role.LEADER, "何示例")
ASKS = "路灯所 陈示例申请"


async def page_of(web_rig: WebRig, role: Role, order: Order) -> str:
    return await (await web_rig.ask(role, "GET", f"/orders/{order.number}")).text()


async def test_whoever_decides_a_return_reads_its_latest_reason_until_it_is_decided(web_rig: WebRig) -> None:
    order = await dispatched(web_rig)
    fields = {"reason_code": "not_ours", "boundary": "职责清单第三条", "suggested_office_code": "housing"}
    await take(web_rig, order, Step.ASK_RETURN, LAMPS, reason="管线归燃气公司。", **fields)
    assert f"{ASKS}退单：" in await page_of(web_rig, Role.COORDINATOR, order)
    await take(web_rig, order, Step.DECLINE_RETURN, COORDINATOR, reason="照原来办。")
    assert f"{ASKS}退单：" not in await page_of(web_rig, Role.COORDINATOR, order)
    await take(web_rig, order, Step.ASK_RETURN, LAMPS, reason="现场是燃气井盖。", **fields)
    shown = await page_of(web_rig, Role.SUPERVISOR, order)
    assert f"{ASKS}退单：" in shown
    assert "现场是燃气井盖。<br>依据：职责清单第三条<br>建议由" in shown
    assert "管线归燃气公司。<br>" not in shown
    assert f"{ASKS}退单：" not in await page_of(web_rig, Role.OFFICE, order), "the office knows what it asked"


async def test_a_return_is_decided_by_two_buttons_and_the_office_sees_what_became_of_it(web_rig: WebRig) -> None:
    order = await dispatched(web_rig)
    fields = {"reason_code": "not_ours", "boundary": "职责清单第三条", "suggested_office_code": "housing"}
    await take(web_rig, order, Step.ASK_RETURN, LAMPS, reason="管线归燃气公司。", **fields)
    page = await page_of(web_rig, Role.COORDINATOR, order)
    first, agree, rest = page.partition("同意退单并改派")
    assert agree
    assert "目前由其他人办理" not in page
    assert "还剩" in first.partition("<h2>办理</h2>")[2], "how long there is to decide"
    assert '<option value="housing" selected>' in rest.partition("不同意退单")[0]
    assert "依据：职责清单第三条</textarea>" in rest.partition("不同意退单")[0]
    assert "退单申请已提交，等待决定，最迟" in await page_of(web_rig, Role.OFFICE, order)
    await take(web_rig, order, Step.DECLINE_RETURN, COORDINATOR, reason="灯杆归路灯所。")
    shown = await page_of(web_rig, Role.OFFICE, order)
    assert "退单申请已提交" not in shown
    assert "退单没有同意" in shown
    assert "：灯杆归路灯所。" in shown
    assert "同意退单并改派" not in await page_of(web_rig, Role.COORDINATOR, order)


def proposed(page: str, step: Step) -> str:
    form = page.partition(f'<details id="{step}"')[2].partition("</form>")[0]
    return form.partition('<optgroup label="建议">')[2].partition("</optgroup>")[0]


async def test_who_may_have_it_instead_is_proposed_and_why_is_told_to_those_who_dispatch(web_rig: WebRig) -> None:
    elsewhere = {"place_town": "shimenshan", "place": "石门山路口"}  # The ruling here is no precedent for other tests.
    order = await dispatched(web_rig, **elsewhere)
    fields = {"reason_code": "not_ours", "boundary": "职责清单第三条", "suggested_office_code": "housing"}
    await take(web_rig, order, Step.ASK_RETURN, LAMPS, reason="管线归燃气公司。", **fields)
    await take(web_rig, order, Step.REDISPATCH, COORDINATOR, lead_office_code="housing", reason="同意退单。")
    back = proposed(await page_of(web_rig, Role.COORDINATOR, order), Step.REDISPATCH)
    assert 'value="street-lighting"' in back
    assert "职责清单" in back
    assert 'value="housing"' not in back, "it has the order"
    another = await dispatched(web_rig, lead_office_code="street-lighting", **elsewhere)
    told = proposed(await page_of(web_rig, Role.COORDINATOR, another), Step.REDISPATCH)
    assert "先例" in told
    page = await page_of(web_rig, Role.OFFICE, another)
    offered = proposed(page, Step.ASK_RETURN)
    assert 'value="housing"' in offered
    assert "%" not in offered
    helpers = page.partition(f'<details id="{Step.ADD_CO_OFFICES}"')[2].partition("</form>")[0]
    assert 'value="housing"' in helpers.partition("<p>建议</p>")[2].partition("<p>")[0]


async def test_whoever_decides_an_extension_reads_the_date_and_the_reason(web_rig: WebRig) -> None:
    order = await dispatched(web_rig)
    order = await take(web_rig, order, Step.ACCEPT, LAMPS)
    assert f"{ASKS}延期" not in await page_of(web_rig, Role.COORDINATOR, order)
    assert order.finish_due_at
    until = order.finish_due_at + dt.timedelta(hours=1)
    await take(web_rig, order, Step.ASK_EXTENSION, LAMPS, promised_at=until.isoformat(), reason="等配件。")
    shown = await page_of(web_rig, Role.COORDINATOR, order)
    assert f"{ASKS}延期到" in shown
    assert "：等配件。</p>" in shown


async def test_a_reply_is_judged_beside_the_matter_with_each_open_demand_marked(web_rig: WebRig) -> None:
    order = await in_progress(web_rig)
    matter = "神道路的路灯坏了。请尽快维修路灯。垃圾也没人管，希望安排清运。"
    await take(web_rig, order, Step.FILL_IN, COORDINATOR, matter=matter)
    await take(web_rig, order, Step.REPLY, LAMPS, done="更换灯头", public_answer="路灯已于今天维修，试亮正常。")
    for role in (Role.COORDINATOR, Role.SUPERVISOR):
        shown = await page_of(web_rig, role, order)
        assert "2项要求里1项没有回应" in shown
        assert '<mark class="asked">垃圾也没人管，希望安排清运。</mark>' in shown
        assert '<span class="asked">请尽快维修路灯。</span>' in shown
        assert shown.count("<h3>公开答复</h3>") == 1, "not twice on the page"
    assert "没有回应" not in await page_of(web_rig, Role.OFFICE, order), "who knew it would write around it"


async def test_a_leader_reads_beside_the_instruction_why_it_is_asked_for(web_rig: WebRig) -> None:
    order = await dispatched(web_rig)
    asks = "周示例呈报批示（"
    await take(web_rig, order, Step.ESCALATE, COORDINATOR, reason="两家单位都说不归自己管。")
    for role in (Role.LEADER, Role.COORDINATOR):
        form = (await page_of(web_rig, role, order)).partition("<h2>办理</h2>")[2].partition("</section>")[0]
        assert asks in form
        assert "：两家单位都说不归自己管。" in form
    assert asks not in await page_of(web_rig, Role.OFFICE, order), "it stands in the history there"
    await take(web_rig, order, Step.INSTRUCT, LEADER, instruction="由路灯所先办。")
    assert asks not in await page_of(web_rig, Role.LEADER, order)
