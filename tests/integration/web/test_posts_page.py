"""岗位与任职: the holder of each post on a day, changed as a version, used by stand-ins and by accountability."""

import datetime as dt
import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import NamedTuple

import pytest
from aiohttp import FormData
from sqlalchemy import select

from access.accounts.manage import add_account
from core import clock
from core.clock import in_city
from core.database import transaction
from dispatch.city.posts import Post, Tenure
from dispatch.clock.models import Accountability
from dispatch.clock.timers import DueItem, DueKind
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.due_events import note_fallen
from dispatch.workflow import Role
from tests.conftest import until
from tests.support.city_versions import versions_followed
from tests.support.sample import ACCOUNTS, PASSWORD
from tests.support.web_rig import WebRig

OFFICE = str(ACCOUNTS[Role.OFFICE]["office_code"])
FILE = "/admin/city/posts.csv"


class Answered(NamedTuple):
    status: int
    page: str


@pytest.fixture(autouse=True)
async def followed(web_rig: WebRig, policy: Policy) -> AsyncIterator[None]:
    async with versions_followed(web_rig, policy):
        yield


async def press(rig: WebRig, path: str, **typed: str) -> Answered:
    form = FormData(default_to_multipart=True)
    for name, value in typed.items():
        form.add_field(name, value)
    answer = await rig.ask(Role.ADMINISTRATOR, "POST", path, data=form, headers={"Origin": rig.url})
    return Answered(answer.status, await answer.text())


async def seen(rig: WebRig, path: str, role: Role = Role.ADMINISTRATOR) -> str:
    answer = await rig.ask(role, "GET", path)
    assert answer.status == 200
    return await answer.text()


async def hold(rig: WebRig, post: Post, holder: str, first_day: dt.date, account: str = "") -> None:
    typed = {"office": OFFICE, "post": post, "holder": holder, "account": account, "first_day": first_day.isoformat()}
    preview = await press(rig, f"{FILE}/preview", **typed)
    assert preview.status == 200, preview.page
    assert holder in preview.page
    based_on = re.search('name="based_on" value="([^"]*)"', preview.page)
    whole = re.search(r'<textarea name="text"[^>]*>(.*?)</textarea>', preview.page, re.DOTALL)
    assert based_on is not None
    assert whole is not None
    saved = {"text": html.unescape(whole[1]), "based_on": based_on[1], "reason": "任命"}
    assert (await press(rig, FILE, **saved)).status == 303
    await until(lambda: _knows(rig, holder))


async def _knows(rig: WebRig, holder: str) -> bool:
    return any(one.holder == holder for one in rig.context.city.tenures)


async def test_a_post_passes_to_another_person_and_each_day_has_its_holder(web_rig: WebRig) -> None:
    today = in_city(clock.now()).date()
    first, second = today - dt.timedelta(days=30), today - dt.timedelta(days=3)
    await hold(web_rig, Post.HEAD, "甲示例", first)
    await hold(web_rig, Post.HEAD, "乙示例", second)
    asked = f"/posts?office={OFFICE}&day="
    for day, holder in ((second, "乙示例"), (second - dt.timedelta(days=1), "甲示例"), (first, "甲示例")):
        page = (await seen(web_rig, f"{asked}{day}")).split("在任</h2>")[1]
        assert holder in page, day
        assert ({"甲示例", "乙示例"} - {holder}).pop() not in page, day
    before = (await seen(web_rig, f"{asked}{first - dt.timedelta(days=1)}")).split("在任</h2>")[1]
    assert web_rig.context.city.offices[OFFICE].head in before, "as the table of offices says, where nothing is known"
    history = (await seen(web_rig, f"/posts?office={OFFICE}")).split("任职记录")[1].split("在任</h2>")[0]
    assert history.index("乙示例") < history.index("甲示例")
    exported = await web_rig.ask(Role.ADMINISTRATOR, "GET", f"{FILE}/export")
    assert "甲示例" in (await exported.read()).decode("utf-8-sig")


