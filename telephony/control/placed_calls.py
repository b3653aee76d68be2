"""Placing a call, and what becomes of it: the result of an originate comes as an event long after its answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import structlog
from asterisk.ami.action import Action

from core.channel_ids import ChannelUse, question_id
from core.errors import Conflict
from telephony.ami.framing import ManagerEvent
from telephony.ami.status import ManagerActionTimeout
from telephony.control.arguments import (
    ADDRESS,
    CALLER,
    CHANNEL_ID,
    NAME,
    OUTGOING_BY,
    VALUE,
    VARIABLE,
    checked,
    positive,
)
from telephony.control.dial_results import ANSWERS, DialAnswer, DialResult, parse_dial_result
from telephony.control.sending import ActionSender, Commands
from telephony.pbx.accounts.contacts import fits

log = structlog.get_logger()

DISPATCH_CONTEXT = ChannelUse.CREW_CALL.value
_ASK_CONTEXT = "may-ask"
_ASK_SECONDS = 5.0
_MARGIN_SECONDS = 5.0
_CAUSE_SECONDS = 1.0
"""How long after the news of a failed call its cause may come."""


@dataclass
class _Dialled:
    result: asyncio.Future[DialResult]
    cause: str = ""
    """Of the phone's refusal."""
    reason: str | None = None
    """Of the originate's own response, while the refusal's cause is still waited for."""


class PlacedCalls(Commands):
    def __init__(self, conn: ActionSender) -> None:
        Commands.__init__(self, conn)
        self._dialled: dict[str, _Dialled] = {}
        """By channel id: the calls whose result is awaited."""

    def handle(self, event: ManagerEvent) -> None:
        """Take notice of any manager event; most are not for us."""
        if event.name not in ("OriginateResponse", "HangupRequest", "Hangup"):
            return
        dialled = self._dialled.get(event.get("Uniqueid"))
        if dialled is None or dialled.result.done():
            return
        if event.name == "OriginateResponse":
            self._answered(dialled, event.get("Response") == "Success", event.get("Reason"))
        else:
            dialled.cause = dialled.cause or event.get("Cause")
            if dialled.reason is not None:
                _settle(dialled)

    def _answered(self, dialled: _Dialled, answered: bool, reason: str) -> None:
        """Asterisk's threads report the refusal and the end of the originate in either order (2 of 60 the other way
        round on a busy machine). A phone that is not there has no channel, and so no cause ever.
        """
        if answered:
            dialled.result.set_result(DialResult.ANSWERED)
            return
        dialled.reason = reason
        if dialled.cause or reason != "0":
            _settle(dialled)
        else:
            asyncio.get_running_loop().call_later(_CAUSE_SECONDS, _settle, dialled)

    async def originate_dispatch(
        self,
        endpoint: str,
        channel_id: str,
        *,
        caller_id: str,
        ring_seconds: float,
        seconds: float | None = None,
        context: str = DISPATCH_CONTEXT,
    ) -> DialResult:
        """Ring `endpoint` as the channel `channel_id`; picked up, it runs this context of the dialplan.

        Returns when it was picked up or not. `seconds` bounds the whole wait (default: a little above
        `ring_seconds`); after that ManagerActionTimeout. Conflict: we are dialling `channel_id` already. Whether it
        lives from before must be asked (`live_channels`): Asterisk 22.10.1 does refuse to make it twice, which looks
        like UNREACHABLE, but loses a thread with it and can then only be stopped by force.
        """
        return await self.ring(
            f"PJSIP/{checked(NAME, 'endpoint', endpoint)}",
            checked(NAME, "channel_id", channel_id),
            (context, "s"),
            caller_id=caller_id,
            ring_seconds=ring_seconds,
            seconds=seconds,
        )

    async def ring(
        self,
        address: str,
        channel_id: str,
        to: tuple[str, str],
        *,
        caller_id: str,
        ring_seconds: float,
        variables: Mapping[str, str] = MappingProxyType({}),
        seconds: float | None = None,
    ) -> DialResult:
        """Ring `address` (`PJSIP/1002`, `PJSIP/110@trunk`); picked up, the channel runs (context, extension) `to`, with
        the `variables` set before it rings. Otherwise as `originate_dispatch`."""
        keys: dict[str, object] = {
            "Channel": checked(ADDRESS, "address", address),
            "ChannelId": checked(CHANNEL_ID, "channel_id", channel_id),
            "Context": checked(NAME, "context", to[0]),
            "Exten": checked(NAME, "extension", to[1]),
            "Priority": 1,
            "Timeout": round(positive("ring_seconds", ring_seconds) * 1000),
            "CallerID": checked(CALLER, "caller_id", caller_id),
            "Async": "true",
        }
        set_first = {
            checked(VARIABLE, "variable", name): checked(VALUE, name, text) for name, text in variables.items()
        }
        return await self._originate(keys, channel_id, set_first, seconds or ring_seconds + _MARGIN_SECONDS)

    async def ask_to_dial(self, number: str, extension: str, *, spend: bool) -> DialAnswer:
        """Whether the exchange's one rule (extensions.conf, may-dial) lets `extension` dial `number` now; `spend`: and
        count it as dialled. Nothing rings."""
        channel_id = question_id()
        keys: dict[str, object] = {
            "Channel": f"Local/{'spend' if spend else 'check'}@{_ASK_CONTEXT}/n",
            "ChannelId": channel_id,
            "Context": _ASK_CONTEXT,
            "Exten": "asked",
            "Priority": 1,
            "Timeout": round(_ASK_SECONDS * 1000),
            "Async": "true",
        }
        variables = {
            "WANTED": checked(CALLER, "number", number),
            OUTGOING_BY: checked(NAME, "extension", extension),
        }
        result = await self._originate(keys, channel_id, variables, _ASK_SECONDS + _MARGIN_SECONDS)
        return ANSWERS.get(result, DialAnswer.REFUSED)

    async def _originate(
        self, keys: dict[str, object], channel_id: str, variables: dict[str, str], seconds: float
    ) -> DialResult:
        if channel_id in self._dialled:
            raise Conflict(f"{channel_id} is being dialled already")
        dialled = _Dialled(asyncio.get_running_loop().create_future())
        self._dialled[channel_id] = dialled
        try:
            if (place := await self._place(str(keys["Channel"]))) is None:
                return DialResult.UNREACHABLE
            await self._conn.send(Action("Originate", {**keys, "Channel": place}, variables))
            async with asyncio.timeout(seconds):
                return await dialled.result
        except TimeoutError:
            what = f"Asterisk did not report what became of the call to {keys['Channel']}"
            raise ManagerActionTimeout(what) from None
        finally:
            self._dialled.pop(channel_id, None)

    async def _place(self, address: str) -> str | None:
        """What to dial for it: a telephone's registered contact, if it is its own (telephony.pbx.accounts.contacts).
        Asterisk looks at nothing when it originates, and a telephone may register again at any moment: so what was
        looked at is what is dialled. None: it is not there, or registered elsewhere."""
        technology, _, account = address.partition("/")
        if technology != "PJSIP" or account.endswith("@trunk"):
            return address
        answer = await self._conn.send(Action("Getvar", {"Variable": f"PJSIP_DIAL_CONTACTS({account})"}))
        place = answer.get("Value")
        if place and not fits(account, place):
            log.warning("contact_refused", account=account, contact=place)
        return place if fits(account, place) else None


def _settle(dialled: _Dialled) -> None:
    if not dialled.result.done():
        dialled.result.set_result(parse_dial_result(False, dialled.reason or "", dialled.cause))
