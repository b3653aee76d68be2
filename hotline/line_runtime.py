"""What listens to one exchange and drives it, put together."""

import asyncio
from dataclasses import dataclass

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from hotline.bridges.line.crew_calls import make_prompts
from hotline.bridges.line.order_progress import find_progress
from hotline.monitoring.incident_bell import IncidentBell
from hotline.pipeline import Hearers, event_reactions, react
from hotline.runtime.runtime import Runtime
from ivr.progress import ProgressDesk
from ivr.progress_flow import NoOrderFound, OrderProgress
from ivr.session import AgiSessions
from telephony.agents.after_call_work import AfterCallWork
from telephony.agents.missed_calls import MissedRings
from telephony.agents.phones import AgentPhones
from telephony.agents.queue import restore_agents
from telephony.ami.framing import ManagerEvent
from telephony.ami.manager import ManagerConnection, ManagerSettings
from telephony.calls.call_recorder import CallRecorder
from telephony.calls.call_state import HappeningAt
from telephony.calls.cel_reader import Follower, Reconciled
from telephony.calls.models import Call
from telephony.control.control import Control
from telephony.control.hold_tracker import Holds
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import PbxSettings, pbx_settings
from telephony.trouble_kinds import TroubleKind


@dataclass(frozen=True)
class LineRuntime:
    pbx: PbxSettings
    listener: CallRecorder
    follower: Follower
    connection: ManagerConnection
    control: Control
    sessions: AgiSessions
    progress: ProgressDesk
    after_call_work: AfterCallWork
    agent_phones: AgentPhones
    incidents: IncidentBell
    reconciled: asyncio.Future[Reconciled]
    """What the first login's reconciliation found."""


def make_line(runtime: Runtime) -> LineRuntime:
    pbx = pbx_settings(runtime.settings)

    async def react_by_policy_in_force(session: AsyncSession, call: Call, told: HappeningAt) -> None:
        await react(runtime.policy, session, call, told)

    listener = CallRecorder(pbx.systemname, runtime.sessions, react_by_policy_in_force)
    holds = Holds(listener.store)
    incidents = IncidentBell(runtime.sessions, pbx.systemname)

    def on_incident(kind: TroubleKind, linkedid: str) -> None:
        most = f"同时最多{pbx.trunk_most}个来电，其他话机{pbx.inside_most}个"
        forged = kind is TroubleKind.FORGED_RECORDS
        incidents.ring(kind, f"来电 {linkedid} 的号码里夹带换行" if forged else most)

    follower = Follower(listener, runtime.sessions, pbx=pbx.systemname, file=pbx.cel_file, on_incident=on_incident)

    async def on_login(connection: ManagerConnection) -> None:
        # The order matters: ask what lives, read what was written, and only then go on with what comes.
        holds.forget()
        asked_at = clock.now()
        channels = await control.live_channels()
        found = await follower.reconcile({channel.linkedid for channel in channels}, asked_at=asked_at)
        if not reconciled.done():
            reconciled.set_result(found)
        await restore_agents(runtime.sessions, control)
        sessions.resync(channels)
        progress.resync(channels)

    async def on_event(event: ManagerEvent) -> None:
        for react_to in reactions.get(event.name, ()):
            react_to(event)

    connection = ManagerConnection(
        ManagerSettings(
            host=pbx.ami_host, port=pbx.ami_port, username="hotline", secret=SecretStr(load_secrets(pbx).ami)
        ),
        on_login=on_login,
        on_event=on_event,
        on_forged=lambda why: incidents.ring(TroubleKind.FORGED_RECORDS, f"交换机的消息里夹带了别人的内容：{why}"),
    )
    control = Control(connection, queue=pbx.queue)
    after_call_work = AfterCallWork(runtime.sessions, control, runtime.settings.pbx.after_call_work_seconds)
    agent_phones = AgentPhones(runtime.sessions, control)
    sessions = AgiSessions(connection, make_prompts(runtime))

    async def find_progress_now(keyed: str) -> OrderProgress | NoOrderFound:
        return await find_progress(runtime.sessions, runtime.city, keyed)

    progress = ProgressDesk(connection, sessions, find_progress_now)
    missed_rings = MissedRings(runtime.sessions, control)
    reactions = event_reactions(
        Hearers(follower, control, sessions, progress, after_call_work, holds, agent_phones, missed_rings, incidents)
    )
    reconciled: asyncio.Future[Reconciled] = asyncio.get_running_loop().create_future()
    return LineRuntime(
        pbx,
        listener,
        follower,
        connection,
        control,
        sessions,
        progress,
        after_call_work,
        agent_phones,
        incidents,
        reconciled,
    )
