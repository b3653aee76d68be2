"""Which speech models there are, which of them are here, and which one is used.

The catalogue is data (speech_models.toml, extended by the deployment's own `catalogue.toml`). Fetching a model is
recordings.recognition.model_download's; loading one for work is recordings.recognition.engine's.
"""

import asyncio
import importlib.util
import sys
import tomllib
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ConfigurationError, NotFound
from core.settings import Settings

_HOUSE = Path(__file__).resolve().parents[2]
_LAYOUTS = (
    ("am/final.mdl", "conf/mfcc.conf", "graph/HCLG.fst"),
    ("am/final.mdl", "conf/mfcc.conf", "graph/HCLr.fst", "graph/Gr.fst"),
    ("final.mdl", "mfcc.conf", "HCLr.fst", "Gr.fst"),
)
"""Vosk's folder layouts: one static graph, a look-ahead pair, and the older flat one."""
VERIFY_SECONDS = 300
BUNDLED_MODEL = "demo-cn"
"""The repository's own demonstration model."""
_LOAD = """
import sys, vosk
vosk.SetLogLevel(-1)
recogniser = vosk.KaldiRecognizer(vosk.Model(sys.argv[1]), 8000)
recogniser.AcceptWaveform(bytes(16000))
recogniser.FinalResult()
"""


class ModelKind(StrEnum):
    DOWNLOAD = "download"
    PACKAGE = "package"
    BUNDLED = "bundled"
    FOLDER = "folder"
    """Any folder that the operator named by path."""


class CatalogueEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    kind: ModelKind
    title: str
    """In Chinese, with what it is fit for."""
    language: str
    automatic: bool
    """May be chosen when no model is named."""
    license: str = ""
    url: str = ""
    size_bytes: int = 0
    """Of the zip file; 0: not known."""
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    """Of the zip file; empty: not known, so it is installed only when the operator states one."""
    package: str = ""
    path: str = ""
    """Folder inside the package or the repository."""
    word_ends_early_seconds: float = Field(default=0.0, ge=0, le=1)
    """By how much the model gives the ends of words too early; put right where its words are read."""


class ModelInfo(BaseModel):
    """A model that is here."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    language: str
    kind: ModelKind
    path: Path
    word_ends_early_seconds: float = 0.0


def load_catalogue(settings: Settings) -> list[CatalogueEntry]:
    """All known models, best first; the deployment's own entries before ours. Raises ConfigurationError."""
    own = settings.models / "catalogue.toml"
    entries = _load_entries(own) if own.is_file() else []
    named = {entry.name for entry in entries}
    return entries + [entry for entry in _load_entries(Path(__file__).with_suffix(".toml")) if entry.name not in named]


def _load_entries(file: Path) -> list[CatalogueEntry]:
    try:
        return [CatalogueEntry(**entry) for entry in tomllib.loads(file.read_text(encoding="utf-8"))["models"]]
    except (ValidationError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"语音模型目录文件有误：{file}：{error}") from error


def get_entry(settings: Settings, name: str) -> CatalogueEntry:
    """Raises NotFound, naming what there is."""
    entries = load_catalogue(settings)
    for entry in entries:
        if entry.name == name:
            return entry
    raise NotFound(f"没有名为「{name}」的语音模型；可选：{'、'.join(entry.name for entry in entries)}")


def model_folder(settings: Settings, entry: CatalogueEntry) -> Path | None:
    """Where the model is or would be; None: its package is not installed."""
    if entry.kind is ModelKind.DOWNLOAD:
        return settings.models / entry.name
    if entry.kind is ModelKind.BUNDLED:
        # One that was adapted to the city's names (`hotline models adapt`) stands before the repository's.
        adapted = settings.models / entry.name
        return adapted if is_model(adapted) else _HOUSE / entry.path
    spec = importlib.util.find_spec(entry.package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) / entry.path if places else None


def bundled_folder(settings: Settings, name: str) -> Path:
    """Where the repository keeps a bundled model, adapted or not. Raises NotFound."""
    return _HOUSE / get_entry(settings, name).path


def is_model(folder: Path) -> bool:
    """Whether the folder has the files that Vosk needs, none of them empty."""
    return any(all(_has_content(folder / name) for name in layout) for layout in _LAYOUTS)


def _has_content(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def list_models(settings: Settings) -> list[tuple[CatalogueEntry, ModelInfo | None]]:
    """Every known model, and where it is when it is here."""
    return [(entry, _installed(settings, entry)) for entry in load_catalogue(settings)]


def _installed(settings: Settings, entry: CatalogueEntry) -> ModelInfo | None:
    folder = model_folder(settings, entry)
    if folder is None or not is_model(folder):
        return None
    return ModelInfo(
        name=entry.name,
        title=entry.title,
        language=entry.language,
        kind=entry.kind,
        path=folder,
        word_ends_early_seconds=entry.word_ends_early_seconds,
    )


def find_model(settings: Settings) -> ModelInfo | None:
    """The model to work with: the one named in the settings and no other; else the best one here; else None.

    The test model is taken only when named.
    """
    named = settings.speech.model
    if named:
        return find_named_model(settings, named)
    for entry, info in list_models(settings):
        if entry.automatic and info is not None:
            return info
    return None


def find_named_model(settings: Settings, name: str) -> ModelInfo | None:
    """A model by its catalogue name, by its folder under var/models, or by a path.

    A known model that is named by its path keeps its name, and with it its warning.
    """
    known = list_models(settings)
    for entry, info in known:
        if entry.name == name:
            return info
    for folder in (settings.models / name, Path(name).expanduser()):
        for _, info in known:
            if info is not None and info.path.resolve() == folder.resolve():
                return info
        if is_model(folder):
            return ModelInfo(
                name=folder.name,
                title=f"自备语音模型 {folder.name}",
                language="",
                kind=ModelKind.FOLDER,
                path=folder.resolve(),
            )
    return None


def for_demonstration(made_by: str | None) -> bool:
    """Whether a transcript's model (`demo-cn sha256:…`) learnt from synthetic voices only, so that none of it is to
    be relied on. Every place that shows its words says so."""
    return (made_by or "").startswith("demo-")


def why_no_model(settings: Settings) -> str:
    """What a waiting transcript waits for, for everybody who reads it: no command in it."""
    if settings.speech.model:
        return f"等待语音模型：设置中的模型「{settings.speech.model}」还没有安装，请联系系统管理员。"
    return "等待语音模型：还没有安装中文语音模型，请联系系统管理员。"


def mend_no_model(settings: Settings) -> str:
    """For operators: the same with the command that installs it."""
    name = settings.speech.model or "vosk-model-small-cn-0.22"
    return f"no speech model is installed. Fix: hotline models install {name}"


async def verify_model(info: ModelInfo) -> None:
    """See that its files are there and that Vosk loads and runs it. Raises ConfigurationError with the correction. In a
    process of its own: the libraries below Vosk end the whole process over some damaged files.
    """
    if not is_model(info.path):
        raise ConfigurationError(f"语音模型「{info.name}」的文件不全（{info.path}），请重新安装")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _LOAD,
        str(info.path),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(VERIFY_SECONDS):
            _, said = await process.communicate()
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise ConfigurationError(f"语音模型「{info.name}」在{VERIFY_SECONDS}秒内没有加载完") from error
    if process.returncode != 0:
        last = (said.decode("utf-8", "replace").strip().splitlines() or ["没有说明"])[-1]
        raise ConfigurationError(f"Vosk 无法加载语音模型「{info.name}」（{last}），请删除 {info.path} 后重新安装")
