"""Keys that a carrier sends in the sound, and busy tones, through the real recogniser."""

from pathlib import Path

import numpy as np
import pytest
import vosk

from recordings.recognition.hearing import Hearing
from recordings.recognition.signal_tones import without_tones
from speech.sound.audio import read_wav

ROOT = Path(__file__).parents[3]
LOWER, UPPER = (697, 770, 852, 941), (1209, 1336, 1477)


def tones(seconds: float, pause: float, *hertz: float, loud: int = 5000) -> np.ndarray:
    at = np.arange(int(8000 * seconds)) / 8000
    return np.concatenate([sum(loud * np.sin(2 * np.pi * one * at) for one in hertz), np.zeros(int(8000 * pause))])


def keys(pressed: str, seconds: float, pause: float) -> np.ndarray:
    places = ["123456789*0#".index(key) for key in pressed]
    return np.concatenate([tones(seconds, pause, LOWER[place // 3], UPPER[place % 3]) for place in places])


def heard(sound: np.ndarray) -> str:
    recogniser = vosk.KaldiRecognizer(vosk.Model(str(ROOT / "speech/model-cn-demo")), 8000)
    recogniser.SetWords(True)
    hearing = Hearing(recogniser, 0)
    said = [*hearing.hear(sound.round().astype("<i2").tobytes()), hearing.finish()]
    return "".join(one.text for one in said if one)


STILL = np.zeros(8000)


@pytest.mark.parametrize(
    "sound",
    [keys("13900001234#", 0.12, 0.12), keys("2026*0#", 0.06, 0.06), keys("5", 3, 0.2), tones(0.35, 0.35, 450)],
    ids=["number", "quick keys", "one key held", "busy tone"],
)
def test_keys_and_busy_tones_are_no_words_and_what_is_said_beside_them_is_heard(sound: np.ndarray) -> None:
    assert heard(np.concatenate([STILL, sound, STILL])) == ""
    spoken = read_wav(ROOT / "deploy/demo/speech/citizen-water.wav")
    alone = heard(np.concatenate([spoken, STILL]))
    assert alone
    assert heard(np.concatenate([STILL, sound, STILL, spoken, STILL])) == alone


def test_no_speech_is_taken_for_a_signal() -> None:
    folders = ("deploy/demo/speech", "deploy/prompts/zh", "deploy/city/qufu/prompts")
    for file in sorted(file for folder in folders for file in (ROOT / folder).glob("*.wav")):
        spoken = read_wav(file).round().astype("<i2")
        voice, lasts = without_tones(spoken, 8000)
        assert voice is spoken, file.name
        assert not lasts
