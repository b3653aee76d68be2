"""`hotline doctor`: what is missing, in plain words, and how to fix it."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from core import clock
from core.database import make_engine, make_sessions
from core.errors import HotlineError
from core.push_contact import wrong_contact
from core.settings import Settings
from dispatch.clock.calendar_wanted import calendar_wanted
from hotline.bridges.crew_push import contact_of
from hotline.bridges.line.announcements import announcements_trouble
from hotline.monitoring.probe import load_heart
from hotline.operations.prompts import look_at_prompts
from hotline.runtime.disks import written_folders
from hotline.runtime.plain_errors import NO_TABLES
from hotline.runtime.policy_in_force import policy_in_force
from hotline.runtime.runtime import database_url
from ivr.announcement_file import load_announcements
from knowledge.samples import load_samples
from recordings.archive.disk import disk_trouble, free_bytes
from recordings.audio.keys import keys_of
from recordings.recognition.speech_models import ModelKind, find_model, mend_no_model
from telephony.monitoring.line_health import Heart, heart_trouble
from telephony.monitoring.roster import load_shifts
from telephony.pbx.checks.configuration import check_configuration
from telephony.pbx.checks.running import check_running
from telephony.pbx.firewall import TABLE, Door, look_at_door
from telephony.pbx.process import PbxProcess
from telephony.pbx.settings import is_loopback, pbx_settings
from web.map_file import UnreadableMap, find_map, lacks_towns, map_path


@dataclass(frozen=True)
class Diagnosis:
    what: str
    ok: bool
    detail: str


async def examine(settings: Settings) -> list[Diagnosis]:
    """Every part looked at, whatever the others said."""
    checks: list[tuple[str, Callable[[Settings], str]]] = [
        ("city data", _city),
        ("calendar", _calendar),
        ("roster", _roster),
        ("knowledge", _knowledge),
        ("database", _database),
        ("exchange", _exchange),
        ("SIP port", _sip_port),
        ("line", _line),
        ("speech model", _model),
        ("voice", _voice),
        ("prompts", _prompts),
        ("announcements", _announcements),
        ("reminders", _reminders),
        ("encryption", _encryption),
        ("disk", _disk),
        ("map", _map),
    ]
    return [await asyncio.to_thread(_check, what, check, settings) for what, check in checks]


def _check(what: str, check: Callable[[Settings], str], settings: Settings) -> Diagnosis:
    try:
        return Diagnosis(what, True, check(settings))
    except HotlineError as error:
        return Diagnosis(what, False, error.message)
    except (ProgrammingError, psycopg.ProgrammingError):
        return Diagnosis(what, False, NO_TABLES)
    except (psycopg.Error, SQLAlchemyError, OSError) as error:
        return Diagnosis(what, False, str(error).strip())
    except Exception as error:
        # Whatever one check fails on, the others are still shown.
        return Diagnosis(what, False, f"it could not be looked at: {type(error).__name__}: {error}")


def _map(settings: Settings) -> str:
    try:
        found = find_map(settings)
    except UnreadableMap as error:
        raise HotlineError(f"{map_path(settings)}: {error}. Fix: copy the file again, or remove it") from error
    if found is None:
        return f"no map ({map_path(settings)}): places are words only"
    if outside := lacks_towns(found, policy_in_force(settings).city):
        raise HotlineError(f"{found.path} does not cover {outside[0]}. Fix: extract a larger area")
    return f"{found.path}, {found.size_bytes / 1e6:.1f} MB; {found.attribution}"


def _reminders(settings: Settings) -> str:
    contact = contact_of(settings)
    if why := wrong_contact(contact):
        raise HotlineError(f"crews' phones: {contact}: {why}. Fix: HOTLINE_WEB__PUSH_CONTACT=mailto:NAME@DOMAIN")
    return f"crews' phones get Web Push; push services may contact {contact}"


def _city(settings: Settings) -> str:
    city = policy_in_force(settings).city
    sample = " (sample people and phones: not for real use)" if city.sample else ""
    return f"{city.name}, {len(city.offices)} offices, {len(city.units)} crews{sample}"


def _calendar(settings: Settings) -> str:
    policy = policy_in_force(settings)
    wanted = calendar_wanted(policy.times, policy.city.calendar, clock.now())
    if wanted and wanted.urgent:
        raise HotlineError(f"orders get provisional limits. {wanted.words}")
    if wanted:
        return f"soon wanted: {wanted.words}"
    return "this year's working days are entered, and from November on the next year's"


def _roster(settings: Settings) -> str:
    return f"{len(load_shifts(settings.city))} weekly shifts"


def _knowledge(settings: Settings) -> str:
    return f"{len(load_samples(settings.city / 'knowledge.toml'))} articles to begin with"


def _database(settings: Settings) -> str:
    with psycopg.connect(database_url(settings), connect_timeout=5) as connection:
        row = connection.execute("SELECT version(), to_regclass('orders')").fetchone()
    version, tables = row if row else ("", None)
    if tables is None:
        raise HotlineError("the tables are not there. Fix: hotline db upgrade")
    return str(version).split(" on ")[0]


def _exchange(settings: Settings) -> str:
    pbx = pbx_settings(settings)
    process = PbxProcess(pbx)
    if not pbx.configuration.exists():
        raise HotlineError("it was never set up. Fix: hotline pbx start (hotline serve does it too)")
    running = process.pid() is not None
    findings = [*check_configuration(pbx), *(check_running(pbx) if running else [])]
    if findings:
        raise HotlineError("; ".join(map(str, findings)))
    if not running:
        raise HotlineError("Asterisk does not run. Fix: hotline pbx start")
    status = process.status()
    return f"{status.version}, {status.channels} channels"


def _sip_port(settings: Settings) -> str:
    pbx = pbx_settings(settings)
    if is_loopback(pbx.host):
        return "this machine alone can reach it"
    load = "hotline pbx firewall | sudo nft -f - (docs/operations.md says how to have it loaded at boot)"
    match look_at_door(pbx):
        case Door.SHUT:
            return "the firewall lets the carrier in and slows strangers down"
        case Door.UNSEEN:
            return f"whether the firewall slows strangers down root alone can see: sudo nft list table inet {TABLE}"
        case Door.STALE:
            raise HotlineError(f"the firewall's rules are of other settings. Fix: {load}")
        case Door.OPEN:
            raise HotlineError(f"anybody who reaches it can send requests without limit. Fix: {load}")


def _line(settings: Settings) -> str:
    async def read_heart() -> Heart | None:
        engine = make_engine(database_url(settings), pool_size=1)
        try:
            async with make_sessions(engine)() as session:
                return await load_heart(session, settings.pbx.name)
        finally:
            await engine.dispose()

    heart = asyncio.run(read_heart())
    if why := heart_trouble(heart, clock.now()):
        raise HotlineError(f"{why}. Fix: hotline line, or hotline serve for everything")
    return "logged in to the exchange, and reads what it writes about calls"


def _model(settings: Settings) -> str:
    model = find_model(settings)
    if model is None:
        raise HotlineError(mend_no_model(settings))
    if model.kind is not ModelKind.DOWNLOAD and not settings.speech.model:
        return f"{model.name}: {model.title}. Before real callers: hotline models install vosk-model-small-cn-0.22"
    return f"{model.name}: {model.title}"


def _voice(settings: Settings) -> str:
    if command := settings.speech.voice_command:
        if shutil.which(command[0]) is None:
            raise HotlineError(f"HOTLINE_SPEECH__VOICE_COMMAND: there is no program {command[0]}")
        return f"{command[0]} speaks what was not recorded beforehand"
    if shutil.which("espeak-ng") is None:
        raise HotlineError("espeak-ng is missing: orders cannot be spoken. Fix: apt-get install espeak-ng")
    return "espeak-ng speaks what was not recorded beforehand"


def _prompts(settings: Settings) -> str:
    found = look_at_prompts(settings)
    if found is None:
        return f"HOTLINE_PROMPTS is a folder of your own: {settings.prompts}"
    if found.foreign:
        told = "; ".join(f"{name}.wav says “{said or '?'}”" for name, said in found.foreign.items())
        raise HotlineError(
            f"recordings in {settings.city / 'prompts'} are not this city's, and are not played: {told}. "
            "Fix: record them anew, or hotline prompts make"
        )
    if found.unrecorded:
        return f"{len(found.unrecorded)} that name the city are spoken by machine (hotline prompts list)"
    return f"{len(found.recorded)} that name the city are its own recordings"


def _encryption(settings: Settings) -> str:
    keys = keys_of(settings)
    with psycopg.connect(database_url(settings), connect_timeout=5) as connection:
        rows = connection.execute("SELECT key_id, count(*) FROM recordings WHERE state = 'saved' GROUP BY 1").fetchall()
    sealed = {key_id: count for key_id, count in rows if key_id}
    newest = keys.newest()
    if missing := sealed.keys() - set(keys.ids()):
        missing_keys = ", ".join(f"{key_id} ({sealed[key_id]} recordings)" for key_id in sorted(missing))
        raise HotlineError(f"keys are missing: {missing_keys}. Fix: put them back into HOTLINE_ENCRYPTION__KEYS_FILE")
    if newest is None or keys.file is None:
        return "recordings are not sealed (HOTLINE_ENCRYPTION__KEYS_FILE)"
    if keys.file.stat().st_mode & 0o077:
        raise HotlineError(f"others can read {keys.file}. Fix: chmod 600 {keys.file}")
    if keys.file.is_relative_to(settings.var):
        raise HotlineError(f"{keys.file} lies beside what it seals. Fix: keep it outside {settings.var}")
    rest = sum(count for key_id, count in rows if key_id != newest.id)
    return f"new recordings are sealed with {newest.id}" + (
        f"; {rest} are not: hotline recordings rekey" if rest else ""
    )


def _announcements(settings: Settings) -> str:
    if trouble := announcements_trouble(settings, clock.now()):
        raise HotlineError(trouble)
    return f"{len(load_announcements(settings.city).announcement)} in the city's file, and the exchange knows them"


def _disk(settings: Settings) -> str:
    settings.var.mkdir(parents=True, exist_ok=True)
    folders = written_folders(settings)
    if trouble := disk_trouble(*folders):
        raise HotlineError(f"{trouble}. Fix: make room, or move HOTLINE_VAR")
    return f"{min(map(free_bytes, folders)) / 1e9:.0f} GB free at {settings.var}"
