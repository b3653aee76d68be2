"""Accounts and sessions over the API, for administrators and for oneself."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from access.accounts.log_models import AccountAction
from core.texts.lines import Secret
from dispatch.workflow import Role
from web.http.schemas import Code, Line, Message

Password = Annotated[Secret, Field(min_length=1, max_length=1000)]
StaffRole = Literal["agent", "coordinator", "office", "unit", "supervisor", "leader", "administrator"]
"""Those who can sign in."""


class AccountAnswer(Message):
    name: str
    display_name: str
    role: Role
    extension: str | None
    office_code: str | None
    unit_code: str | None
    created_at: dt.datetime
    closed_at: dt.datetime | None
    must_change_password: bool
    sessions: int
    """Signed in at this moment."""
    seen_at: dt.datetime | None
    """Last use of those, to some minutes."""


class AccountsAnswer(Message):
    accounts: list[AccountAnswer]


class AddAccount(Message):
    name: Line
    display_name: Line
    role: StaffRole
    password: Password
    """The first one: its owner chooses another when signing in."""
    extension: Code | None = None
    office_code: Code | None = None
    unit_code: Code | None = None


class ChangeAccount(Message):
    """What is left out stays."""

    display_name: Line | None = None
    role: StaffRole | None = None
    extension: Code | None = None
    office_code: Code | None = None
    unit_code: Code | None = None

    def changes(self) -> dict[str, Any]:
        said = {name: getattr(self, name) for name in self.model_fields_set}
        if said.get("role"):
            said["role"] = Role(said["role"])
        # Display name and role cannot be nothing; where somebody sits can.
        return {name: value or None for name, value in said.items() if value or name not in ("display_name", "role")}


class ResetPassword(Message):
    password: Password
    """Passed to its owner by another way; the next sign-in asks for a new one."""


class ChoosePassword(Message):
    old: Password
    new: Password


class OpenSession(Message):
    id: int
    created_at: dt.datetime
    seen_at: dt.datetime
    expires_at: dt.datetime
    """If it is not used before."""
    ends_at: dt.datetime
    """However much it is used."""
    user_agent: str
    address: str
    """From where, its last part left out."""
    mine: bool
    """The one that asks."""


class SessionsAnswer(Message):
    sessions: list[OpenSession]
    """Last used first."""


class AccountActionItem(Message):
    at: dt.datetime
    action: AccountAction
    detail: str
    by_name: str


class AccountActionsAnswer(Message):
    actions: list[AccountActionItem]
    """Latest first."""
