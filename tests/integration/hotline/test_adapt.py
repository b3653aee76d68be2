"""`hotline models adapt`: names that came to the city's lists are words of the model from then on."""

import asyncio
import shutil
from pathlib import Path

import soundfile

from bench.recognition.testset import RATE, ROOT, SpokenSentence, load_testset
from core.sections.speech import SpeechSettings
from core.settings import Settings
from hotline.operations.adapt import adapt
from recordings.recognition.engine import Engine
from recordings.recognition.speech_models import find_model

STREET = "尚德街"
"""Of no list of the city's. The test set has a sentence about it by a voice that the model was trained on."""


def test_a_street_that_was_added_to_the_citys_places_is_heard_once_the_model_was_adapted(tmp_path: Path) -> None:
    city = tmp_path / "city"
    shutil.copytree(ROOT / "deploy/city/qufu", city)
    settings = Settings(var=tmp_path / "var", city=city, speech=SpeechSettings(model="demo-cn"))
    spoken = next(one for one in load_testset() if one.place == STREET and one.trained)
    assert STREET not in hear(settings, spoken, tmp_path)

    with (city / "places.csv").open("a", encoding="utf-8") as places:
        places.write(f"{STREET},lucheng,road,,,\n")
    said: list[str] = []
    adapted = adapt(settings, said.append, sentences=1_500)

    assert adapted.path == settings.models / "demo-cn"
    assert find_model(settings) == adapted, "it is used at once, and keeps its title, which is the warning"
    assert "仅供演示和测试" in adapted.title
    assert STREET in hear(settings, spoken, tmp_path)
    assert STREET not in (ROOT / "speech/model-cn-demo/graph/words.txt").read_text("utf-8"), "the repository's stays"


def hear(settings: Settings, spoken: SpokenSentence, folder: Path) -> str:
    """Without any repair: what the model itself hears."""
    file = folder / "spoken.wav"
    soundfile.write(file, spoken.samples, RATE, subtype="PCM_16")

    async def recognise() -> str:
        engine = Engine(settings)
        model = await engine.load()
        assert model is not None
        return "".join(one.text for one in await engine.recognise(model, file, 0))

    return asyncio.run(recognise())
