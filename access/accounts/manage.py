"""Accounts: made, changed, given a new password, closed; each change a row.

access.accounts.sessions decides who may sign in.

Errors speak Chinese, for the screens; `facts["english"]` says the same to operators.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.log_models import AccountAction, AccountLogEntry
from access.accounts.models import Account, SavedFilter, WebSession
from access.accounts.password_rules import Weakness, wrong_with
from access.accounts.passwords import hash_password, verify_password
from access.accounts.roles import EVERYBODY, PHONES
from core import bus, clock
from core.city_words import city_words
from core.database import Sessions, transaction
from core.errors import BadInput, Conflict, NotFound
from dispatch.absences.absences import stand_in_goes
from dispatch.workflow import Role

TOPIC = "session"
"""On the bus: sessions of the account with this id have ended; whoever serves one looks again."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_LONGEST = 60
CHANGEABLE = ("display_name", "role", "extension", "office_code", "unit_code")


@dataclass(frozen=True)
class ChangedBy:
    """The person who does it."""

    account_id: int | None
    name: str


COMMAND_LINE = ChangedBy(None, "command line")


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
    must_change: bool = False,
    by: ChangedBy = COMMAND_LINE,
) -> Account:
    """A new account, in the caller's transaction. Raises BadInput naming the fields, Conflict for a taken name.

    It hashes before it asks the database anything: first in its transaction, it holds no connection meanwhile.
    """
    name = tidy_name(name)
    where = {"extension": extension, "office_code": office_code, "unit_code": unit_code}
    values = {"display_name": display_name, "role": role, **where}
    named = {} if _NAME.fullmatch(name) else {"name": _BAD_NAME}
    weak = wrong_with(password, name, [display_name, *filter(None, where.values())])
    _refuse(named | _wrong_with(values) | ({"password": weak} if weak else {}))
    password_hash = await hash_password(password)
    if await session.scalar(select(Account.id).where(Account.name == name)):
        raise Conflict(f"登录名“{name}”已被使用。", english=f"the name {name!r} is taken")
    await _check_telephone_is_free(session, extension, name)
    account = Account(
        name=name,
        display_name=display_name.strip(),
        password_hash=password_hash,
        role=role,
        must_change_password=must_change,
        created_at=clock.now(),
        **where,
    )
    session.add(account)
    await session.flush()
    _note(session, account, AccountAction.ADDED, by, f"role: {role}")
    return account


async def change_account(session: AsyncSession, name: str, changes: Mapping[str, object], by: ChangedBy) -> Account:
    """Role, display name, extension, office or crew (`CHANGEABLE`), in the caller's transaction. The account's
    permissions may change with it, so its sessions end. Raises BadInput, NotFound, Conflict.
    """
    account = await get_account(session, name)
    before = {field: getattr(account, field) for field in CHANGEABLE}
    after = before | dict(changes)
    _refuse(_wrong_with(after))
    if before["role"] is Role.ADMINISTRATOR and after["role"] is not Role.ADMINISTRATOR:
        await _keep_an_administrator(session, account)
        if account.id == by.account_id:
            raise Conflict("不能改自己的角色，请由另一位系统管理员办理。")
    changed = {field: value for field, value in after.items() if value != before[field]}
    if "extension" in changed and account.disabled_at is None:
        await _check_telephone_is_free(session, str(after["extension"] or ""), account.name)
    for field, value in changed.items():
        setattr(account, field, value)
    if changed:
        changes_text = ", ".join(
            f"{field}: {before[field] or '–'} → {value or '–'}" for field, value in changed.items()
        )
        _note(session, account, AccountAction.CHANGED, by, changes_text)
    if changed.keys() & {"role", "office_code", "unit_code"}:
        # What one role filters by, a citizen's number say, another may not know; and the person may be another.
        await session.execute(delete(SavedFilter).where(SavedFilter.account_id == account.id))
        await stand_in_goes(session, account.id, clock.now())
    if changed.keys() - {"display_name"}:
        await end_sessions(session, account)
    return account


