"""The city's folder with the versions of the database laid over it: a folder again, for all that reads its files.

Such a folder holds links to the files of the city's own folder, and as files what a version has changed. It is named by
its content, never changed, and made at once, so any number of processes may make it side by side. `in-force` is a link
to the one that is in force on this machine: also a process that starts without its database works by it.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_FIRST = ".first"
"""In each folder: a link to the city's own."""
_IN_FORCE = "in-force"


def first_folder(city: Path) -> Path:
    """The city's own folder, of one that may be laid over it."""
    first = city / _FIRST
    return (first if first.exists() else city).resolve()


def folder_in_force(var: Path, city: Path) -> Path:
    """The path that always leads to what is in force on this machine; the city's own where nothing was ever laid over
    it."""
    link = _home(var, first_folder(city)) / _IN_FORCE
    return link if link.exists() else first_folder(city)


def bring_in_force(var: Path, city: Path, texts: Mapping[str, str]) -> tuple[Path, bool]:
    """From now on `texts` (file name → text) stand for the files of these names on this machine. Returns the folder
    with them, and whether it is another than before."""
    first = first_folder(city)
    home = _home(var, first)
    home.mkdir(parents=True, exist_ok=True)
    folder = _make(home, first, texts) if texts else first
    link = home / _IN_FORCE
    if link.exists() and link.resolve() == folder.resolve():
        return folder, False
    unfinished = home / f".{_IN_FORCE}-{os.getpid()}"
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(folder)
    unfinished.replace(link)
    return folder, True


@contextmanager
def tried_folder(city: Path, texts: Mapping[str, str]) -> Iterator[Path]:
    """For a look at what `texts` would be: gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="city-") as folder:
        _fill(Path(folder), first_folder(city), texts)
        yield Path(folder)


def _home(var: Path, first: Path) -> Path:
    """Another city's folder has other versions on this machine, too."""
    return var.resolve() / "city" / hashlib.sha256(str(first).encode()).hexdigest()[:12]


def _make(home: Path, first: Path, texts: Mapping[str, str]) -> Path:
    content = json.dumps([sorted(path.name for path in first.iterdir()), sorted(texts.items())])
    folder = home / hashlib.sha256(content.encode()).hexdigest()[:24]
    if not folder.exists():
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=home))
        _fill(unfinished, first, texts)
        try:
            unfinished.rename(folder)
        except OSError:
            # Another process was quicker: what it made is the same.
            shutil.rmtree(unfinished)
    return folder


def _fill(folder: Path, first: Path, texts: Mapping[str, str]) -> None:
    (folder / _FIRST).symlink_to(first)
    for path in first.iterdir():
        if path.name not in texts:
            (folder / path.name).symlink_to(path)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8", newline="")
