"""The five cases that must come out right (the domain's own), each from the call to closed, through the pages."""

import datetime as dt
from typing import Any

from playwright.async_api import expect
from sqlalchemy import select

from core import clock
from core.clock import in_city
from dispatch.crews.models import CrewAction
from dispatch.orders.request_models import Precedent
from dispatch.workflow import Step
from tests.support.crew_phone import SLOW, card, press, taken
from tests.support.past_orders import at
from tests.support.town import Town
from tests.support.town import moved as moved
from tests.support.town import town as town


def local(instant: str | None) -> str:
    """11-25 17:30, in the city's zone."""
    assert instant is not None
    return f"{in_city(dt.datetime.fromisoformat(instant)):%m-%d %H:%M}"


def steps(order: Any) -> list[tuple[str, str]]:
    """The actor of each step, from the registration on."""
    listed = [(row["actor_role"], row["step"]) for row in order["history"]]
    return listed[listed.index(("agent", "register")) :]


APPROVED = [("coordinator", "review"), ("coordinator", "approve")]
CONTENT = [("citizen", "record_follow_up"), ("system", "close")]


async def approve(town: Town, number: str) -> None:
    await town.take("coordinator", number, Step.REVIEW)
    await town.take("coordinator", number, Step.APPROVE)


async def test_1_a_dark_lamp_on_sunday_is_mended_within_four_hours(town: Town, until: Any) -> None:
    town.it_is("2026-11-22 18:30")
    async with town.crew("unit-01") as (context, page):
        town.it_is("2026-11-22 18:40")
        number = await town.call_comes(
            "citizen-lamp.wav", "street-lamp",
            kind="help", title="神道路中段家门口路灯不亮", matter="家门口的路灯昨天晚上不亮了。", place="神道路中段",
            place_town="lucheng", citizen_name="王示例",
        )  # fmt: skip
        order = await town.order(number)
        assert (order["state"], order["lead_office_code"], order["unit_code"]) == (
            "dispatched", "street-lighting", "unit-01",
        )  # fmt: skip
        # Sunday does not count: three and five working days from Monday on.
        assert (local(order["accept_due_at"]), local(order["finish_due_at"])) == ("11-25 17:30", "11-27 17:30")
        (result,) = await town.texts(number)
        assert "最迟11月27日 17:30办结" in result

        await expect(card(page, number)).to_be_visible(timeout=SLOW)
        await press(page, number, "接单")

        async def accepted() -> bool:
            """That nothing waits on the page may also mean that nothing was put there yet."""
            return bool((await town.order(number))["state"] == "accepted")

        await until(accepted, 30)
        await expect(page.get_by_text("等待发送")).to_have_count(0, timeout=SLOW)
        await context.set_offline(True)
        for when, command in (("19:20", "出发"), ("19:50", "到达现场")):
            await context.clock.set_fixed_time(at(f"2026-11-22 {when}"))
            await press(page, number, command)
        await card(page, number).get_by_label("处理前照片").set_input_files(taken("前.jpg"))
        await expect(card(page, number)).to_contain_text("处理前照片等待发送")
        await card(page, number).get_by_label("处理后照片").set_input_files(taken("后.jpg"))
        await press(page, number, "办完了")
        await card(page, number).get_by_role("button", name="更换灯头").click()
        await card(page, number).get_by_role("radio", name="已解决").check()
        await card(page, number).get_by_role("button", name="办完，提交答复").click()
        await expect(card(page, number)).to_contain_text("已办完")
        town.it_is("2026-11-22 20:30")
        assert (await town.order(number))["state"] == "accepted"
        await context.set_offline(False)
        await expect(card(page, number)).to_have_count(0, timeout=SLOW)

    order = await town.order(number)
    assert local(order["replied_at"]) == "11-22 20:30"
    async with town.web_rig.context.sessions() as session:
        there = select(CrewAction.done_at).where(CrewAction.order_number == number, CrewAction.action == "there")
        (arrived,) = (await session.scalars(there)).all()
    assert arrived - dt.datetime.fromisoformat(order["received_at"]) < dt.timedelta(hours=4)
    await town.cannot("street-lighting", number, Step.REVIEW, Step.APPROVE, Step.CLOSE)

    town.it_is("2026-11-23 08:40")
    await approve(town, number)
    page = await town.take(
        "coordinator", number, Step.RECORD_FOLLOW_UP,
        citizen_answered=True, citizen_solved=True, citizen_satisfied=True,
    )  # fmt: skip
    await expect(page.locator("[data-player]").first).to_contain_text("派人来修")
    await expect(page.locator("#story .photo img")).to_have_count(2)
    town.it_is("2026-11-30 08:00")
    await town.sweep()
    assert await town.fallen(number) == []
    order = await town.order(number)
    assert order["state"] == "closed"
    assert steps(order) == [
        ("agent", "register"), ("system", "dispatch"), ("unit", "accept"), ("unit", "start"), ("unit", "reply"),
        *APPROVED, ("coordinator", "record_follow_up"), ("system", "close"),
    ]  # fmt: skip


