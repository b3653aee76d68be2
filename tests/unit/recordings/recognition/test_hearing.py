"""What is fed to the recogniser, what is left out, and that times stay the recording's own."""

import json

import numpy as np
import pytest

from recordings.recognition.hearing import BLOCK_FRAMES, QUIET_SECONDS, Hearing
from recordings.recognition.vosk_result import Utterance

RATE = 8000
SILENCE = bytes(2 * BLOCK_FRAMES)
VOICE = (3000 * np.sin(np.arange(BLOCK_FRAMES) / 3)).astype("<i2").tobytes()
BLOCK_SECONDS = BLOCK_FRAMES / RATE


class Parrot:
    """Hears each run of voice as one word, and ends it after half a second of silence; its clock is what it was fed."""

    def __init__(self) -> None:
        self.fed = 0
        self._since: float | None = None
        self._quiet = 0
        self._done: tuple[float, float] | None = None

    def AcceptWaveform(self, sound: bytes) -> bool:
        for start in range(0, len(sound), 160):
            loud = any(sound[start : start + 160])
            at = self.fed / RATE
            self.fed += len(sound[start : start + 160]) // 2
            if loud:
                self._since = at if self._since is None else self._since
                self._quiet = 0
            elif self._since is not None:
                self._quiet += 80
                if self._quiet >= RATE / 2:
                    self._done = (self._since, at - 0.5)
                    self._since = None
        return self._done is not None

    def Result(self) -> str:
        (start, end), self._done = self._done or (0.0, 0.0), None
        return json.dumps({"result": [{"word": "好", "start": start, "end": end, "conf": 1.0}]})

    def FinalResult(self) -> str:
        if self._since is None:
            return "{}"
        return json.dumps({"result": [{"word": "完", "start": self._since, "end": self.fed / RATE}]})

    def PartialResult(self) -> str:
        return json.dumps({"partial": "" if self._since is None else "好 的 <UNK>"})


class Silent(Parrot):
    """Understands nothing."""

    def PartialResult(self) -> str:
        return '{"text": ""}'


def heard(hearing: Hearing, *sounds: bytes) -> list[Utterance]:
    return [one for sound in sounds for one in hearing.hear(sound)]


def seconds(said: list[Utterance]) -> list[float]:
    return [round(one.start, 2) for one in said]


def test_long_silence_is_not_fed_and_what_follows_keeps_its_time() -> None:
    parrot = Parrot()
    hearing = Hearing(parrot, position=0)
    minute = SILENCE * round(60 / BLOCK_SECONDS)
    said = heard(hearing, VOICE, minute, VOICE, SILENCE * 4, minute, VOICE * 3, SILENCE * 4)
    assert [round(one, 1) for one in seconds(said)] == [0.0, 60.2, 121.5]
    assert parrot.fed / RATE < 5 + 3 * (QUIET_SECONDS + 1)


def test_the_block_before_a_voice_is_fed_so_that_no_word_loses_its_beginning() -> None:
    parrot = Parrot()
    hearing = Hearing(parrot, position=0)
    heard(hearing, SILENCE * 40)
    before = parrot.fed
    heard(hearing, VOICE)
    assert parrot.fed - before == 2 * BLOCK_FRAMES


def test_a_short_pause_is_fed() -> None:
    parrot = Parrot()
    heard(Hearing(parrot, position=0), VOICE, SILENCE * 4, VOICE, SILENCE * 4)
    assert parrot.fed == 10 * BLOCK_FRAMES


def test_silence_within_unfinished_speech_is_fed() -> None:
    class Slow(Parrot):
        def AcceptWaveform(self, sound: bytes) -> bool:
            super().AcceptWaveform(sound)
            return False

        def PartialResult(self) -> str:
            return json.dumps({"partial": "还在"})

    slow = Slow()
    heard(Hearing(slow, position=0), VOICE, SILENCE * 40)
    assert slow.fed == 41 * BLOCK_FRAMES


def test_who_begins_in_the_middle_tells_the_recordings_own_times() -> None:
    said = heard(Hearing(Parrot(), position=10 * RATE), SILENCE * 4, VOICE, SILENCE * 4)
    assert seconds(said) == [11.0]


def test_one_reads_on_after_the_last_utterance_or_in_the_silence_after_it_never_within_speech() -> None:
    hearing = Hearing(Parrot(), position=0)
    heard(hearing, VOICE)
    assert hearing.resume_at == 0
    heard(hearing, SILENCE * 2)
    assert hearing.resume_at == hearing.position == 3 * BLOCK_FRAMES
    heard(hearing, SILENCE * 20)
    assert hearing.position - BLOCK_FRAMES == hearing.resume_at
    heard(hearing, VOICE)
    assert hearing.position - 2 * BLOCK_FRAMES == hearing.resume_at


def test_what_is_being_said_is_written_without_noise_marks() -> None:
    hearing = Hearing(Parrot(), position=0)
    heard(hearing, VOICE)
    assert hearing.partial() == "好的"


def test_between_two_utterances_nothing_is_being_said() -> None:
    assert Hearing(Silent(), position=0).partial() == ""


def test_the_end_of_the_call_ends_the_utterance() -> None:
    hearing = Hearing(Parrot(), position=RATE)
    heard(hearing, VOICE)
    last = hearing.finish()
    assert last is not None
    assert (last.text, last.start) == ("完", 1.0)
    assert hearing.resume_at == hearing.position


def test_a_faint_voice_on_a_still_line_is_heard_to_its_end_and_a_lines_steady_noise_is_left_out() -> None:
    syllables = np.concatenate([60 * np.sin(np.arange(1600) / 3), np.zeros(400)]).astype("<i2").tobytes()
    parrot = Parrot()
    heard(Hearing(parrot, position=0), *[syllables] * 40)
    assert parrot.fed == 40 * BLOCK_FRAMES
    hiss = np.random.default_rng(7).normal(0, 30, 40 * BLOCK_FRAMES).astype("<i2").tobytes()
    deaf = Silent()
    hearing = Hearing(deaf, position=0)
    heard(hearing, hiss)
    assert hearing.resume_at > 30 * BLOCK_FRAMES


@pytest.mark.parametrize("step", [0, 1, 8])
def test_what_is_no_louder_than_the_coding_itself_is_silence(step: int) -> None:
    hearing = Hearing(Silent(), position=0)
    heard(hearing, np.tile(np.array([step, -step], "<i2"), 20 * BLOCK_FRAMES).tobytes())
    assert hearing.resume_at > 30 * BLOCK_FRAMES
