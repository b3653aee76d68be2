"""AB post: the stand-in is notified, signs 代, sees what is said on the inbox, and gets no right by it."""

import datetime as dt

import pytest
from sqlalchemy import delete, select

from access.accounts.manage import add_account
from access.accounts.models import Account
from core import clock
from core.clock import in_city
from core.database import transaction
from dispatch.absences.models import Absence
from dispatch.citizens.outgoing import about_no_order
from dispatch.notifications.contacts import add_contact
from dispatch.notifications.models import Contact, Notification
from dispatch.notifications.queue import queue_notification
from dispatch.notifications.rules import Audience, NotificationChannel, Template
from dispatch.orders.models import OrderStep
from dispatch.workflow import Role
from tests.support.sample import ACCOUNTS, PASSWORD
from tests.support.web_rig import WebRig

PAGE = "/absences"
OFFICE = str(ACCOUNTS[Role.OFFICE]["office_code"])
OWN, COLLEAGUES = "13900004001", "13900004002"


@pytest.fixture(scope="module")
async def people(web_rig: WebRig) -> dict[str, int]:
    """The sample's person of an office, and a colleague."""
    async with transaction(web_rig.context.sessions) as session:
        await add_account(
            session, name="colleague", display_name="代示例", password=PASSWORD, role=Role.OFFICE, office_code=OFFICE
        )
        await session.flush()
        found = await session.execute(select(Account.name, Account.id).where(Account.office_code == OFFICE))
        ids = {name: account_id for name, account_id in found}
        for name, number in ((ACCOUNTS[Role.OFFICE]["name"], OWN), ("colleague", COLLEAGUES)):
            await add_contact(
                session, web_rig.context.city, Audience.OFFICE, OFFICE, NotificationChannel.SMS, number,
                secret="", account_id=ids[str(name)], by="示例", at=clock.now(),
            )  # fmt: skip
        everybodys = "13900004003"
        await add_contact(
            session, web_rig.context.city, Audience.OFFICE, OFFICE, NotificationChannel.SMS, everybodys,
            secret="", by="示例", at=clock.now(),
        )  # fmt: skip
    return {"own": ids[str(ACCOUNTS[Role.OFFICE]["name"])], "colleague": ids["colleague"]}


@pytest.fixture(autouse=True)
async def nobody_away(web_rig: WebRig) -> None:
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(delete(Absence))


def today(after: int = 0) -> str:
    return (in_city(clock.now()).date() + dt.timedelta(days=after)).isoformat()


async def press(rig: WebRig, role: Role, path: str, **typed: object) -> tuple[int, str]:
    data = {name: str(value) for name, value in typed.items()}
    answer = await rig.ask(role, "POST", path, data=data, headers={"Origin": rig.url})
    return answer.status, await answer.text()


async def reached(rig: WebRig) -> set[str]:
    """The receiver of the office's next notification."""
    context = rig.context
    async with transaction(context.sessions) as session:
        queued = await queue_notification(
            session, context.city, context.policy.notifications, Audience.OFFICE, Template.REACHABILITY_CHECK,
            about_no_order({"office": "示例"}), at=clock.now(), code=OFFICE,
        )  # fmt: skip
        numbers = {one.address for one in queued}
        await session.execute(delete(Notification).where(Notification.id.in_([one.id for one in queued])))
    return {number[-4:] for number in numbers if number.startswith("1390000400")}


