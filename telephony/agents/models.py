"""Rows of the agents: what each is, and for how long each was what."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from telephony.agents.state import AgentState


class AgentPhone(StrEnum):
    TELEPHONE = "telephone"
    """A SIP telephone, account `1001`."""
    BROWSER = "browser"
    """The desk's page, account `1001-web`."""


class Agent(Base):
    """What an agent is (telephony.agents.state); ringing and talking follow from the live calls' legs."""

    __tablename__ = "agents"

    extension: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[AgentState]
    reason: Mapped[str | None]
    """Of a break, in free words; None in every other state."""
    since: Mapped[dt.datetime]
    phone: Mapped[AgentPhone] = mapped_column(default=AgentPhone.TELEPHONE, server_default=AgentPhone.TELEPHONE)
    """Which of the agent's two telephones the queue rings."""


class AgentSpell(Base):
    """How long an agent was in one state: the source of after-call work time and time on shift."""

    __tablename__ = "agent_spells"
    __table_args__ = (
        Index("ix_agent_spells_open", "extension", unique=True, postgresql_where="until IS NULL"),
        Index("ix_agent_spells_since", "since"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    extension: Mapped[str]
    state: Mapped[AgentState]
    reason: Mapped[str | None]
    since: Mapped[dt.datetime]
    until: Mapped[dt.datetime | None]
    """None: the agent still is."""
