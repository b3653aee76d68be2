"""Whether Asterisk still speaks: pings, so that a half-open connection is noticed within seconds."""

import asyncio

from asterisk.ami.action import SimpleAction

from telephony.ami.session import ManagerSession
from telephony.ami.status import ManagerActionFailed, ManagerActionTimeout, ManagerState, ManagerUnavailable

UNANSWERED_PINGS = 3
"""After this many in a row, though events still flow, the session counts as stuck."""


async def watch(session: ManagerSession, ping_seconds: float, silence_seconds: float) -> ManagerUnavailable:
    """Ping every `ping_seconds` until the session is lost, and give the reason.

    The session is cut when, after a ping, not one byte comes for `silence_seconds`. While bytes come (a burst of
    events before the answer) it is alive, unless several pings in a row stay unanswered.
    """
    loop = asyncio.get_running_loop()
    unanswered = 0
    while True:
        await asyncio.wait({session.lost}, timeout=ping_seconds)
        if session.lost.done():
            return session.lost.result()
        pinged_at = loop.time()
        try:
            await session.request(SimpleAction("Ping"), silence_seconds)
        except ManagerActionTimeout:
            unanswered += 1
            if session.heard_at < pinged_at:
                session.end(ManagerState.SILENT, f"nothing came from Asterisk for {silence_seconds:g} s after a ping")
            elif unanswered >= UNANSWERED_PINGS:
                session.end(ManagerState.SILENT, f"Asterisk left {unanswered} pings unanswered")
        except ManagerUnavailable:
            pass
        except ManagerActionFailed:
            unanswered = 0
        else:
            unanswered = 0
