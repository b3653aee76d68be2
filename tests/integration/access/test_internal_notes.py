"""What city hall and an office of the order write to one another is read by these two, told to the other, part of the
supervisor's record, and known to nobody else."""

import itertools
import re

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DBAPIError

from access.accounts.models import Account
from access.accounts.roles import EVERYBODY
from access.accounts.sessions import Where, lasts_of, open_session
from access.visibility.reporter_guesses import Written, find_reporter_guesses_in
from core import clock
from core.database import transaction
from dispatch.notifications.models import Contact, Notification
from dispatch.notifications.rules import Audience, NotificationChannel, Template
from dispatch.orders.models import Order
from dispatch.orders.request_models import InternalNote
from dispatch.steps.internal_notes import LONGEST, MOST_AN_HOUR
from dispatch.workflow import Role, Step
from telephony.monitoring.models import Alarm
from telephony.trouble_kinds import TroubleKind
from tests.support.office_links import link
from tests.support.orders import in_progress, take, waiting_lamp
from tests.support.reporters import registered
from tests.support.sample import LAMPS
from tests.support.web_rig import WebRig
from web.app import ROUTES

NAME, NUMBER = "钱朵玉", "13900009175"
WRITERS = (Role.OFFICE, Role.COORDINATOR, Role.SUPERVISOR)
OTHERS = sorted(EVERYBODY - set(WRITERS))
_count = itertools.count(1)


@pytest.fixture(scope="module")
async def housing(web_rig: WebRig) -> str:
    """The session of somebody of another office."""
    at = clock.now()
    async with transaction(web_rig.context.sessions) as session:
        row = Account(name="housing-notes", display_name="房管 示例", password_hash="none", role=Role.OFFICE,
                      office_code="housing", created_at=at)  # fmt: skip
        session.add(row)
        await session.flush()
        _, token = await open_session(session, row, Where("", ""), at=at, lasts=lasts_of(web_rig.context.settings.web))
    return token


def address(path: str, number: str) -> str:
    """With this order, and of all else something or nothing."""

    def fill(part: re.Match[str]) -> str:
        return number if part[1] == "number" else (part[2] or "").split("|")[0] if "|" in (part[2] or "") else "1"

    return re.sub(r"{(\w+)(?::([^}]*))?}", fill, path)


async def shared(rig: WebRig) -> Order:
    """An order with a lead office and one that helps."""
    order = await in_progress(rig)
    return await take(rig, order, Step.ADD_CO_OFFICES, LAMPS, co_office_codes=["housing"], reason="请配合")


async def write(rig: WebRig, role: Role, order: Order, words: str, **more: str) -> None:
    answer = await rig.ask(role, "POST", f"/api/orders/{order.number}/notes", json={"text": words, **more})
    assert answer.status == 200, await answer.text()


