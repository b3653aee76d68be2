"""An office without the means to sign in: one order through a link that expires, is taken back, and says who came."""

import asyncio
import datetime as dt
import io
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import func, select, text
from sqlalchemy.exc import InternalError, ProgrammingError

from access.visibility.reporter_guesses import FIND_REPORTER_GUESSES, find_reporter_guesses
from core import clock
from core.database import transaction
from core.links import link_key, sign_link
from core.sections.notifications import NotificationsSettings
from core.tasks import spawn
from dispatch.assignments.assign import assignments_of
from dispatch.channels.senders import make_senders
from dispatch.jobs.send_notifications import Sending, send_notification
from dispatch.notifications.contacts import add_contact
from dispatch.notifications.models import Notification
from dispatch.notifications.office_link_models import LinkAction, OfficeLink, OfficeLinkUse
from dispatch.notifications.office_links import FILES_A_LINK, STEPS, make_link, use_link
from dispatch.notifications.rules import Audience, NotificationChannel, Template
from dispatch.orders.models import Order
from dispatch.steps.take import history, replies_of
from dispatch.workflow import Role, State, Step
from telephony.monitoring.models import Alarm
from telephony.trouble_kinds import TroubleKind
from tests.support.file_samples import photo
from tests.support.follow_ups import Asked
from tests.support.gateways import http_gateway
from tests.support.sample import COORDINATOR, LAMP, LAMPS, REPLY
from tests.support.web_rig import WebRig

OFFICE, PHONE = "street-lighting", "13800000077"
NAME = "市路灯管理所（经链接）"
ANSWER = {"done": REPLY["done"], "public_answer": REPLY["public_answer"], "found_true": "yes", "solved": "yes"}


class Links(Asked):
    """Orders of an office with one contact that is marked for links and one that is not."""

    async def notifications(self, order: Order, template: Template) -> list[Notification]:
        async with self.web_rig.context.sessions() as session:
            query = select(Notification).where(Notification.order_id == order.id, Notification.template == template)
            return list(await session.scalars(query.order_by(Notification.id)))

    async def sent(self, notification: Notification) -> str:
        """The notification's text, as it came."""
        rig, key = self.web_rig.context, link_key(self.web_rig.context.settings)
        senders = make_senders(NotificationsSettings(sms_url=self.gateway.url))
        sending = Sending(rig.sessions, rig.policy, senders, clock.now, key, "https://line.example.cn")
        await send_notification(sending, notification.id)
        return str(self.gateway.got[-1]["text"])

    async def row(self, order: Order) -> OfficeLink:
        async with self.web_rig.context.sessions() as session:
            query = select(OfficeLink).where(OfficeLink.order_id == order.id).order_by(OfficeLink.id.desc()).limit(1)
            return (await session.scalars(query)).one()

    async def link(self, order: Order) -> str:
        """The path of the latest link, as its notification spells it."""
        rig, row = self.web_rig.context, await self.row(order)
        return f"/office-link/{sign_link(link_key(rig.settings), 'office-link', row.id, row.expires_at)}"

    async def step(self, path: str, step: Step, order: Order, **fields: str) -> tuple[int, str]:
        version = str((await self.order(order)).version)
        form = FormData({"version": version} | fields)
        answer = await self.web_rig.ask(None, "POST", f"{path}/steps/{step}", data=form)
        return answer.status, await answer.text()

    async def send_file(self, path: str, data: bytes) -> Any:
        address = path.replace("/office-link/", "/api/office-links/") + "/attachments?kind=photo&name=现场.jpg"
        return await self.web_rig.ask(None, "POST", address, data=io.BytesIO(data))


@pytest.fixture(scope="module")
async def links(web_rig: WebRig) -> AsyncIterator[Links]:
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        for channel, address, with_link in (
            (NotificationChannel.SMS, PHONE, True),
            (NotificationChannel.EMAIL, "lamps@example.cn", False),
        ):
            await add_contact(
                session, rig.city, Audience.OFFICE, OFFICE, channel, address,
                secret="", with_link=with_link, by="吕", at=clock.now(),
            )  # fmt: skip
    async with http_gateway() as gateway:
        yield Links(web_rig, gateway)


