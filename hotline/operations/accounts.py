"""`hotline user …`: the actions of web.accounts.views for operators of the machine; messages in English, with the
correction.
"""

import difflib
import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.manage import (
    ChangedBy,
    add_account,
    change_account,
    change_password,
    close_account,
    end_sessions,
    get_account,
    log_of,
    reopen_account,
    sessions_of,
)
from access.accounts.models import Account, WebSession
from access.accounts.roles import EVERYBODY
from core import clock
from core.database import make_engine, make_sessions, transaction
from core.errors import BadInput, HotlineError
from core.settings import Settings
from core.texts.lines import one_line
from dispatch.workflow import Role
from hotline.runtime.policy_in_force import policy_in_force
from hotline.runtime.runtime import database_url


@dataclass(frozen=True)
class AccountRow:
    """An account as `hotline user list` shows it."""

    name: str
    display_name: str
    role: str
    where: str
    closed: bool
    sessions: int


async def add_one_account(
    settings: Settings,
    name: str,
    role: str,
    password: str,
    *,
    display_name: str | None,
    extension: str | None = None,
    office: str | None = None,
    unit: str | None = None,
) -> None:
    """Raises BadInput naming each wrong field, Conflict where the name is taken."""
    _check(settings, role=role, extension=extension, office=office, unit=unit)
    async with _changing(settings) as session:
        await add_account(
            session,
            name=name,
            display_name=one_line(display_name or name),
            password=password,
            role=Role(role),
            extension=extension,
            office_code=office,
            unit_code=unit,
            by=_me(),
        )


async def list_accounts(settings: Settings) -> list[AccountRow]:
    async with _changing(settings) as session:
        counted = (
            select(WebSession.account_id, func.count())
            .where(WebSession.expires_at > clock.now())
            .group_by(WebSession.account_id)
        )
        alive = {account_id: count for account_id, count in await session.execute(counted)}
        accounts = (await session.scalars(select(Account).order_by(Account.name))).all()
    return [
        AccountRow(
            one.name,
            one.display_name,
            one.role,
            one.extension or one.office_code or one.unit_code or "",
            one.disabled_at is not None,
            alive.get(one.id, 0),
        )
        for one in accounts
    ]


async def change_one_account(
    settings: Settings,
    name: str,
    *,
    role: str | None,
    display_name: str | None,
    extension: str | None,
    office: str | None,
    unit: str | None,
) -> None:
    """What is None stays; an empty text takes it away."""
    _check(settings, role=role, extension=extension, office=office, unit=unit)
    said: dict[str, object] = {
        "role": Role(role) if role else None,
        "display_name": display_name and one_line(display_name),
        "extension": extension,
        "office_code": office,
        "unit_code": unit,
    }
    async with _changing(settings) as session:
        changes = {field: value or None for field, value in said.items() if value is not None}
        await change_account(session, name, changes, _me())


async def reset_password(settings: Settings, name: str, password: str) -> None:
    async with _changing(settings) as session:
        await change_password(session, name, password, must_change=True, by=_me())


async def close_one(settings: Settings, name: str) -> None:
    async with _changing(settings) as session:
        await close_account(session, name, _me())


async def reopen_one(settings: Settings, name: str) -> None:
    async with _changing(settings) as session:
        await reopen_account(session, name, _me())


async def list_sessions(settings: Settings, name: str) -> list[WebSession]:
    async with _changing(settings) as session:
        return list(await sessions_of(session, (await get_account(session, name)).id))


async def end_all_sessions(settings: Settings, name: str) -> int:
    async with _changing(settings) as session:
        return await end_sessions(session, await get_account(session, name), note_by=_me())


async def list_commands(settings: Settings, name: str) -> list[str]:
    """What was done with it, latest first, a line each."""
    async with _changing(settings) as session:
        actions = await log_of(session, (await get_account(session, name)).id)
    return [f"{clock.in_city(row.at):%Y-%m-%d %H:%M} {row.action} {row.detail} (by {row.by_name})" for row in actions]


def _check(
    settings: Settings, *, role: str | None, extension: str | None, office: str | None, unit: str | None
) -> None:
    """Raises BadInput for what this installation does not have."""
    if role is not None and role not in set(EVERYBODY):
        raise BadInput(f"no role {role!r}: one of {', '.join(sorted(EVERYBODY))}")
    extensions = settings.pbx.extensions
    if extension and extension not in extensions:
        raise BadInput(
            f"there is no telephone {extension!r}: the exchange has {extensions[0]} to {extensions[-1]}. "
            "Fix: take one of them, or set HOTLINE_PBX__AGENTS higher"
        )
    city = policy_in_force(settings).city
    for what, code, known in (("office", office, city.offices), ("unit", unit, city.units)):
        if code and code not in known:
            meant = ", ".join(difflib.get_close_matches(code, known, n=3)) or f"see {settings.city / f'{what}s.csv'}"
            raise BadInput(f"there is no {what} {code!r} ({meant})")


def _me() -> ChangedBy:
    """Whose command line it is, as the machine knows."""
    try:
        return ChangedBy(None, f"command line ({getpass.getuser()})")
    except OSError:
        return ChangedBy(None, "command line")


@asynccontextmanager
async def _changing(settings: Settings) -> AsyncIterator[AsyncSession]:
    """One transaction; errors that screens show in Chinese are shown here in English."""
    engine = make_engine(database_url(settings), pool_size=1)
    try:
        async with transaction(make_sessions(engine)) as session:
            yield session
    except HotlineError as error:
        if english := error.facts.get("english"):
            raise type(error)(str(english)) from error
        raise
    finally:
        await engine.dispose()
