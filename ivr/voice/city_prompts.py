"""The prompts of one city: what is the same everywhere, what the city recorded itself, and the rest spoken by machine.

A recording that names a city is played only where it says what this city wants: `recorded.toml` beside the city's
recordings holds their texts. So nobody hears another city's greeting, whatever files lie about.
"""

import json
import shutil
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from core.city_words import CityWords, worded
from core.errors import HotlineError
from core.folder.reading import read_optional
from core.folder.shapes import Strict
from ivr.voice.speech import Voice

log = structlog.get_logger()

FOLDER = "prompts"
"""Of the city's folder: its own recordings, and …"""
RECORDED = "recorded.toml"
"""… what each of them says."""


class RecordedFile(Strict):
    recorded: dict[str, str]


@dataclass(frozen=True)
class PromptTexts:
    """Name → text, with the city's words in it."""

    common: Mapping[str, str]
    """Sentences and pieces that are the same in every city."""
    of_city: Mapping[str, str]
    """Those that name the city, its line, its crews or its towns."""


@dataclass(frozen=True)
class CityPrompts:
    """Where each of the city's own prompts comes from."""

    recorded: Mapping[str, Path]
    """Name → the city's recording, which says what is wanted."""
    foreign: Mapping[str, str]
    """Name → what its recording says instead; empty where nobody noted what it says."""
    unrecorded: tuple[str, ...]


def prompt_texts(
    common: Path, towns: Iterable[tuple[str, str]], words: CityWords, number_prefix: str = ""
) -> PromptTexts | None:
    """`common`: the folder of recordings, with `prompts.toml` beside it. None: there is none; the folder is an
    operator's own and complete as it is. `towns`: code and name. Letters of `number_prefix` that are not recorded for
    all cities are the city's own."""
    try:
        tables = tomllib.loads((common.parent / "prompts.toml").read_text("utf-8"))
    except FileNotFoundError:
        return None
    if "city_sentence" not in tables:
        return None
    own = {name: worded(text, words) for name, text in tables["city_sentence"].items()}
    own |= {f"town-{code}": name for code, name in towns}
    letters = {f"letter-{sign.lower()}": sign for sign in number_prefix}
    own |= {name: sign for name, sign in letters.items() if not (common / f"{name}.wav").exists()}
    return PromptTexts({**tables["sentence"], **tables["piece"]}, own)


def city_prompts(city_folder: Path, texts: PromptTexts) -> CityPrompts:
    """Which of the city's recordings say what this city wants. Raises FaultyFolder for `recorded.toml`."""
    folder = city_folder / FOLDER
    file = read_optional(folder / RECORDED, RecordedFile)
    said = file.recorded if file else {}
    recorded, foreign = {}, {}
    for name, text in texts.of_city.items():
        path = folder / f"{name}.wav"
        if path.exists() and said.get(name) == text:
            recorded[name] = path
        elif path.exists():
            foreign[name] = said.get(name, "")
    missing = [name for name in texts.of_city if name not in recorded and name not in foreign]
    return CityPrompts(recorded, foreign, tuple(missing))


async def speak_unrecorded(texts: PromptTexts, own: CityPrompts, voice: Voice) -> dict[str, Path]:
    """What the city has no recording of, by machine. Raises VoiceFailed where that is the greeting: nobody may hear
    another city's, or none."""
    spoken: dict[str, Path] = {}
    for name, text in texts.of_city.items():
        if name in own.recorded:
            continue
        try:
            spoken[name] = await voice.speak(text)
        except HotlineError as error:
            if name == "greeting":
                raise
            log.warning("prompt_not_spoken", name=name, why=error.message)
    return spoken


def assemble_prompts(common: Path, texts: PromptTexts, of_city: Mapping[str, Path], target: Path) -> None:
    """Make `target` hold every prompt of this city (`of_city`: where its own are), its texts in `prompts.toml` beside
    it. Doing it again copies only what changed."""
    target.mkdir(parents=True, exist_ok=True)
    wanted = {path.stem: path for path in common.glob("*.wav") if path.stem not in texts.of_city} | dict(of_city)
    for name, path in wanted.items():
        _copy(path, target / f"{name}.wav")
    for path in target.glob("*.wav"):
        if path.stem not in wanted:
            path.unlink()
    (target.parent / "prompts.toml").write_text(_table("piece", {**texts.common, **texts.of_city}), "utf-8")


def keep_recordings(city_folder: Path, made: Mapping[str, tuple[Path, str]]) -> None:
    """Put recordings (name → file, what it says) into the city's folder, and note what they say."""
    folder = city_folder / FOLDER
    folder.mkdir(exist_ok=True)
    file = read_optional(folder / RECORDED, RecordedFile)
    said = dict(file.recorded) if file else {}
    for name, (path, text) in made.items():
        _copy(path, folder / f"{name}.wav")
        said[name] = text
    (folder / RECORDED).write_text(_table("recorded", said), "utf-8")


def _table(name: str, texts: Mapping[str, str]) -> str:
    lines = (f"{key} = {json.dumps(text, ensure_ascii=False)}\n" for key, text in texts.items())
    return f"[{name}]\n{''.join(lines)}"


def _copy(source: Path, path: Path) -> None:
    """Where it is another file than was copied before: whoever plays it meanwhile plays the old one to its end."""
    stat = source.stat()
    if path.exists() and (path.stat().st_size, path.stat().st_mtime_ns) == (stat.st_size, stat.st_mtime_ns):
        return
    unfinished = path.with_suffix(".new")
    shutil.copy2(source, unfinished)
    unfinished.replace(path)
