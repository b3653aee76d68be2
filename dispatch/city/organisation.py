"""Rows of the organisation: offices and crews, as `hotline org import` brings them in from the city's data."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from dispatch.city.records import City


class Office(Base):
    """承办单位的“马上就办”办公室."""

    __tablename__ = "offices"

    code: Mapped[str] = mapped_column(primary_key=True)
    """Readable: `housing`, `town-lucheng`."""
    name: Mapped[str]
    kind: Mapped[str]
    """department, town, enterprise, zone."""
    town: Mapped[str | None]
    """Code of the town that it governs; None for the whole city."""
    head: Mapped[str]
    """First responsible."""
    deputy: Mapped[str]
    """Responsible."""
    phone: Mapped[str]
    duty_phone: Mapped[str]
    """At night and on holidays."""
    active: Mapped[bool] = mapped_column(default=True)
    """False: no longer in the city's data; kept because orders name it."""


class Unit(Base):
    """马上就办直通车: a mobile crew."""

    __tablename__ = "units"

    code: Mapped[str] = mapped_column(primary_key=True)
    """`unit-01` …"""
    name: Mapped[str]
    trade: Mapped[str]
    """Code of the trade, e.g. lamps."""
    towns: Mapped[list[str]]
    """Codes of the towns that it serves."""
    extension: Mapped[str]
    """Its PJSIP endpoint's name."""
    office_code: Mapped[str]
    """Whose crew it is."""
    leader: Mapped[str]
    phone: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)


async def import_city(session: AsyncSession, city: City) -> None:
    """Bring the rows of offices and crews to what the city's data says; those it no longer names become inactive."""
    offices = [
        {
            "code": office.code, "name": office.name, "kind": office.kind, "town": office.town, "head": office.head,
            "deputy": office.deputy, "phone": office.phone, "duty_phone": office.duty_phone, "active": True,
        }
        for office in city.offices.values()
    ]  # fmt: skip
    units = [
        {
            "code": unit.code, "name": unit.name, "trade": unit.trade, "towns": list(unit.towns),
            "extension": unit.extension, "office_code": unit.office, "leader": unit.leader, "phone": unit.phone,
            "active": True,
        }
        for unit in city.units.values()
    ]  # fmt: skip
    await _replace(session, Office, offices)
    await _replace(session, Unit, units)


async def _replace(session: AsyncSession, table: type[Office | Unit], rows: list[dict[str, Any]]) -> None:
    codes = [row["code"] for row in rows]
    await session.execute(update(table).where(table.code.not_in(codes)).values(active=False))
    if not rows:
        return  # A city may have no crews yet.
    statement = insert(table).values(rows)
    given = {column.name: column for column in statement.excluded if column.name != "code"}
    await session.execute(statement.on_conflict_do_update(index_elements=[table.code], set_=given))
