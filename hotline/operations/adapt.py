"""`hotline models adapt`: the demonstration model with the city's present names.

Only its graph (which words there are, and which follow which) is rebuilt; the network stays. The result lies
under `var/models` and is used instead of the repository's. The tools for it are no part of the product: they have
an environment of their own, made the first time (except in a developer's, which has them).
"""

import asyncio
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from core.errors import ConfigurationError, NotFound
from core.settings import Settings
from recordings.recognition.speech_models import (
    BUNDLED_MODEL,
    ModelInfo,
    bundled_folder,
    find_named_model,
    is_model,
    verify_model,
)

_ROOT = Path(__file__).resolve().parents[2]
_LIMIT_SECONDS = 1800.0
SENTENCES = 60_000
"""As the repository's model was made."""
_TOOLS = ("jieba", "kaldifst", "pypinyin")

Say = Callable[[str], None]


def adapt(settings: Settings, say: Say, *, sentences: int = SENTENCES) -> ModelInfo:
    """`sentences`: how many are generated to count words and pairs in; fewer are quicker and coarser.

    Raises NotFound where the repository's model is missing, ConfigurationError with a tool's last words.
    """
    source = bundled_folder(settings, BUNDLED_MODEL)
    if not is_model(source):
        raise NotFound(f"{source} holds no model to adapt")
    python = _tools(settings, say)
    target = settings.models / BUNDLED_MODEL
    fresh = target.with_name(f"{BUNDLED_MODEL}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(source, fresh)
    say(f"rebuilding the vocabulary from {settings.city} (a minute or two)")
    command = [str(python), "-W", "ignore", "-m", "speech.graph", str(fresh), "1.0", str(sentences)]
    _run(command, {"SPEECH_CITY": str(settings.city)})
    asyncio.run(verify_model(ModelInfo(**_facts(settings), path=fresh)))
    # The old one goes only once the new one is known to load; a worker keeps what it has loaded until it restarts.
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    adapted = find_named_model(settings, BUNDLED_MODEL)
    assert adapted is not None, "it was verified a moment ago"
    return adapted


def _facts(settings: Settings) -> dict[str, object]:
    known = find_named_model(settings, BUNDLED_MODEL)
    return known.model_dump(exclude={"path"}) if known else {}


def _tools(settings: Settings, say: Say) -> Path:
    if all(importlib.util.find_spec(name) for name in _TOOLS):
        return Path(sys.executable)
    folder = settings.opt / "speech-adapt"
    python = folder / "bin/python"
    stamp = folder / ".installed"
    wanted = (_ROOT / "speech/requirements-adapt.txt").read_text()
    if not (stamp.exists() and stamp.read_text() == wanted):
        say("installing the tools for it (the first time)")
        venv.create(folder, with_pip=True, clear=True)
        requirements = str(_ROOT / "speech/requirements-adapt.txt")
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements], {})
        stamp.write_text(wanted)
    return python


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=_ROOT,
        env={**os.environ, **environment},
        stdout=sys.stderr,
        stderr=subprocess.PIPE,
        text=True,
        timeout=_LIMIT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise ConfigurationError(f"{' '.join(command[-3:])} failed: {done.stderr.strip()[-800:]}")