async def change_password(
    session: AsyncSession, name: str, password: str, *, must_change: bool = False, by: ChangedBy = COMMAND_LINE
) -> Account:
    """A password that somebody else made; every session of the account ends. `must_change`: its owner has to choose
    one before anything else. Raises BadInput, NotFound, Conflict for one's own: whoever misses the new one is locked
    out, with nobody to let them in. Hashes first, as `add_account`."""
    _refuse_password(wrong_with(password, tidy_name(name)))
    password_hash = await hash_password(password)
    account = await get_account(session, name)
    if account.id == by.account_id:
        raise Conflict("自己的密码不能重设，请到“修改密码”里改。")
    account.password_hash, account.must_change_password = password_hash, must_change
    _note(session, account, AccountAction.PASSWORD_RESET, by)
    await end_sessions(session, account)
    return account


async def choose_password(sessions: Sessions, name: str, old: str, new: str, *, keep_session: int) -> None:
    """By its owner; every other session of the account ends. Raises BadInput. No connection is held while it hashes."""
    async with sessions() as session:
        account = await get_account(session, name)
    if not await verify_password(account.password_hash, old, known=True):
        raise BadInput(fields={"old": "现在的密码不正确。"})
    own = [account.display_name, *filter(None, (account.extension, account.office_code, account.unit_code))]
    weak = wrong_with(new, account.name, own)
    if weak is None and new == old:
        raise BadInput(fields={"new": "新密码不能与现在的密码相同。"})
    if weak is not None:
        raise BadInput(fields={"new": weak.chinese})
    password_hash = await hash_password(new)
    async with transaction(sessions) as session:
        now = await session.get_one(Account, account.id, with_for_update=True)
        if now.password_hash != account.password_hash or now.disabled_at is not None:
            raise Conflict("密码刚刚被改过，请重新登录。")
        now.password_hash, now.must_change_password = password_hash, False
        _note(session, now, AccountAction.PASSWORD_CHANGED, ChangedBy(now.id, now.name))
        await end_sessions(session, now, but=keep_session, note_by=None)


async def close_account(session: AsyncSession, name: str, by: ChangedBy = COMMAND_LINE) -> Account:
    """Nobody signs in with it any more; every session of it ends. Raises NotFound, Conflict for the last administrator
    and for one's own."""
    account = await get_account(session, name)
    if account.id == by.account_id:
        raise Conflict("不能停用自己的账号，请由另一位系统管理员办理。")
    if account.role is Role.ADMINISTRATOR:
        await _keep_an_administrator(session, account)
    if account.disabled_at is None:
        account.disabled_at = clock.now()
        _note(session, account, AccountAction.CLOSED, by)
        await stand_in_goes(session, account.id, account.disabled_at)
    await end_sessions(session, account)
    return account


async def reopen_account(session: AsyncSession, name: str, by: ChangedBy = COMMAND_LINE) -> Account:
    """It may sign in again, with the password that it had. Raises NotFound, BadInput where somebody else has its
    telephone by now."""
    account = await get_account(session, name)
    if account.disabled_at is not None:
        await _check_telephone_is_free(session, account.extension, account.name)
        account.disabled_at = None
        _note(session, account, AccountAction.REOPENED, by)
    return account


async def get_account(session: AsyncSession, name: str) -> Account:
    account = await session.scalar(select(Account).where(Account.name == tidy_name(name)))
    if account is None:
        raise NotFound(f"没有账号“{name}”。", english=f"there is no account {name!r}; hotline user list shows all")
    return account


async def sessions_of(session: AsyncSession, account_id: int) -> Sequence[WebSession]:
    """Those that have not run out, last used first."""
    alive = WebSession.account_id == account_id, WebSession.expires_at > clock.now()
    return (await session.scalars(select(WebSession).where(*alive).order_by(WebSession.seen_at.desc()))).all()


async def end_sessions(
    session: AsyncSession,
    account: Account,
    *,
    only: int | None = None,
    but: int | None = None,
    note_by: ChangedBy | None = None,
) -> int:
    """Sign out every browser and program of this account; `only` one session, or all `but` one, by id. Returns how
    many. `note_by`: this is an action of its own, to be written down.
    """
    which: list[ColumnElement[bool]] = [WebSession.account_id == account.id]
    if only is not None:
        which.append(WebSession.id == only)
    if but is not None:
        which.append(WebSession.id != but)
    ended = len((await session.scalars(delete(WebSession).where(*which).returning(WebSession.id))).all())
    if ended and note_by is not None:
        _note(session, account, AccountAction.SESSIONS_ENDED, note_by, str(ended))
    await bus.publish(session, TOPIC, account.id)
    return ended


