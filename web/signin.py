"""Who is signed in: sessions in the database, known by the hash of a token that only its bearer has."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Sessions, transaction
from core.errors import BadInput
from dispatch.workflow import Role
from web.accounts import tidy_name
from web.models import Account, WebSession
from web.passwords import hash_password, outdated, verify_password

USER_AGENT_LENGTH = 200
_WRONG = "登录名或密码不正确。"


@dataclass(frozen=True)
class Known:
    """Whose citizens and callers are shown to somebody unmasked at this moment (web.looks)."""

    orders: frozenset[int] = frozenset()
    calls: frozenset[str] = frozenset()
    """By linkedid."""


NOBODY = Known()


@dataclass(frozen=True)
class Me:
    """The person at the other end, as handlers see him."""

    account_id: int
    name: str
    display_name: str
    role: Role
    extension: str | None = None
    office_code: str | None = None
    unit_code: str | None = None
    known: Known = NOBODY


async def find_account(sessions: Sessions, name: str) -> Account | None:
    """Read, and the connection given back: whoever hashes next holds none."""
    async with sessions() as session:
        return await session.scalar(select(Account).where(Account.name == tidy_name(name)))


async def check_password(account: Account | None, password: str, *, known: bool) -> bool:
    """Whether it is the account's and the account is open; the same work where there is none. `known`: asked from a
    browser that it has used. Raises TooManyTries."""
    stored = account.password_hash if account and account.disabled_at is None else None
    return await verify_password(stored, password, known=known)


async def sign_in(
    sessions: Sessions,
    account: Account | None,
    password: str,
    *,
    user_agent: str,
    at: dt.datetime,
    hours: int,
    known: bool,
) -> tuple[Me, str]:
    """A new session of `hours`; its token is told once, here. Raises BadInput, the same for every mistake, and
    TooManyTries when too many sign in at this moment."""
    if not await check_password(account, password, known=known) or account is None:
        raise BadInput(_WRONG, fields={"password": _WRONG})
    fresh = await hash_password(password) if outdated(account.password_hash) else account.password_hash
    async with transaction(sessions) as session:
        now = await session.get(Account, account.id, with_for_update=True)
        # It may have been closed, or the password changed, while this one was checked.
        if now is None or now.disabled_at is not None or now.password_hash != account.password_hash:
            raise BadInput(_WRONG, fields={"password": _WRONG})
        now.password_hash = fresh
        return await _open_session(session, now, user_agent=user_agent, at=at, hours=hours)


async def _open_session(
    session: AsyncSession, account: Account, *, user_agent: str, at: dt.datetime, hours: int
) -> tuple[Me, str]:
    await session.execute(delete(WebSession).where(WebSession.expires_at <= at))
    token = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            token_sha256=token_hash(token),
            account_id=account.id,
            created_at=at,
            expires_at=at + dt.timedelta(hours=hours),
            user_agent=user_agent[:USER_AGENT_LENGTH],
        )
    )
    return me_of(account), token


async def find_me(session: AsyncSession, token: str, at: dt.datetime) -> Me | None:
    """Whose token this is; None: nobody's, any more."""
    row = await session.get(WebSession, token_hash(token))
    if row is None or row.expires_at <= at or row.account.disabled_at is not None:
        return None
    return me_of(row.account)


async def sign_out(session: AsyncSession, token: str) -> None:
    await session.execute(delete(WebSession).where(WebSession.token_sha256 == token_hash(token)))


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def me_of(account: Account) -> Me:
    return Me(
        account.id,
        account.name,
        account.display_name,
        account.role,
        account.extension,
        account.office_code,
        account.unit_code,
    )