async def test_the_stand_in_is_notified_signs_for_both_and_it_ends(web_rig: WebRig, people: dict[str, int]) -> None:
    assert await reached(web_rig) == {"4001", "4002", "4003"}
    away = {"account": people["own"], "stand_in": people["colleague"], "first_day": today(), "last_day": today(3)}
    assert (await press(web_rig, Role.OFFICE, PAGE, **away))[0] == 303
    assert await reached(web_rig) == {"4002", "4003"}
    assert "由代示例代" in await (await web_rig.ask(Role.OFFICE, "GET", "/inbox")).text()

    async with web_rig.client.post(
        f"{web_rig.url}/api/session", json={"name": "colleague", "password": PASSWORD}
    ) as answer:
        token = (await answer.json())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    inbox = await web_rig.get(None, "/api/inbox?all=true", headers=headers)
    assert inbox == await web_rig.get(Role.OFFICE, "/api/inbox?all=true"), "no more than the post's, and no less"
    order = next(one["order"] for one in inbox["assignments"] if one["order"]["state"] == "dispatched")
    step = {"version": order["version"]}
    taken = await web_rig.ask(None, "POST", f"/api/orders/{order['number']}/steps/accept", json=step, headers=headers)
    assert taken.status == 200, await taken.text()
    name = ACCOUNTS[Role.OFFICE]["display_name"]
    async with web_rig.context.sessions() as session:
        signed = await session.scalar(select(OrderStep.actor_name).order_by(OrderStep.id.desc()).limit(1))
    assert signed == f"代示例（代{name}）"
    page = await (await web_rig.ask(None, "GET", "/inbox", headers=headers)).text()
    assert f"您办的写明“代{name}”" in page

    async with web_rig.context.sessions() as session:
        absence = await session.scalar(select(Absence))
    assert absence is not None
    assert (await press(web_rig, Role.OFFICE, f"{PAGE}/end", id=absence.id))[0] == 303
    assert await reached(web_rig) == {"4001", "4002", "4003"}
    status, page = await press(web_rig, Role.OFFICE, f"{PAGE}/end", id=absence.id)
    assert (status, "已经结束" in page) == (409, True)


async def test_it_ends_by_itself_and_begins_on_its_day(web_rig: WebRig, people: dict[str, int]) -> None:
    day = in_city(clock.now()).date()
    three = {"4001", "4002", "4003"}
    for first, last, there in ((-5, -1, three), (1, 3, three), (0, 0, three - {"4001"})):
        async with transaction(web_rig.context.sessions) as session:
            await session.execute(delete(Absence))
            session.add(Absence(
                account_id=people["own"], name="示例", stand_in_id=people["colleague"], stand_in_name="代示例",
                first_day=day + dt.timedelta(days=first), last_day=day + dt.timedelta(days=last), reason="",
                entered_at=clock.now(), entered_by="示例",
            ))  # fmt: skip
        assert await reached(web_rig) == there, (first, last)


async def test_a_stand_in_without_a_number_leaves_nobody_unnotified(web_rig: WebRig, people: dict[str, int]) -> None:
    async with transaction(web_rig.context.sessions) as session:
        theirs = await session.scalar(select(Contact).where(Contact.address == COLLEAGUES))
        assert theirs is not None
        theirs.removed_at = clock.now()
    away = {"account": people["own"], "stand_in": people["colleague"], "first_day": today(), "last_day": today(3)}
    assert (await press(web_rig, Role.ADMINISTRATOR, PAGE, **away))[0] == 303
    assert await reached(web_rig) == {"4001", "4003"}
    async with transaction(web_rig.context.sessions) as session:
        theirs = await session.get_one(Contact, theirs.id)
        theirs.removed_at = None


async def test_nobody_is_put_away_by_strangers_and_what_does_not_fit_is_said(
    web_rig: WebRig, people: dict[str, int]
) -> None:
    typed = {"account": people["own"], "stand_in": people["colleague"], "first_day": today(), "last_day": ""}
    status, page = await press(web_rig, Role.OFFICE, PAGE, **typed)
    assert (status, "还不知道哪天回来" in page) == (422, True)
    assert f'value="{today()}"' in page, "what was typed is kept"
    async with web_rig.context.sessions() as session:
        other = await session.scalar(select(Account.id).where(Account.role == Role.COORDINATOR))
    for role, who in ((Role.OFFICE, other), (Role.COORDINATOR, people["own"]), (Role.SUPERVISOR, other)):
        status, page = await press(web_rig, role, PAGE, **typed | {"account": who, "last_day": today()})
        assert (status, "请选择是谁外出" in page) == (422, True), role
    status, page = await press(web_rig, Role.ADMINISTRATOR, PAGE, **typed | {"stand_in": other, "last_day": today()})
    assert (status, "不多给权限" in page) == (422, True)
    status, page = await press(web_rig, Role.OFFICE, PAGE, **typed | {"last_day": "yesterday"})
    assert (status, "请填写日期" in page) == (422, True)
    for role in (Role.AGENT, Role.UNIT):
        assert (await web_rig.ask(role, "GET", PAGE)).status == 403
    assert (await press(web_rig, Role.COORDINATOR, f"{PAGE}/end", id="9" * 40))[0] == 422