async def test_an_office_takes_its_order_from_the_notification_to_the_reply_and_history_says_how(links: Links) -> None:
    order = await links.dispatched()
    marked, other = await links.notifications(order, Template.NEW_ORDER)
    assert (marked.address, "{链接}" in marked.text, "链接" in other.text) == (PHONE, True, False)
    result = await links.sent(marked)
    found = re.search(r"https://line\.example\.cn(/office-link/\S+)", result)
    assert found
    path = found[1]
    status, page = await links.get(path)
    assert status == 200
    assert LAMP["matter"] in page
    assert "王**" in page
    for kept in ("王示例", "13800000042", "/recordings/", "查看诉求人"):
        assert kept not in page
    async with links.web_rig.context.sessions() as session:
        assert not any(assignment.acknowledged_at for assignment in await assignments_of(session, order.id)), (
            "looking is no yes"
        )
    assert (await links.step(path, Step.ACCEPT, order))[0] == 303
    assert (await links.step(path, Step.START, order))[0] == 303
    assert (await links.step(path, Step.REPORT, order, note="已与来电人约好今晚上门。"))[0] == 303
    refused, page = await links.step(path, Step.REPLY, order, done="更换灯头一只。")
    assert (refused, "请填写公开答复" in page, "更换灯头一只。" in page) == (422, True, True)
    assert (await links.send_file(path, photo())).status == 201
    assert (await links.send_file(path, b"no photo")).status == 422
    assert (await links.step(path, Step.REPLY, order, **ANSWER))[0] == 303
    status, page = await links.get(path)
    picture = re.search(r'src="(/api/office-links/[^"]+/file)"', page)
    assert picture
    assert (await links.web_rig.ask(None, "GET", picture[1])).status == 200
    assert (await links.order(order)).state is State.REPLIED
    async with links.web_rig.context.sessions() as session:
        mine = [row for row in await history(session, order.id) if row.actor_role is Role.OFFICE]
        replies = await replies_of(session, order.id)
        (assignment,) = [one for one in await assignments_of(session, order.id) if one.recipient_code == OFFICE]
    assert [(row.step, row.actor_name, row.actor_id) for row in mine] == [
        (step, NAME, None) for step in (Step.ACCEPT, Step.START, Step.REPORT, Step.REPLY)
    ]
    assert (replies[-1].found_true, replies[-1].solved, replies[-1].office_code) == (True, True, OFFICE)
    assert assignment.acknowledged_by == NAME
    result = await (await links.web_rig.ask(Role.SUPERVISOR, "GET", f"/orders/{order.number}/office-links")).text()
    assert re.search(r"使用\d+次，最近", result)
    assert "发送办理链接给" not in result
    assert path.rsplit("/", 1)[-1] not in result


async def test_a_link_ends_when_the_order_goes_to_another_office_or_is_over(links: Links) -> None:
    moved, over = await links.dispatched(), await links.dispatched()
    paths = [await links.link(one) for one in (moved, over)]
    await links.take(moved, Step.REDISPATCH, COORDINATOR, lead_office_code="housing", reason="属于房管")
    await links.take(over, Step.INVALIDATE, COORDINATOR, reason="重复")
    for path, why in zip(paths, ("已转给其他单位", "工单已经结束"), strict=True):
        for status, page in (await links.get(path), await links.step(path, Step.ACCEPT, moved)):
            assert (status, why in page) == (410, True)
    await links.take(moved, Step.REDISPATCH, COORDINATOR, lead_office_code=OFFICE, reason="仍由路灯所办理")
    assert (await links.get(paths[0]))[0] == 410, "what has ended stays so"
    assert (await links.get(await links.link(moved)))[0] == 200
    assert (await links.send_file(paths[1], photo())).status == 409


async def test_a_coordinator_sends_one_by_hand_and_takes_it_back(links: Links) -> None:
    order = await links.dispatched()
    at = f"/orders/{order.number}/office-links"
    page = await (await links.web_rig.ask(Role.COORDINATOR, "GET", at)).text()
    assert "发送办理链接给市路灯管理所" in page
    sent = await links.web_rig.ask(Role.COORDINATOR, "POST", at, data=FormData({"office": OFFICE}))
    assert sent.status == 303
    both = await links.notifications(order, Template.OFFICE_LINK)
    assert [("{链接}" in one.text, one.link_path) for one in both] == [(True, "office-link")] * 2
    nobody = await links.dispatched(lead_office_code="housing")
    for number, office in ((order.number, "housing"), (nobody.number, "housing")):
        refused = await links.web_rig.ask(
            Role.COORDINATOR, "POST", f"/orders/{number}/office-links", data=FormData({"office": office})
        )
        assert refused.status == 409
    path, link_id = await links.link(order), both[0].link_about
    assert (await links.web_rig.ask(Role.COORDINATOR, "POST", f"{at}/{link_id}/revoke")).status == 303
    assert (await links.web_rig.ask(Role.COORDINATOR, "POST", f"{at}/{link_id}/revoke")).status == 409
    status, page = await links.get(path)
    assert (status, "已被市级管理员收回" in page) == (410, True)


