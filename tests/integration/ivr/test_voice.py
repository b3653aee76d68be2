"""The voice and the prompts with the real espeak-ng and the recorded pieces: audible, at a speaking pace, safe."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.errors import BadInput, ConfigurationError
from ivr.dispatch_flow import KIND_PIECES, dispatch_values
from ivr.flows import Pause, Recorded, Spelled, Words
from ivr.voice.audio import LEVEL_DB, active_level, frame_levels, read_sound
from ivr.voice.prompts import Prompts
from ivr.voice.speech import EspeakVoice, VoiceFailed
from tests.support.city_prompts import of_the_sample_city
from tests.support.crew_line import ORDER

SENTENCE = "小雪街道春秋路12号3栋，路灯昨天晚上不亮，请尽快维修"
SYLLABLES = 25


@pytest.fixture
def voice(tmp_path: Path) -> EspeakVoice:
    return EspeakVoice(tmp_path / "speech")


@pytest.fixture
def prompts(tmp_path: Path, voice: EspeakVoice) -> Prompts:
    return Prompts(of_the_sample_city(tmp_path / "prompts/zh"), tmp_path / "joined", voice)


def longest_silence(samples) -> float:
    quiet = "".join("q" if level < -45 else " " for level in frame_levels(samples))
    return max(map(len, quiet.split())) / 50


async def test_free_text_is_audible_at_a_speaking_pace_with_pauses(voice):
    path = await voice.speak(SENTENCE)
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.subtype) == (8000, 1, "PCM_16")
    samples = read_sound(path)
    assert abs(active_level(samples) - LEVEL_DB) < 0.5
    assert np.abs(samples).max() < 0.95, "nothing is cut"
    assert 3.2 < SYLLABLES / info.duration < 4.5
    assert 0.12 < longest_silence(samples) < 0.8


async def test_the_same_text_is_spoken_once(voice):
    first = await voice.speak(SENTENCE)
    made_at = first.stat().st_mtime_ns
    assert await voice.speak(f" {SENTENCE}\x00") == first
    assert first.stat().st_mtime_ns == made_at
    assert await voice.speak("别的话") != first


async def test_many_at_once_leave_whole_files_and_nothing_else(voice, tmp_path):
    paths = await asyncio.gather(*(voice.speak(SENTENCE) for _ in range(4)))
    assert len(set(paths)) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [paths[0]]


@pytest.mark.parametrize("text", ["", "…！", "\x00\u202e", "🔥"])
async def test_what_cannot_be_said_is_refused(voice, text):
    with pytest.raises(BadInput):
        await voice.speak(text)


async def test_an_engine_that_hangs_is_ended(tmp_path, monkeypatch):
    sleeper = tmp_path / "bin" / "espeak-ng"
    sleeper.parent.mkdir()
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    monkeypatch.setenv("PATH", str(sleeper.parent), prepend=":")
    with pytest.raises(VoiceFailed, match="did not end"):
        await EspeakVoice(tmp_path / "speech", seconds=0.3).speak("路灯")
    assert not (tmp_path / "speech").exists()


async def test_a_missing_engine_is_named_with_its_mend(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="apt install espeak-ng"):
        await EspeakVoice(tmp_path).speak("路灯")


async def test_an_order_is_one_file_of_recorded_pieces_and_voice(prompts):
    sound = await prompts.render(dispatch_values(ORDER)["order"])
    samples = read_sound(sound.path)
    assert sound.seconds == pytest.approx(len(samples) / 8000)
    assert 10 < sound.seconds < 25
    assert longest_silence(samples) < 1.2
    assert abs(active_level(samples) - LEVEL_DB) < 1.5
    assert await prompts.render(dispatch_values(ORDER)["order"]) == sound


async def test_a_towns_name_in_free_text_is_the_recorded_one(prompts):
    towns = [part for part in prompts._spell_out([Words("小雪街道春秋路12号")]) if isinstance(part, Recorded)]
    assert towns == [Recorded("town-xiaoxue")]


async def test_pauses_are_as_long_as_they_were_meant(prompts):
    short = await prompts.render((Recorded("digit-1"), Pause(0.1), Recorded("digit-2")))
    long = await prompts.render((Recorded("digit-1"), Pause(1.1), Recorded("digit-2")))
    assert long.seconds - short.seconds == pytest.approx(1.0)


async def test_a_piece_that_was_never_recorded_is_spoken_and_an_unknown_one_is_an_error(prompts, tmp_path, voice):
    assert (await prompts.render((Spelled("Z9"),))).seconds > 0.5
    bare = tmp_path / "bare" / "zh"
    bare.mkdir(parents=True)
    (bare.parent / "prompts.toml").write_text('[sentence]\ngoodbye = "再见"\n', "utf-8")
    sparse = Prompts(bare, tmp_path / "joined", voice)
    assert (await sparse.render((Recorded("goodbye"),))).seconds > 0.5
    with pytest.raises(ConfigurationError, match="no-such-piece"):
        await sparse.render((Recorded("no-such-piece"),))


async def test_every_piece_that_the_flows_name_is_recorded(prompts):
    from ivr.dispatch_flow import DISPATCH_FLOW
    from ivr.flows import AskDigits, AskKey, Say

    spoken = [node.parts for node in DISPATCH_FLOW.nodes.values() if isinstance(node, Say | AskKey | AskDigits)]
    named = {part.name for parts in spoken for part in parts if isinstance(part, Recorded)}
    named |= {*KIND_PIECES.values(), "order-number", "order-kind", "order-place", "order-subject"}
    named |= {"letter-q", "letter-f", "digit-1-yao", *(f"digit-{digit}" for digit in range(10))}
    assert [name for name in sorted(named) if prompts.find(name) is None] == []
