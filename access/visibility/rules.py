"""What each person may see and hear: the one place where it is decided who learns who a citizen is. Pure.

A citizen's name and number are masked for everybody. They are shown to the agent in the citizen's call, and for some
minutes to whoever stated a reason (access.visibility.disclosures); `Me.known` holds for which orders and calls that is
now.
举报人保密: a citizen who wishes to stay unnamed is never shown, nor heard, outside those who took and route the matter.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from sqlalchemy import ColumnElement, exists, or_

from access.accounts.sessions import Me
from core.privacy.redaction import Citizen, Redactor, make_redactor, mask_name
from core.texts.search import mask_phone
from dispatch.attachments.models import Attachment
from dispatch.citizens.redaction import citizens_of_all, holds_a_secret, redactor_of, stays_unnamed
from dispatch.orders.actors import KEEPS_SECRETS, Actor, author, is_by, may_see
from dispatch.orders.families.family import may_name_confidential
from dispatch.orders.models import BEGUN_IN, CallPurpose, Order, OrderCall
from dispatch.workflow import Role
from recordings.models import Recording
from telephony.calls.call_state import Direction
from telephony.calls.models import Call

MAY_DISCLOSE = frozenset({Role.AGENT, Role.COORDINATOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICE, Role.UNIT})
"""Roles that see a citizen after stating a reason. Administrators of accounts have no need to."""
_SAME_CITIZEN = BEGUN_IN | {CallPurpose.FOLLOW_UP, CallPurpose.CALL_BACK, CallPurpose.SPLIT}
"""Calls in which the order's own citizen speaks."""

_SOUNDS = ("audio/", "video/")

OF_THE_OFFICE = "（诉求人要求保密，单位其他人员写的内容不在链接里显示）"
"""Behind an office's link, for what the office's people and its other links wrote (`closed_behind_link`)."""
UNHEARD = "（诉求人要求保密，这段语音和转写文字不予显示）"
"""For the words of a sound by others (`kept_from`)."""

_ENDING = re.compile(r"\.[A-Za-z]{1,5}[0-9]?")

Linked = Sequence[tuple[Order, CallPurpose]]


def actor_of(me: Me) -> Actor:
    return Actor(me.account_id, me.role, me.signature, me.office_code, me.unit_code, me.link_id)


def sees_order(me: Me, order: Order) -> bool:
    if me.role is Role.ADMINISTRATOR:
        return True
    return may_see(
        actor_of(me),
        lead_office_code=order.lead_office_code,
        co_office_codes=[co.office_code for co in order.co_offices],
        unit_code=order.unit_code,
    )


def may_know(me: Me, *, confidential: bool) -> bool:
    """Whether a stated reason shows this person the citizen."""
    return me.role in (KEEPS_SECRETS if confidential else MAY_DISCLOSE)


def knows(me: Me, order: Order) -> bool:
    """Whether the citizen of the order is shown to `me` now."""
    return order.id in me.known.orders and may_know(me, confidential=stays_unnamed(order))


def name_of(me: Me, order: Order) -> str:
    """As `me` may read it; empty: not stated, or withheld from this person."""
    if knows(me, order):
        return order.citizen_name
    return "" if stays_unnamed(order) else mask_name(order.citizen_name)


def phone_of(me: Me, order: Order, number: str | None = None) -> str:
    """The citizen's number (or another of the citizen's numbers) as `me` may read it; empty: withheld by the network,
    or from this person.
    """
    phone = order.citizen_phone if number is None else number
    if knows(me, order):
        return phone
    return "" if stays_unnamed(order) else mask_phone(phone)


def knows_caller(me: Me, linkedid: str, linked: Linked) -> bool:
    """Whether the number of a call is shown to `me` now: by the call itself, or by an order of its citizen."""
    if not may_know(me, confidential=_secret(linked)):
        return False
    his = {order.id for order, purpose in linked if purpose in _SAME_CITIZEN}
    return linkedid in me.known.calls or bool(his & me.known.orders)


def caller_of(me: Me, call: Call, linked: Linked) -> str:
    """The caller's number, as `me` may read it; which of our own telephones does is no secret (`called_of`)."""
    ours = call.direction in (Direction.DISPATCH, Direction.OUTBOUND, Direction.INTERNAL)
    if ours or knows_caller(me, call.linkedid, linked):
        return call.caller_number
    return "" if _secret(linked) else mask_phone(call.caller_number)


def called_of(me: Me, call: Call, linked: Linked) -> str:
    """The number that was dialled, as `me` may read it: in a call that we made it is the citizen's."""
    if call.direction is not Direction.OUTBOUND or knows_caller(me, call.linkedid, linked):
        return call.called_number
    return "" if _secret(linked) else mask_phone(call.called_number)


def kept_from(me: Me, order: Order) -> bool:
    """Whether texts about the order may name somebody whom `me` may never know.

    What others said is then closed to `me`, sound and words, whatever they said: played beside its redacted words, a
    sound shows which words were redacted (decision 0029)."""
    return not may_know(me, confidential=True) and holds_a_secret(order)


def hears(me: Me, direction: Direction, linked: Linked) -> bool:
    """Whether the voices of a call on these orders, and what they said, are open to `me` as to somebody who is not in
    it. That of one who wishes to stay unnamed may be heard only by people who may see the name just now; our own call
    to a crew, which holds no citizen's voice, by all who may see it at some time.
    """
    if any(kept_from(me, order) for order, _ in linked):
        return False
    return direction is Direction.DISPATCH or all(not stays_unnamed(order) or knows(me, order) for order, _ in linked)