async def test_2_a_cancelled_registration_is_restored_by_a_promised_date_with_two_proofs_told_at_once(
    town: Town,
) -> None:
    town.it_is("2026-11-30 09:10")
    number = await town.call_comes(
        "citizen-household.wav", "household-registration",
        kind="consultation", title="在外工作三十年户口被注销", matter="在外工作三十年，回来发现户口被注销，怎么恢复？",
        place="鲁城街道", place_town="lucheng",
    )  # fmt: skip
    order = await town.order(number)
    assert (order["lead_office_code"], order["unit_code"]) == ("public-security", None)
    assert (local(order["accept_due_at"]), local(order["finish_due_at"])) == ("11-30 17:30", "11-30 17:30")
    await town.take("public-security", number, Step.ACCEPT)
    await town.take("public-security", number, Step.START)
    proofs = "已一次性告知来电人带两样材料：原住地居委会证明、工作单位证明，不需要别的。"
    await town.take("public-security", number, Step.CONTACT, contact_way="phone", reached=True, contact_note=proofs)
    await town.cannot("public-security", number, Step.SUSPEND, Step.GRANT_EXTENSION)
    page = await town.take(
        "coordinator", number, Step.SUSPEND, promised_at="2026-12-04T17:30", reason="须调取三十年前的档案。"
    )
    await expect(page.locator("#status")).to_contain_text("承诺 12月4日")
    assert local((await town.order(number))["finish_due_at"]) == "12-04 17:30"

    town.it_is("2026-11-30 18:00")
    await town.sweep()
    assert (await town.order(number))["state"] == "suspended"
    town.it_is("2026-12-03 17:31")
    for _ in range(2):
        await town.sweep()
    assert (await town.order(number))["state"] == "in_progress"

    town.it_is("2026-12-04 10:00")
    answer = "您的户口已于12月3日恢复。需要的材料共两样：原住地居委会证明、工作单位证明，您都已交齐，不需要别的。"
    await town.take(
        "public-security", number, Step.REPLY, done="调取档案，恢复户口登记。", public_answer=answer,
        found_true=True, solved=True,
    )  # fmt: skip
    order = await town.order(number)
    assert order["replied_at"] < order["promised_at"]
    assert order["replies"][-1]["marks"] == []
    await approve(town, number)
    await town.citizen_is_content(number)
    assert any(answer in text for text in await town.texts(number))
    order = await town.order(number)
    assert order["state"] == "closed"
    assert steps(order) == [
        ("agent", "register"), ("system", "dispatch"), ("office", "accept"), ("office", "start"), ("office", "contact"),
        ("coordinator", "suspend"), ("system", "resume"), ("office", "reply"), *APPROVED, *CONTENT,
    ]  # fmt: skip


