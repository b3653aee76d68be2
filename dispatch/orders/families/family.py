"""The family of an order: all orders that were ever merged with it or split from it, however far apart.

Their texts may name one another's citizens for good: undoing a merger makes nobody forget whom they have read about.
So a merger and a split unite two families, nothing ever divides one (decision 0032), and every order comes with the
citizens of its whole family, each with every name and number that they have or ever had, read from where these stand.
Nothing is stored twice, and whoever covers a text cannot forget the former ones (`Order.family`, one more statement
for all orders of a query, one row for each family).
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, exists, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, QueryableAttribute
from sqlalchemy.types import TypeDecorator

from core.database import Base
from core.privacy.redaction import Citizen, Redactor, make_redactor
from core.privacy.same_citizen import spread_wish


class Citizens(dict[int, Citizen]):
    """By the id of the order whose citizen it is, each as they are to be treated (core.privacy.same_citizen). Shared by
    all orders of a family that were read together, and so is what follows from it: a page may show hundreds of them."""

    def __init__(self, stated: Mapping[int, Citizen]) -> None:
        super().__init__(spread_wish(stated))
        self.stated = stated
        """The same as the orders themselves say it."""

    @cached_property
    def secret(self) -> bool:
        """One of them wishes to stay unnamed."""
        return any(citizen.wholly for citizen in self.values())

    @cached_property
    def redactor(self) -> Redactor:
        """Covers all of them, whoever reads."""
        return make_redactor(self.values())


class _Citizens(TypeDecorator[Citizens]):
    impl = JSONB
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Citizens:
        said = ((one["of"], one["names"], one["numbers"], one["wholly"]) for one in value)
        return Citizens(
            {of: Citizen(frozenset(names), frozenset(numbers), wholly) for of, names, numbers, wholly in said}
        )


_FAMILIES = text("""
    SELECT member.family_id AS id,
        jsonb_agg(jsonb_build_object(
            'of', member.id, 'wholly', member.confidential, 'names', said.names, 'numbers', said.numbers)) AS citizens
    FROM orders member CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(value) FILTER (WHERE kind = 'name'), '[]') AS names,
            coalesce(jsonb_agg(value) FILTER (WHERE kind = 'number'), '[]') AS numbers
        FROM (
            SELECT 'name' AS kind, member.citizen_name AS value
            UNION
            SELECT 'number', member.citizen_phone
            UNION
            SELECT changed.kind, changed.value
            FROM order_steps step CROSS JOIN LATERAL (VALUES
                ('name', step.details -> 'changes' -> 'citizen_name' ->> 'from'),
                ('name', step.details -> 'changes' -> 'citizen_name' ->> 'to'),
                ('number', step.details -> 'changes' -> 'citizen_phone' ->> 'from'),
                ('number', step.details -> 'changes' -> 'citizen_phone' ->> 'to'),
                ('name', CASE WHEN step.actor_role = 'citizen' AND step.actor_name <> '诉求人' THEN step.actor_name END)
            ) AS changed (kind, value)
            WHERE step.order_id = member.id
            UNION
            SELECT 'number', call.caller_number
            FROM order_calls hung JOIN calls call USING (linkedid)
            WHERE hung.order_id = member.id AND hung.purpose IN ('incoming', 'further', 'split')
            UNION
            SELECT 'number', number FROM callbacks WHERE order_id = member.id
            UNION
            SELECT CASE heard.field WHEN 'citizen_name' THEN 'name' ELSE 'number' END, heard.value
            FROM order_calls hung
                JOIN order_calls begun ON begun.linkedid = hung.linkedid AND begun.purpose IN ('incoming', 'further')
                JOIN proposals heard ON heard.order_id = begun.order_id
            WHERE hung.order_id = member.id AND hung.purpose IN ('incoming', 'further', 'split')
                AND heard.field IN ('citizen_name', 'citizen_phone')
        ) AS every (kind, value)
        WHERE value <> ''
    ) said
    GROUP BY member.family_id
""").columns(id=BigInteger, citizens=_Citizens)

_COLUMNS = _FAMILIES.subquery("order_family")


class Family(Base):
    """Read only, as it was when read. Whoever changes citizens reads it again: dispatch.orders.families.uniting."""

    __table__ = _COLUMNS
    __mapper_args__ = {"primary_key": [_COLUMNS.c.id]}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute

    id: Mapped[int]
    citizens: Mapped[Citizens]
    """Of every order of the family."""


_WITH_SECRET = text("""
    SELECT one.id AS order_id FROM orders one JOIN orders other USING (family_id) WHERE other.confidential
""").columns(order_id=BigInteger)


def may_name_confidential(order_id: QueryableAttribute[int]) -> ColumnElement[bool]:
    """As dispatch.citizens.redaction.holds_a_secret, as part of a question."""
    secret = _WITH_SECRET.subquery("with_secret")
    return exists().where(secret.c.order_id == order_id)
