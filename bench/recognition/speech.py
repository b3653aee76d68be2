"""How well and how fast the demonstration model hears, and what the repair of local names is worth.

All voices are synthetic: nothing here says how real callers will fare. The sound goes through the product's own path
(recordings.recognition.engine: SoundFile, unmodified Vosk, words, repair), as files and as recordings of a real
Asterisk.
"""

import asyncio
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import vosk

from bench.recognition.hearing import hear_calls, hear_files, load_demo_model, write
from bench.recognition.tally import TallyHeard, count, error_table, place_table
from bench.recognition.testset import RATE, ROOT, Samples, SpokenSentence, load_testset
from bench.row import Row, in_turns, make_row
from dispatch.city.load import load_city
from hotline.bridges.recordings.gazetteer import gazetteer_of
from recordings.audio.archived_sound import ArchivedSound
from recordings.recognition.engine import LoadedModel, utterances
from recordings.recognition.local_names import Gazetteer, make_gazetteer

FILE_LINES: dict[str, float | None] = {
    "file": None,
    "A-law": None,
    "25 dB": 25,
    "15 dB": 15,
    "10 dB": 10,
}
"""White noise this far below the speech's mean power, then A-law."""
ASTERISK_LINES: dict[str, float | None] = {"Asterisk": None, "Asterisk, 15 dB": 15}
SYNTHETIC = "SYNTHETIC VOICES ONLY, no real caller"
EASY = "templates are an easy task (the model knows them), free speech is not usable"


def measure_speech_cer(*, every: int = 1) -> Row:
    """`ours` is the share of characters right over all lines, the floor a perfect ear's."""
    heard = _files(every)
    return _errors_row(
        name="speech-cer",
        what="characters that the demonstration model hears right (1 - character error rate), against a perfect ear",
        heard=heard,
        note="A-law and white noise put on files; through Asterisk: row speech-asterisk",
    )


def measure_speech_asterisk(*, every: int = 1) -> Row:
    """The same through a real Asterisk: phones, the line, recordings, archive."""
    heard = _calls(every)
    whole = [one for one in heard if one.whole]
    torn = f"{len(heard) - len(whole)} of {len(heard)} sentences were torn by phones that a busy machine held up"
    rest = 100 * count(whole, _gazetteer()).rate if whole else 100.0
    return _errors_row(
        name="speech-asterisk",
        what="the same through real Asterisk recordings: phones call the line, the archived FLAC is heard",
        heard=heard,
        note="RTP and A-law on loopback (no network's loss or jitter), the citizens' side of the recordings. "
        f"{torn} (they count); all others together: {rest:.1f} % wrong",
    )


def measure_speech_speed(*, runs: int = 5) -> Row:
    """Seconds of sound a second of processor time: our path against bare Vosk on the samples in memory."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        engine, model = asyncio.run(load_demo_model(Path(folder), _gazetteer()))
        sounds = [one.samples for one in load_testset()[::10]]
        files = [write(Path(folder) / f"{n}.wav", sound) for n, sound in enumerate(sounds)]
        seconds = sum(map(len, sounds)) / RATE

        def by_us() -> None:
            for file in files:
                list(engine.mended(utterances(model, ArchivedSound(file), 0)))

        ours, floor = in_turns(by_us, lambda: _bare_vosk(model, sounds), amount=seconds, runs=runs)
    factor = 1 / float(np.median(ours))
    return make_row(
        name="speech-speed",
        what="sound heard by the product's path (file, Vosk, words with times, repair of names) against bare Vosk",
        unit="seconds of sound a second of one core",
        ours=ours,
        floor=floor,
        note=f"{SYNTHETIC}; {seconds:.0f} s, {model.label}; real-time factor of ours {factor:.4f}",
    )


def measure_place_names(*, every: int = 1, calls: bool = True) -> Row:
    """`ours` is the share of place names right after the repair, the floor the share before it."""
    heard = [*_files(every), *(_calls(every) if calls else ())]
    gazetteer = _gazetteer()
    found = count(heard, gazetteer)
    return Row(
        name="place-names",
        what="place names right in the text after the repair by sound (ours) against before it (floor)",
        ours=round(found.places_after / found.places, 4),
        floor=round(found.places_before / found.places, 4),
        ratio=round(found.places_after / max(1, found.places_before), 3),
        unit="share of names said",
        runs=1,
        note=f"{SYNTHETIC}; {found.places_before} → {found.places_after} of {found.places} names said, over all lines. "
        "Names known to the model are whole words of it; the unknown ones are only in the repair's list, as on "
        f"the day after the city changed. Names that the repair put in and nobody had said: {found.wrong_names}",
        tables=[place_table(heard, gazetteer)],
    )


def _errors_row(*, name: str, what: str, heard: Sequence[TallyHeard], note: str) -> Row:
    gazetteer = _gazetteer()
    found = count(heard, gazetteer)
    right = round(1 - found.rate, 4)
    by_sort = "; ".join(f"{name} {100 * rate:.1f} %" for name, rate in _rates(heard, gazetteer).items())
    return Row(
        name=name,
        what=what,
        ours=right,
        floor=1.0,
        ratio=right,
        unit="share of characters",
        runs=1,
        note=f"{SYNTHETIC}; {EASY}. {found.sentences} sentences heard. Characters wrong: {by_sort}. {note}",
        tables=[error_table(heard, gazetteer)],
    )


def _rates(heard: Iterable[TallyHeard], gazetteer: Gazetteer) -> dict[str, float]:
    groups: dict[str, list[TallyHeard]] = {}
    for one in heard:
        voices = "trained voices" if one.spoken.trained else "voices never trained"
        groups.setdefault(f"{one.spoken.sort}, {voices}", []).append(one)
    return {name: count(group, gazetteer).rate for name, group in sorted(groups.items())}


@cache
def _files(every: int) -> tuple[TallyHeard, ...]:
    found = [hear_files(_said(every), line, noise, _gazetteer()) for line, noise in FILE_LINES.items()]
    return tuple(one for line in found for one in line)


@cache
def _calls(every: int) -> tuple[TallyHeard, ...]:
    return tuple(hear_calls(_said(every), ASTERISK_LINES, _gazetteer()))


def _said(every: int) -> tuple[SpokenSentence, ...]:
    return load_testset()[::every]


@cache
def _gazetteer() -> Gazetteer:
    """The city's names and the invented ones, which the model's words lack."""
    city = gazetteer_of(load_city(ROOT / "deploy/city/qufu"))
    return make_gazetteer([*city.names, *(one.place for one in load_testset() if one.place)])


def _bare_vosk(model: LoadedModel, sounds: Iterable[Samples]) -> None:
    for sound in sounds:
        recogniser = vosk.KaldiRecognizer(model.vosk_model, RATE)
        recogniser.SetWords(True)
        raw = sound.tobytes()
        for start in range(0, len(raw), RATE):
            if recogniser.AcceptWaveform(raw[start : start + RATE]):
                recogniser.Result()
        recogniser.FinalResult()
