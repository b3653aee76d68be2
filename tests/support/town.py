"""A town for acceptance tests: a telephone line and the screens with a clock that the test moves, everybody in a
separate browser, and an SMS gateway that takes what citizens are sent.
"""

import datetime as dt
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from access.accounts.manage import add_account
from access.accounts.sessions import Lasts, Where, find_account, sign_in
from core import clock
from core.clock import Clock
from core.database import transaction
from core.links import link_key
from core.sections.notifications import NotificationsSettings
from dispatch.channels.senders import make_senders
from dispatch.clock.models import DueEvent
from dispatch.clock.timers import DueKind
from dispatch.follow_up.models import FollowUp
from dispatch.jobs.ask_citizens import ask_due
from dispatch.jobs.overdue import sweep
from dispatch.jobs.send_notifications import Sending, send_notification
from dispatch.notifications.models import Notification
from dispatch.notifications.rules import Audience, NotificationState
from dispatch.orders.drafts import find_order_of_call
from dispatch.orders.labels import STATES
from dispatch.orders.models import Order
from dispatch.steps.take import find_order
from dispatch.workflow import Role, Step
from tests.support.browser import DESK, PHONE
from tests.support.crew_phone import phone
from tests.support.gateways import Gateway, http_gateway
from tests.support.past_orders import at
from tests.support.sample import PASSWORD
from tests.support.telephone_line import TelephoneLine, telephone_line
from tests.support.web_rig import WebRig
from web.http.routes import COOKIE

OFFICES = (
    "public-security", "civil-affairs", "womens-federation", "youth-league", "media", "town-wucun", "housing",
    "development-zone", "forestry",
)  # fmt: skip
"""With an account of the same name each, beside the sample's."""
SESSION_HOURS = 60 * 24


class MovedClock:
    """Shows what it was set to, and runs on from there."""

    def __init__(self, real: Clock) -> None:
        self._real = real
        self.ahead = dt.timedelta()

    def __call__(self) -> dt.datetime:
        return self._real() + self.ahead

    def set(self, instant: dt.datetime) -> None:
        self.ahead = instant - self._real()