async def texts(rig: WebRig, role: Role | None, order: Order, token: str = "") -> list[str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = await rig.ask(role, "GET", f"/api/orders/{order.number}/notes", headers=headers)
    assert answer.status == 200, await answer.text()
    return [note["text"] for note in (await answer.json())["notes"]]


async def test_each_side_reads_what_it_wrote_and_what_was_written_to_it(web_rig: WebRig, housing: str) -> None:
    order = await shared(web_rig)
    await write(web_rig, Role.OFFICE, order, "甲：现场找不到灯杆")
    await write(web_rig, Role.COORDINATOR, order, "乙：两家都看一下")
    await write(web_rig, Role.COORDINATOR, order, "丙：灯杆在桥下", to="street-lighting")
    await write(web_rig, Role.SUPERVISOR, order, "丁：请房管说明", to="housing")
    every = ["甲：现场找不到灯杆", "乙：两家都看一下", "丙：灯杆在桥下", "丁：请房管说明"]
    assert await texts(web_rig, Role.COORDINATOR, order) == await texts(web_rig, Role.SUPERVISOR, order) == every
    assert await texts(web_rig, Role.OFFICE, order) == every[:3]
    assert await texts(web_rig, None, order, housing) == [every[1], every[3]]
    section = await (await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{order.number}/notes")).text()
    assert "路灯" in section.split("甲：")[0]
    assert all(one in section for one in every)


async def test_nobody_else_reads_them_or_learns_that_there_are_any(web_rig: WebRig, housing: str) -> None:
    """Every page and every answer, each list with what could find them, for every other role and a foreign office."""
    order, words = await in_progress(web_rig), "蓝鹇示例暗语"
    await write(web_rig, Role.OFFICE, order, words)
    await write(web_rig, Role.COORDINATOR, order, words)
    found = []
    for route in ROUTES:
        if route.method != "GET" or route.socket or "{token" in route.path:
            continue
        for role in OTHERS:
            if route.roles is not None and role not in route.roles:
                continue
            body = await (await web_rig.ask(role, "GET", address(route.path, order.number))).text(errors="replace")
            if words in body or (route.name in ("order", "order_part") and "内部留言" in body):
                found.append(f"{role}: {route.path}")
    assert found == []
    for role in EVERYBODY:
        listed = await web_rig.get(role, "/api/orders", params={"q": words})
        assert order.number not in [one["number"] for one in listed["orders"]], role
    story = f"/orders/{order.number}/story"
    for role in (*OTHERS, Role.COORDINATOR, Role.OFFICE):
        shown = await web_rig.ask(role, "GET", story)
        assert words not in (said := await shown.text()), role
        assert "内部留言" not in said, role
    assert words in await (await web_rig.ask(Role.SUPERVISOR, "GET", story)).text()


@pytest.mark.parametrize("role", OTHERS)
async def test_other_roles_are_refused_at_every_door(web_rig: WebRig, role: Role) -> None:
    order = await in_progress(web_rig)
    for path in (f"/orders/{order.number}/notes", f"/api/orders/{order.number}/notes"):
        assert (await web_rig.ask(role, "GET", path)).status == 403
        assert (await web_rig.ask(role, "POST", path, json={"text": "示例"})).status == 403
        assert (await web_rig.ask(role, "POST", f"{path}/read")).status == 403
    assert (await web_rig.ask(role, "GET", f"/orders/{order.number}/notes/thread")).status == 403
    assert (await web_rig.ask(role, "GET", "/api/orders", params={"waiting": "note"})).status == 403
    assert (await web_rig.ask(role, "GET", "/orders", params={"waiting": "note"})).status == 403
    assert (await web_rig.ask(role, "GET", "/orders.xlsx", params={"waiting": "note"})).status == 403


async def test_an_office_that_has_not_the_order_finds_no_notes(web_rig: WebRig, housing: str) -> None:
    order, headers = await in_progress(web_rig), {"Authorization": f"Bearer {housing}"}
    for method, path in (("GET", "notes"), ("GET", "notes/thread"), ("POST", "notes/read"), ("POST", "notes")):
        answer = await web_rig.ask(None, method, f"/orders/{order.number}/{path}", headers=headers, data={"text": "例"})
        assert answer.status == 404, path
    assert (await web_rig.ask(Role.OFFICE, "GET", "/api/orders", params={"waiting": "note"})).status == 403


async def test_a_note_is_told_to_the_other_side_until_it_is_read(web_rig: WebRig) -> None:
    order, at = await in_progress(web_rig), clock.now()
    async with transaction(web_rig.context.sessions) as session:
        for audience, code, to in ((Audience.COORDINATOR, "", "1"), (Audience.OFFICE, "street-lighting", "2")):
            session.add(Contact(audience=audience, code=code, channel=NotificationChannel.SMS,
                                address=f"1390000918{to}", added_at=at, added_by="周示例"))  # fmt: skip

    async def told(template: Template) -> list[str]:
        async with web_rig.context.sessions() as session:
            wanted = select(Notification.text).where(
                Notification.order_id == order.id,
                Notification.template == template,
                Notification.address.in_(("13900009181", "13900009182")),
            )
            return list(await session.scalars(wanted))

    async def waiting() -> list[str]:
        listed = await web_rig.get(Role.COORDINATOR, "/api/orders", params={"waiting": "note", "limit": 200})
        return [one["number"] for one in listed["orders"]]

    await write(web_rig, Role.OFFICE, order, "材料已到，周五施工")
    await write(web_rig, Role.OFFICE, order, "补充：需要断电")
    (said,) = await told(Template.NOTE_FROM_OFFICE)
    assert order.number in said
    assert "施工" not in said
    assert order.number in await waiting()
    assert (await web_rig.ask(Role.COORDINATOR, "POST", f"/api/orders/{order.number}/notes/read")).status == 200
    assert order.number not in await waiting()
    await write(web_rig, Role.OFFICE, order, "断电已批")
    assert order.number in await waiting()
    await write(web_rig, Role.SUPERVISOR, order, "收到，注意安全")
    assert order.number not in await waiting(), "who answers has read"
    (said,) = await told(Template.NOTE_TO_OFFICE)
    assert "注意安全" not in said
    inbox = f'href="/orders/{order.number}"'

    async def card() -> str:
        shown = await (await web_rig.ask(Role.OFFICE, "GET", "/inbox")).text()
        return shown.split(inbox)[1].split("</li>")[0]

    assert "新留言" in await card()
    assert "收到，注意安全" in await (await web_rig.ask(Role.OFFICE, "GET", f"/orders/{order.number}/notes")).text()
    assert "新留言" not in await card()


async def test_a_note_is_no_step(web_rig: WebRig) -> None:
    order = await in_progress(web_rig)
    before = await web_rig.get(Role.COORDINATOR, f"/api/orders/{order.number}")
    await write(web_rig, Role.OFFICE, order, "请问地点")
    await write(web_rig, Role.COORDINATOR, order, "桥下")
    assert await web_rig.get(Role.COORDINATOR, f"/api/orders/{order.number}") == before


async def test_what_cannot_be_taken_is_refused_with_what_was_typed(web_rig: WebRig) -> None:
    order, path = await in_progress(web_rig), "/orders/{}/notes"
    for typed in ({"text": ""}, {"text": " \n "}, {"text": "长" * (LONGEST + 1)}, {"text": "坏\0字"},
                  {"text": "写给别家", "to": "housing"}):  # fmt: skip
        answer = await web_rig.ask(Role.COORDINATOR, "POST", f"/api{path.format(order.number)}", json=typed)
        assert answer.status == 422, typed
    refused = await web_rig.ask(
        Role.COORDINATOR, "POST", path.format(order.number), data={"text": "写给别家", "to": "housing"}
    )
    assert refused.status == 422
    assert "写给别家</textarea>" in await refused.text()
    assert await texts(web_rig, Role.COORDINATOR, order) == []
    undispatched = await web_rig.ask(
        Role.COORDINATOR, "POST", f"/api{path.format(await waiting_lamp(web_rig, '未派'))}", json={"text": "写给谁"}
    )
    assert undispatched.status == 409
    for number in range(MOST_AN_HOUR):
        await write(web_rig, Role.OFFICE, order, f"第{number}条")
    answer = await web_rig.ask(Role.OFFICE, "POST", f"/api{path.format(order.number)}", json={"text": "再一条"})
    assert answer.status == 409


async def test_a_confidential_reporter_is_covered_in_notes_for_all_who_may_not_know(web_rig: WebRig) -> None:
    """The writer reads the own words as typed; with a wrong name the answers are the same."""
    for name in (NAME, "李另例"):
        order = await registered(web_rig, f"noted-{next(_count)}.1", NUMBER, citizen_name=NAME, confidential=True)
        await take(web_rig, order, Step.ACCEPT, LAMPS)
        await write(web_rig, Role.OFFICE, order, f"甲：是不是{name}")
        await write(web_rig, Role.SUPERVISOR, order, f"乙：听说是{name}")
        assert (await texts(web_rig, Role.OFFICE, order))[0] == f"甲：是不是{name}"
        assert (await texts(web_rig, Role.SUPERVISOR, order))[1] == f"乙：听说是{name}"
        async with transaction(web_rig.context.sessions) as session:
            notes = await session.scalars(select(InternalNote.id).where(InternalNote.order_id == order.id))
            for note in notes:
                await session.execute(delete(Alarm))
                await find_reporter_guesses_in(session, "qufu", Written.NOTE, note, at=clock.now())
                raised = select(func.count()).where(Alarm.kind == TroubleKind.REPORTER_NAMED)
                assert await session.scalar(raised) == (name == NAME)
    order = await registered(web_rig, f"noted-{next(_count)}.1", NUMBER, citizen_name=NAME, confidential=True)
    await take(web_rig, order, Step.ACCEPT, LAMPS)
    await write(web_rig, Role.COORDINATOR, order, f"丙：{NAME}电话{NUMBER}，请勿外传")
    await write(web_rig, Role.OFFICE, order, f"丁：{NAME}？")
    for role, at in ((Role.OFFICE, 0), (Role.SUPERVISOR, 0), (Role.SUPERVISOR, 1)):
        said = (await texts(web_rig, role, order))[at]
        assert NAME not in said
        assert NUMBER not in said
    for path in ("notes", "story"):
        shown = await (await web_rig.ask(Role.SUPERVISOR, "GET", f"/orders/{order.number}/{path}")).text()
        assert "请勿外传" in shown
        assert NAME not in shown
        assert NUMBER not in shown


async def test_an_offices_link_shows_its_notes_and_takes_one(web_rig: WebRig) -> None:
    order = await shared(web_rig)
    await write(web_rig, Role.COORDINATOR, order, "给路灯所的话", to="street-lighting")
    await write(web_rig, Role.COORDINATOR, order, "给房管的话", to="housing")
    path = await link(web_rig, order, "housing")
    shown = await (await web_rig.ask(None, "GET", path)).text()
    assert "给房管的话" in shown
    assert "给路灯所的话" not in shown
    answer = await web_rig.ask(None, "POST", f"{path}/notes", data={"text": "房管经链接回话"})
    assert answer.status == 303, await answer.text()
    assert "房管经链接回话" in await texts(web_rig, Role.COORDINATOR, order)
    assert "房管经链接回话" not in await texts(web_rig, Role.OFFICE, order)
    assert (await web_rig.ask(None, "POST", f"{path}/notes", data={"text": ""})).status == 422


async def test_notes_are_never_rewritten(web_rig: WebRig) -> None:
    order = await in_progress(web_rig)
    await write(web_rig, Role.OFFICE, order, "原话")
    for statement in ("UPDATE internal_notes SET text = '改过'", "DELETE FROM internal_notes"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with transaction(web_rig.context.sessions) as session:
                await session.execute(text(statement))


async def test_an_order_of_a_former_system_is_only_read(web_rig: WebRig) -> None:
    order = await in_progress(web_rig)
    async with transaction(web_rig.context.sessions) as session:
        row = await session.get_one(Order, order.id)
        row.former_system, row.former_number = "旧平台", f"notes-{order.id}"
    for role in WRITERS:
        path = f"/api/orders/{order.number}/notes"
        answer = await web_rig.ask(role, "POST", path, json={"text": "示例"})
        assert (answer.status, "只供查阅" in await answer.text()) == (409, True), role
        assert "<textarea" not in await (await web_rig.ask(role, "GET", f"/orders/{order.number}/notes")).text()
    assert await texts(web_rig, Role.COORDINATOR, order) == []


async def test_the_list_of_notifications_tells_nobody_else_that_there_are_any(web_rig: WebRig) -> None:
    order = await in_progress(web_rig)
    async with transaction(web_rig.context.sessions) as session:
        session.add(Contact(audience=Audience.COORDINATOR, code="", channel=NotificationChannel.SMS,
                            address="13900009183", added_at=clock.now(), added_by="周示例"))  # fmt: skip
    await write(web_rig, Role.OFFICE, order, "示例")
    async with web_rig.context.sessions() as session:
        mine = Notification.order_id == order.id, Notification.template == Template.NOTE_FROM_OFFICE
        notification_id = await session.scalar(select(Notification.id).where(*mine))
    assert notification_id is not None
    for role in sorted(EVERYBODY):
        for path in ("/notifications", "/api/notifications", f"/api/notifications/{notification_id}"):
            answer = await web_rig.ask(
                role, "GET", path, params={} if path.endswith(str(notification_id)) else {"order": order.number}
            )
            shown = answer.status == 200 and "里留言，请登录后查看" in await answer.text()
            assert shown is (role in (Role.COORDINATOR, Role.SUPERVISOR)), (role, path)