async def test_a_stand_in_whose_account_is_closed_is_said_and_the_person_away_is_notified_again(
    web_rig: WebRig, people: dict[str, int]
) -> None:
    await _third(web_rig)
    away = {"account": people["own"], "stand_in": people["colleague"], "first_day": today(), "last_day": today(3)}
    assert (await press(web_rig, Role.OFFICE, PAGE, **away))[0] == 303
    assert await reached(web_rig) == {"4002", "4003"}
    assert (await press(web_rig, Role.ADMINISTRATOR, "/admin/accounts/colleague/close"))[0] == 303
    assert await reached(web_rig) == {"4001", "4002", "4003"}, "nobody is left out any more"
    for page in ("/absences", "/inbox"):
        assert "没有人代" in await (await web_rig.ask(Role.OFFICE, "GET", page)).text(), page
    assert (await press(web_rig, Role.ADMINISTRATOR, "/admin/accounts/colleague/reopen"))[0] == 303
    assert "没有人代" in await (await web_rig.ask(Role.OFFICE, "GET", PAGE)).text(), (
        "an account that opens again is asked for anew"
    )
    # Somebody else stands in for the rest of the days.
    async with web_rig.context.sessions() as session:
        third = await session.scalar(select(Account.id).where(Account.name == "third"))
        absence = await session.scalar(select(Absence.id).where(Absence.ended_at.is_(None)))
    typed = {"id": absence, "stand_in": third}
    assert (await press(web_rig, Role.OFFICE, f"{PAGE}/stand-in", **typed))[0] == 303
    page = await (await web_rig.ask(Role.OFFICE, "GET", PAGE)).text()
    assert ("没有人代" in page.split("已经结束")[0], "三示例</strong>代" in page) == (False, True)
    async with web_rig.context.sessions() as session:
        rows = (await session.scalars(select(Absence).order_by(Absence.id))).all()
    assert [(one.ended_at is None, one.last_day) for one in rows] == [
        (False, rows[1].last_day),
        (True, rows[1].last_day),
    ]
    status, page = await press(web_rig, Role.OFFICE, f"{PAGE}/stand-in", **typed)
    assert (status, "已经结束" in page) == (409, True)


async def test_a_stand_in_who_changes_to_another_office_stands_in_no_more(
    web_rig: WebRig, people: dict[str, int]
) -> None:
    away = {"account": people["own"], "stand_in": people["colleague"], "first_day": today(), "last_day": today(3)}
    assert (await press(web_rig, Role.OFFICE, PAGE, **away))[0] == 303
    await _move(web_rig, "colleague", "housing")
    assert "没有人代" in await (await web_rig.ask(Role.OFFICE, "GET", PAGE)).text()
    assert await reached(web_rig) == {"4001", "4002", "4003"}
    await _move(web_rig, "colleague", OFFICE)


async def _move(rig: WebRig, name: str, office: str) -> None:
    typed = {"display_name": "代示例", "role": "office", "office_code": office}
    path = f"/admin/accounts/{name}"
    answer = await rig.ask(Role.ADMINISTRATOR, "POST", path, data=typed, headers={"Origin": rig.url})
    assert answer.status == 303


async def _third(rig: WebRig) -> None:
    async with transaction(rig.context.sessions) as session:
        await add_account(
            session, name="third", display_name="三示例", password=PASSWORD, role=Role.OFFICE, office_code=OFFICE
        )
