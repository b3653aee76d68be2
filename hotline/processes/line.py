"""`hotline line`: one per PBX. Follows its events, stores them, drives agents, dispatch calls and what callees hear."""

import asyncio

import structlog

from access.calls.command_requests import CONTROL_QUEUE
from core.database import Sessions
from core.errors import HotlineError
from core.settings import Settings
from core.tasks import cancel, spawn
from hotline.bridges.line.announcements import apply_or_say_why_not
from hotline.jobs import LINE_QUEUES, jobs_of
from hotline.line_runtime import LineRuntime, make_line
from hotline.monitoring.disk_guard import DiskGuard
from hotline.monitoring.guessing import watch_guessing
from hotline.monitoring.heartbeat import beat
from hotline.monitoring.phone_watch import PhoneWatch
from hotline.monitoring.registration import RegistrationGuard
from hotline.monitoring.vanished import VanishedCalls
from hotline.processes.prepare import prepare_pbx
from hotline.runtime.durable_jobs import make_app, register, work
from hotline.runtime.job_tools import LineTools
from hotline.runtime.presence import keep_presence
from hotline.runtime.runtime import open_runtime, until_stopped
from telephony.blocking.files import BlockFiles

log = structlog.get_logger()

_PHONE_JOBS_AT_ONCE = 16
_COMMANDS_AT_ONCE = 64


async def run_line(settings: Settings) -> None:
    """Listen until SIGTERM. Whatever the PBX or the network does, the connection is made again."""
    async with open_runtime(settings) as runtime:
        line = make_line(runtime)
        app = make_app(runtime.database_url)
        tools = LineTools(runtime, line.pbx, line.control, line.sessions, line.after_call_work, line.agent_phones)
        register(app, jobs_of(*LINE_QUEUES), tools)
        running = [
            spawn(line.follower.run(), name="follower"),
            spawn(line.connection.run(), name="manager"),
            spawn(line.agent_phones.run(), name="agents' telephones"),
            spawn(BlockFiles(line.pbx.blocked_directory, runtime.sessions).run(runtime.bus), name="block list"),
            spawn(_disk_guard(line).run(), name="disk guard"),
            spawn(_vanished(line).run(), name="vanished calls"),
            spawn(_registration(line, runtime.sessions).run(), name="registration"),
            spawn(PhoneWatch(runtime.sessions, line.control, line.pbx).run(), name="telephones' registrations"),
            spawn(keep_presence(runtime, "line"), name="presence"),
            spawn(watch_guessing(line.pbx.log / "messages", line.incidents), name="guessing"),
            spawn(
                beat(runtime.sessions, line.connection, line.follower, pbx=line.pbx.systemname, file=line.pbx.cel_file),
                name="heart",
            ),
        ]
        spawn(apply_or_say_why_not(runtime.settings), name="announcements")
        runtime.holder.follow(lambda _: spawn(_take_over_city(runtime.settings), name="exchange follows the city"))
        async with app.open_async():
            jobs = spawn(work(app, ["line"], concurrency=_PHONE_JOBS_AT_ONCE, name="line"), name="line jobs")
            # A queue of its own: an agent's command for a call must not wait behind calls to crews.
            commands = spawn(
                work(app, [CONTROL_QUEUE], concurrency=_COMMANDS_AT_ONCE, name="control"), name="control jobs"
            )
            await until_stopped(jobs, commands, runtime.listening, *running)
            await cancel(jobs)
            await cancel(commands)
        await line.progress.close()
        await line.connection.close()
        await line.listener.quiet()
        for task in running:
            await cancel(task)


async def _take_over_city(settings: Settings) -> None:
    """Crews' telephones, numbers that may be dialled and announcements, by another version of the city's files."""
    try:
        await asyncio.to_thread(prepare_pbx, settings)
    except (HotlineError, OSError) as error:
        log.error("exchange_not_prepared", detail=error.message if isinstance(error, HotlineError) else str(error))
    await apply_or_say_why_not(settings)


def _disk_guard(line: LineRuntime) -> DiskGuard:
    folders = (line.pbx.recordings_directory, line.pbx.log)
    return DiskGuard(folders, line.pbx.no_recording_file, line.incidents, line.control.stop_recordings)


def _registration(line: LineRuntime, sessions: Sessions) -> RegistrationGuard:
    pbx = line.pbx
    return RegistrationGuard(sessions, pbx.systemname, line.control.registrations, wanted=pbx.trunk_register)


def _vanished(line: LineRuntime) -> VanishedCalls:
    return VanishedCalls(line.control.live_channels, line.follower.reconcile)
