"""A voice far below what is usual, through the real recogniser."""

from pathlib import Path

import numpy as np
import vosk

from recordings.recognition.hearing import Hearing
from speech.sound.audio import active_level, read_wav

ROOT = Path(__file__).parents[3]


def test_a_voice_at_45_db_below_full_scale_is_understood_to_its_end() -> None:
    spoken = read_wav(ROOT / "deploy/city/qufu/prompts/greeting.wav") / 32768
    faint = spoken * 10 ** ((-45 - active_level(spoken)) / 20) * 32768
    pause = np.zeros(3 * 8000)
    sound = np.concatenate([pause, faint, pause]).round().astype("<i2").tobytes()
    recogniser = vosk.KaldiRecognizer(vosk.Model(str(ROOT / "speech/model-cn-demo")), 8000)
    recogniser.SetWords(True)
    hearing = Hearing(recogniser, 0)
    said = [*hearing.hear(sound), hearing.finish()]
    result = "".join(one.text for one in said if one)
    assert result.startswith("您好这里是曲阜市马上就办一线通")
    assert result.endswith("接线员请稍候")
