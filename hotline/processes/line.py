"""`hotline line`: one per PBX. Follows its events, stores them, drives agents, dispatch calls and what callees hear."""

import asyncio
from dataclasses import dataclass
from functools import partial

import structlog
from procrastinate import App
from pydantic import SecretStr

from core import clock
from core.settings import Settings
from core.tasks import cancel, spawn
from hotline.bridges.announcements import apply_or_say_why_not, register_notices
from hotline.bridges.call_control import CONTROL_QUEUE, register_controlling
from hotline.bridges.callbacks import register_calling_back
from hotline.bridges.crew_calls import make_prompts, register_calling
from hotline.bridges.order_progress import find_progress
from hotline.bridges.practice import register_practising
from hotline.bridges.reachability import register_reach_calls
from hotline.jobs import make_app, work
from hotline.monitoring.disk_guard import DiskGuard
from hotline.monitoring.guessing import watch_guessing
from hotline.monitoring.heartbeat import beat
from hotline.monitoring.incident_bell import IncidentBell
from hotline.monitoring.registered_elsewhere import refused_contact
from hotline.monitoring.vanished import VanishedCalls
from hotline.pipeline import react
from hotline.processes.runtime import Parts, open_parts, until_told_to_stop
from ivr.progress import ProgressDesk
from ivr.session import AgiSessions
from telephony.agents.missed_calls import MissedRings
from telephony.agents.models import AgentPhone, AgentState
from telephony.agents.phones import FOLLOW_PHONE, AgentPhones
from telephony.agents.queue import restore_agents, set_agent_state
from telephony.agents.wrap_up import END_WRAP_UP, WrapUps
from telephony.ami.framing import ManagerEvent
from telephony.ami.manager import ManagerConnection, ManagerSettings
from telephony.blocking.files import BlockFiles
from telephony.calls.call_recorder import Listener
from telephony.calls.cel_reader import Follower, Reconciled
from telephony.control.control import Control
from telephony.control.hold_tracker import Holds
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import PbxSettings, pbx_settings
from telephony.trouble_kinds import TroubleKind

log = structlog.get_logger()

_PHONE_JOBS_AT_ONCE = 16
_DEEDS_AT_ONCE = 64


async def run_line(settings: Settings) -> None:
    """Listen until SIGTERM. Whatever the PBX or the network does, the connection is made again."""
    async with open_parts(settings) as parts:
        line = make_line(parts)
        app = make_app(parts.database_url)
        register_line(app, parts, line)
        running = [
            spawn(line.follower.run(), name="follower"),
            spawn(line.connection.run(), name="manager"),
            spawn(line.agent_phones.run(), name="agents' telephones"),
            spawn(BlockFiles(line.pbx.blocked_directory, parts.sessions).run(parts.bus), name="block list"),
            spawn(_disk_guard(line).run(), name="disk guard"),
            spawn(_vanished(line).run(), name="vanished calls"),
            spawn(watch_guessing(line.pbx.log / "messages", line.incidents), name="guessing"),
            spawn(
                beat(parts.sessions, line.connection, line.follower, pbx=line.pbx.systemname, file=line.pbx.cel_file),
                name="heart",
            ),
        ]
        spawn(apply_or_say_why_not(settings), name="notices")
        async with app.open_async():
            jobs = spawn(work(app, ["line"], concurrency=_PHONE_JOBS_AT_ONCE, name="line"), name="line jobs")
            # A queue of its own: an agent's command for a call must not wait behind calls to crews.
            deeds = spawn(work(app, [CONTROL_QUEUE], concurrency=_DEEDS_AT_ONCE, name="control"), name="control jobs")
            await until_told_to_stop(jobs, deeds, parts.listening, *running)
            await cancel(jobs)
            await cancel(deeds)
        await line.progress.close()
        await line.connection.close()
        await line.listener.quiet()
        for task in running:
            await cancel(task)


def _disk_guard(line: "Line") -> DiskGuard:
    folders = (line.pbx.recordings_directory, line.pbx.log)
    return DiskGuard(folders, line.pbx.no_recording_file, line.incidents, line.control.stop_recordings)


def _vanished(line: "Line") -> VanishedCalls:
    return VanishedCalls(line.control.live_channels, line.follower.reconcile)


