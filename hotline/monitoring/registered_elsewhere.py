"""Supervisors are notified as soon as a telephone registers from an unexpected place; that
it is not rung there is the dialplan's ([own-place]) and telephony.control's."""

from telephony.ami.framing import ManagerEvent
from telephony.pbx.accounts.contacts import fits

_GONE = "Removed"


def refused_contact(event: ManagerEvent) -> str | None:
    """The notification to supervisors for a manager event; None: none."""
    account = event.get("AOR")
    if event.name != "ContactStatus" or account in ("", "trunk") or event.get("ContactStatus") == _GONE:
        return None
    return None if fits(account, f"PJSIP/{account}/{event.get('URI')}") else registered_elsewhere(account)


def registered_elsewhere(account: str) -> str:
    return (
        f"话机{account}把接听地址登记到了别处，已不再给它振铃（改正后最多一小时恢复）。请检查这部话机，并更换它的密码。"
    )
