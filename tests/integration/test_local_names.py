"""A misheard local name is mended in the stored transcript; what was heard stays, with its times."""

import itertools
from dataclasses import asdict
from pathlib import Path

import soundfile

from core.database import Sessions
from core.settings import Settings, SpeechSettings
from recordings.engine import Engine
from recordings.local_names import make_gazetteer
from recordings.models import TranscriptState
from recordings.search import search_transcripts
from recordings.transcribe import transcribe
from recordings.words import Repair
from tests.integration.test_transcription import archived, load

MANHOLE = Path(__file__).parents[2] / "deploy/demo/speech/citizen-manhole.wav"
"""书院街道有一个井盖不见了…"""
NAME = "伊阁井盖"
"""Of the same sounds as 一个井盖."""


async def test_a_misheard_name_is_mended_and_what_was_heard_is_kept(sessions: Sessions, tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, speech=SpeechSettings(model="demo-cn"))
    transcript_id = await archived(sessions, settings, soundfile.read(MANHOLE, dtype="int16")[0])
    engine = Engine(settings, make_gazetteer([NAME, "书院街道"]))
    assert await transcribe(sessions, settings.recordings, engine, transcript_id) is TranscriptState.DONE
    made = await load(sessions, transcript_id)
    assert NAME in made.text
    assert "书院街道" in made.text
    (segment,) = [one for one in made.segments if one.repairs]
    assert NAME in segment.text
    heard = [word["word"] for word in segment.words]
    first = heard.index("一个")
    assert segment.repairs == [asdict(Repair("一个井盖", NAME, first, 2, 0.0))]
    assert heard[first : first + 2] == ["一个", "井盖"]
    assert all(one["end"] <= two["start"] + 0.001 for one, two in itertools.pairwise(segment.words))
    async with sessions() as session:
        assert [one.id for one in await search_transcripts(session, NAME)] == [transcript_id]
