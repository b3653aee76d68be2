"""Accounts: made, given a new password, closed. Who may sign in is decided in web.signin."""

import re
import unicodedata

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.errors import BadInput, Conflict, NotFound
from dispatch.workflow import Role
from web.models import Account, WebSession
from web.password_rules import wrong_with
from web.passwords import hash_password
from web.roles import EVERYBODY

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


def tidy_name(typed: str) -> str:
    """The name as it is stored: narrow letters, lower case, no blanks around."""
    return unicodedata.normalize("NFKC", typed).strip().lower()


async def add_account(
    session: AsyncSession,
    *,
    name: str,
    display_name: str,
    password: str,
    role: Role,
    extension: str | None = None,
    office_code: str | None = None,
    unit_code: str | None = None,
) -> Account:
    """A new account, in the caller's transaction. Raises BadInput naming the fields, Conflict for a taken name.

    It hashes before it asks the database anything: first in its transaction, it holds no connection meanwhile.
    """
    name = tidy_name(name)
    wrong = {
        "name": None if _NAME.fullmatch(name) else "登录名用2至40个小写字母、数字、点或横线。",
        "display_name": None if display_name.strip() else "请填写姓名或单位名称。",
        "password": wrong_with(password, name, (display_name, extension or "", office_code or "", unit_code or "")),
        "role": None if role in EVERYBODY else "这个角色不能登录。",
        "extension": "接线员须有分机号。" if role is Role.AGENT and not extension else None,
        "office_code": "承办单位账号须指明单位。" if role is Role.OFFICE and not office_code else None,
        "unit_code": "直通车账号须指明车组。" if role is Role.UNIT and not unit_code else None,
    }
    if fields := {field: message for field, message in wrong.items() if message}:
        raise BadInput(fields=fields)
    password_hash = await hash_password(password)
    if await session.scalar(select(Account.id).where(Account.name == name)):
        raise Conflict(f"登录名“{name}”已被使用。")
    account = Account(
        name=name,
        display_name=display_name.strip(),
        password_hash=password_hash,
        role=role,
        extension=extension,
        office_code=office_code,
        unit_code=unit_code,
        created_at=clock.now(),
    )
    session.add(account)
    await session.flush()
    return account


async def change_password(session: AsyncSession, name: str, password: str) -> Account:
    """A new password; every session of the account ends. Raises BadInput, NotFound. Hashes first, as `add_account`."""
    if problem := wrong_with(password, tidy_name(name)):
        raise BadInput(fields={"password": problem})
    password_hash = await hash_password(password)
    account = await get_account(session, name)
    account.password_hash = password_hash
    await end_sessions(session, account)
    return account


async def disable_account(session: AsyncSession, name: str) -> Account:
    """Nobody signs in with it any more; every session of it ends. Raises NotFound."""
    account = await get_account(session, name)
    account.disabled_at = account.disabled_at or clock.now()
    await end_sessions(session, account)
    return account


async def get_account(session: AsyncSession, name: str) -> Account:
    account = await session.scalar(select(Account).where(Account.name == tidy_name(name)))
    if account is None:
        raise NotFound(f"没有账号“{name}”。")
    return account


async def end_sessions(session: AsyncSession, account: Account) -> None:
    """Every browser and program that is signed in with it is so no more."""
    await session.execute(delete(WebSession).where(WebSession.account_id == account.id))