def note_phone_shown(session: AsyncSession, account: Account, by: ChangedBy, phone: str) -> None:
    """`account`: whose telephone it is; of a crew's the administrator's own."""
    _note(session, account, AccountAction.PHONE_SHOWN, by, phone)


async def log_of(session: AsyncSession, account_id: int, limit: int = 200) -> Sequence[AccountLogEntry]:
    """Latest first."""
    wanted = select(AccountLogEntry).where(AccountLogEntry.account_id == account_id).order_by(AccountLogEntry.id.desc())
    return (await session.scalars(wanted.limit(limit))).all()


async def _keep_an_administrator(session: AsyncSession, leaver: Account) -> None:
    """Raises Conflict where nobody else could let anybody in again."""
    open_ones = select(Account.id).where(Account.role == Role.ADMINISTRATOR, Account.disabled_at.is_(None))
    # Locked in one order: two that close one another at the same moment are one after the other.
    left = set((await session.scalars(open_ones.order_by(Account.id).with_for_update())).all()) - {leaver.id}
    if not left:
        raise Conflict(
            "这是最后一个系统管理员账号，请先增加另一个。", english="this is the last administrator; add another first"
        )


async def _check_telephone_is_free(session: AsyncSession, extension: str | None, name: str) -> None:
    """Two people with one telephone would each be shown the other's calls. Raises BadInput naming who has it."""
    if not extension:
        return
    # Two that are given it at the same moment are one after the other.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"telephone {extension}", 0))))
    owner = await session.scalar(
        select(Account.name).where(Account.extension == extension, Account.name != name, Account.disabled_at.is_(None))
    )
    if owner is not None:
        taken = f"telephone {extension} is {owner}'s: take another (--extension), or close that account first"
        _refuse({"extension": Weakness(f"分机{extension}已由账号“{owner}”使用，请换一个分机号。", taken)})


def _note(session: AsyncSession, account: Account, action: AccountAction, by: ChangedBy, detail: str = "") -> None:
    row = AccountLogEntry(account_id=account.id, at=clock.now(), action=action, detail=detail)
    row.by_account_id, row.by_name = by.account_id, by.name
    session.add(row)


_BAD_NAME = Weakness("登录名用2至40个小写字母、数字、点或横线。", "the name needs 2 to 40 of a-z 0-9 . - _")


def _wrong_with(values: Mapping[str, object]) -> dict[str, Weakness]:
    """Field → what is wrong with it."""
    display_name, role = str(values["display_name"]).strip(), values["role"]
    rules = {
        "display_name": (
            not display_name or len(display_name) > _LONGEST or not display_name.isprintable(),
            Weakness("请填写姓名或单位名称（最多60个字）。", "the display name is missing or longer than 60 signs"),
        ),
        "role": (
            role not in EVERYBODY,
            Weakness("这个角色不能登录。", f"the role is one of {', '.join(sorted(EVERYBODY))}"),
        ),
        "extension": (
            (role is Role.AGENT and not values["extension"]) or (role not in PHONES and bool(values["extension"])),
            Weakness("接线员须有分机号。", "an agent needs an extension (--extension 1001)")
            if role is Role.AGENT
            else Weakness("这个角色没有电话，分机号请留空。", f"a {role} has no telephone: leave --extension empty"),
        ),
        "office_code": (
            role is Role.OFFICE and not values["office_code"],
            Weakness("承办单位账号须指明单位。", "an office's account needs its office (--office CODE)"),
        ),
        "unit_code": (
            role is Role.UNIT and not values["unit_code"],
            Weakness(f"{city_words().crew}账号须指明是哪一支。", "a crew's account needs its unit (--unit CODE)"),
        ),
    }
    return {field: weakness for field, (wrong, weakness) in rules.items() if wrong}


def _refuse_password(weak: Weakness | None) -> None:
    _refuse({"password": weak} if weak else {})


def _refuse(wrong: Mapping[str, Weakness]) -> None:
    """Raises BadInput where anything is."""
    if wrong:
        raise BadInput(
            fields={field: weakness.chinese for field, weakness in wrong.items()},
            english="; ".join(weakness.english for weakness in wrong.values()),
        )
