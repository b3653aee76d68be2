"""How well and how fast the demonstration model hears, and what the repair of local names is worth.

All voices are synthetic: nothing here says how real callers will fare. The sound goes through the product's own path
(recordings.engine: SoundFile, unmodified Vosk, words, repair).
"""

import asyncio
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import vosk
from pypinyin import Style, lazy_pinyin

from core.errors import BrokenHouse
from core.settings import Settings, SpeechSettings
from dispatch.city import load_city
from hotline.bench.row import Row, in_turns, make_row
from hotline.gazetteer import gazetteer_of
from recordings.engine import Engine, LoadedModel, utterances
from recordings.local_names import Gazetteer, make_gazetteer
from recordings.sound import ArchivedSound

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "deploy/demo/speech"
RATE = 8000
NOISE_DB = (None, 25, 15, 10)
"""Below the speech's mean power; None: no noise."""
SYNTHETIC = "SYNTHETIC VOICES ONLY, no real caller"

VOICES = ("m8", "f2")
"""espeak-ng's; the first was kept out of the model's training, the second was not."""
CARRIERS = ("我要反映{}的路灯不亮了", "您好我家住在{}从昨天晚上开始停水")
UNKNOWN = [
    "锦绣湖花园",
    "滨河小区",
    "望岳路",
    "清泉街",
    "牛家寨村",
    "太平桥社区",
    "安居苑小区",
    "红星幼儿园",
    "凤凰山水库",
    "迎宾大道",
    "南辛庄村",
    "御景花园",
    "翠竹公园",
    "朝阳市场",
    "金水河社区",
    "北辰科技园",
    "五里铺村",
    "松林街",
    "平安大街",
    "明德小学",
]
"""Invented names that the model's language model does not have: as names are on the day after the city changed."""
KNOWN_EVERY = 4
"""Of the city's own names, which the language model has, each so-manyeth is said."""

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Sentence:
    text: str
    """Chinese characters only."""
    samples: Samples
    place: str = ""


async def load_demo_model(folder: Path, gazetteer: Gazetteer | None = None) -> tuple[Engine, LoadedModel]:
    engine = Engine(Settings(var=folder, speech=SpeechSettings(model="demo-cn")), gazetteer)
    model = await engine.load()
    if model is None:
        raise BrokenHouse("the bench needs the demonstration model (speech/model-cn-demo)")
    return engine, model


def demo_sentences() -> list[Sentence]:
    """What the people of the demo say, as it lies in the repository."""
    spoken = tomllib.loads((DEMO / "speech.toml").read_text("utf-8"))["speech"]
    return [
        Sentence(han(one["text"]), soundfile.read(DEMO / one["file"], dtype="int16")[0].astype(np.int16))
        for one in spoken
    ]


def han(text: str) -> str:
    return re.sub(r"[^\u3400-\u9fff]", "", text)


def measure_speech_cer() -> Row:
    """`ours` is the share of characters right over all lines, the floor a perfect ear's."""
    said = demo_sentences()
    by_line: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        lines: list[tuple[str, list[Samples]]] = [("file", [one.samples for one in said])]
        for decibels in NOISE_DB:
            name = "A-law" if decibels is None else f"A-law, noise {decibels} dB"
            lines.append((name, [telephone(one.samples, decibels, seed=n) for n, one in enumerate(said)]))
        for name, sounds in lines:
            heard = asyncio.run(_hear(Path(folder), sounds))
            by_line[name] = error_rate([one.text for one in said], [han(text) for text, _ in heard])
    ours = 1 - sum(by_line.values()) / len(by_line)
    rates = "; ".join(f"{name} {100 * rate:.1f} %" for name, rate in by_line.items())
    return Row(
        name="speech-cer",
        what="characters that the demonstration model hears right (1 - character error rate), against a perfect ear",
        ours=round(ours, 4),
        floor=1.0,
        ratio=round(ours, 4),
        unit="share of characters",
        runs=1,
        note=f"{SYNTHETIC}: {len(said)} demo sentences (Kokoro, trained voices, texts that were trained on too: easy). "
        f"Characters wrong: {rates}. A-law and noise put on files; no real Asterisk recording in it",
    )


