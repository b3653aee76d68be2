"""Accounts as the administrator's pages show them. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from access.accounts.log_models import AccountAction, AccountLogEntry
from access.labels import ACCOUNT_ACTIONS
from core.city_words import city_words
from core.texts.lines import ONE_LINE
from dispatch.city.records import City
from dispatch.orders.labels import ROLES
from dispatch.workflow import Role
from web.accounts.schemas import AccountAnswer, StaffRole
from web.http.schemas import Message

_FIELDS = {
    "role": "角色",
    "display_name": "姓名",
    "extension": "分机",
    "office_code": "承办单位",
    "unit_code": f"{city_words().crew}",
}
_CHANGE = re.compile(r"(\w+): (.*?) → (.*)")


CLOSED = {"no": "在用", "yes": "已停用"}


class AccountsQuery(Message):
    q: Annotated[str, Field(max_length=100), ONE_LINE] = ""
    role: StaffRole | None = None
    closed: Literal["no", "yes"] | None = None


@dataclass(frozen=True)
class ListedAccount:
    account: AccountAnswer
    where: str
    """Extension, office or crew, in Chinese."""


def account_rows(accounts: Iterable[AccountAnswer], city: City) -> list[ListedAccount]:
    return [ListedAccount(one, where_words(one, city)) for one in accounts]


def where_words(account: AccountAnswer, city: City) -> str:
    """An office or crew that the city no longer has stands with its code."""
    office, unit = account.office_code, account.unit_code
    said = (
        f"分机 {account.extension}" if account.extension else "",
        (city.offices[office].name if office in city.offices else office) if office else "",
        (city.units[unit].name if unit in city.units else unit) if unit else "",
    )
    return "，".join(filter(None, said))


def matching(rows: Iterable[ListedAccount], query: AccountsQuery) -> list[ListedAccount]:
    wanted = query.q.casefold()
    return [
        row
        for row in rows
        if (query.role is None or row.account.role == query.role)
        and (query.closed is None or (row.account.closed_at is None) is (query.closed == "no"))
        and any(wanted in text.casefold() for text in (row.account.name, row.account.display_name, row.where))
    ]


def lone_administrator(accounts: Iterable[AccountAnswer]) -> bool:
    """Whether all power is with one person: nobody else could look at what that person does, or let anybody in."""
    return sum(one.role is Role.ADMINISTRATOR and one.closed_at is None for one in accounts) == 1


def taken_extensions(accounts: Iterable[AccountAnswer]) -> frozenset[str]:
    return frozenset(one.extension for one in accounts if one.extension and one.closed_at is None)


def free_extensions(known: Sequence[str], accounts: Iterable[AccountAnswer]) -> list[str]:
    taken = taken_extensions(accounts)
    return [extension for extension in known if extension not in taken]


def log_words(row: AccountLogEntry) -> str:
    """What was done: 修改账号（角色：接线员 → 督查员）."""
    details = "；".join(_detail(part) for part in row.detail.split(", ") if part)
    if row.action is AccountAction.PHONE_SHOWN:
        return f"{ACCOUNT_ACTIONS[row.action]}：{row.detail}"
    if row.action is AccountAction.SESSIONS_ENDED:
        details = f"{row.detail}处"
    return ACCOUNT_ACTIONS[row.action] + (f"（{details}）" if details else "")


def _detail(part: str) -> str:
    """`role: agent → supervisor` in Chinese; of what was added `role: agent`."""
    field, _, value = part.partition(": ")
    found = _CHANGE.fullmatch(part)
    values = [found[2], found[3]] if found else [value]
    if field == "role":
        values = [ROLES[Role(one)] if one in set(Role) else one for one in values]
    return f"{_FIELDS.get(field, field)}：{' → '.join(values)}"