async def test_3_help_for_a_sick_child_is_led_by_civil_affairs_with_others_and_answered_in_three_days(
    town: Town,
) -> None:
    town.it_is("2026-12-07 08:40")
    number = await town.call_comes(
        "citizen-illness.wav", "serious-illness",
        kind="help", title="三岁孩子骨髓移植缺二十五万元", matter="三岁孩子得了白血病，移植要二十五万元，家里没钱。",
        place="吴村镇", place_town="wucun",
    )  # fmt: skip
    order = await town.order(number)
    assert order["lead_office_code"] == "civil-affairs"
    assert {"womens-federation", "youth-league", "media"} <= set(order["co_office_codes"])
    assert local(order["finish_expected_at"]) == "12-10 17:30"
    await town.take("civil-affairs", number, Step.ACCEPT)
    await town.take("civil-affairs", number, Step.START)
    seen = "当天到医院看望，问清了治疗和费用。"
    await town.take("civil-affairs", number, Step.CONTACT, contact_way="visit", reached=True, contact_note=seen)
    await town.take(
        "civil-affairs", number, Step.ADD_CO_OFFICES, co_office_codes=["town-wucun"], reason="请镇里上门核实家庭情况。"
    )

    town.it_is("2026-12-09 09:00")
    for office, part in (
        ("womens-federation", "妇女儿童基金救助3万元。"),
        ("youth-league", "发动青年志愿者募捐4.2万元。"),
        ("media", "播出求助专题，收到捐款12万元。"),
        ("town-wucun", "镇里上门核实，临时救助1万元。"),
    ):
        await town.cannot(office, number, Step.REPLY, Step.ASK_RETURN, Step.ADD_CO_OFFICES)
        await town.take(office, number, Step.ANSWER_PART, note=part)
    await town.sweep()
    assert await town.fallen(number) == []
    await town.take(
        "civil-affairs", number, Step.REPLY, done="大病救助5万元，连同协办单位的救助和捐款共25.2万元，已转医院账户。",
        public_answer="您孩子的移植费用已于12月9日筹到25.2万元，民政救助5万元，其余来自妇联、团委和捐款，已转到医院账户。",
        found_true=True, solved=True,
    )  # fmt: skip
    order = await town.order(number)
    assert order["replied_at"] <= order["finish_expected_at"]
    await approve(town, number)
    await town.citizen_is_content(number)
    order = await town.order(number)
    assert order["state"] == "closed"
    assert steps(order) == [
        ("agent", "register"), ("system", "dispatch"), ("office", "accept"), ("office", "start"), ("office", "contact"),
        ("office", "add_co_offices"), *[("office", "answer_part")] * 4, ("office", "reply"), *APPROVED, *CONTENT,
    ]  # fmt: skip


async def test_4_a_missing_manhole_cover_stays_with_the_bureau_it_was_reported_to(town: Town) -> None:
    town.it_is("2026-12-14 10:00")
    async with town.crew("unit-12") as (context, page):
        number = await town.call_comes(
            "citizen-zone-manhole.wav", "manhole",
            kind="help", title="经济开发区井盖缺失", matter="经济开发区路口一个井盖不见了，路上很危险。",
            place="经济开发区路口", place_town="shizhuang",
        )  # fmt: skip
        order = await town.order(number)
        assert (order["urgency"], order["lead_office_code"], order["unit_code"]) == ("emergency", "housing", "unit-12")
        assert "development-zone" in order["co_office_codes"]
        assert local(order["finish_due_at"]) == "12-14 23:59"

        await town.cannot("housing", number, Step.REDISPATCH, Step.INVALIDATE, Step.MERGE)
        await town.take(
            "housing", number, Step.ASK_RETURN, reason_code="not_ours", reason="井盖不是我局所有。",
            boundary="开发区道路由管委会养护。", suggested_office_code="development-zone",
        )  # fmt: skip
        asked = await town.order(number)
        assert (asked["lead_office_code"], asked["finish_due_at"]) == ("housing", order["finish_due_at"])
        town.it_is("2026-12-14 10:40")
        await town.sweep()
        assert await town.fallen(number) == []
        await town.take("coordinator", number, Step.DECLINE_RETURN, reason="首接负责，由住建局主办，管委会协办。")

        await context.clock.set_fixed_time(clock.now())
        await expect(card(page, number)).to_be_visible(timeout=SLOW)
        await press(page, number, "接单")
        # It is in the outbox once the next action is offered, and sent once nothing waits there.
        await expect(card(page, number).get_by_role("button", name="出发", exact=True)).to_be_visible(timeout=SLOW)
        await expect(page.get_by_text("等待发送")).to_have_count(0, timeout=SLOW)
        await town.take("development-zone", number, Step.ANSWER_PART, note="已设围挡，提供同规格井盖。")
        await context.set_offline(True)
        for command in ("出发", "到达现场", "办完了"):
            await press(page, number, command)
        await card(page, number).get_by_role("button", name="补装井盖").click()
        await card(page, number).get_by_role("radio", name="已解决").check()
        # The trade's work is to be seen on a photo: asked for once more, not refused.
        page.once("dialog", lambda dialog: dialog.accept())
        await card(page, number).get_by_role("button", name="办完，提交答复").click()
        await expect(card(page, number)).to_contain_text("已办完")
        town.it_is("2026-12-14 11:50")
        await context.set_offline(False)
        await expect(card(page, number)).to_have_count(0, timeout=SLOW)
    await approve(town, number)
    await town.citizen_is_content(number)
    order = await town.order(number)
    assert (order["state"], order["lead_office_code"]) == ("closed", "housing")
    assert steps(order) == [
        ("agent", "register"), ("system", "dispatch"), ("office", "ask_return"), ("coordinator", "decline_return"),
        ("unit", "accept"), ("office", "answer_part"), ("unit", "start"), ("unit", "reply"), *APPROVED, *CONTENT,
    ]  # fmt: skip
    async with town.web_rig.context.sessions() as session:
        ruled = (await session.scalars(select(Precedent).where(Precedent.order_number == number))).one()
    assert (ruled.asked_office_code, ruled.lead_office_code) == ("housing", "housing")


