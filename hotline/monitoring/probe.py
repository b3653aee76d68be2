"""`hotline probe`: calls the line at a set interval and raises an alarm when a citizen would not have been answered. It
runs beside the system and depends on as little of it as it can: a phone account of its own, a manager connection of its
own for the time of one question, and the database, without which it still calls and raises alarms.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Sessions, make_engine, make_sessions, transaction
from core.errors import HotlineError
from core.settings import Settings
from core.tasks import cancel, spawn
from hotline.monitoring.alarms import AlarmsSent, What, note_troubles, send_alarm, send_waiting
from hotline.monitoring.probe_call import probe_phone, ring
from hotline.runtime.cluster import find_cluster
from hotline.runtime.disks import written_folders
from hotline.runtime.policy_in_force import policy_in_force
from hotline.runtime.runtime import until_stopped
from recordings.archive.disk import disk_trouble
from telephony.ami.framing import ManagerEvent
from telephony.ami.manager import ManagerConnection, ManagerSettings
from telephony.control.control import Control
from telephony.monitoring.line_health import Heart, Seen, Trouble, judge, ready_agents
from telephony.monitoring.models import LineHeart, ProbeRound, RosterEntry
from telephony.monitoring.roster import Required, RosterShift, load_shifts, required_at
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import PbxSettings, pbx_settings
from telephony.trouble_kinds import TroubleKind

log = structlog.get_logger()

_ASK_SECONDS = 8.0
_DATABASE_SECONDS = 10.0


@dataclass(frozen=True)
class Round:
    """What one round saw and made of it."""

    seen: Seen
    troubles: tuple[Trouble, ...]


class Probe:
    """Of one PBX. `check` once, or `run` for ever."""

    def __init__(self, settings: Settings, sessions: Sessions, shifts: tuple[RosterShift, ...]) -> None:
        self._settings = settings
        self._sessions = sessions
        self._shifts = shifts
        self._pbx = pbx_settings(settings)
        self._database_away_since: dt.datetime | None = None

    async def run(self) -> None:
        """A round every `interval_seconds`, from its beginning to the next one's."""
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            await self.check()
            await asyncio.sleep(max(0.0, begun + self._settings.probe.interval_seconds - loop.time()))

    async def check(self) -> Round:
        """Ring, ask, judge, store, send."""
        phone = await asyncio.to_thread(probe_phone, self._pbx, self._settings.pbx.line_number)
        ringing = await ring(phone, self._settings.probe.answer_seconds)
        ready, queue_failure = await _ask_queue(self._pbx)
        at = clock.now()
        heart, required, database_failure = await self._ask_database(at)
        seen = Seen(at, ringing, ready, required, heart, queue_failure, database_failure)
        disk = await asyncio.to_thread(disk_trouble, *written_folders(self._settings))
        done = Round(seen, (*judge(seen), *([Trouble(TroubleKind.DISK_NEARLY_FULL, disk)] if disk else [])))
        await self._keep(done)
        return done

    async def _ask_database(self, at: dt.datetime) -> tuple[Heart | None, Required, str]:
        required = required_at(at, self._shifts)
        try:
            async with asyncio.timeout(_DATABASE_SECONDS), self._sessions() as session:
                return await load_heart(session, self._pbx.systemname), await self._load_required(session, at), ""
        except (SQLAlchemyError, OSError) as error:
            return None, required, _reason(error)

    async def _load_required(self, session: AsyncSession, at: dt.datetime) -> Required:
        covering = select(RosterEntry).where(RosterEntry.starts_at <= at, RosterEntry.ends_at > at)
        return required_at(at, self._shifts, (await session.scalars(covering)).all())

    async def _keep(self, done: Round) -> None:
        seen = done.seen
        if not seen.database_failure:
            try:
                async with asyncio.timeout(_DATABASE_SECONDS), transaction(self._sessions) as session:
                    session.add(_row(self._pbx.systemname, done))
                    await note_troubles(session, self._pbx.systemname, done.troubles, seen.at)
                async with transaction(self._sessions) as session:
                    await send_waiting(session, self._settings.probe, clock.now())
                await self._send_database_is_back()
                return
            except (SQLAlchemyError, OSError) as error:
                await self._send_without_rows(seen.at, [Trouble(TroubleKind.DATABASE_AWAY, _reason(error))])
                return
        await self._send_without_rows(seen.at, done.troubles)

    async def _send_without_rows(self, at: dt.datetime, troubles: Sequence[Trouble]) -> None:
        """Once, when the database goes; the rest is found and reported again when it is back."""
        for trouble in troubles:
            log.error("alarm", pbx=self._pbx.systemname, kind=trouble.kind, detail=trouble.detail)
        if self._database_away_since is None:
            for trouble in troubles:
                alarm = AlarmsSent(What.RAISED, self._pbx.systemname, trouble.kind, trouble.detail, at, None)
                if await send_alarm(self._settings.probe, alarm):
                    self._database_away_since = at

    async def _send_database_is_back(self) -> None:
        if (since := self._database_away_since) is None:
            return
        log.warning("alarm_cleared", pbx=self._pbx.systemname, kind=TroubleKind.DATABASE_AWAY)
        kind, detail = TroubleKind.DATABASE_AWAY, "the database answers again"
        if await send_alarm(
            self._settings.probe, AlarmsSent(What.CLEARED, self._pbx.systemname, kind, detail, since, clock.now())
        ):
            self._database_away_since = None


