"""The product's own ear over the test sentences: as files, and out of recordings of whole calls."""

import asyncio
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import soundfile

from bench.recognition.noise import telephone
from bench.recognition.played import Found, matched, play, streams
from bench.recognition.tally import TallyHeard
from bench.recognition.testset import RATE, Samples, SpokenSentence
from core.errors import ConfigurationError
from core.sections.speech import SpeechSettings
from core.settings import Settings
from recordings.recognition.engine import Engine, LoadedModel
from recordings.recognition.local_names import Gazetteer
from recordings.recognition.vosk_result import Utterance

SLACK_SECONDS = 0.4
"""A word whose middle is at most this far outside a sentence still belongs to it: less than a third of the gap between
two.
"""


async def load_demo_model(folder: Path, gazetteer: Gazetteer | None = None) -> tuple[Engine, LoadedModel]:
    engine = Engine(Settings(var=folder, speech=SpeechSettings(model="demo-cn")), gazetteer)
    model = await engine.load()
    if model is None:
        raise ConfigurationError("the bench needs the demonstration model (speech/model-cn-demo)")
    return engine, model


def han(text: str) -> str:
    return re.sub(r"[^\u3400-\u9fff]", "", text)


def hear_files(
    said: Sequence[SpokenSentence], line: str, noise_db: float | None, gazetteer: Gazetteer
) -> list[TallyHeard]:
    """Each by itself through A-law, with noise this far below it; line `file` is the unchanged sound."""
    sounds = (one.samples if line == "file" else telephone(one.samples, noise_db, seed=n) for n, one in enumerate(said))
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        return asyncio.run(_hear_files(Path(folder), list(zip(said, sounds, strict=True)), line, gazetteer))


async def _hear_files(
    folder: Path, said: Iterable[tuple[SpokenSentence, Samples]], line: str, gazetteer: Gazetteer
) -> list[TallyHeard]:
    engine, model = await load_demo_model(folder, gazetteer)
    return [
        _heard(one, line, list(_tokens(await engine.recognise(model, write(folder / "sound.wav", sound), 0))))
        for one, sound in said
    ]


def hear_calls(
    said: Sequence[SpokenSentence], lines: dict[str, float | None], gazetteer: Gazetteer
) -> list[TallyHeard]:
    """Through a real Asterisk: several calls, their archived recordings heard whole, the words dealt out by time."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        spoken = streams(said, lines)
        recordings = play(spoken, Path(folder))
        return asyncio.run(_hear_calls(Path(folder), list(matched(recordings, spoken)), gazetteer))


async def _hear_calls(
    folder: Path, calls: Iterable[tuple[Path, list[Found]]], gazetteer: Gazetteer
) -> list[TallyHeard]:
    engine, model = await load_demo_model(folder, gazetteer)
    found = []
    for recording, pieces in calls:
        tokens = list(_tokens(await engine.recognise(model, recording, 0)))
        for one in pieces:
            last = one.start + one.piece.spoken.seconds + SLACK_SECONDS
            inside = [token for token in tokens if one.start - SLACK_SECONDS <= token[0] <= last]
            found.append(replace(_heard(one.piece.spoken, one.piece.line, inside), whole=one.whole))
    return sorted(found, key=lambda one: one.line)


Token = tuple[float, str, str, str]
"""Second of its middle, as heard, with the corrected name, and that name or nothing."""


def _tokens(utterances: Iterable[Utterance]) -> Iterator[Token]:
    """Word by word, a corrected name as one."""
    for one in utterances:
        mended = {repair.first_word: repair for repair in one.repairs}
        at = 0
        while at < len(one.words):
            repair = mended.get(at)
            words = one.words[at : at + (repair.words if repair else 1)]
            heard = "".join(word.word for word in words)
            name = repair.name if repair else ""
            yield (words[0].start + words[-1].end) / 2, heard, name or heard, name
            at += len(words)


def _heard(spoken: SpokenSentence, line: str, tokens: Sequence[Token]) -> TallyHeard:
    raw = "".join(heard for _, heard, _, _ in tokens)
    text = "".join(mended for _, _, mended, _ in tokens)
    return TallyHeard(spoken, line, han(raw), han(text), tuple(name for _, _, _, name in tokens if name))


def write(file: Path, samples: Samples) -> Path:
    soundfile.write(file, samples, RATE, subtype="PCM_16")
    return file
