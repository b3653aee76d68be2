"""What administrators do with accounts, for the API and for the pages: checked against this installation, in one
transaction each, and written into the account's log (access.accounts.manage).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.log_models import AccountLogEntry, Refusal
from access.accounts.manage import (
    ChangedBy,
    add_account,
    change_account,
    change_password,
    close_account,
    end_sessions,
    get_account,
    reopen_account,
)
from access.accounts.models import Account, WebSession
from core import clock
from core.city_words import city_words
from core.database import transaction
from core.errors import BadInput, NotFound
from dispatch.workflow import Role
from web.accounts.schemas import AccountAnswer, AddAccount, ChangeAccount
from web.desk.agent_views import leave
from web.http.routes import context_of, me_of

_REMEMBERED = 100
"""How many lines of an account's history a page shows."""


@dataclass(frozen=True)
class AccountHistory:
    """Latest first."""

    of_it: Sequence[AccountLogEntry]
    """What was done with the account."""
    by_it: Sequence[tuple[AccountLogEntry, str]]
    """What the account's owner did with others, and the name of each."""
    refused: Sequence[Refusal]
    """Failed sign-ins in its name, and what it asked for and may not see."""


def changed_by(request: web.Request) -> ChangedBy:
    me = me_of(request)
    return ChangedBy(me.account_id, me.name)


async def list_accounts(request: web.Request) -> list[AccountAnswer]:
    """All, also those that are closed, by name."""
    async with context_of(request).sessions() as session:
        accounts = (await session.scalars(select(Account).order_by(Account.name))).all()
        alive = await session.execute(
            select(WebSession.account_id, func.count(), func.max(WebSession.seen_at))
            .where(WebSession.expires_at > clock.now())
            .group_by(WebSession.account_id)
        )
        used = {account_id: (count, seen_at) for account_id, count, seen_at in alive}
    return [account_answer(one, *used.get(one.id, (0, None))) for one in accounts]


async def add(request: web.Request, wanted: AddAccount) -> AccountAnswer:
    """Raises BadInput naming each wrong field, Conflict for a taken name."""
    _check_where(request, wanted.extension, wanted.office_code, wanted.unit_code)
    async with transaction(context_of(request).sessions) as session:
        account = await add_account(
            session,
            name=wanted.name,
            display_name=wanted.display_name,
            password=wanted.password,
            role=Role(wanted.role),
            extension=wanted.extension or None,
            office_code=wanted.office_code or None,
            unit_code=wanted.unit_code or None,
            must_change=True,
            by=changed_by(request),
        )
        return account_answer(account, 0, None)


async def change(request: web.Request, name: str, wanted: ChangeAccount) -> None:
    _check_where(request, wanted.extension, wanted.office_code, wanted.unit_code)
    async with transaction(context_of(request).sessions) as session:
        before = (await get_account(session, name)).extension
        account = await change_account(session, name, wanted.changes(), changed_by(request))
        if before and account.extension != before:
            await leave(session, before)


async def reset_password(request: web.Request, name: str, password: str) -> None:
    async with transaction(context_of(request).sessions) as session:
        account = await change_password(session, name, password, must_change=True, by=changed_by(request))
        await _left(session, account)


async def close(request: web.Request, name: str) -> None:
    async with transaction(context_of(request).sessions) as session:
        await _left(session, await close_account(session, name, changed_by(request)))


async def reopen(request: web.Request, name: str) -> None:
    async with transaction(context_of(request).sessions) as session:
        await reopen_account(session, name, changed_by(request))


async def end_all_sessions(request: web.Request, name: str) -> None:
    async with transaction(context_of(request).sessions) as session:
        account = await get_account(session, name)
        await end_sessions(session, account, note_by=changed_by(request))
        await _left(session, account)


async def end_session(request: web.Request, name: str, session_id: int) -> None:
    """Raises NotFound where it has ended already."""
    async with transaction(context_of(request).sessions) as session:
        account = await get_account(session, name)
        if not await end_sessions(session, account, only=session_id, note_by=changed_by(request)):
            raise NotFound("这次登录已经结束。")


async def history_of(session: AsyncSession, account: Account) -> AccountHistory:
    log = select(AccountLogEntry).order_by(AccountLogEntry.id.desc()).limit(_REMEMBERED)
    of_it = (await session.scalars(log.where(AccountLogEntry.account_id == account.id))).all()
    mine = log.where(AccountLogEntry.by_account_id == account.id, AccountLogEntry.account_id != account.id)
    by_it = await session.execute(
        mine.join(Account, Account.id == AccountLogEntry.account_id).add_columns(Account.name)
    )
    refused = select(Refusal).where(Refusal.name == account.name).order_by(Refusal.id.desc()).limit(_REMEMBERED)
    return AccountHistory(of_it, [(row, name) for row, name in by_it], (await session.scalars(refused)).all())


def account_answer(account: Account, sessions: int, seen_at: dt.datetime | None) -> AccountAnswer:
    return AccountAnswer(
        name=account.name,
        display_name=account.display_name,
        role=account.role,
        extension=account.extension,
        office_code=account.office_code,
        unit_code=account.unit_code,
        created_at=account.created_at,
        closed_at=account.disabled_at,
        must_change_password=account.must_change_password,
        sessions=sessions,
        seen_at=seen_at,
    )


async def _left(session: AsyncSession, account: Account) -> None:
    """An agent without a session is not at the desk."""
    if account.extension and account.role is Role.AGENT:
        await leave(session, account.extension)


def _check_where(request: web.Request, extension: str | None, office: str | None, unit: str | None) -> None:
    """Raises BadInput for what this installation does not have: an inbox would stay empty, a telephone never ring."""
    app_context = context_of(request)
    extensions = app_context.settings.pbx.extensions
    wrong = {
        "extension": f"没有这个分机号（{extensions[0]}至{extensions[-1]}）。"
        if extension and extension not in extensions
        else "",
        "office_code": "没有这个承办单位。" if office and office not in app_context.city.offices else "",
        "unit_code": f"没有这支{city_words().crew}。" if unit and unit not in app_context.city.units else "",
    }
    if fields := {field: told for field, told in wrong.items() if told}:
        raise BadInput(fields=fields)
