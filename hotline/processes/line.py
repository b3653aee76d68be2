"""`hotline line`: one per PBX. Follows its events, stores them, drives agents, dispatch calls and what callees hear."""

import structlog
from procrastinate import App

from core.settings import Settings
from core.tasks import cancel, spawn
from hotline.bridges.announcements import apply_or_say_why_not, register_notices
from hotline.bridges.call_control import CONTROL_QUEUE, register_controlling
from hotline.bridges.callbacks import register_calling_back
from hotline.bridges.crew_calls import register_calling
from hotline.bridges.practice import register_practising
from hotline.bridges.reachability import register_reach_calls
from hotline.jobs import make_app, work
from hotline.line_parts import Line, make_line
from hotline.monitoring.disk_guard import DiskGuard
from hotline.monitoring.guessing import watch_guessing
from hotline.monitoring.heartbeat import beat
from hotline.monitoring.vanished import VanishedCalls
from hotline.runtime.parts import Parts, open_parts, until_told_to_stop
from telephony.agents.models import AgentPhone
from telephony.agents.phones import FOLLOW_PHONE
from telephony.agents.queue import take_event
from telephony.agents.state import WISHES, AgentEvent
from telephony.agents.wrap_up import END_WRAP_UP
from telephony.blocking.files import BlockFiles

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


def _disk_guard(line: Line) -> DiskGuard:
    folders = (line.pbx.recordings_directory, line.pbx.log)
    return DiskGuard(folders, line.pbx.no_recording_file, line.incidents, line.control.stop_recordings)


def _vanished(line: Line) -> VanishedCalls:
    return VanishedCalls(line.control.live_channels, line.follower.reconcile)


def register_line(app: App, parts: Parts, line: Line) -> None:
    @app.task(name="agents.set_state", queue="line", retry=3)
    async def set_state(extension: str, state: str, reason: str, phone: str | None = None) -> None:
        at = AgentPhone(phone) if phone else None
        await take_event(parts.sessions, line.control, extension, AgentEvent(WISHES[state], reason), at)

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
