"""The agents' states, as jobs of the line."""

from hotline.runtime.job_tools import LineTools
from telephony.agents.models import AgentPhone
from telephony.agents.queue import take_event
from telephony.agents.state import WISHES, AgentEvent


async def set_state(line: LineTools, extension: str, state: str, reason: str, phone: str | None = None) -> None:
    at = AgentPhone(phone) if phone else None
    await take_event(line.runtime.sessions, line.control, extension, AgentEvent(WISHES[state], reason), at)


async def end_after_call_work(line: LineTools, extension: str, since: str) -> None:
    await line.after_call_work.end(extension, since)


async def follow_phone(line: LineTools, extension: str) -> None:
    await line.agent_phones.follow(extension)
