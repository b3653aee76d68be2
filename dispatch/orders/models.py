"""Rows of the work order: the order itself, its steps, its calls, and what was pushed to whom.

The organisation's rows are in dispatch.city.organisation; the meaning of states and steps in dispatch.workflow.
`order_steps` is append-only: a trigger refuses to rewrite or remove history.
"""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, BigInteger, Computed, ForeignKey, Identity, Index, Text, UniqueConstraint, event
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, validates

from core.database import Base
from core.numbers.phone import number_keys
from core.numbers.shown import shown_endings
from dispatch.city.organisation import Office, Unit
from dispatch.kinds import Channel, Kind, NoPlace, Urgency
from dispatch.orders.families.family import Family
from dispatch.orders.limits import NEAREST_LIMIT
from dispatch.workflow import Role, State, Step


class CallPurpose(StrEnum):
    """Why a call hangs on an order."""

    INCOMING = "incoming"
    DISPATCH = "dispatch"
    """Our own call to a crew, to say the order aloud."""
    CREW = "crew"
    """People talking about the order: crew, office, agent."""
    FOLLOW_UP = "follow_up"
    CALL_BACK = "call_back"
    """Our own call to the citizen who kept a place in the queue."""
    JOINED = "joined"
    """Of a citizen whose own order was merged into this one."""
    SPLIT = "split"
    """The citizen's own call, hung on the order from which this one was split off."""
    FURTHER = "further"
    """The citizen's own call, in which the agent began this order for a further matter."""


BEGUN_IN = frozenset({CallPurpose.INCOMING, CallPurpose.FURTHER})
"""The order was begun in this call, which holds the citizen's words about it."""


