#!/usr/bin/env python3
"""Compares what the locks pin with advisories of known holes: make audit ADVISORIES=path.

Advisories are OSV's (https://ossf.github.io/osv-schema/): a JSON file, a folder of them, or the `all.zip` of an
ecosystem, fetched on a machine with a network; nothing is downloaded here. Exit code 1: a pinned version is named, 2:
the advisories or a lock cannot be read.
"""

import datetime as dt
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from packaging.version import InvalidVersion
from packaging.version import Version as PythonVersion
from semver import Version as NodeVersion

ROOT = Path(__file__).parent.parent
PYTHON, NODE = "PyPI", "npm"


class Unreadable(Exception):
    """An advisory or a lock is not what it should be."""


@dataclass(frozen=True, order=True)
class Pinned:
    ecosystem: str
    name: str
    version: str


@dataclass(frozen=True, order=True)
class Hit:
    pinned: Pinned
    advisory: str
    summary: str


def pinned_python(lock: str) -> Iterator[Pinned]:
    """What a requirements file with exact versions pins."""
    for found in re.finditer(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", lock, re.MULTILINE):
        yield Pinned(PYTHON, _python_name(found[1]), found[2])


def pinned_node(lock: str) -> Iterator[Pinned]:
    """What a package-lock.json (version 2 or 3) pins, also below other packages."""
    for path, package in json.loads(lock).get("packages", {}).items():
        if path and not package.get("link") and "version" in package:
            yield Pinned(NODE, package.get("name") or path.rpartition("node_modules/")[2], package["version"])


def read_advisories(path: Path) -> Iterator[dict[str, Any]]:
    """Raises Unreadable."""
    if path.is_dir():
        for inner in sorted(path.rglob("*")):
            if inner.suffix in (".json", ".zip"):
                yield from read_advisories(inner)
        return
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith(".json"):
                        yield from _advisories_in(json.loads(archive.read(name)), f"{path}:{name}")
        else:
            yield from _advisories_in(json.loads(path.read_bytes()), str(path))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise Unreadable(f"{path}: {error}") from error


def hits(pinned: Iterable[Pinned], advisories: Iterable[dict[str, Any]]) -> list[Hit]:
    """Which pinned versions are named. Raises Unreadable."""
    by_name: dict[tuple[str, str], list[Pinned]] = {}
    for one in pinned:
        by_name.setdefault((one.ecosystem, one.name), []).append(one)
    found: set[Hit] = set()
    for advisory in advisories:
        if advisory.get("withdrawn"):
            continue
        for affected in advisory.get("affected", []):
            package = affected.get("package", {})
            ecosystem = str(package.get("ecosystem", "")).partition(":")[0]
            name = str(package.get("name", ""))
            key = ecosystem, _python_name(name) if ecosystem == PYTHON else name
            for one in by_name.get(key, []):
                if is_affected(one, affected):
                    found.add(Hit(one, advisory["id"], str(advisory.get("summary", ""))))
    return sorted(found)


def is_affected(one: Pinned, affected: dict[str, Any]) -> bool:
    """Whether a list of versions or a range of the advisory holds it (OSV's own algorithm)."""
    if one.version in affected.get("versions", []):
        return True
    ranges = [r for r in affected.get("ranges", []) if r.get("type") in ("ECOSYSTEM", "SEMVER")]
    return any(_in_range(one, r.get("events", [])) for r in ranges)


def newest(advisories: Iterable[dict[str, Any]]) -> str:
    """The day of the latest change; empty: none says."""
    days = [str(one.get("modified") or one.get("published") or "")[:10] for one in advisories]
    return max(days, default="")


def _in_range(one: Pinned, events: list[dict[str, str]]) -> bool:
    parse: Callable[[str], Any] = _python_version if one.ecosystem == PYTHON else _node_version
    version = parse(one.version)
    bounds = [(kind, text) for event in events for kind, text in event.items() if kind != "limit"]
    lowest = [("introduced", None)] if ("introduced", "0") in bounds else []
    order = {"introduced": 0, "last_affected": 1, "fixed": 2}
    later = sorted(
        ((parse(text), order[kind], kind) for kind, text in bounds if text != "0" and kind in order),
        key=lambda item: item[:2],
    )
    vulnerable = bool(lowest)
    for at, _, kind in later:
        if kind == "introduced" and version >= at:
            vulnerable = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            vulnerable = False
    return vulnerable


def _python_version(text: str) -> PythonVersion:
    try:
        return PythonVersion(text)
    except InvalidVersion as error:
        raise Unreadable(f"{text!r} is no version of Python packages") from error


def _node_version(text: str) -> NodeVersion:
    try:
        return NodeVersion.parse(text, optional_minor_and_patch=True)
    except ValueError as error:
        raise Unreadable(f"{text!r} is no semantic version") from error


def _python_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _advisories_in(data: Any, where: str) -> Iterator[dict[str, Any]]:
    """One advisory, a list of them, or an answer of OSV's API."""
    rows = data.get("vulns", [data]) if isinstance(data, dict) else data
    for row in rows if isinstance(rows, list) else [rows]:
        if not isinstance(row, dict) or "id" not in row:
            raise Unreadable(f"{where}: this is no OSV advisory (it has no id)")
        yield row


@click.command(help=__doc__)
@click.argument("advisories", type=click.Path(exists=True, path_type=Path))
@click.option("--python", "python_lock", type=click.Path(path_type=Path), default=ROOT / "requirements.lock")
@click.option("--node", "node_lock", type=click.Path(path_type=Path), default=ROOT / "package-lock.json")
@click.option("--accept", multiple=True, help="An advisory's id that was looked at and does not concern us.")
@click.option("--not-older-than", "days", type=int, help="Fail when the newest advisory is older than so many days.")
def main(advisories: Path, python_lock: Path, node_lock: Path, accept: tuple[str, ...], days: int | None) -> None:
    try:
        pinned = [*pinned_python(python_lock.read_text()), *pinned_node(node_lock.read_text())]
        read = list(read_advisories(advisories))
        if not read or not pinned:
            raise Unreadable(f"{advisories}: no advisory in it" if pinned else "the locks pin nothing")
        found = [hit for hit in hits(pinned, read) if hit.advisory not in accept]
    except (Unreadable, OSError, ValueError) as error:
        click.echo(f"✗ {error}", err=True)
        sys.exit(2)
    latest = newest(read)
    click.echo(
        f"{len(pinned)} pinned packages against {len(read)} advisories, the newest of {latest or 'unknown date'}"
    )
    for hit in found:
        click.echo(f"✗ {hit.pinned.name} {hit.pinned.version} ({hit.pinned.ecosystem}): {hit.advisory} {hit.summary}")
    stale = days is not None and (not latest or _age_days(latest) > days)
    if stale:
        click.echo(f"✗ the advisories are older than {days} days: fetch them again")
    if not found and not stale:
        click.echo("✓ none of them names a pinned version")
    sys.exit(1 if found or stale else 0)


def _age_days(day: str) -> int:
    return (dt.datetime.now(dt.UTC).date() - dt.date.fromisoformat(day)).days  # noqa: TID251 - of the files, not ours


if __name__ == "__main__":
    main()