async def test_a_coordinator_makes_a_link_to_pass_on_personally_without_any_contact(links: Links) -> None:
    rig, order = links.web_rig, await links.dispatched()
    path = f"/orders/{order.number}/office-links/by-hand"
    before = await links.notifications(order, Template.OFFICE_LINK)
    page = await (await rig.ask(Role.COORDINATOR, "POST", path, data={"office": OFFICE})).text()
    made = re.search(r'value="http[^"]*?(/office-link/[^"]+)"', page)
    assert made is not None
    assert "<svg" in page, "a telephone's camera reads it too"
    assert (await rig.ask(None, "GET", made[1])).status == 200
    assert await links.notifications(order, Template.OFFICE_LINK) == before, "it is sent to nobody"
    listed = await (await rig.ask(Role.COORDINATOR, "GET", f"/orders/{order.number}/office-links")).text()
    assert "（自行转交）" in listed
    assert made[1] not in listed, "nobody is shown it again"
    assert (await rig.ask(Role.COORDINATOR, "POST", path, data={"office": "forestry"})).status == 409
    assert (await rig.ask(Role.SUPERVISOR, "POST", path, data={"office": OFFICE})).status == 403


async def test_a_program_sends_and_takes_back_links_as_the_page_does(links: Links) -> None:
    order = await links.dispatched()
    at = f"/api/orders/{order.number}/office-links"
    sent = await links.web_rig.ask(Role.COORDINATOR, "POST", at, json={"office": OFFICE})
    (one, _) = (await sent.json())["links"]
    assert (sent.status, one["office_code"], one["good"], one["uses"]) == (201, OFFICE, True, [])
    path = await links.link(order)
    for _ in range(3):
        await links.get(path)
    (one, _) = (await links.web_rig.get(Role.SUPERVISOR, at))["links"]
    assert [use["action"] for use in one["uses"]] == ["opened"]
    assert path.rsplit("/", 1)[-1] not in str(one)
    taken = await (await links.web_rig.ask(Role.COORDINATOR, "POST", f"{at}/{one['id']}/revoke")).json()
    assert (taken["links"][0]["good"], taken["links"][0]["state_name"]) == (False, "周示例收回")
    again = await links.web_rig.ask(Role.COORDINATOR, "POST", f"{at}/{one['id']}/revoke")
    other = await links.web_rig.ask(Role.COORDINATOR, "POST", at, json={"office": "housing"})
    assert (again.status, other.status) == (409, 409)
    assert (await links.get(path))[0] == 410


async def test_an_office_that_helps_answers_its_part_and_cannot_reply_for_the_lead(links: Links) -> None:
    order = await links.dispatched(co_office_codes=["housing"])
    rig = links.web_rig.context
    async with transaction(rig.sessions) as session:
        await make_link(session, rig.policy.notifications, order, "housing", by="周示例", at=clock.now())
    path = await links.link(order)
    status, page = await links.get(path)
    assert (status, "协办答复" in page, "签收</button>" in page) == (200, True, False)
    assert "前答复" in page, "its own limit"
    assert (await links.step(path, Step.ACCEPT, order))[0] == 409
    assert (await links.step(path, Step.ANSWER_PART, order, note="灯杆不在小区内。"))[0] == 303
    (part,) = (await links.order(order)).co_offices
    assert (part.answer, part.answered_by) == ("灯杆不在小区内。", "市住房和城乡建设局（经链接）")


async def test_what_is_old_wrong_or_guessed_opens_nothing_and_guessing_has_to_wait(links: Links) -> None:
    key, later = link_key(links.web_rig.context.settings), clock.now() + dt.timedelta(hours=1)
    old = sign_link(key, "office-link", 900, clock.now() - dt.timedelta(seconds=2))
    for token in (old, sign_link(key, "office-link", 10**9, later), sign_link(key, "follow-up", 1, later)):
        status, page = await links.get(f"/office-link/{token}")
        assert (status, "请拨打12345" in page) == (410, True)
    mine = await links.link(await links.dispatched())
    about = mine.rsplit("/", 1)[-1].partition("-")[0]
    listed = [(await links.get(f"/office-link/{about}-9999999999.guess{n}"))[0] for n in range(7)]
    assert (listed[0], listed[-1]) == (410, 429)
    assert (await links.get(mine))[0] == 200, "who holds the link is never kept out by a guesser behind his address"
    signature = mine[-4:]
    for changed in (mine[:-4] + "!" + signature, mine[:-4] + " " + signature, mine + "=", mine.replace("-", "-0", 1)):
        assert (await links.get(changed))[0] in (404, 410, 429), "a link is good as it was sent only"


