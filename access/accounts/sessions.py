"""Sessions in the database, each identified by the hash of a token that only its bearer has."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.manage import TOPIC, tidy_name
from access.accounts.models import Account, WebSession
from access.accounts.passwords import hash_password, outdated, verify_password
from core import bus
from core.database import Sessions, transaction
from core.errors import BadInput
from core.sections.web import WebSettings
from dispatch.absences.absences import stood_in_for
from dispatch.workflow import Role
from telephony.calls.models import Call, Leg

USER_AGENT_LENGTH = 200
RENEWED_AFTER = dt.timedelta(minutes=5)
"""Use is written down at most this often: every page asks several times a minute."""
HAVE_STAND_INS = frozenset({Role.OFFICE, Role.COORDINATOR, Role.SUPERVISOR, Role.LEADER})
"""Roles whose work waits for a person: an agent's call goes to the next agent, a crew's order to the next crew."""
WRITES_UP = dt.timedelta(minutes=30)
"""How long after a call the agent may still be writing its order."""
OVERTIME = dt.timedelta(hours=6)
"""A call keeps a session so long beyond its end at most; afterwards its row goes."""
_WRONG = "登录名或密码不正确。"


@dataclass(frozen=True)
class Known:
    """Whose citizens and callers are shown to somebody unmasked at this moment (access.visibility.disclosures)."""

    orders: frozenset[int] = frozenset()
    calls: frozenset[str] = frozenset()
    """By linkedid."""


NOBODY = Known()


@dataclass(frozen=True)
class Me:
    """The person at the other end, as handlers see them."""

    account_id: int
    name: str
    display_name: str
    role: Role
    extension: str | None = None
    office_code: str | None = None
    unit_code: str | None = None
    session_id: int = 0
    """0: no account's session, a link or a test."""
    seen_at: dt.datetime | None = None
    must_change_password: bool = False
    known: Known = NOBODY
    link_id: int | None = None
    """Somebody who holds this link of the office, and has no account."""
    stands_in_for: tuple[str, ...] = ()
    """The names of colleagues who are away today, and whose post this person keeps."""

    @property
    def signature(self) -> str:
        """As it stands under what this person does: 王示例（代李示例）."""
        return self.display_name + (f"（代{'、'.join(self.stands_in_for)}）" if self.stands_in_for else "")


@dataclass(frozen=True)
class Lasts:
    """How long sessions last."""

    unused: dt.timedelta
    longest: dt.timedelta

    def until(self, at: dt.datetime, ends_at: dt.datetime) -> dt.datetime:
        return min(at + self.unused, ends_at)


def lasts_of(settings: WebSettings) -> Lasts:
    return Lasts(dt.timedelta(hours=settings.session_hours), dt.timedelta(hours=settings.session_longest_hours))


@dataclass(frozen=True)
class Where:
    """From where somebody signs in, for the list of sessions."""

    user_agent: str
    address: str
    """Masked."""


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
    where: Where,
    *,
    at: dt.datetime,
    lasts: Lasts,
    known: bool,
) -> tuple[Me, str]:
    """A new session; its token is returned only here. Raises BadInput, the same for every mistake, and TooManyTries
    when too many sign in at this moment.
    """
    if not await check_password(account, password, known=known) or account is None:
        raise BadInput(_WRONG, fields={"password": _WRONG})
    fresh = await hash_password(password) if outdated(account.password_hash) else account.password_hash
    async with transaction(sessions) as session:
        now = await session.get(Account, account.id, with_for_update=True)
        # It may have been closed, or the password changed, while this one was checked.
        if now is None or now.disabled_at is not None or now.password_hash != account.password_hash:
            raise BadInput(_WRONG, fields={"password": _WRONG})
        now.password_hash = fresh
        return await open_session(session, now, where, at=at, lasts=lasts)


async def open_session(
    session: AsyncSession, account: Account, where: Where, *, at: dt.datetime, lasts: Lasts
) -> tuple[Me, str]:
    """In the caller's transaction."""
    await session.execute(delete(WebSession).where(WebSession.expires_at <= at - OVERTIME))
    token, ends_at = secrets.token_urlsafe(32), at + lasts.longest
    row = WebSession(
        token_sha256=token_hash(token),
        account_id=account.id,
        created_at=at,
        seen_at=at,
        expires_at=lasts.until(at, ends_at),
        ends_at=ends_at,
        user_agent=where.user_agent[:USER_AGENT_LENGTH],
        address=where.address,
    )
    row.account = account
    session.add(row)
    await session.flush()
    return me_of(row), token


async def find_me(session: AsyncSession, token: str, at: dt.datetime) -> Me | None:
    """Whose token this is; None: nobody's, any more.

    A session that has run out stays good while its account's telephone is in a call, and while the order of that call
    is written: nobody is thrown out in the middle of a citizen's sentence.
    """
    row = await session.get(WebSession, token_hash(token))
    if row is None or row.account.disabled_at is not None:
        return None
    if row.expires_at <= at and not await _in_a_call(session, row, at):
        return None
    return me_of(row)


async def _in_a_call(session: AsyncSession, row: WebSession, at: dt.datetime) -> bool:
    extension = row.account.extension
    if extension is None or row.expires_at + OVERTIME <= at:
        return False
    # Answered before it ran out: one that rings now is for somebody who is signed in.
    found = await session.scalar(
        select(Leg.uniqueid)
        .join(Call, Call.linkedid == Leg.linkedid)
        .where(Leg.endpoint.in_((extension, f"{extension}-web")), Leg.started_at > row.expires_at - OVERTIME)
        .where(Leg.connected_at <= row.expires_at)
        .where(or_(Leg.ended_at.is_(None), Leg.ended_at > at - WRITES_UP))
        .limit(1)
    )
    return found is not None


Find = Callable[[AsyncSession, str, dt.datetime], Awaitable[Me | None]]


async def recognise(sessions: Sessions, token: str, at: dt.datetime, lasts: Lasts, find: Find = find_me) -> Me | None:
    """Whose token this is, and that it was used: a session that is used lasts longer."""
    async with sessions() as session:
        me = await find(session, token, at)
        if me is not None and me.role in HAVE_STAND_INS:
            me = replace(me, stands_in_for=await stood_in_for(session, me.account_id, at))
        if me is not None and me.seen_at is not None and at - me.seen_at >= RENEWED_AFTER:
            row = await session.get(WebSession, token_hash(token))
            if row is not None and row.expires_at > at:
                until_at = max(lasts.until(at, row.ends_at), row.expires_at)
                # Not as the row that was read: a session that is being ended must not come back to life.
                used = update(WebSession).where(WebSession.id == row.id, WebSession.expires_at > at)
                await session.execute(used.values(seen_at=at, expires_at=until_at))
                await session.commit()
    return me


async def sign_out(session: AsyncSession, token: str) -> None:
    ended = delete(WebSession).where(WebSession.token_sha256 == token_hash(token)).returning(WebSession.account_id)
    if (account_id := await session.scalar(ended)) is not None:
        # Its sockets, in other windows too, send nothing more.
        await bus.publish(session, TOPIC, account_id)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def me_of(row: WebSession) -> Me:
    account = row.account
    return Me(
        account.id,
        account.name,
        account.display_name,
        account.role,
        account.extension,
        account.office_code,
        account.unit_code,
        row.id,
        row.seen_at,
        account.must_change_password,
    )
