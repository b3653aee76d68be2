"""A new city's folder: what it must say itself is asked for, the rules that are alike everywhere come from the sample.

What comes out passes the check and runs; it is marked as sample data until people and telephones are entered.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from core.errors import BadInput
from core.folder.faults import Fault, FaultyFolder, meant
from core.folder.textfiles import read_text_file
from hotline.operations.new_city.given import NewCity, pinyin_code, towns_served
from hotline.operations.new_city.rules import crews_toml, subjects_toml
from hotline.operations.new_city.tables import (
    Codes,
    city_toml,
    known_office,
    offices_csv,
    sample_offices,
    short_name,
    units_csv,
)
from hotline.operations.new_city.texts import LIMITS_TOML, PLACES_CSV, README, in_its_words
from hotline.operations.new_city.trades import trades_of
from hotline.runtime.city_check import check_folder

SAMPLE = Path("deploy/city/qufu")
_COPIED = (
    "urgency.toml", "evasive.toml", "desk.toml", "units.toml", "follow-up.toml", "callbacks.toml", "replies.toml",
    "reachability.toml", "roster.toml", "dialling.toml", "dispatch.toml", "calendar.toml", "notifications.toml",
)  # fmt: skip
"""Of the sample: rules that are alike everywhere."""


def write_city(folder: Path, city: NewCity, sample: Path = SAMPLE) -> None:
    """Raises BadInput where `folder` is not empty, FaultyFolder where the list names what it does not have (nothing is
    written) or what was given does not make a whole city (the files are then there)."""
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(f"{folder} 已经有文件。改法：换一个文件夹，或先移走里面的文件。")
    if strangers := [*_unknown_names(city)]:
        raise FaultyFolder(strangers)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in _files(city, sample).items():
        (folder / name).write_text(text, "utf-8")
    _, faults = check_folder(folder)
    faults.raise_if_any()


def _unknown_names(city: NewCity) -> Iterator[Fault]:
    towns, offices = [one.name for one in city.of("镇街")], [one.name for one in (*city.of("镇街"), *city.of("单位"))]
    if not towns:
        yield Fault("名单", "一个镇街也没有", "每个镇街写一行，类别写 镇街")
    for crew in city.of("服务队"):
        named = [("镇街", name, towns) for name in towns_served(crew)]
        named += [("单位", crew.office.strip(), offices)] if crew.office.strip() else []
        for what, name, known in named:
            if name not in known:
                said = f"{crew.name}的{what} {name} 不在名单里{meant(name, known)}"
                yield Fault("名单", said, f"改成名单里{what}的名称，或加一行", crew.line_in_file)


def _files(city: NewCity, sample: Path) -> dict[str, str]:
    words, codes = city.words, Codes()
    towns = {line.name: codes.new(pinyin_code(short_name(line.name))) for line in city.of("镇街")}
    known = {row.name: row.code for row in sample_offices(sample)}
    offices = {
        line.name: codes.new(known_office(line.name, known) or pinyin_code(line.name)) for line in city.of("单位")
    }
    if not offices:
        offices[f"{words.area}热线办公室"] = codes.new("hotline-office")
    trades = trades_of(city, sample)
    new: dict[str, str] = {
        name: in_its_words(read_text_file(sample / name), words) for name in _COPIED if (sample / name).exists()
    }
    new["city.toml"] = city_toml(city, towns, trades)
    new["offices.csv"] = offices_csv(city, towns, offices, codes)
    new["units.csv"] = units_csv(city, towns, offices, trades)
    new["places.csv"] = PLACES_CSV
    subjects = tomllib.loads(read_text_file(sample / "subjects.toml"))
    new["subjects.toml"] = subjects_toml(subjects, set(offices.values()), next(iter(offices.values())), trades)
    new["hearing.toml"] = re.sub(
        r"^not_names = \[.*?\]$", "not_names = []", in_its_words(read_text_file(sample / "hearing.toml"), words),
        flags=re.MULTILINE,
    )  # fmt: skip
    new["crews.toml"] = crews_toml(in_its_words(read_text_file(sample / "crews.toml"), words), trades)
    new["limits.toml"] = in_its_words(LIMITS_TOML, words)
    new["README.md"] = README.replace("{name}", words.city)
    return new
