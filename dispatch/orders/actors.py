"""The actors of orders, and which orders they see. Pure.

Whether they may take a step on one is dispatch.steps.permission.
"""

from collections.abc import Collection
from dataclasses import dataclass

from dispatch.workflow import Role

KEEPS_SECRETS = frozenset({Role.AGENT, Role.COORDINATOR})
"""Those who may be shown a citizen who wishes to stay unnamed: they take and route the matter."""
_ITS_OWN = frozenset({Role.SUPERVISOR, Role.LEADER, Role.ADMINISTRATOR})


def author(
    role: Role, account_id: int | None, office_code: str | None, unit_code: str | None, link_id: int | None = None
) -> str:
    """The author of a text, among those who may never know a confidential reporter: office:CODE, unit:CODE, account:ID.

    Empty: the citizen, the system, or a role that may be shown the reporter. An office and a crew are one author each,
    whichever member wrote. Through a link of the office it is office:CODE/link:ID (`is_by`)."""
    if role is Role.OFFICE and office_code:
        return f"office:{office_code}" + (f"/link:{link_id}" if link_id else "")
    if role is Role.UNIT and unit_code:
        return f"unit:{unit_code}"
    return f"account:{account_id}" if role in _ITS_OWN and account_id else ""


def is_by(text_author: str, reader: str) -> bool:
    """Whether words of `text_author` are the reader's own: to an office what came through its links is, to the holder
    of a link only what came through that link."""
    return bool(reader) and (text_author == reader or text_author.startswith(f"{reader}/"))


@dataclass(frozen=True)
class Actor:
    account_id: int | None
    """None: the system, a citizen, or an office through a link."""
    role: Role
    name: str
    office_code: str | None = None
    unit_code: str | None = None
    link_id: int | None = None
    """The office's link through which this is done."""

    @property
    def author(self) -> str:
        return author(self.role, self.account_id, self.office_code, self.unit_code, self.link_id)


SYSTEM = Actor(None, Role.SYSTEM, "系统")


def may_see(
    actor: Actor, *, lead_office_code: str | None, co_office_codes: Collection[str], unit_code: str | None
) -> bool:
    """Offices see the orders that they lead or help with, crews their own; the city's own staff see all."""
    match actor.role:
        case Role.OFFICE:
            return actor.office_code is not None and actor.office_code in (lead_office_code, *co_office_codes)
        case Role.UNIT:
            return actor.unit_code is not None and actor.unit_code == unit_code
        case Role.ADMINISTRATOR | Role.CITIZEN:
            return False
        case _:
            return True