async def test_5_an_evasive_reply_on_barking_dogs_is_marked_sent_back_and_listed(town: Town) -> None:
    town.it_is("2026-12-21 09:00")
    number = await town.call_comes(
        "citizen-dogs.wav", "dogs",
        kind="complaint", subject="forestry", title="邻居养狗整夜叫", matter="邻居在林地边养了几条狗，整夜叫，睡不着。",
        place="石门山镇", place_town="shimenshan",
    )  # fmt: skip
    assert (await town.order(number))["lead_office_code"] == "forestry"
    await town.take("forestry", number, Step.ACCEPT)
    await town.take("forestry", number, Step.START)
    evasive = "你好：你反映的问题不属于林业局管辖范围，请向有关部门反映。"
    page = await town.take("forestry", number, Step.REPLY, done="已答复来电人。", public_answer=evasive)
    assert "神回复" not in await page.content()

    town.it_is("2026-12-21 15:00")
    page = await town.take("coordinator", number, Step.REVIEW)
    await expect(page.locator(".answer mark").first).to_contain_text("不属于林业局管辖范围")
    await expect(page.locator(".doubts")).to_contain_text("推诿")
    await page.locator("details#send_back > summary").click()
    await expect(page.locator("#send_back textarea")).to_have_value("推诿：说不归自己管，没有说明谁来办。")
    await page.locator("#send_back").get_by_role("button", name="退回重办").click()
    await expect(page.locator("#status .chips")).to_contain_text("退回重办")
    assert not any("有关部门" in text for text in await town.texts(number))

    town.it_is("2026-12-22 10:00")
    await town.take("forestry", number, Step.START)
    await town.take(
        "forestry", number, Step.REPLY, done="会同派出所上门，犬只已拴养并办证。", found_true=True, solved=True,
        public_answer="12月22日我局会同派出所上门，邻居的3条狗已拴养办证，夜间关进屋内，不再整夜叫。",
    )  # fmt: skip
    order = await town.order(number)
    assert [bool(reply["marks"]) for reply in order["replies"]] == [True, False]
    await approve(town, number)
    await town.citizen_is_content(number)
    order = await town.order(number)
    assert order["state"] == "closed"
    handled = [("office", "start"), ("office", "reply"), ("coordinator", "review")]
    assert steps(order) == [
        ("agent", "register"), ("system", "dispatch"), ("office", "accept"), *handled, ("coordinator", "send_back"),
        *handled, ("coordinator", "approve"), *CONTENT,
    ]  # fmt: skip

    page = await town.page("supervisor", "/supervision/scorecards?month=2026-12")
    line = page.get_by_role("row").filter(has_text="市林业局")
    headings = await page.get_by_role("columnheader").all_inner_texts()
    assert await line.locator("th, td").nth(headings.index("退回重办")).inner_text() == "1"
