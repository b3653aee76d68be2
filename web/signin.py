"""Who is signed in: sessions in the database, known by the hash of a token that only its bearer has."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

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


async def sign_in(
    session: AsyncSession, name: str, password: str, *, user_agent: str, at: dt.datetime, hours: int
) -> tuple[Me, str]:
    """A new session of `hours`; its token is told once, here. Raises BadInput, the same for every mistake."""
    account = await session.scalar(select(Account).where(Account.name == tidy_name(name)))
    known = account.password_hash if account and account.disabled_at is None else None
    if not await verify_password(known, password) or account is None:
        raise BadInput(_WRONG, fields={"password": _WRONG})
    if outdated(account.password_hash):
        account.password_hash = await hash_password(password)
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
