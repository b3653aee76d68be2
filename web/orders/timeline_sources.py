"""What stands on an order's timeline beside its steps, calls and assignments: one function for each kind of thing.

A new kind is a function here, in SOURCES. It gives entries; order of time, gaps and covering come by themselves.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import HANDS
from access.accounts.sessions import Me
from access.visibility.rules import UNHEARD, attached_by, file_name_of, may_fetch, own_or_covered, redactor_for
from core.city_words import city_words
from dispatch.attachments.labels import ATTACHMENT_KINDS
from dispatch.attachments.models import Attachment, AttachmentKind
from dispatch.attachments.store import attachments_of
from dispatch.city.records import City
from dispatch.crews.labels import UNIT_STATUSES
from dispatch.crews.models import UnitStatusChange
from dispatch.notifications.labels import AUDIENCES, NOTIFICATION_STATES
from dispatch.notifications.models import Notification
from dispatch.notifications.rules import Audience
from dispatch.orders.models import Order
from dispatch.steps.internal_notes import HALL, OF_NOTES, notes_of
from dispatch.workflow import Role
from telephony.calls.models import Call
from telephony.control.commands import CommandKind, CommandState
from telephony.control.models import CallCommand
from web.orders.attachments.voice_notes import voice_words
from web.orders.timeline import TimelineEntry

Source = Callable[[AsyncSession, City, Order, Me], Awaitable[list[TimelineEntry]]]


async def load_beside(session: AsyncSession, city: City, order: Order, me: Me) -> list[TimelineEntry]:
    """As `me` may read it."""
    redactor, sources = (
        redactor_for(me, [order]),
        [one for one in SOURCES if me.role not in HANDS or one is not _notifications],
    )
    found = [entry for source in sources for entry in await source(session, city, order, me)]
    return [
        replace(entry, title=redactor.text(entry.title), text=own_or_covered(me, entry.author, entry.text, redactor))
        for entry in found
    ]


async def _attached(session: AsyncSession, city: City, order: Order, me: Me) -> list[TimelineEntry]:
    return [_attachment(me, order, row) for row in await attachments_of(session, order.id)]


def _attachment(me: Me, order: Order, row: Attachment) -> TimelineEntry:
    address = f"/api/attachments/{row.id}/file"
    entry = TimelineEntry(
        at=row.received_at, kind="attached", title=ATTACHMENT_KINDS[row.kind], who=row.actor_name,
        text=file_name_of(me, order, row),
    )  # fmt: skip
    if not may_fetch(me, order, row):
        return replace(entry, text=UNHEARD)
    if row.kind is AttachmentKind.VOICE:
        entry = replace(entry, text=voice_words(row.words, row.words_model), author=attached_by(row))
    if row.media_type.startswith("audio/"):
        return replace(entry, sound=address)
    return replace(entry, picture=address) if row.media_type.startswith("image/") else replace(entry, file=address)


async def _notifications(session: AsyncSession, city: City, order: Order, me: Me) -> list[TimelineEntry]:
    """To whom, not where to: a number or address is no business of the timeline. Not for offices and crews, to whom
    they would reveal when the citizen is asked.
    """
    rows = await session.scalars(
        select(Notification)
        # A notification about an internal note would show others that there is one.
        .where(Notification.order_id == order.id, Notification.template.not_in(OF_NOTES))
        .order_by(Notification.id)
    )
    entries = []
    for row in rows:
        known = city.offices.get(row.code) or city.units.get(row.code)
        recipient = AUDIENCES[row.audience] if row.audience is Audience.CITIZEN else known.name if known else "工作人员"
        state = NOTIFICATION_STATES[row.state] + (f"：{row.why}" if row.why else "")
        entries.append(
            TimelineEntry(
                row.sent_at or row.queued_at, "notification", f"通知{recipient}", "", f"{row.title}（{state}）"
            )
        )
    return entries


async def _statuses(session: AsyncSession, city: City, order: Order, me: Me) -> list[TimelineEntry]:
    rows = await session.scalars(
        select(UnitStatusChange).where(UnitStatusChange.order_id == order.id).order_by(UnitStatusChange.id)
    )
    return [
        TimelineEntry(row.at, "status", f"{unit.name if (unit := city.units.get(row.unit_code)) else row.unit_code}："
              f"{UNIT_STATUSES[row.status]}", row.person)
        for row in rows
    ]  # fmt: skip


async def _calls_not_made(session: AsyncSession, city: City, order: Order, me: Me) -> list[TimelineEntry]:
    """Somebody wanted to call about the order, and no call came of it."""
    rows = await session.scalars(
        select(CallCommand)
        .where(
            CallCommand.order_number == order.number,
            CallCommand.command == CommandKind.CALL_OUT,
            CallCommand.state == CommandState.FAILED,
            CallCommand.linkedid.not_in(select(Call.linkedid)),
        )
        .order_by(CallCommand.id)
    )
    return [
        TimelineEntry(
            row.ended_at or row.asked_at,
            "call",
            f"给{_called(city, row.target)}打电话，没有打成",
            row.display_name,
            row.result,
        )
        for row in rows
    ]


def _called(city: City, target: str) -> str:
    """As hotline.bridges.line.call_control reads it: `citizen`, `office:CODE`, `unit:CODE`."""
    code = target.partition(":")[2]
    known = city.offices.get(code) or city.units.get(code)
    return known.name if known else "诉求人"


async def _internal_notes(session: AsyncSession, city: City, order: Order, me: Me) -> list[TimelineEntry]:
    """For supervisors alone, on the page as in their evidence: part of what was done, and of nobody else's story."""
    if me.role is not Role.SUPERVISOR:
        return []
    return [
        TimelineEntry(
            note.at, "internal", f"内部留言（不对外）：{_side(city, note.office_code)} → "
            + "、".join(_side(city, receipt.side) for receipt in receipts), note.actor_name, note.text,
            author=note.author,
        )
        for note, receipts in await notes_of(session, order.id, HALL)
    ]  # fmt: skip


def _side(city: City, code: str | None) -> str:
    if not code:
        return city_words().coordinator
    return city.offices[code].name if code in city.offices else code


SOURCES: tuple[Source, ...] = (_attached, _notifications, _statuses, _calls_not_made, _internal_notes)