async def test_a_confidential_reporter_is_never_shown_and_responsibility_cannot_be_moved(links: Links) -> None:
    matter = "王示例反映路灯不亮，电话138 0000 0042。"
    order = await links.dispatched(confidential=True, matter=matter)
    path = await links.link(order)
    status, page = await links.get(path)
    assert (status, "要求保密，不予显示" in page) == (200, True)
    for secret in ("王示例", "138 0000 0042", "13800000042", "王**"):
        assert secret not in page
    moving = {
        "reason_code": "not_ours",
        "reason": "不归我们",
        "boundary": "三定方案",
        "suggested_office_code": "housing",
    }
    status, page = await links.step(path, Step.ASK_RETURN, order, **moving)
    assert (status, "不能通过链接办理" in page) == (409, True)
    assert (await links.order(order)).return_before is None


async def test_who_may_not_know_a_reporter_and_writes_him_into_the_order_is_told_on(links: Links) -> None:
    """Two who compare what each of them reads can learn whom a list names rightly: so it is reported."""
    rig, looked = links.web_rig.context, set[int]()
    jobs = text("SELECT id, args FROM procrastinate_jobs WHERE task_name = :name ORDER BY id")

    async def alarmed() -> list[str]:
        async with transaction(rig.sessions) as session:
            for job, args in (await session.execute(jobs, {"name": FIND_REPORTER_GUESSES})).all():
                if job not in looked:
                    looked.add(job)
                    await find_reporter_guesses(session, rig.settings.pbx.name, at=clock.now(), **args)
        async with transaction(rig.sessions) as session:
            query = select(Alarm).where(Alarm.kind == TroubleKind.REPORTER_NAMED)
            rows = (await session.scalars(query)).all()
            for row in rows:
                await session.delete(row)
            return [row.detail for row in rows]

    plain = await links.dispatched(citizen_name="钱保密")
    secret = await links.dispatched(citizen_name="钱保密", confidential=True)
    for order in (plain, secret):
        path = await links.link(order)
        for step in (Step.ACCEPT, Step.START):
            assert (await links.step(path, step, order))[0] == 303
        assert (await links.step(path, Step.REPORT, order, note="三盏路灯都看过了，电话13912345671。"))[0] == 303
        assert await alarmed() == []
    for note in ("李示例、王示例、钱保密", "电话13912345671、幺三八零零零零零零四二"):
        assert (await links.step(await links.link(plain), Step.REPORT, plain, note=note))[0] == 303
        assert await alarmed() == []
        assert (await links.step(path, Step.REPORT, secret, note=note))[0] == 303
        (detail,) = await alarmed()
        assert (secret.number in detail, NAME in detail, "钱" in detail) == (True, True, False)
        version = (await links.order(secret)).version
        body = {"version": version, "note": note}
        address = f"/api/orders/{secret.number}/steps/report"
        assert (await links.web_rig.ask(Role.OFFICE, "POST", address, json=body)).status == 200
        (detail,) = await alarmed()
        assert "路灯所 陈示例" in detail


async def test_a_link_opens_no_file_of_another_order_and_takes_no_flood_of_them(links: Links) -> None:
    one, other = await links.dispatched(), await links.dispatched()
    mine, theirs = await links.link(one), await links.link(other)
    sent = await (await links.send_file(theirs, photo())).json()
    file = mine.replace("/office-link/", "/api/office-links/") + f"/attachments/{sent['id']}/file"
    assert (await links.web_rig.ask(None, "GET", file)).status == 404
    listed = [(await links.send_file(mine, b"")).status for _ in range(FILES_A_LINK + 1)]
    assert set(listed) == {422}
    assert f"最多上传{FILES_A_LINK}个文件" in await (await links.send_file(mine, photo())).text()
    for change in ("UPDATE office_link_uses SET action = 'opened'", "DELETE FROM office_link_uses"):
        with pytest.raises((InternalError, ProgrammingError), match="append-only"):
            async with transaction(links.web_rig.context.sessions) as session:
                await session.execute(text(change))