async def test_supervisors_read_posts_and_only_administrators_change_them(web_rig: WebRig) -> None:
    await hold(web_rig, Post.HEAD, "甲示例", dt.date(2026, 1, 1), account="gone-account")
    assert "gone-account" in await seen(web_rig, f"/posts?office={OFFICE}")
    for role in (Role.SUPERVISOR, Role.COORDINATOR, Role.LEADER):
        page = await seen(web_rig, f"/posts?office={OFFICE}", role)
        assert ("没有或已停用" in page, "gone-account" in page) == (True, False), "a name to sign in with"
    assert "换人</summary>" not in await seen(web_rig, "/posts", Role.SUPERVISOR)
    assert "换人</summary>" in await seen(web_rig, "/posts")
    for role in (Role.AGENT, Role.OFFICE, Role.UNIT):
        assert (await web_rig.ask(role, "GET", "/posts")).status == 403
    assert (await web_rig.ask(Role.ADMINISTRATOR, "GET", "/posts?day=yesterday")).status in (400, 422)


async def test_two_people_in_one_post_are_refused_with_the_mend(web_rig: WebRig) -> None:
    rows = f"a,{OFFICE},head,甲示例,,2026-01-01,\nb,{OFFICE},head,乙示例,,2026-02-01,\n"
    wrong = f"code,office,post,holder,account,first_day,last_day\n{rows}"
    answer = await press(web_rig, f"{FILE}/preview", text=wrong)
    assert answer.status == 422
    assert "两个人" in answer.page


async def test_the_stand_in_is_proposed_by_the_posts(web_rig: WebRig) -> None:
    today = in_city(clock.now()).date()
    mine = str(ACCOUNTS[Role.OFFICE]["name"])
    async with transaction(web_rig.context.sessions) as session:
        partner = await add_account(
            session, name="partner", display_name="伴示例", password=PASSWORD, role=Role.OFFICE,
            office_code=OFFICE,
        )  # fmt: skip
        partner_id = partner.id
    await hold(web_rig, Post.CONTACT_A, "本人示例", today, mine)
    await hold(web_rig, Post.CONTACT_B, "伴示例", today, "partner")
    page = await seen(web_rig, "/absences", Role.OFFICE)
    chosen = page.split('name="stand_in"')[1].split("</select>")[0]
    assert re.search(rf'value="{partner_id}" selected', chosen), chosen


async def test_accountability_names_who_held_the_post_on_the_day_of_the_limit(web_rig: WebRig, policy: Policy) -> None:
    due = clock.now() - dt.timedelta(days=10)
    day = in_city(due).date()
    held = Tenure("a", OFFICE, Post.HEAD, "当时示例", "", day - dt.timedelta(days=5), day)
    later = Tenure("b", OFFICE, Post.HEAD, "后来示例", "", day + dt.timedelta(days=1), None)
    known = replace(policy, city=replace(policy.city, tenures=(held, later)))
    async with web_rig.context.sessions() as session:
        order = await session.scalar(select(Order).where(Order.lead_office_code == OFFICE).limit(1))
        assert order is not None
        item = DueItem(clock.now(), DueKind.FINISH_WARNING, due, OFFICE)
        await note_fallen(session, known, order, item, at=clock.now())
        key = Accountability.order_id == order.id, Accountability.due_at == due
        row = (await session.scalars(select(Accountability).where(*key))).one()
        named = row.first_responsible, row.responsible
        await session.rollback()
    assert named == ("当时示例", policy.city.offices[OFFICE].deputy)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2027-02-30", "", "x" * 10_000])
async def test_a_day_on_which_nobody_can_begin_is_refused(web_rig: WebRig, day: str) -> None:
    answer = await press(web_rig, f"{FILE}/preview", office=OFFICE, post="head", holder="示例", first_day=day)
    assert (answer.status, "请填写从哪一天起" in answer.page) == (422, True)
