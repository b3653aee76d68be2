"""Rows of the organisation: offices and crews, as `hotline org import` brings them in from the city's data."""

from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


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
    extension: Mapped[str] = mapped_column(unique=True)
    """Its PJSIP endpoint's name."""
    office_code: Mapped[str]
    """Whose crew it is."""
    leader: Mapped[str]
    phone: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
