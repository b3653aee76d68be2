"""One call of the probe: rings the line as a citizen would, times the answer, and listens to the greeting."""

import asyncio
import wave
from dataclasses import dataclass
from pathlib import Path

from core.errors import HotlineError
from telephony.monitoring.greeting import RATE, GreetingMatch, match_greeting
from telephony.monitoring.line_health import RingResult
from telephony.pbx.accounts.names import PROBE_ACCOUNT
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import PbxSettings
from telephony.phone import AsyncPhone, PhoneAccount, PhoneCall

GREETING = "greeting.wav"
_REGISTER_SECONDS = 5.0
_LATE_SECONDS = 2.5
"""So much later than after its own length may the greeting be over: answer, pause and the packets' way."""
_CHECK_SECONDS = 1.0


@dataclass(frozen=True)
class ProbePhone:
    """What the probe needs to call the line."""

    account: PhoneAccount
    number: str
    greeting: Path


def probe_phone(pbx: PbxSettings, number: str) -> ProbePhone:
    """The account's password is made where it is missing; the PBX knows it after its next `hotline pbx reload`."""
    secret = load_secrets(pbx).phones[PROBE_ACCOUNT]
    account = PhoneAccount(PROBE_ACCOUNT, secret, pbx.sip_port, server=pbx.host, host=pbx.host)
    return ProbePhone(account, number, pbx.prompts_directory / GREETING)


async def ring(phone: ProbePhone, answer_seconds: float) -> RingResult:
    """Never raises for what a line may do: whatever went wrong is in the answer."""
    try:
        return await _ring(phone, answer_seconds)
    except (HotlineError, OSError) as error:
        return RingResult(None, str(error) or type(error).__name__)


async def _ring(probe: ProbePhone, answer_seconds: float) -> RingResult:
    loop = asyncio.get_running_loop()
    prompt = await asyncio.to_thread(_read, probe.greeting)
    async with AsyncPhone(probe.account) as phone:
        await phone.register(_REGISTER_SECONDS)
        begun = loop.time()
        call = await phone.call(probe.number, answer_seconds)
        answered_after = loop.time() - begun
        match = await _listen(phone, call, prompt)
        await phone.hang_up(call)
    return RingResult(answered_after, greeting=match)


async def _listen(phone: AsyncPhone, call: PhoneCall, prompt: bytes) -> GreetingMatch:
    """Until the PBX hangs up after the greeting, or until it must long be over."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + len(prompt) / 2 / RATE + _LATE_SECONDS
    while not await phone.wait_ended(call, _CHECK_SECONDS) and loop.time() < deadline:
        pass
    return await asyncio.to_thread(match_greeting, call.heard(), prompt)


def _read(file: Path) -> bytes:
    with wave.open(str(file), "rb") as wav:
        return wav.readframes(wav.getnframes())