def may_fetch(me: Me, order: Order, row: Attachment) -> bool:
    """Whether a file of an order that `me` sees is open to `me`: a sound by others may not be (`kept_from`)."""
    return not row.media_type.startswith(_SOUNDS) or wrote(me, attached_by(row)) or not kept_from(me, order)


def note_words(me: Me, order: Order, row: Attachment, words: str | None, redactor: Redactor) -> str | None:
    """The transcript of a voice note as `me` may read it; `words`: as its sender reads it."""
    if not may_fetch(me, order, row):
        return UNHEARD
    return words and own_or_covered(me, attached_by(row), words, redactor)


def file_name_of(me: Me, order: Order, row: Attachment) -> str:
    """An attachment's name as `me` may read it: of one who wishes to stay unnamed a neutral one, for a name that a
    citizen gave a file may say who that is in any way (李强.png, lq-1390.png). Whoever knows another of the family's
    citizens reads the neutral one too."""
    if knows(me, order) and (stays_unnamed(order) or not holds_a_secret(order)):
        return row.name
    ending = PurePosixPath(row.name).suffix
    if holds_a_secret(order):
        return f"附件{row.id}{ending if _ENDING.fullmatch(ending) else ''}"
    return redactor_for(me, [order]).text(row.name)


def may_be_heard(me: Me) -> ColumnElement[bool]:
    """The same of recordings as part of a question (`hears`), for those who see the whole line; never more than that.
    Which citizens of a family are the same one, no question can say: without a look at its order, a call of such a
    family is found by its words by nobody, be it an ordinary citizen's."""
    of_order = exists().where(OrderCall.linkedid == Recording.linkedid)
    if not may_know(me, confidential=True):
        return ~of_order.where(may_name_confidential(OrderCall.order_id))
    secret = of_order.where(may_name_confidential(OrderCall.order_id), OrderCall.order_id.not_in(me.known.orders))
    ours = exists().where(Call.linkedid == Recording.linkedid, Call.direction == Direction.DISPATCH)
    return or_(~secret, ours)


def caller_may_be_found(me: Me) -> ColumnElement[bool]:
    """Whether a call may be found by the number of its citizen, as part of a question: no call of a family with a
    confidential reporter, without a look at its order."""
    secret = exists().where(
        OrderCall.linkedid == Call.linkedid,
        may_name_confidential(OrderCall.order_id),
        OrderCall.order_id.not_in(me.known.orders),
    )
    return or_(~secret, Call.linkedid.in_(me.known.calls))


def wrote(me: Me, by: str) -> bool:
    """Whether `me` may never know a confidential reporter and wrote these words: they are shown to `me` as typed, on
    every order. Covering them would show which of several guessed names is right (decision 0029).

    `by`: dispatch.orders.actors.author. An account alone proves nothing: its role and its person change, and what
    a coordinator wrote may name the reporter."""
    return is_by(by, actor_of(me).author)


def closed_behind_link(me: Me, order: Order, by: str) -> bool:
    """Whether words by this author are closed to the holder of a link: those of its office that did not come through
    this link. Shown as typed they would disclose to an unnamed holder what the office knows, redacted which names are
    right."""
    office = author(Role.OFFICE, None, me.office_code, None)
    return me.link_id is not None and is_by(by, office) and not wrote(me, by) and kept_from(me, order)


def gave(me: Me, account_id: int, role: str) -> bool:
    """As `wrote`, for the reason of a disclosure: by this account, in the role that it has now."""
    return bool(actor_of(me).author) and (account_id, role) == (me.account_id, me.role)


def own_or_covered(me: Me, by: str, text: str, redactor: Redactor) -> str:
    """One text by one author (`wrote`), as `me` may read it."""
    return text if wrote(me, by) else redactor.text(text)


def attached_by(row: Attachment) -> str:
    """The author of an attachment, and of the words in it."""
    return author(row.actor_role, row.actor_id, row.office_code, row.unit_code)


def redactor_for(me: Me, orders: Iterable[Order], numbers: Iterable[str] = ()) -> Redactor:
    """What must be covered for `me` in texts about these orders; `numbers`: other callers' that must be, too."""
    known, unknown = Citizen(), [Citizen(numbers=frozenset(numbers))]
    for citizens in citizens_of_all(orders):
        for order_id, citizen in citizens.items():
            if may_know(me, confidential=citizen.wholly) and order_id in me.known.orders:
                known = Citizen(known.names | citizen.names, known.numbers | citizen.numbers)
            else:
                unknown.append(citizen)
    return make_redactor(Citizen(one.names - known.names, one.numbers - known.numbers, one.wholly) for one in unknown)


def redactor_of_order(order: Order) -> Redactor:
    """What must be covered in a text that everybody may read, whoever asks."""
    return redactor_of([order])


def redactor_of_call(me: Me, call: Call, linked: Linked) -> Redactor:
    """For the words of a call that `me` is not in."""
    known = call.direction is Direction.DISPATCH or knows_caller(me, call.linkedid, linked)
    return redactor_for(me, [order for order, _ in linked], () if known else _numbers_of(call))


def redactor_of_all(orders: Iterable[Order], call: Call | None) -> Redactor:
    """For words about a call and its orders that everybody may read, whoever asks."""
    numbers = () if call is None or call.direction is Direction.DISPATCH else _numbers_of(call)
    citizens = [one for family in citizens_of_all(orders) for one in family.values()]
    return make_redactor([Citizen(numbers=frozenset(numbers)), *citizens])


def _numbers_of(call: Call) -> Sequence[str]:
    """The citizen's, and where we called, which of them was dialled."""
    return [call.caller_number, call.called_number] if call.direction is Direction.OUTBOUND else [call.caller_number]


def _secret(linked: Linked) -> bool:
    return any(stays_unnamed(order) for order, _ in linked)
