"""Practice calls: the job that rings a new agent's telephone, and the made-up citizen's sentences as files.

The sentences are played by the dialplan (`[practice]`) and need nothing of us once it rings. Rung at most once: a run
that a killed process had begun says so.
"""

import asyncio
from pathlib import Path

import structlog

from core import bus, clock
from core.database import transaction
from core.errors import HotlineError
from dispatch.practice.models import PracticeRun
from dispatch.practice.scripts import PracticeScript
from hotline.runtime.job_tools import LineTools
from hotline.runtime.runtime import Runtime
from ivr.voice.audio import level, read_sound, trim, write_sound
from ivr.voice.speech import Voice
from telephony.calls.channel_names import browser_endpoint
from telephony.control.arguments import CALL_HEADER
from telephony.control.conference import INVITED_SECONDS
from telephony.control.control import Control
from telephony.control.dial_results import DialResult
from telephony.control.rows import DeviceState
from telephony.labels import DIAL_RESULTS

log = structlog.get_logger()

PRACTICE = "practice.ring"
POLLS, POLL_SECONDS = 60, 0.5
"""For the agent's telephone to be there."""
PATIENCE_SECONDS = 8
"""How long the citizen waits for the agent to begin, and again to finish, before saying the next sentence."""


async def ring(line: LineTools, run_id: int) -> None:
    """The job `practice.ring`."""
    runtime = line.runtime
    run = await _begin(runtime, run_id)
    if run is None:
        return
    try:
        script = runtime.policy.practice[run.script]
        says = await speak_lines(script, runtime.settings.spoken / "practice", line.voice)
        await _until_there(line.control, run.extension)
        phone = await line.rooms.third(run.extension)
        result = await line.control.ring(
            phone.address,
            run.linkedid,
            ("practice", "s"),
            caller_id=script.number,
            ring_seconds=INVITED_SECONDS,
            variables={
                "SAYS": str(says),
                "LINES": str(len(script.lines)),
                "PATIENCE": str(PATIENCE_SECONDS),
                CALL_HEADER: run.linkedid,
            },
        )
        trouble = "" if result is DialResult.ANSWERED else f"练习电话没有接起：{DIAL_RESULTS[result]}。"
    except (HotlineError, KeyError, OSError) as error:
        log.warning("practice_failed", run=run_id, error=str(error))
        trouble = "练习电话没有打成，请稍后再试；一再不成请找系统管理员。"
    await _note(runtime, run_id, trouble)


async def _until_there(control: Control, extension: str) -> None:
    """An agent called by a supervisor may still be on the way to the desk. If not, the unanswered call shows it."""
    for _ in range(POLLS):
        if await _is_there(control, extension):
            return
        await asyncio.sleep(POLL_SECONDS)


async def _is_there(control: Control, extension: str) -> bool:
    states = await control.device_states()
    return any(states.get(phone) is DeviceState.NOT_IN_USE for phone in (extension, browser_endpoint(extension)))


async def speak_lines(script: PracticeScript, directory: Path, voice: Voice) -> Path:
    """Has each sentence as a telephone sound file, `<what is returned>-1.wav` and so on."""
    stem = directory / script.code
    for number, line in enumerate(script.lines, 1):
        source = line.sound or await voice.speak(line.text)
        await asyncio.to_thread(_copy, source, stem.with_name(f"{script.code}-{number}.wav"))
    return stem.absolute()


def _copy(source: Path, target: Path) -> None:
    write_sound(target, level(trim(read_sound(source))))


async def _begin(runtime: Runtime, run_id: int) -> PracticeRun | None:
    """None: it was begun before."""
    async with transaction(runtime.sessions) as session:
        run = await session.get(PracticeRun, run_id, with_for_update=True)
        if run is None:
            return None
        if run.rang_at is not None:
            run.trouble = run.trouble or "系统中断，不知练习电话是否响过。需要时请重新开始。"
            return None
        run.rang_at = clock.now()
        return run


async def _note(runtime: Runtime, run_id: int, trouble: str) -> None:
    async with transaction(runtime.sessions) as session:
        run = await session.get_one(PracticeRun, run_id)
        run.trouble = trouble
        await bus.publish(session, "agent", run.extension)