async def test_through_all_links_of_an_office_go_so_many_steps_an_hour_and_what_was_typed_stays(links: Links) -> None:
    order = await links.dispatched()
    path = await links.link(order)
    for step in (Step.ACCEPT, Step.START):
        assert (await links.step(path, step, order))[0] == 303
    most = STEPS[0][0]
    # A second link to the same order is no second allowance, and neither is asking all at once.
    async with transaction(links.web_rig.context.sessions) as session:
        await make_link(session, links.web_rig.context.policy.notifications, order, OFFICE, by="系统", at=clock.now())
    another = await links.link(order)
    assert another != path
    tries = [links.step((path, another)[n % 2], Step.REPORT, order, note=f"第{n}次到现场。") for n in range(most + 10)]
    result = await asyncio.gather(*tries)
    assert [status for status, _ in result].count(429) == 12
    for link in (path, another):
        status, page = await links.step(link, Step.REPORT, order, note="灯杆编号<A-7>，明早换灯头。")
        assert (status, "灯杆编号&lt;A-7&gt;，明早换灯头。</textarea>" in page) == (429, True)
        assert f"一小时最多提交{most}次" in page
        status, page = await links.step(link, Step.REPLY, order, done="换了灯头一只。")
        assert (status, "换了灯头一只。</textarea>" in page) == (429, True)
    status, page = await links.step(path, Step.ASK_RETURN, order, reason="不是我们的灯")
    assert (status, "不是我们的灯" in page) == (429, True)
    async with links.web_rig.context.sessions() as session:
        uses = select(func.count()).select_from(OfficeLinkUse).join(OfficeLink)
        uses = uses.where(OfficeLink.order_id == order.id, OfficeLinkUse.action == LinkAction.SENT_STEP)
        assert await session.scalar(uses) == most, "a refused one is no row: a flood of them fills nothing"
    other = await links.dispatched()
    assert (await links.step(await links.link(other), Step.ACCEPT, other))[0] == 303, "each order has its own"
    assert (await links.get(path))[0] == 200
    async with links.web_rig.context.sessions() as session:
        later = clock.now() + dt.timedelta(minutes=61)
        used, held_up = await use_link(session, (await links.row(order)).id, LinkAction.SENT_STEP, address="", at=later)
    assert (used.order_id, held_up) == (order.id, "")


async def test_a_day_has_its_own_number_of_steps_through_links(links: Links) -> None:
    order = await links.dispatched()
    path, before = await links.link(order), clock.now() - dt.timedelta(hours=2)
    most = STEPS[1][0]
    async with transaction(links.web_rig.context.sessions) as session:
        link_id = (await links.row(order)).id
        session.add_all(
            OfficeLinkUse(link_id=link_id, at=before, action=LinkAction.SENT_STEP, address="") for _ in range(most)
        )
    status, page = await links.step(path, Step.ACCEPT, order)
    assert (status, f"一天最多提交{most}次" in page) == (429, True)
    assert (await links.order(order)).state is State.DISPATCHED


@pytest.mark.parametrize("answer", ["1" * 10_000, "十" * 10_000, "（" * 10_000])
async def test_a_reply_as_long_as_the_form_allows_keeps_nobody_else_waiting(links: Links, answer: str) -> None:
    order = await links.dispatched()
    path = await links.link(order)
    for step in (Step.ACCEPT, Step.START):
        assert (await links.step(path, step, order))[0] == 303
    replying = spawn(links.step(path, Step.REPLY, order, **ANSWER | {"public_answer": answer}), name="reply")
    waited = [0.0]
    while not replying.done():
        # CPU of the whole process: also of a thread that keeps the interpreter to itself, but of nobody else's work.
        begun = time.process_time()
        assert (await links.web_rig.ask(None, "GET", "/healthz")).status == 200
        waited.append(time.process_time() - begun)
    assert (await replying)[0] == 303
    assert max(waited) < 1


async def test_an_order_with_a_history_of_long_notes_keeps_nobody_else_waiting(links: Links) -> None:
    order = await links.dispatched()
    path = await links.link(order)
    for step in (Step.ACCEPT, Step.START):
        assert (await links.step(path, step, order))[0] == 303
    for at in range(40):
        note = f"{at}、今天上午到现场，路东三号楼与一号门之间。" * 400
        await links.take(order, Step.REPORT, LAMPS, note=note[:10_000])
    busy = {}
    for what, ask in {
        "a step": lambda: links.step(path, Step.REPORT, order, note="第" * 10_000),
        "the link": lambda: links.get(path),
        "the page": lambda: links.web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{order.number}"),
    }.items():
        # Of the event loop's thread alone: what runs beside it keeps nobody waiting.
        begun = time.thread_time()
        await ask()
        busy[what] = time.thread_time() - begun
    assert max(busy.values()) < 0.7, busy
