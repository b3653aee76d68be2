"""Sample accounts for the demonstration and for `make run`: plainly invented people, passwords made up on the spot."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import select

from access.accounts.manage import add_account, change_password
from access.accounts.models import Account
from core.city_words import city_words
from core.database import make_engine, make_sessions, transaction
from dispatch.workflow import Role

FIRST_ADMINISTRATOR = "admin"


@dataclass(frozen=True)
class SampleAccount:
    name: str
    display_name: str
    role: Role
    password: str
    extension: str | None = None
    office_code: str | None = None
    unit_code: str | None = None


def sample_accounts(agents: int, offices: Iterable[str], units: Iterable[str]) -> list[SampleAccount]:
    def made(name: str, display_name: str, role: Role, **where: str) -> SampleAccount:
        return SampleAccount(name, display_name, role, secrets.token_urlsafe(9), **where)

    return [
        *(made(f"agent{n}", f"示例接线员{n}", Role.AGENT, extension=str(1000 + n)) for n in range(1, agents + 1)),
        made("coordinator", "示例管理员", Role.COORDINATOR),
        made("supervisor", "示例督查员", Role.SUPERVISOR),
        made("leader", "示例领导", Role.LEADER),
        made("admin", "示例管理员", Role.ADMINISTRATOR),
        *(made(code, f"示例单位 {code}", Role.OFFICE, office_code=code) for code in offices),
        *(made(code, f"示例{city_words().crew} {code}", Role.UNIT, unit_code=code) for code in units),
    ]


async def store_accounts(url: str, accounts: list[SampleAccount]) -> None:
    """Make them, or give those that exist the new password."""
    engine = make_engine(url, pool_size=1)
    try:
        async with transaction(make_sessions(engine)) as session:
            known = set((await session.scalars(select(Account.name))).all())
            for account in accounts:
                if account.name in known:
                    await change_password(session, account.name, account.password)
                else:
                    await add_account(session, **asdict(account))
    finally:
        await engine.dispose()


async def add_first_administrator(url: str, password: str) -> bool:
    """Where nobody has an account yet; they choose a password of their own. Returns whether it was made."""
    engine = make_engine(url, pool_size=1)
    try:
        async with transaction(make_sessions(engine)) as session:
            if await session.scalar(select(Account.id).limit(1)):
                return False
            await add_account(
                session,
                name=FIRST_ADMINISTRATOR,
                display_name="系统管理员",
                role=Role.ADMINISTRATOR,
                password=password,
                must_change=True,
            )
            return True
    finally:
        await engine.dispose()


def load_accounts(file: Path) -> list[SampleAccount]:
    return [SampleAccount(**{**row, "role": Role(row["role"])}) for row in json.loads(file.read_text())]


def save_accounts(file: Path, accounts: list[SampleAccount]) -> None:
    file.touch(mode=0o600)
    file.write_text(json.dumps([asdict(account) for account in accounts], ensure_ascii=False, indent=1))