async def load_heart(session: AsyncSession, pbx: str) -> Heart | None:
    """The line process's last sign of life; None: there never was one."""
    row = await session.get(LineHeart, pbx)
    return Heart(row.manager_state, row.detail, row.seen_at, row.cel_read_at) if row else None


def say_round(done: Round) -> list[tuple[bool, str]]:
    """In plain words what went well, then what did not."""
    seen, kinds = done.seen, {trouble.kind for trouble in done.troubles}
    well = []
    if (seconds := seen.ring_result.answer_seconds) is not None:
        well.append(f"the PBX answered after {seconds:.2f} s")
    if seen.ring_result.greeting and not kinds & {TroubleKind.GREETING_SILENT, TroubleKind.GREETING_WRONG}:
        greeting = seen.ring_result.greeting
        well.append(f"the greeting was heard: {greeting.score:.0%} of it recognised, {greeting.level_db:.0f} dB")
    if seen.ready:
        well.append(
            f"agents ready: {', '.join(seen.ready)}; wanted: {seen.required.ready_least} ({seen.required.name})"
        )
    if seen.heart and TroubleKind.LINE_AWAY not in kinds:
        well.append("the line process is logged in and reads what the PBX writes")
    return [*((True, line) for line in well), *((False, trouble.detail) for trouble in done.troubles)]


async def run_probe(settings: Settings) -> None:
    """Until SIGTERM."""
    async with _open_probe(settings) as probe:
        running = spawn(probe.run(), name="probe")
        log.info("watch_open", every_seconds=settings.probe.interval_seconds, number=settings.pbx.line_number)
        try:
            await until_stopped(running)
        finally:
            await cancel(running)


async def probe_once(settings: Settings) -> Round:
    async with _open_probe(settings) as probe:
        return await probe.check()


@asynccontextmanager
async def _open_probe(settings: Settings) -> AsyncIterator[Probe]:
    # Not hotline.runtime.runtime.database_url: the probe must not start what it is to find missing.
    engine = make_engine(settings.database_url or find_cluster(settings.var / "postgres").url, pool_size=2)
    try:
        policy_in_force(settings)
        yield Probe(settings, make_sessions(engine), load_shifts(settings.city))
    finally:
        await engine.dispose()


async def _ask_queue(pbx: PbxSettings) -> tuple[tuple[str, ...] | None, str]:
    """Extensions of the agents that are ready; else None and why."""
    logged_in = asyncio.Event()

    async def on_login(_: ManagerConnection) -> None:
        logged_in.set()

    async def on_event(_: ManagerEvent) -> None:
        pass

    settings = ManagerSettings(
        host=pbx.ami_host, port=pbx.ami_port, username="hotline", secret=SecretStr(load_secrets(pbx).ami)
    )
    connection = ManagerConnection(settings, on_login=on_login, on_event=on_event)
    running = spawn(connection.run(), name="probe manager")
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            await logged_in.wait()
            status = await Control(connection, queue=pbx.queue).queue_status()
    except TimeoutError:
        return None, connection.status.detail
    except HotlineError as error:
        return None, error.message
    finally:
        await connection.close()
        await cancel(running)
    return ready_agents(status.members), ""


def _row(pbx: str, done: Round) -> ProbeRound:
    seen = done.seen
    return ProbeRound(
        pbx=pbx,
        at=seen.at,
        answer_seconds=seen.ring_result.answer_seconds,
        greeting_score=seen.ring_result.greeting and seen.ring_result.greeting.score,
        ready_agents=None if seen.ready is None else len(seen.ready),
        wanted_agents=seen.required.ready_least,
        troubles=[str(trouble.kind) for trouble in done.troubles],
    )


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