@dataclass(frozen=True)
class Line:
    pbx: PbxSettings
    listener: Listener
    follower: Follower
    connection: ManagerConnection
    control: Control
    sessions: AgiSessions
    progress: ProgressDesk
    wrap_ups: WrapUps
    agent_phones: AgentPhones
    incidents: IncidentBell
    reconciled: asyncio.Future[Reconciled]
    """What the first login's reconciliation found."""


def make_line(parts: Parts) -> Line:
    pbx = pbx_settings(parts.settings)
    listener = Listener(pbx.systemname, parts.sessions, partial(react, parts.city))
    holds = Holds(listener.store)
    incidents = IncidentBell(parts.sessions, pbx.systemname)

    def on_incident(kind: TroubleKind, linkedid: str) -> None:
        most = f"同时最多 {pbx.trunk_most} 个来电，其他话机 {pbx.inside_most} 个"
        forged = kind is TroubleKind.FORGED_RECORDS
        incidents.ring(kind, f"来电 {linkedid} 的号码里夹带换行" if forged else most)

    follower = Follower(listener, parts.sessions, pbx=pbx.systemname, file=pbx.cel_file, on_incident=on_incident)

    async def on_login(connection: ManagerConnection) -> None:
        # The order matters: ask what lives, read what was written, and only then go on with what comes.
        holds.forget()
        asked_at = clock.now()
        channels = await control.live_channels()
        found = await follower.reconcile({channel.linkedid for channel in channels}, asked_at=asked_at)
        if not reconciled.done():
            reconciled.set_result(found)
        await restore_agents(parts.sessions, control)
        sessions.resync(channels)
        progress.resync(channels)

    async def on_event(event: ManagerEvent) -> None:
        if event.name == "CEL":
            follower.ring(event.at)
            return
        control.handle(event)
        sessions.handle(event)
        progress.handle(event)
        wrap_ups.handle(event)
        holds.handle(event)
        agent_phones.handle(event)
        missed_rings.handle(event)
        if (elsewhere := refused_contact(event)) is not None:
            incidents.ring(TroubleKind.TOLL_FRAUD, elsewhere)

    connection = ManagerConnection(
        ManagerSettings(
            host=pbx.ami_host, port=pbx.ami_port, username="hotline", secret=SecretStr(load_secrets(pbx).ami)
        ),
        on_login=on_login,
        on_event=on_event,
        on_forged=lambda why: incidents.ring(TroubleKind.FORGED_RECORDS, f"交换机的消息里夹带了别人的内容：{why}"),
    )
    control = Control(connection, queue=pbx.queue)
    wrap_ups = WrapUps(parts.sessions, control, parts.settings.pbx.wrap_up_seconds)
    agent_phones = AgentPhones(parts.sessions, control)
    missed_rings = MissedRings(parts.sessions, control)
    sessions = AgiSessions(connection, make_prompts(parts))
    progress = ProgressDesk(connection, sessions, partial(find_progress, parts.sessions, parts.city))
    reconciled: asyncio.Future[Reconciled] = asyncio.get_running_loop().create_future()
    return Line(
        pbx, listener, follower, connection, control, sessions, progress, wrap_ups, agent_phones, incidents, reconciled
    )


def register_line(app: App, parts: Parts, line: Line) -> None:
    @app.task(name="agents.set_state", queue="line", retry=3)
    async def set_state(extension: str, state: str, reason: str, phone: str | None = None) -> None:
        at = AgentPhone(phone) if phone else None
        await set_agent_state(parts.sessions, line.control, extension, AgentState(state), reason, at)

    @app.task(name=END_WRAP_UP, queue="line", retry=3)
    async def end_wrap_up(extension: str, since: str) -> None:
        await line.wrap_ups.end(extension, since)

    @app.task(name=FOLLOW_PHONE, queue="line", retry=3)
    async def follow_phone(extension: str) -> None:
        await line.agent_phones.follow(extension)

    register_calling(app, parts, line.control, line.sessions)
    register_reach_calls(app, parts, line.control, line.sessions)
    register_calling_back(app, parts, line.control)
    register_notices(app, parts.settings)
    register_controlling(app, parts, line.control, line.pbx)
    register_practising(app, parts, line.control, line.pbx)
