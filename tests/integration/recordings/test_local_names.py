"""A misheard local name is corrected in the stored transcript; what was heard stays, with its times."""

import itertools
import json
import re
from dataclasses import asdict
from pathlib import Path

import soundfile
from pypinyin.seg.mmseg import seg

from core.database import Sessions
from core.sections.speech import SpeechSettings
from core.settings import Settings
from dispatch.city.load import load_city
from hotline.bridges.recordings.gazetteer import gazetteer_of
from recordings.archive.export import transcript_text
from recordings.models import TranscriptState
from recordings.recognition.engine import Engine
from recordings.recognition.local_names import find_repairs, make_gazetteer
from recordings.recognition.vosk_result import Repair
from recordings.transcripts.search import search_transcripts
from recordings.transcripts.transcribe import transcribe
from tests.support.transcripts import archived, load

ROOT = Path(__file__).parents[3]
MANHOLE = ROOT / "deploy/demo/speech/citizen-manhole.wav"
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
    assert f"“{NAME}”识别为“一个井盖”" in transcript_text(made.recording, made)
    async with sessions() as session:
        assert [one.id for one in await search_transcripts(session, NAME)] == [transcript_id]


def test_right_chinese_is_not_changed_however_it_is_cut_into_words() -> None:
    gazetteer = gazetteer_of(load_city(ROOT / "deploy/city/qufu"))
    lines = [
        line for file in (ROOT / "samples/labelled").glob("replies-*.jsonl") for line in file.read_text().splitlines()
    ]
    rows = map(json.loads, lines)
    written = [row[field] for row in rows for field in ("matter", "done", "answer")]
    stretches = [found for text in written for found in re.findall(r"[\u3400-\u9fff]+", text)]
    assert sum(map(len, stretches)) > 10_000
    changed = [
        repair
        for stretch in stretches
        for words in (list(seg.cut(stretch)), list(stretch))
        for repair in find_repairs(words, gazetteer)
    ]
    assert changed == []