class DayCounter(Base):
    """How many orders a day has had; locked by the transaction that takes the next number until it commits."""

    __tablename__ = "order_counters"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    """In the city's zone."""
    last: Mapped[int]


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (
        Index("ix_orders_search", "search", postgresql_using="gin"),
        Index("ix_orders_state_id", "state", "id"),
        Index("ix_orders_lead_office_code_id", "lead_office_code", "id"),
        Index("ix_orders_unit_code_id", "unit_code", "id"),
        Index("ix_orders_finish_due_at", "finish_due_at", postgresql_where="closed_at IS NULL"),
        Index("ix_orders_family_id", "family_id"),
        Index("ix_orders_merged_into_id", "merged_into_id", postgresql_where="merged_into_id IS NOT NULL"),
        Index("ix_orders_split_from_id", "split_from_id", postgresql_where="split_from_id IS NOT NULL"),
        Index("ix_orders_nearest_limit", "nearest_limit_at", "id", postgresql_where="closed_at IS NULL"),
        Index("ix_orders_subject_received_at", "subject", "received_at"),
        Index("ix_orders_place_town_received_at", "place_town", "received_at"),
        Index("ix_orders_channel_received_at", "channel", "received_at"),
        Index("ix_orders_led", "subject", "place_town", "received_at", postgresql_where="accepted_at IS NOT NULL"),
        Index("ix_orders_open_subject", "subject", "received_at", postgresql_where="closed_at IS NULL"),
        Index("ix_orders_open_place_town", "place_town", "received_at", postgresql_where="closed_at IS NULL"),
        Index(
            "ix_orders_decisions",
            "received_at",
            postgresql_where="return_before IS NOT NULL OR extension_until_at IS NOT NULL"
            " OR supervision_due_at IS NOT NULL",
        ),
        Index("ix_orders_confidential", "id", postgresql_where="confidential"),
        Index("ix_orders_not_indexed", "id", postgresql_where="search_text IS NULL"),
        Index("ix_orders_next_due_at", "next_due_at", postgresql_where="next_due_at IS NOT NULL"),
        Index("ix_orders_phone_keys", "phone_keys", postgresql_using="gin"),
        Index("ix_orders_phone_endings", "phone_endings", postgresql_using="gin"),
        Index("ix_orders_citizen_name", "citizen_name", "id", postgresql_where="citizen_name <> ''"),
        Index("ix_orders_recount_not_notified", "id", postgresql_where="cardinality(recount_not_notified) > 0"),
        Index(
            "uq_orders_former",
            "former_system",
            "former_number",
            unique=True,
            postgresql_where="former_system IS NOT NULL",
        ),
        Index("ix_orders_provisional_year", "provisional_year", "id", postgresql_where="provisional_year IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    """dispatch.numbering; given with the draft, so that the agent can say it during the call."""
    channel: Mapped[Channel]
    state: Mapped[State]
    set_aside_from: Mapped[State | None]
    """Where an escalated or suspended order goes back to."""
    kind: Mapped[Kind | None]
    """None only in a draft, like the other parts of the matter that a person fills in."""
    subject: Mapped[str | None]
    """Code of the city's subject category."""
    urgency: Mapped[Urgency] = mapped_column(default=Urgency.NORMAL)
    title: Mapped[str] = mapped_column(default="")
    matter: Mapped[str] = mapped_column(default="")
    """In the citizen's words."""
    place_town: Mapped[str | None]
    """Code of the town or street."""
    place: Mapped[str] = mapped_column(default="")
    """Village, road, building: as said."""
    no_place: Mapped[NoPlace | None]
    """Why there is none; None where there is one, or nobody was asked."""
    happened_at: Mapped[dt.datetime | None]
    """When it happened, as the citizen said; to the hour at best."""
    cause: Mapped[str] = mapped_column(default="", server_default="")
    """Why, as the citizen said."""
    latitude: Mapped[float | None]
    """WGS 84, degrees."""
    longitude: Mapped[float | None]
    citizen_name: Mapped[str] = mapped_column(default="")
    citizen_phone: Mapped[str] = mapped_column(default="", index=True)
    """As it is dialled, or as a person filled it with more than one number; empty: withheld."""
    phone_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """Of every number in `citizen_phone` (core.numbers.phone.number_keys); follows it by itself."""
    phone_endings: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """The last four digits of each of them of which a mask shows these (core.numbers.shown.shown_endings)."""
    confidential: Mapped[bool] = mapped_column(default=False)
    """The citizen wishes to stay unnamed: offices and crews do not see name and phone."""
    lead_office_code: Mapped[str | None] = mapped_column(ForeignKey("offices.code"))
    responsible_office_code: Mapped[str | None] = mapped_column(ForeignKey("offices.code"))
    """The office responsible for the limits: after a redispatch the former lead until the new one has accepted."""
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    unit_choice: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    """The crews that could go as they stood when one was chosen, the best first: {"code", "why"}."""
    public_answer: Mapped[str] = mapped_column(default="")
    """The latest text for the citizen."""
    answer_author: Mapped[str] = mapped_column(default="", server_default="")
    """The author (dispatch.orders.actors.author)."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    split_from_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    """The order that held this matter before it became an order of its own."""
    family_id: Mapped[int] = mapped_column(BigInteger, Identity())
    """The same for all orders that were ever merged with one another or split; a new order's is its own
    (dispatch.orders.families.family). Changed by dispatch.orders.families.uniting alone."""
    received_at: Mapped[dt.datetime] = mapped_column(index=True)
    """When the citizen came to us: the clock of the limits starts here."""
    registered_at: Mapped[dt.datetime | None]
    limits_from_at: Mapped[dt.datetime | None]
    """From when the limits below are counted: received, split off, or reopened."""
    accept_due_at: Mapped[dt.datetime | None]
    finish_expected_at: Mapped[dt.datetime | None]
    finish_due_at: Mapped[dt.datetime | None]
    """The limit; moved by a promised date."""
    promised_at: Mapped[dt.datetime | None]
    dispatched_at: Mapped[dt.datetime | None]
    """When the present lead office was given the order: its time to accept counts from here."""
    accept_final_at: Mapped[dt.datetime | None]
    """Not accepted by then: accountability list."""
    resume_at: Mapped[dt.datetime | None]
    """When a suspended order goes on by itself."""
    return_before: Mapped[Role | None]
    """The role that has to decide the return that the lead office asked for; None: no return is open."""
    return_due_at: Mapped[dt.datetime | None]
    return_count: Mapped[int] = mapped_column(default=0, server_default="0")
    """Returns asked for so far, by whichever office."""
    extension_until_at: Mapped[dt.datetime | None]
    """The date that the lead office asks for; None: no extension is open."""
    supervision_due_at: Mapped[dt.datetime | None]
    """By when the open supervision order must be answered; None: none is open."""
    next_due_at: Mapped[dt.datetime | None]
    """When the next thing on this order falls due (dispatch.clock.timers); None: nothing will."""
    accepted_at: Mapped[dt.datetime | None]
    """When the lead office or the unit first accepted."""
    contact_due_at: Mapped[dt.datetime | None]
    """By when office or crew must have spoken with the citizen (首次联系); None: not accepted yet, answered, or there
    is nobody to call."""
    contacted_at: Mapped[dt.datetime | None]
    """When they first reached the citizen, since it was accepted."""
    nearest_limit_at: Mapped[dt.datetime] = mapped_column(Computed(NEAREST_LIMIT, persisted=True), deferred=True)
    """The earliest of the limits that run now (dispatch.orders.limits); far in the future: none runs."""
    provisional_limits: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """How those of the limits above were counted that rest on a year without an arranged calendar, by the name of the
    column (dispatch.clock.counting)."""
    settled_limits: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """The same of all other counted limits, for a calendar that is corrected after it was arranged."""
    provisional_year: Mapped[int | None]
    """The first year without an arranged calendar on which a limit rests; None: no limit is provisional."""
    recount_not_notified: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """Codes of the offices still to be notified that limits of theirs were recounted
    (dispatch.jobs.notify_recounted)."""
    replied_at: Mapped[dt.datetime | None]
    """The latest reply."""
    closed_at: Mapped[dt.datetime | None]
    """Closed, merged or thrown out; None again when reopened."""
    updated_at: Mapped[dt.datetime]
    former_system: Mapped[str | None]
    """The system that handled and finished it before this one; only to be read here (decision 0041). None: our own."""
    former_number: Mapped[str | None]
    """Its number there."""
    former_digest: Mapped[str | None]
    """Of its content as it was taken over (dispatch.former.reading.FormerOrder)."""
    step_count: Mapped[int] = mapped_column(default=0)
    """Number of the latest row of history."""
    search: Mapped[Any | None] = mapped_column(TSVECTOR, deferred=True)
    """Pieces (core.texts.search) of `search_text`."""
    search_text: Mapped[str | None] = mapped_column(deferred=True)
    """Number, title, matter, place, answer and all replies, citizens covered, in normal form
    (dispatch.citizens.indexing); None: not made yet, and the order is found by no word."""
    version: Mapped[int] = mapped_column(default=1)

    lead_office: Mapped[Office | None] = relationship(lazy="raise", foreign_keys=[lead_office_code])
    unit: Mapped[Unit | None] = relationship(lazy="raise")
    co_offices: Mapped[list["CoHandlingOffice"]] = relationship(
        order_by="CoHandlingOffice.office_code", lazy="selectin", cascade="all, delete-orphan"
    )
    family: Mapped[Family | None] = relationship(
        primaryjoin=lambda: foreign(Order.family_id) == Family.id, lazy="selectin", viewonly=True
    )
    """As it was when the row was read; what is written since stands on the order itself. None: just begun."""

    @validates("citizen_phone")
    def _keyed(self, _: str, number: str) -> str:
        self.phone_keys = list(number_keys(number or ""))
        self.phone_endings = list(shown_endings(number or ""))
        return number

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class CoHandlingOffice(Base):
    """An office that helps the lead office with an order."""

    __tablename__ = "order_co_offices"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    office_code: Mapped[str] = mapped_column(ForeignKey("offices.code"), primary_key=True, index=True)
    added_at: Mapped[dt.datetime]
    task: Mapped[str] = mapped_column(default="", server_default="")
    """What it is asked to do; empty: the matter as a whole."""
    task_author: Mapped[str] = mapped_column(default="", server_default="")
    """The author (dispatch.orders.actors.author)."""
    due_at: Mapped[dt.datetime | None]
    """Its own limit; None while the order is not dispatched."""
    answered_at: Mapped[dt.datetime | None]
    answer: Mapped[str] = mapped_column(default="", server_default="")
    """Its part of the file; the answer to the citizen is the lead office's."""
    answered_by: Mapped[str] = mapped_column(default="", server_default="")


class OrderStep(Base):
    """Every step on an order: actor, time and reason. Never rewritten."""

    __tablename__ = "order_steps"
    __table_args__ = (UniqueConstraint("order_id", "seq"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    seq: Mapped[int]
    """1 for the first of the order."""
    at: Mapped[dt.datetime]
    step: Mapped[Step]
    from_state: Mapped[State | None]
    """None for the first row."""
    to_state: Mapped[State]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    """Account; None for the system, citizens and offices through a link. No foreign key: history outlives accounts."""
    actor_role: Mapped[Role]
    actor_name: Mapped[str]
    """As it was then."""
    author: Mapped[str] = mapped_column(default="", server_default="")
    """Whose words they are (dispatch.orders.actors.author); empty also in rows of before there was one."""
    reason: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What was given with the step; for a filled-in field {"field": {"from": …, "to": …}}."""


class OrderCall(Base):
    """A call that belongs to an order; the call itself is the telephone's."""

    __tablename__ = "order_calls"
    __table_args__ = (
        UniqueConstraint("order_id", "linkedid"),
        # One conversation begins one order; others may be linked to the call by hand.
        Index("uq_order_calls_incoming", "linkedid", unique=True, postgresql_where="purpose = 'incoming'"),
        Index("ix_order_calls_linkedid", "linkedid"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    linkedid: Mapped[str]
    purpose: Mapped[CallPurpose]
    added_at: Mapped[dt.datetime]


class Reply(Base):
    """What an office or a unit answered, in two texts; and three answers that are kept apart."""

    __tablename__ = "replies"
    __table_args__ = (Index("ix_replies_marked_at", "at", postgresql_where="marks <> '[]'"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    at: Mapped[dt.datetime]
    office_code: Mapped[str | None]
    unit_code: Mapped[str | None]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str]
    done: Mapped[str]
    """What was done, for the file."""
    public_answer: Mapped[str]
    """The answer to the citizen."""
    found_true: Mapped[bool | None]
    """Was the matter as the citizen said; None: not stated."""
    solved: Mapped[bool | None]
    """Is it solved, as the office says."""
    citizen_answered: Mapped[bool | None]
    """Follow-up: did the citizen get an answer at all."""
    citizen_solved: Mapped[bool | None]
    citizen_satisfied: Mapped[bool | None]
    followed_up_at: Mapped[dt.datetime | None]
    marks: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    """dispatch.supervision.evasive.Mark, each as it was when the reply came; later rules do not change them."""


APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_history() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'order_steps is append-only: history is never rewritten';
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER order_steps_append_only
    BEFORE UPDATE OR DELETE ON order_steps FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_history()
    """,
)
"""For the migration too: alembic does not see triggers."""

for _statement in APPEND_ONLY_SQL:
    event.listen(OrderStep.__table__, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
