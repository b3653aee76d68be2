"""Every name and number that an order's citizen has or ever had, read from where they stand. Nothing is stored twice.

They come with each order that is read (`Order.citizen_values`, one more statement for all orders of a query), so that
whoever covers a text cannot forget the former ones.
"""

from sqlalchemy import BigInteger, Boolean, ColumnElement, Text, exists, text
from sqlalchemy.orm import Mapped, QueryableAttribute

from core.database import Base

_TOGETHER = """
    SELECT id AS order_id, id AS of_order_id, confidential AS wholly FROM orders
    UNION ALL
    SELECT one.id, other.id, other.confidential
    FROM orders one JOIN orders other ON other.id = one.merged_into_id
    UNION ALL
    SELECT one.id, other.id, other.confidential
    FROM orders one JOIN orders other ON other.merged_into_id = one.id
    UNION ALL
    SELECT one.id, other.id, other.confidential
    FROM orders one JOIN orders between_them ON between_them.merged_into_id = one.id
    JOIN orders other ON other.merged_into_id = between_them.id
    UNION ALL
    SELECT one.id, other.id, other.confidential
    FROM orders one JOIN orders other ON other.id = one.split_from_id
    UNION ALL
    SELECT one.id, other.id, other.confidential
    FROM orders one JOIN orders other ON other.split_from_id = one.id
    UNION ALL
    SELECT one.id, other.id, other.confidential
    FROM orders one JOIN orders other ON other.merged_into_id = one.split_from_id
"""
"""Texts of orders that belong together may name one another's citizens: merged ones (also over one between), split
ones, and those who waited for the order before it was split. The planner asks each part by an index.
"""

_EVERY_VALUE = text(f"""
    SELECT about.order_id, about.of_order_id, about.wholly, said.kind, said.value
    FROM ({_TOGETHER}) about
    CROSS JOIN LATERAL (
        SELECT 'name' AS kind, citizen_name AS value FROM orders WHERE id = about.of_order_id
        UNION
        SELECT 'number', citizen_phone FROM orders WHERE id = about.of_order_id
        UNION
        SELECT changed.kind, changed.value
        FROM order_steps step CROSS JOIN LATERAL (VALUES
            ('name', step.details -> 'changes' -> 'citizen_name' ->> 'from'),
            ('name', step.details -> 'changes' -> 'citizen_name' ->> 'to'),
            ('number', step.details -> 'changes' -> 'citizen_phone' ->> 'from'),
            ('number', step.details -> 'changes' -> 'citizen_phone' ->> 'to'),
            ('name', CASE WHEN step.actor_role = 'citizen' AND step.actor_name <> '诉求人' THEN step.actor_name END)
        ) AS changed (kind, value)
        WHERE step.order_id = about.of_order_id
        UNION
        SELECT 'number', call.caller_number
        FROM order_calls hung JOIN calls call USING (linkedid)
        WHERE hung.order_id = about.of_order_id AND hung.purpose IN ('incoming', 'split')
        UNION
        SELECT 'number', number FROM callbacks WHERE order_id = about.of_order_id
        UNION
        SELECT CASE heard.field WHEN 'citizen_name' THEN 'name' ELSE 'number' END, heard.value
        FROM order_calls hung JOIN proposals heard USING (linkedid)
        WHERE hung.order_id = about.of_order_id AND hung.purpose IN ('incoming', 'split')
            AND heard.field IN ('citizen_name', 'citizen_phone')
    ) said
    WHERE said.value <> ''
""").columns(order_id=BigInteger, of_order_id=BigInteger, wholly=Boolean, kind=Text, value=Text)  # noqa: S608 - our own


_COLUMNS = _EVERY_VALUE.subquery("citizen_values")


class CitizenValue(Base):
    """One name or one number. Read only."""

    __table__ = _COLUMNS
    __mapper_args__ = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        "primary_key": [_COLUMNS.c[name] for name in ("order_id", "of_order_id", "kind", "value")]
    }

    order_id: Mapped[int]
    """In whose texts it may stand."""
    of_order_id: Mapped[int]
    """Whose citizen it names."""
    wholly: Mapped[bool]
    """That citizen wishes to stay unnamed."""
    kind: Mapped[str]
    """name or number."""
    value: Mapped[str]


def may_name_confidential(order_id: QueryableAttribute[int]) -> ColumnElement[bool]:
    """As dispatch.citizens.redaction.holds_a_secret, as part of a question."""
    related = text(_TOGETHER).columns(order_id=BigInteger, of_order_id=BigInteger, wholly=Boolean).subquery("related")
    return exists().where(related.c.order_id == order_id, related.c.wholly)