@dataclass
class Town:
    web_rig: WebRig
    browser: Browser
    moved: MovedClock
    line: TelephoneLine
    gateway: Gateway
    open: AsyncExitStack
    """Closes the browsers."""
    pages: dict[str, Page] = field(default_factory=dict)
    shown: dict[str, tuple[str, int]] = field(default_factory=dict)
    """The order that somebody's page shows, and in which version."""
    complaints: list[str] = field(default_factory=list)

    def it_is(self, when: str | dt.datetime) -> None:
        """City time where it is written: 2026-11-22 18:40."""
        self.moved.set(at(when) if isinstance(when, str) else when)

    async def page(self, who: str, path: str) -> Page:
        """The person's browser, signed in."""
        if who not in self.pages:
            context = await self.open.enter_async_context(self._profile())
            token = await self.session_of(who)
            await context.add_cookies([{"name": COOKIE, "value": token, "url": self.web_rig.url}])
            self.pages[who] = await context.new_page()
            self.pages[who].on("pageerror", lambda error: self.complaints.append(str(error)))
        self.shown.pop(who, None)
        await self.pages[who].goto(self.web_rig.url + path)
        return self.pages[who]

    async def session_of(self, who: str) -> str:
        """A token that outlives all cases: the clock is moved by weeks."""
        sessions = self.web_rig.context.sessions
        account, at = await find_account(sessions, who), clock.now()
        lasts = Lasts(dt.timedelta(hours=SESSION_HOURS), dt.timedelta(hours=SESSION_HOURS))
        _, token = await sign_in(sessions, account, PASSWORD, Where("town", ""), at=at, lasts=lasts, known=False)
        return token

    async def take(self, who: str, number: str, step: Step, **fields: Any) -> Page:
        """Take the step by its form on the order's page, which then shows where the order stands."""
        page = await self._at_order(who, number)
        before = (await self.row(number)).step_count
        form = page.locator(f'form[action="/orders/{number}/steps/{step}"]')
        if fields or await page.locator(f"details#{step}").count():
            await page.locator(f"details#{step} > summary").click()
        for name, value in fields.items():
            control = form.locator(f'[name="{name}"]')
            if isinstance(value, bool):
                await form.locator(f'[name="{name}"][value="{"yes" if value else "no"}"]').check()
            elif isinstance(value, list):
                for code in value:
                    await form.locator(f'[name="{name}"][value="{code}"]').check()
            elif await control.evaluate("control => control.tagName") == "SELECT":
                # Behind a field to type in it is not seen, and still what is sent.
                await control.select_option(value, force=True)
            else:
                await control.fill(value)
        async with page.expect_navigation():
            await form.locator("button:not([type=button])").last.click()
        taken = await self.row(number)
        assert taken.step_count > before
        await expect(page.locator("#status .chips")).to_contain_text(STATES[taken.state])
        self.shown[who] = (number, taken.version)
        return page

    async def cannot(self, who: str, number: str, *steps: Step) -> None:
        """The page offers none of these steps."""
        page = await self._at_order(who, number)
        for step in steps:
            assert await page.locator(f'form[action="/orders/{number}/steps/{step}"]').count() == 0, step

    async def _at_order(self, who: str, number: str) -> Page:
        """Fetched again unless the page shows the order as it is."""
        here = (number, (await self.row(number)).version)
        if self.shown.get(who) != here:
            await self.page(who, f"/orders/{number}")
            self.shown[who] = here
        return self.pages[who]

    async def row(self, number: str) -> Order:
        async with self.web_rig.context.sessions() as session:
            order = await find_order(session, number)
            assert order is not None
            return order

    async def order(self, number: str) -> Any:
        return await self.web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")

    async def call_comes(self, speech: str, heard_as: str, **fields: str) -> str:
        """A citizen rings the line and says `speech` to the agent, whose page proposes the matter's subject from it;
        the agent completes the form and registers it. Returns the order's number.
        """
        async with self.line.call(speech) as linkedid:
            page = await self.page("agent1", f"/calls/{linkedid}")
            form = page.locator("form[data-draft]")
            await form.wait_for()
            await expect(page.locator('[data-connection="on"]')).to_be_visible()
        # Heard for sure it is the field's value, else one of the choices beside it.
        heard = f'#draft-subject option[value="{heard_as}"]:checked, [data-field="subject"] [data-other="{heard_as}"]'
        await expect(form.locator(heard).first).to_be_attached()
        for name, value in ({"subject": heard_as} | fields).items():
            control = form.locator(f"#draft-{name}")
            if name in ("kind", "subject", "place_town"):
                await control.select_option(value)
            else:
                await control.fill(value)
        await form.locator("#draft-title").press("Control+Enter")
        done, separate = page.locator(".draft-done"), form.locator("[data-separate]")
        await expect(done.or_(separate.filter(visible=True))).to_be_visible()
        if await separate.is_visible():  # somebody has called about the like before
            await separate.click()
        await expect(done).to_contain_text(fields["title"])
        await page.goto("about:blank")
        async with self.web_rig.context.sessions() as session:
            order = await find_order_of_call(session, linkedid)
            assert order is not None
            return order.number

    async def sweep(self) -> None:
        rig = self.web_rig.context
        await sweep(rig.sessions, rig.policy, at=clock.now())

    async def fallen(self, number: str) -> list[DueKind]:
        """What fell due on the order so far, in order."""
        order = await self.row(number)
        query = select(DueEvent.kind).where(DueEvent.order_id == order.id).order_by(DueEvent.id)
        async with self.web_rig.context.sessions() as session:
            return list(await session.scalars(query))

    async def texts(self, number: str) -> list[str]:
        """Send what waits for the order's citizen; returns all that was sent to them."""
        rig = self.web_rig.context
        senders = make_senders(NotificationsSettings(sms_url=self.gateway.url))
        sending = Sending(rig.sessions, rig.policy, senders, clock.now, link_key(rig.settings), self.web_rig.url)
        order = await self.row(number)
        mine = select(Notification).where(Notification.order_id == order.id, Notification.audience == Audience.CITIZEN)
        async with rig.sessions() as session:
            waiting = mine.where(Notification.state.in_((NotificationState.WAITING, NotificationState.HELD)))
            ids = [notification.id for notification in await session.scalars(waiting.order_by(Notification.id))]
        for notification_id in ids:
            await send_notification(sending, notification_id)
        return [got["text"] for got in self.gateway.got if number in got["text"]]

    async def citizen_is_content(self, number: str) -> None:
        """The citizen is asked at the moment that was drawn, by daytime, and answers by telephone that it is solved."""
        rig, order = self.web_rig.context, await self.row(number)
        async with rig.sessions() as session:
            due_at = await session.scalar(select(FollowUp.due_at).where(FollowUp.order_id == order.id))
        assert due_at is not None
        assert 9 <= clock.in_city(due_at).hour < 20
        self.it_is(due_at + dt.timedelta(seconds=1))
        await ask_due(rig.sessions, rig.policy, at=clock.now())
        link = re.search(rf"{self.web_rig.url}/follow-up/\S+", (await self.texts(number))[-1])
        assert link
        async with self._profile(PHONE) as context:
            page = await context.new_page()
            await page.goto(link[0])
            for name in ("有", "解决了", "满意"):
                await page.locator("label", has=page.get_by_text(name, exact=True)).tap()
            await page.get_by_role("button", name="提交评价").tap()
            await page.get_by_role("heading", name="已收到").wait_for()

    @asynccontextmanager
    async def crew(self, name: str) -> AsyncIterator[tuple[BrowserContext, Page]]:
        """The crew's phone on shift; it shows the test's time."""
        async with phone(self.browser, self.web_rig, name) as (context, page):
            await context.clock.set_fixed_time(clock.now())
            duty = page.get_by_role("button", name=re.compile("^[上下]班$"))
            await duty.wait_for()
            if await duty.inner_text() == "上班":
                await duty.click()
            await expect(page.get_by_role("button", name="下班", exact=True)).to_be_visible()
            yield context, page

    @asynccontextmanager
    async def _profile(self, size: dict[str, int] = DESK) -> AsyncIterator[BrowserContext]:
        context = await self.browser.new_context(
            viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", has_touch=size is PHONE
        )
        yield context
        await context.close()


@pytest.fixture(scope="module")
def moved() -> Iterator[MovedClock]:
    moved = MovedClock(clock.now)
    moved.set(at("2026-11-22 18:00"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", moved)
        yield moved


@pytest.fixture(scope="module")
async def town(
    moved: MovedClock, web_rig: WebRig, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    async with transaction(web_rig.context.sessions) as session:
        for code in OFFICES:
            name = f"{web_rig.context.city.offices[code].name} 陈示例"
            await add_account(
                session, name=code, display_name=name, password=PASSWORD, role=Role.OFFICE, office_code=code
            )
        await add_account(
            session, name="unit-12", display_name="魏示例", password=PASSWORD, role=Role.UNIT, unit_code="unit-12"
        )
    folder = tmp_path_factory.mktemp("town")
    async with (
        telephone_line(web_rig, folder, lambda: moved.ahead) as line,
        http_gateway() as gateway,
        AsyncExitStack() as stack,
    ):
        town = Town(web_rig, chromium, moved, line, gateway, stack)
        web_rig.tokens[Role.COORDINATOR] = await town.session_of("coordinator")
        yield town
        assert not town.complaints, town.complaints
