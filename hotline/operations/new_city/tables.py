"""Files of a new city that come from its own list: city.toml, offices.csv, units.csv."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.folder.reading import read_csv
from core.folder.shapes import Strict
from hotline.operations.new_city.given import LEVELS, NewCity, TableLine, pinyin_code, towns_served
from hotline.operations.new_city.texts import CITY_TOML, toml_text
from hotline.operations.new_city.trades import Trades
from hotline.runtime.city_check import TO_FILL


@dataclass
class Codes:
    """Codes that were given; none twice."""

    given: set[str] = field(default_factory=set)

    def new(self, wanted: str) -> str:
        code, count = wanted, 1
        while code in self.given:
            count += 1
            code = f"{wanted}-{count}"
        self.given.add(code)
        return code


class SampleOffice(Strict, extra="ignore"):
    code: str
    name: str


def sample_offices(sample: Path) -> list[SampleOffice]:
    return read_csv(sample / "offices.csv", SampleOffice)


def known_office(name: str, known: Mapping[str, str]) -> str:
    """The sample's code of the office that does the same elsewhere; empty: none."""

    def core(said: str) -> str:
        return re.sub(f"^.{{0,6}}?[{LEVELS}](?=.{{3}})", "", said)

    return next((code for other, code in known.items() if core(other) == core(name)), "")


def short_name(name: str) -> str:
    return re.sub("(街道办事处|街道|镇|乡)$", "", name) or name


def _kind(name: str) -> str:
    return "street" if "街道" in name else "township" if name.endswith(("乡", "苏木")) else "town"


def city_toml(city: NewCity, towns: Mapping[str, str], trades: Trades) -> str:
    words = city.words
    said = {
        "name": words.city,
        "code": city.code or pinyin_code(words.city),
        "prefix": city.number_prefix,
        "area_code": city.area_code,
        "line": words.line,
        "short": words.line_short,
        "number": words.number,
        "crew": words.crew,
        "area": words.area,
        "town": words.town,
    }
    head = CITY_TOML.format_map({name: toml_text(word) for name, word in said.items()})
    listed = [
        f"[[town]]\ncode = {toml_text(code)}\nname = {toml_text(name)}\nkind = {toml_text(_kind(name))}"
        for name, code in towns.items()
    ]
    listed += [f"[[trade]]\ncode = {toml_text(code)}\nname = {toml_text(name)}" for name, code in trades.codes.items()]
    return head + "\n" + "\n\n".join(listed) + "\n"


def _csv(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([heads, *rows])
    return out.getvalue()


def offices_csv(city: NewCity, towns: Mapping[str, str], offices: Mapping[str, str], codes: Codes) -> str:
    heads = ("code", "name", "kind", "town", "head", "deputy", "phone", "duty_phone")
    rows = []
    for line in city.of("镇街"):
        town = towns[line.name]
        rows.append((codes.new(f"town-{town}"), line.name, "town", town, *_people(line)))
    lines = {line.name: line for line in city.of("单位")}
    for name, code in offices.items():
        people = _people(lines[name]) if name in lines else (TO_FILL,) * 4
        rows.append((code, name, "enterprise" if "公司" in name else "department", "", *people))
    return _csv(heads, rows)


def _people(line: TableLine) -> tuple[str, str, str, str]:
    return line.head, line.deputy, line.phone, line.duty_phone


def units_csv(city: NewCity, towns: Mapping[str, str], offices: Mapping[str, str], trades: Trades) -> str:
    heads = ("code", "name", "trade", "towns", "extension", "office", "leader", "phone")
    by_name = {**{name: f"town-{code}" for name, code in towns.items()}, **offices}
    rows = []
    for number, line in enumerate(city.of("服务队"), 1):
        code = f"crew-{number:02}"
        served = " ".join(towns[name] for name in towns_served(line)) or "*"
        office = by_name.get(line.office.strip()) or next(iter(offices.values()))
        trade = trades.of(line)
        rows.append((code, line.name, trade, served, code, office, line.head, line.phone))
    return _csv(heads, rows)
