"""Installations to look at the pages in: without a row, with a day of sample data, with many rows of each kind.

All people, numbers and places are invented.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from access.accounts.models import Account
from access.accounts.sessions import Where, lasts_of, open_session
from core import clock
from core.bus import Bus
from core.database import Sessions, make_engine, make_sessions, transaction
from core.sections.pbx import PbxSection
from core.sections.web import WebSettings
from core.settings import Settings
from core.tasks import cancel, spawn
from dispatch.city.organisation import import_city
from dispatch.policy import Policy
from dispatch.versions.holder import PolicyHolder
from dispatch.workflow import Role
from tests.support.pages.rows import fill
from tests.support.sample import ACCOUNTS, Sample, make_accounts, make_sample
from tests.support.web_rig import WebRig
from web.app import make_app
from web.http.context import AppContext

WALLBOARD_TOKEN = "of-the-big-screen"
EMPTY = Sample("", "", "", "", 0, 0.0, "")


class Rows(StrEnum):
    NONE = "none"
    ONE = "one"
    MANY = "many"


@dataclass
class PagesRig:
    """`places`: what may stand in an address, by the name that the routes give it, as `Walk.places`."""

    rows: Rows
    web_rig: WebRig
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cookies: dict[Role, str] = field(default_factory=dict)
    """The session of each role's account, begun without its door."""


@asynccontextmanager
async def open_rig(
    rows: Rows, database_url: str, policy: Policy, folder: Path, *, many: int = 12
) -> AsyncIterator[PagesRig]:
    """`database_url`: of an empty database with every table. `many`: rows of a full list."""
    engine = make_engine(database_url)
    sessions, bus = make_sessions(engine), Bus(database_url)
    listening = spawn(bus.run(), name="bus")
    settings = Settings(var=folder, web=WebSettings(wallboard_token=WALLBOARD_TOKEN), pbx=PbxSection(test_phones=3))
    app_context = AppContext(settings, sessions, bus, PolicyHolder(policy))
    server = TestServer(make_app(app_context))
    await server.start_server()
    async with ClientSession(cookie_jar=DummyCookieJar(), connector=TCPConnector(limit=0)) as client:
        web_rig = WebRig(app_context, EMPTY, str(server.make_url("/")).rstrip("/"), client)
        rig = PagesRig(rows, web_rig)
        if rows is Rows.NONE:
            async with transaction(sessions) as session:
                await import_city(session, policy.city)
            await make_accounts(sessions)
        else:
            web_rig.sample = await make_sample(sessions, policy, settings.recordings, clock.now())
            rig.places = await fill(web_rig, times=1 if rows is Rows.ONE else many)
        rig.cookies = await _sessions_of_all(sessions, settings)
        yield rig
    await server.close()
    await cancel(listening)
    await engine.dispose()


async def _sessions_of_all(sessions: Sessions, settings: Settings) -> dict[Role, str]:
    tokens = {}
    async with transaction(sessions) as session:
        for role, account in ACCOUNTS.items():
            row = (await session.scalars(select(Account).where(Account.name == account["name"]))).one()
            _, tokens[role] = await open_session(
                session, row, Where("", ""), at=clock.now(), lasts=lasts_of(settings.web)
            )
    return tokens