def measure_speech_speed(*, runs: int = 5) -> Row:
    """Seconds of sound a second of processor time: our path against bare Vosk on the samples in memory."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        gazetteer = gazetteer_of(load_city(ROOT / "deploy/city/qufu"))
        engine, model = asyncio.run(load_demo_model(Path(folder), gazetteer))
        sounds = [one.samples for one in demo_sentences()]
        files = [_write(Path(folder) / f"{n}.wav", sound) for n, sound in enumerate(sounds)]
        seconds = sum(map(len, sounds)) / RATE

        def by_us() -> None:
            for file in files:
                assert list(engine.mended(utterances(model, ArchivedSound(file), 0)))

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


def measure_place_names(*, every: int = KNOWN_EVERY) -> Row:
    """`ours` is the share of place names right after the repair, the floor the share before it."""
    city = load_city(ROOT / "deploy/city/qufu")
    known = sorted({place.name for place in city.places})[::every]
    gazetteer = make_gazetteer([*gazetteer_of(city).names, *UNKNOWN])
    counts: list[str] = []
    all_before = all_after = wrongly = said = 0
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        for kind, places in (("in the language model", known), ("unknown to it", UNKNOWN)):
            for voice in VOICES:
                spoken = list(_sentences(voice, places))
                heard = asyncio.run(_hear(Path(folder), [one.samples for one in spoken], gazetteer))
                before = sum(one.place in raw for one, (_, raw) in zip(spoken, heard, strict=True))
                after = sum(one.place in text for one, (text, _) in zip(spoken, heard, strict=True))
                wrongly += sum(
                    text != raw and one.place not in text for one, (text, raw) in zip(spoken, heard, strict=True)
                )
                counts.append(f"{voice}, {kind}: {before} → {after} of {len(spoken)}")
                all_before, all_after, said = all_before + before, all_after + after, said + len(spoken)
    return Row(
        name="place-names",
        what="place names right in the text after the repair by sound (ours) against before it (floor)",
        ours=round(all_after / said, 4),
        floor=round(all_before / said, 4),
        ratio=round(all_after / max(1, all_before), 3),
        unit="share of names said",
        runs=1,
        note=f"{SYNTHETIC}: espeak-ng (m8 never trained, f2 trained), A-law, noise 25 dB; {'; '.join(counts)}; "
        f"sentences where a wrong name was put in: {wrongly}",
    )


def telephone(samples: Samples, noise_db: float | None, *, seed: int) -> Samples:
    """Through G.711 A-law, with white noise so far below the speech's mean power."""
    sound = samples.astype(np.float64)
    if noise_db is not None:
        level = np.sqrt((sound**2).mean()) * 10 ** (-noise_db / 20)
        sound = sound + np.random.default_rng(seed).normal(0, level, len(sound))
    levels = _alaw_levels()
    return levels[np.searchsorted((levels[1:] + levels[:-1]) / 2, sound)].astype(np.int16)


@cache
def _alaw_levels() -> npt.NDArray[np.float64]:
    """The 256 levels that a decoder gives (ITU-T G.711, table 1a), in 16-bit range, rising."""
    code = np.arange(128)
    segment, step = code >> 4, code & 15
    positive = np.where(segment == 0, (2 * step + 1) * 8, (2 * step + 33) * 2.0 ** (segment + 2))
    return np.sort(np.concatenate([-positive, positive]))


def error_rate(said: Sequence[str], heard: Sequence[str]) -> float:
    """Characters put in, left out or exchanged, for each one that was said."""
    wrong = sum(_edits(one, other) for one, other in zip(said, heard, strict=True))
    return wrong / sum(map(len, said))


def _edits(said: str, heard: str) -> int:
    row = list(range(len(heard) + 1))
    for n, sign in enumerate(said, start=1):
        before, row[0] = row[0], n
        for k, other in enumerate(heard, start=1):
            before, row[k] = row[k], min(row[k] + 1, row[k - 1] + 1, before + (sign != other))
    return row[-1]


async def _hear(folder: Path, sounds: Iterable[Samples], gazetteer: Gazetteer | None = None) -> list[tuple[str, str]]:
    """For each sound its text with mended names, and as it was heard."""
    engine, model = await load_demo_model(folder, gazetteer)
    found = []
    for sound in sounds:
        said = await engine.recognise(model, _write(folder / "sound.wav", sound), 0)
        raw = "".join(word.word for one in said for word in one.words)
        found.append(("".join(one.text for one in said), raw))
    return found


def _write(file: Path, samples: Samples) -> Path:
    soundfile.write(file, samples, RATE, subtype="PCM_16")
    return file


def _bare_vosk(model: LoadedModel, sounds: Iterable[Samples]) -> None:
    for sound in sounds:
        recogniser = vosk.KaldiRecognizer(model.vosk_model, RATE)
        recogniser.SetWords(True)
        raw = sound.tobytes()
        for start in range(0, len(raw), RATE):
            if recogniser.AcceptWaveform(raw[start : start + RATE]):
                recogniser.Result()
        recogniser.FinalResult()


def _sentences(voice: str, places: Iterable[str]) -> Iterator[Sentence]:
    for n, place in enumerate(places):
        text = CARRIERS[n % len(CARRIERS)].format(place)
        yield Sentence(text, telephone(_say(text, voice), 25, seed=n), place)


def _say(text: str, voice: str) -> Samples:
    """espeak-ng reads Mandarin rightly only from pinyin."""
    said = " ".join(lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True))
    try:
        spoken = subprocess.run(
            ["espeak-ng", "-v", f"cmn-latn-pinyin+{voice}", "-s", "150", "--stdout", said],
            capture_output=True,
            check=True,
        ).stdout
        raw = subprocess.run(
            ["sox", "-R", "-t", "wav", "--ignore-length", "-", "-t", "raw", "-r", str(RATE), "-c", "1", "-b", "16",
             "-e", "signed", "-", "gain", "-n", "-6", "pad", "0.3", "0.3"],
            input=spoken,
            capture_output=True,
            check=True,
        ).stdout  # fmt: skip
    except FileNotFoundError as error:
        raise BrokenHouse("the bench speaks with espeak-ng and sox: apt install espeak-ng sox") from error
    return np.frombuffer(raw, dtype="<i2").astype(np.int16)
