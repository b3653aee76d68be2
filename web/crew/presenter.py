"""What a crew's phone shows: its orders as they are read at a glance, its shift, its status and its position's age.

The phone keeps it, so the citizen stays covered in all of it; the number is on the order's page, after a reason was
given.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import actor_of, may_fetch, note_words, redactor_of_order
from core.privacy.redaction import mask_name
from core.texts.search import mask_phone
from dispatch.assignments.assign import inbox
from dispatch.attachments.models import Attachment, AttachmentKind
from dispatch.citizens.redaction import stays_unnamed
from dispatch.crews.labels import UNIT_STATUSES
from dispatch.crews.shifts import is_on_shift
from dispatch.crews.status import UnitNow, load_units_now
from dispatch.notifications.web_push_models import WebPushSubscription
from dispatch.orders.assignment_models import Assignment, RecipientKind
from dispatch.orders.models import Order, OrderStep
from dispatch.policy import Policy
from dispatch.routing.location import shown_spot_of
from dispatch.workflow import Step
from web.crew.schemas import CrewAnswer, CrewOrder, OwnPosition, PhraseAnswer, VoiceNote
from web.orders.attachments.voice_notes import voice_words
from web.orders.cards import IN_HAND, order_card
from web.orders.presenter import order_summary
from web.orders.steps.open_requests import CAME_BACK
from web.template_filters import numbers

SHOWN = 50
SHOWN_KINDS = (AttachmentKind.PHOTO_BEFORE, AttachmentKind.PHOTO_AFTER, AttachmentKind.PHOTO, AttachmentKind.VOICE)


async def crew_answer(
    session: AsyncSession, policy: Policy, me: Me, *, web_push_key: str, largest_photo_bytes: int, at: dt.datetime
) -> CrewAnswer:
    """`me` belongs to a crew."""
    assert me.unit_code is not None
    unit = policy.city.units.get(me.unit_code)
    now = (await load_units_now(session, policy.crews, at=at)).get(me.unit_code, UnitNow())
    assignments = [
        assignment
        for assignment in await inbox(session, RecipientKind.UNIT, me.unit_code, open_only=False, limit=SHOWN)
        if assignment.withdrawn_at is None
        and assignment.order.unit_code == me.unit_code
        and assignment.order.state in IN_HAND
    ]
    # An order that was pushed again is one order.
    newest = list({assignment.order_id: assignment for assignment in reversed(assignments)}.values())
    order_ids = [assignment.order_id for assignment in newest]
    attached, came_back = await _attached(session, order_ids), await _came_back(session, order_ids)
    active = next((assignment.order.number for assignment in newest if assignment.order_id == now.order_id), None)
    mine = WebPushSubscription.account_id == me.account_id, WebPushSubscription.refused != ""
    trouble = select(WebPushSubscription.refused).where(*mine).order_by(WebPushSubscription.refused_at.desc()).limit(1)
    return CrewAnswer(
        at=at,
        unit=unit.name if unit else me.unit_code,
        person=me.display_name,
        on_shift=await is_on_shift(session, policy.crews, actor_of(me), at=at),
        people=list(now.people),
        status=now.status,
        status_name=UNIT_STATUSES[now.status],
        since=now.since,
        minutes_over=now.minutes_over,
        active=active,
        position=now.position
        and OwnPosition(
            taken_at=now.position.taken_at,
            accuracy_metres=now.position.accuracy_metres,
            fresh=now.position.fresh,
        ),
        position_every_seconds=policy.crews.position_every_seconds,
        orders=[
            _crew_order(policy, me, one, attached[one.order_id], came_back.get(one.order_id, ""), at) for one in newest
        ],
        phrases=[
            PhraseAnswer(trade=phrase.trade, done=phrase.done, public_answer=phrase.public_answer)
            for phrase in policy.crews.phrases
            if not phrase.trade or (unit and phrase.trade == unit.trade)
        ],
        cannot_go=list(policy.crews.cannot_go),
        largest_photo_bytes=largest_photo_bytes,
        web_push_key=web_push_key,
        reminder_trouble=await session.scalar(trouble) or "",
    )


async def _attached(session: AsyncSession, order_ids: Sequence[int]) -> Mapping[int, list[Attachment]]:
    wanted = select(Attachment).where(Attachment.order_id.in_(order_ids), Attachment.kind.in_(SHOWN_KINDS))
    found: dict[int, list[Attachment]] = defaultdict(list)
    for row in await session.scalars(wanted.order_by(Attachment.id)):
        found[row.order_id].append(row)
    return found


async def _came_back(session: AsyncSession, order_ids: Sequence[int]) -> Mapping[int, str]:
    """Why the latest reply of each came back, as it was written."""
    told = (Step.REPLY, *CAME_BACK)
    rows = select(OrderStep).where(OrderStep.order_id.in_(order_ids), OrderStep.step.in_(told)).order_by(OrderStep.seq)
    latest = {row.order_id: row for row in await session.scalars(rows)}
    return {order_id: row.reason for order_id, row in latest.items() if row.step in CAME_BACK}


def _crew_order(
    policy: Policy, me: Me, assignment: Assignment, attached: list[Attachment], came_back: str, at: dt.datetime
) -> CrewOrder:
    order: Order = assignment.order
    # The first call is the office's to make; the crew comes itself.
    card = order_card(order_summary(order).model_copy(update={"contact_due_at": None}), policy, at)
    redactor, spot = redactor_of_order(order), shown_spot_of(policy.city, order)
    subject = policy.city.subjects.get(order.subject or "")
    trade = (subject.trade if subject else None) or ""
    return CrewOrder(
        number=order.number,
        title=card.order.title,
        matter=redactor.text(order.matter),
        kind=card.kind,
        urgency=order.urgency,
        state=order.state,
        state_name=card.order.state_name,
        place=card.place,
        latitude=spot.where[0] if spot else None,
        longitude=spot.where[1] if spot else None,
        position_of=spot.only_of if spot else "",
        citizen="要求保密" if stays_unnamed(order) else mask_name(order.citizen_name) or "未留姓名",
        phones=[] if stays_unnamed(order) else numbers(mask_phone(order.citizen_phone)),
        due_name=card.due.name if card.due else "",
        due_at=card.due.at if card.due else None,
        lamp=card.due.lamp if card.due else "",
        due_words=card.due.words if card.due else "",
        assigned_at=assignment.created_at,
        new=assignment.acknowledged_at is None,
        trade=trade,
        came_back=redactor.text(came_back),
        photo_wanted=trade in policy.crews.photo_trades
        and not any(row.kind is AttachmentKind.PHOTO_AFTER for row in attached),
        photos=[f"/api/attachments/{row.id}/file" for row in attached if row.kind is not AttachmentKind.VOICE],
        voices=[
            VoiceNote(
                person=row.actor_name,
                received_at=row.received_at,
                words=note_words(me, order, row, voice_words(row.words, row.words_model), redactor) or "",
                address=f"/api/attachments/{row.id}/file" if may_fetch(me, order, row) else "",
            )
            for row in attached
            if row.kind is AttachmentKind.VOICE
        ],
    )
