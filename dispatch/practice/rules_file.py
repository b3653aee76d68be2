"""`practice.toml` of a city's folder as it is written, and the scripts that it means."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from core.folder.faults import Fault, FaultyFolder, meant, twice
from core.folder.reading import read_toml
from core.folder.shapes import Code, Name, Strict
from dispatch.kinds import Kind, Urgency
from dispatch.practice.scripts import PracticeLine, PracticeScript

FIELDS = frozenset(
    {"kind", "urgency", "subject", "title", "place_town", "place", "matter", "citizen_name", "citizen_phone"}
)
Words = Annotated[tuple[Name, ...], Field(min_length=1)]


class LineEntry(Strict):
    text: Name
    sound: str = ""


class ScriptEntry(Strict):
    code: Code
    title: Name
    level: Annotated[int, Field(ge=1, le=3)]
    teaches: Name
    number: Annotated[str, Field(pattern=r"^[0-9]{3,15}$")]
    line: Annotated[tuple[LineEntry, ...], Field(min_length=1, max_length=20)]
    should: dict[str, Words]
    why: Annotated[dict[str, Name], Field(default_factory=dict)]


class PracticeFile(Strict):
    script: tuple[ScriptEntry, ...] = ()


def practice_scripts(
    folder: Path, *, subjects: Collection[str], towns: Collection[str]
) -> Mapping[str, PracticeScript]:
    """By code; nothing for a city without the file. Raises FaultyFolder."""
    file = folder / "practice.toml"
    if not file.exists():
        return {}
    entries = read_toml(file, PracticeFile).script
    known: dict[str, Collection[str]] = {
        "kind": tuple(Kind),
        "urgency": tuple(Urgency),
        "subject": subjects,
        "place_town": towns,
    }
    faults = [
        Fault(file.name, f"{entry.code}：{what}", mend, entry.line_in_file)
        for entry in entries
        for what, mend in _mistakes(folder, entry, known)
    ]
    faults += twice(file.name, "code", [(entry.code, entry.line_in_file) for entry in entries])
    if faults:
        raise FaultyFolder(faults)
    return {entry.code: _script(folder, entry) for entry in entries}


def _mistakes(folder: Path, entry: ScriptEntry, known: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str]]:
    for field in {*entry.should, *entry.why} - FIELDS:
        yield f"没有 {field} 这一项{meant(field, FIELDS)}", f"可以写：{'、'.join(sorted(FIELDS))}"
    for field, values in known.items():
        for value in set(entry.should.get(field, ())) - set(values):
            yield f"{field} 里没有 {value}{meant(value, values)}", "改成城市数据里有的代码"
    for line in entry.line:
        if line.sound and not (folder / line.sound).is_file():
            yield f"没有录音文件 {line.sound}", "放好录音，或删去 sound（由机器念）"


def _script(folder: Path, entry: ScriptEntry) -> PracticeScript:
    return PracticeScript(
        code=entry.code,
        title=entry.title,
        level=entry.level,
        teaches=entry.teaches,
        number=entry.number,
        lines=tuple(PracticeLine(line.text, folder / line.sound if line.sound else None) for line in entry.line),
        should=entry.should,
        why=entry.why,
    )
