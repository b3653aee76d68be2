"""A recording that names a city is played only in that city; what is not recorded is spoken by machine."""

from pathlib import Path

import pytest

from core.city_words import CityWords
from core.errors import Unavailable
from ivr.voice.city_prompts import (
    PromptTexts,
    assemble_prompts,
    city_prompts,
    keep_recordings,
    prompt_texts,
    speak_unrecorded,
)
from tests.support.cities import ROOT, SAMPLE

COMMON = ROOT / "deploy/prompts/zh"
WORDS = CityWords(city="清禾县", line="清心热线", crew="服务队")
TOWNS = [("donghe", "东禾镇")]


class Voice:
    def __init__(self, folder: Path, *, silent: bool = False) -> None:
        self.said: list[str] = []
        self._folder, self._silent = folder, silent

    async def speak(self, text: str) -> Path:
        if self._silent:
            raise Unavailable("no voice")
        self.said.append(text)
        path = self._folder / f"{len(self.said)}.wav"
        path.write_bytes(text.encode())
        return path


@pytest.fixture
def texts() -> PromptTexts:
    found = prompt_texts(COMMON, TOWNS, WORDS, "QJ")
    assert found is not None
    return found


def test_a_citys_own_prompts_are_those_that_name_it_its_towns_and_its_letters(texts: PromptTexts) -> None:
    assert texts.of_city["greeting"].startswith("您好，这里是清禾县清心热线。")
    assert "测试服务队的值班电话" in texts.of_city["reachability-check"]
    assert {name: texts.of_city[name] for name in ("town-donghe", "letter-j")} == {
        "town-donghe": "东禾镇", "letter-j": "J",
    }  # fmt: skip
    assert not texts.common.keys() & texts.of_city.keys() - {"letter-j"}
    assert not any("{" in text for text in (*texts.common.values(), *texts.of_city.values()))


def test_a_foreign_recording_is_named_and_an_unnoted_one_too(tmp_path: Path, texts: PromptTexts) -> None:
    own = tmp_path / "prompts"
    own.mkdir()
    (own / "greeting.wav").write_bytes(b"g")
    (own / "town-donghe.wav").write_bytes(b"t")
    (own / "recorded.toml").write_text('[recorded]\ngreeting = "您好，这里是别的县。"\n', "utf-8")
    found = city_prompts(tmp_path, texts)
    assert found.recorded == {}
    assert found.foreign == {"greeting": "您好，这里是别的县。", "town-donghe": ""}
    assert "dispatch-intro" in found.unrecorded
    keep_recordings(tmp_path, {"greeting": (own / "greeting.wav", texts.of_city["greeting"])})
    assert set(city_prompts(tmp_path, texts).recorded) == {"greeting"}


async def test_what_is_put_together_says_this_city_alone(tmp_path: Path, texts: PromptTexts) -> None:
    made, target = tmp_path / "made", tmp_path / "prompts/zh"
    made.mkdir()
    voice = Voice(made)
    own = city_prompts(SAMPLE, texts)
    assert set(own.foreign) >= {"greeting", "dispatch-intro"}, "the sample's greeting is another city's here"
    assemble_prompts(COMMON, texts, {**own.recorded, **await speak_unrecorded(texts, own, voice)}, target)
    assert (target / "greeting.wav").read_text("utf-8") == texts.of_city["greeting"]
    assert (target / "goodbye.wav").read_bytes() == (COMMON / "goodbye.wav").read_bytes()
    assert not (target / "town-lucheng.wav").exists()
    assert "东禾镇" in (target.parent / "prompts.toml").read_text("utf-8")
    (target / "town-gone.wav").write_bytes(b"old")
    assemble_prompts(COMMON, texts, own.recorded, target)
    assert not (target / "town-gone.wav").exists()


async def test_no_greeting_at_all_stops_the_start_and_other_sentences_do_not(
    tmp_path: Path, texts: PromptTexts
) -> None:
    keep_recordings(tmp_path, {"greeting": (SAMPLE / "prompts/greeting.wav", texts.of_city["greeting"])})
    assert await speak_unrecorded(texts, city_prompts(tmp_path, texts), Voice(tmp_path, silent=True)) == {}
    (tmp_path / "prompts/greeting.wav").unlink()
    with pytest.raises(Unavailable):
        await speak_unrecorded(texts, city_prompts(tmp_path, texts), Voice(tmp_path, silent=True))


def test_a_folder_that_is_complete_as_it_is_is_left_alone(tmp_path: Path) -> None:
    assert prompt_texts(tmp_path / "zh", TOWNS, WORDS) is None


def test_the_sample_city_recorded_all_that_names_it() -> None:
    from dispatch.city.load import load_city

    city = load_city(SAMPLE)
    texts = prompt_texts(COMMON, [(town.code, town.name) for town in city.towns.values()], city.words, "QF")
    assert texts is not None
    found = city_prompts(SAMPLE, texts)
    assert (found.foreign, found.unrecorded) == ({}, ())
