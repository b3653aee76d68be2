"""What was asked about a call, as screens and programs read it."""

from access.accounts.sessions import Me
from core.privacy.redaction import Citizen, make_redactor
from dispatch.workflow import Role
from telephony.control.models import CallCommand
from web.calls.control_schemas import CommandAnswer


def command_answer(me: Me, row: CallCommand) -> CommandAnswer:
    """A number that somebody typed may be the citizen's: read in full by whoever typed it only, in the same role."""
    typed = Citizen(numbers=frozenset({row.target}), wholly=True)
    mine = (row.account_id, row.role) == (me.account_id, me.role.value)
    redactor = make_redactor([] if mine else [typed])
    return CommandAnswer(
        id=row.id,
        linkedid=row.linkedid,
        command=row.command,
        target=redactor.text(row.target),
        phone=redactor.text(row.extension),
        state=row.state,
        result=redactor.text(row.result),
        display_name=row.display_name,
        role=Role(row.role),
        asked_at=row.asked_at,
        ended_at=row.ended_at,
    )
