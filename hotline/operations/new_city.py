"""A new city's folder: what it must say itself is asked for, the rules that are alike everywhere come from the sample.

What comes out passes the check and runs; it is marked as sample data until people and telephones are entered.
"""

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pypinyin import lazy_pinyin

from core.city_words import CityWords
from core.errors import BadInput
from core.folder.faults import Fault, FaultyFolder, meant
from core.folder.reading import read_csv
from core.folder.shapes import Strict
from core.folder.textfiles import read_text_file
from dispatch.city.records import TOWN_OFFICE
from hotline.operations.new_city_texts import CITY_TOML, LIMITS_TOML, PLACES_CSV, README, in_its_words
from hotline.runtime.city_check import TO_FILL, check_folder

SAMPLE = Path("deploy/city/qufu")
_LEVEL = "市县区旗州"
_COPIED = (
    "urgency.toml", "evasive.toml", "desk.toml", "units.toml", "follow-up.toml", "callbacks.toml", "replies.toml",
    "reachability.toml", "roster.toml", "dialling.toml", "dispatch.toml", "calendar.toml", "notifications.toml",
)  # fmt: skip
"""Of the sample: rules that are alike everywhere."""
_ANY_TRADE = ("town", "综合")


def _blank(value: object) -> object:
    return value.strip() or TO_FILL if isinstance(value, str) else value


ToFill = Annotated[str, BeforeValidator(_blank)]


class TableLine(Strict):
    """One line of the list that a city gives: a town, an office or a crew."""

    what: Literal["镇街", "单位", "服务队"] = Field(alias="类别")
    name: Annotated[str, Field(min_length=1)] = Field(alias="名称")
    trade: str = Field(alias="行业", default="")
    towns: str = Field(alias="镇街", default="")
    """Of a crew: names, with blanks between; empty: all."""
    office: str = Field(alias="单位", default="")
    """Of a crew: the office that it belongs to."""
    head: ToFill = Field(alias="第一责任人", default=TO_FILL)
    deputy: ToFill = Field(alias="分管责任人", default=TO_FILL)
    phone: ToFill = Field(alias="电话", default=TO_FILL)
    duty_phone: ToFill = Field(alias="值班电话", default=TO_FILL)


@dataclass(frozen=True)
class NewCity:
    words: CityWords
    number_prefix: str
    area_code: str
    lines: Sequence[TableLine]
    code: str = ""

    def of(self, what: str) -> list[TableLine]:
        return [line for line in self.lines if line.what == what]


def read_table(path: Path) -> list[TableLine]:
    """A list saved from Excel as CSV; its columns are the aliases of TableLine. Raises FaultyFolder."""
    return read_csv(path, TableLine)


def table_of(towns: Iterable[str], offices: Iterable[str], crews: Iterable[str]) -> list[TableLine]:
    named = [("镇街", towns), ("单位", offices), ("服务队", crews)]
    return [TableLine.model_validate({"类别": what, "名称": name}) for what, names in named for name in names]


def pinyin_code(name: str) -> str:
    """清禾县 → qinghexian; what is no code by itself gets a letter before it."""
    said = re.sub("[^a-z0-9]+", "-", "-".join(lazy_pinyin(name)).lower()).replace("-", "")[:30]
    return said if said[:1].isalpha() else f"x{said}"


def initials(name: str) -> str:
    """清禾县 → QH."""
    letters = "".join(one[:1] for one in lazy_pinyin(name.rstrip(_LEVEL + "自治") or name)).upper()
    return re.sub("[^A-Z]", "", letters)[:4] or "XX"


def area_word(name: str) -> str:
    return name[-1] if name[-1] in _LEVEL else "市"


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
        named = [("镇街", name, towns) for name in _served(crew)]
        named += [("单位", crew.office.strip(), offices)] if crew.office.strip() else []
        for what, name, known in named:
            if name not in known:
                said = f"{crew.name}的{what} {name} 不在名单里{meant(name, known)}"
                yield Fault("名单", said, f"改成名单里{what}的名称，或加一行", crew.line_in_file)


def _served(crew: TableLine) -> list[str]:
    return [name for name in re.split(r"[\s、，,]+", crew.towns.strip()) if name]


@dataclass
class _Codes:
    """Codes that were given; none twice."""

    given: set[str] = field(default_factory=set)

    def new(self, wanted: str) -> str:
        code, count = wanted, 1
        while code in self.given:
            count += 1
            code = f"{wanted}-{count}"
        self.given.add(code)
        return code


@dataclass(frozen=True)
class _Trades:
    codes: Mapping[str, str]
    """Chinese name → code, of what this city's crews do."""
    instead: Mapping[str, str]
    """The sample's code → this city's: 路灯、井盖 does the sample's 路灯 and its 排水和井盖."""

    def of(self, line: TableLine) -> str:
        return self.codes[_trade_name(line, self.codes)]


def _files(city: NewCity, sample: Path) -> dict[str, str]:
    words, codes = city.words, _Codes()
    towns = {line.name: codes.new(pinyin_code(_short(line.name))) for line in city.of("镇街")}
    known = {row.name: row.code for row in _sample_offices(sample)}
    offices = {
        line.name: codes.new(_known_office(line.name, known) or pinyin_code(line.name)) for line in city.of("单位")
    }
    if not offices:
        offices[f"{words.area}热线办公室"] = codes.new("hotline-office")
    trades = _trades(city, sample)
    new: dict[str, str] = {
        name: in_its_words(read_text_file(sample / name), words) for name in _COPIED if (sample / name).exists()
    }
    new["city.toml"] = _city_toml(city, towns, trades)
    new["offices.csv"] = _offices_csv(city, towns, offices, codes)
    new["units.csv"] = _units_csv(city, towns, offices, trades)
    new["places.csv"] = PLACES_CSV
    subjects = tomllib.loads(read_text_file(sample / "subjects.toml"))
    new["subjects.toml"] = _subjects_toml(subjects, set(offices.values()), next(iter(offices.values())), trades)
    new["hearing.toml"] = re.sub(
        r"^not_names = \[.*?\]$", "not_names = []", in_its_words(read_text_file(sample / "hearing.toml"), words),
        flags=re.MULTILINE,
    )  # fmt: skip
    new["crews.toml"] = _crews_toml(in_its_words(read_text_file(sample / "crews.toml"), words), trades)
    new["limits.toml"] = in_its_words(LIMITS_TOML, words)
    new["README.md"] = README.replace("{name}", words.city)
    return new


def _text(value: str | list[str]) -> str:
    """As TOML holds it."""
    return json.dumps(value, ensure_ascii=False)


def _short(name: str) -> str:
    return re.sub("(街道办事处|街道|镇|乡)$", "", name) or name


def _kind(name: str) -> str:
    return "street" if "街道" in name else "township" if name.endswith(("乡", "苏木")) else "town"


def _city_toml(city: NewCity, towns: Mapping[str, str], trades: _Trades) -> str:
    words = city.words
    head = CITY_TOML.format(
        name=_text(words.city), code=_text(city.code or pinyin_code(words.city)), prefix=_text(city.number_prefix),
        area_code=_text(city.area_code), line=_text(words.line), short=_text(words.line_short),
        number=_text(words.number), crew=_text(words.crew), area=_text(words.area), town=_text(words.town),
    )  # fmt: skip
    listed = [
        f"[[town]]\ncode = {_text(code)}\nname = {_text(name)}\nkind = {_text(_kind(name))}"
        for name, code in towns.items()
    ]
    listed += [f"[[trade]]\ncode = {_text(code)}\nname = {_text(name)}" for name, code in trades.codes.items()]
    return head + "\n" + "\n\n".join(listed) + "\n"


def _csv(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([heads, *rows])
    return out.getvalue()


def _offices_csv(city: NewCity, towns: Mapping[str, str], offices: Mapping[str, str], codes: _Codes) -> str:
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


def _units_csv(city: NewCity, towns: Mapping[str, str], offices: Mapping[str, str], trades: _Trades) -> str:
    heads = ("code", "name", "trade", "towns", "extension", "office", "leader", "phone")
    by_name = {**{name: f"town-{code}" for name, code in towns.items()}, **offices}
    rows = []
    for number, line in enumerate(city.of("服务队"), 1):
        code = f"crew-{number:02}"
        served = " ".join(towns[name] for name in _served(line)) or "*"
        office = by_name.get(line.office.strip()) or next(iter(offices.values()))
        trade = trades.of(line)
        rows.append((code, line.name, trade, served, code, office, line.head, line.phone))
    return _csv(heads, rows)


def _trades(city: NewCity, sample: Path) -> _Trades:
    rows = tomllib.loads(read_text_file(sample / "city.toml"))["trade"]
    known = {row["name"]: row["code"] for row in rows if row["code"] != _ANY_TRADE[0]}
    codes: dict[str, str] = {}
    instead: dict[str, str] = {}
    for line in city.of("服务队"):
        name = _trade_name(line, known)
        codes[name] = known.get(name) or (_ANY_TRADE[0] if name == _ANY_TRADE[1] else pinyin_code(name))
        for other, code in known.items():
            if other == name or any(part in name for part in _parts(other)):
                instead.setdefault(code, codes[name])
    return _Trades(codes or {_ANY_TRADE[1]: _ANY_TRADE[0]}, instead)


def _trade_name(line: TableLine, known: Iterable[str]) -> str:
    """As the city wrote it; else the known one that stands in the crew's name."""
    if line.trade:
        return line.trade
    return next((name for name in known if any(part[:2] in line.name for part in _parts(name))), _ANY_TRADE[1])


def _parts(trade: str) -> list[str]:
    return re.split("[和、]", trade)


class _SampleOffice(Strict, extra="ignore"):
    code: str
    name: str


def _sample_offices(sample: Path) -> list[_SampleOffice]:
    return read_csv(sample / "offices.csv", _SampleOffice)


def _known_office(name: str, known: Mapping[str, str]) -> str:
    """The sample's code of the office that does the same elsewhere; empty: none."""

    def core(said: str) -> str:
        return re.sub(f"^.{{0,6}}?[{_LEVEL}](?=.{{3}})", "", said)

    return next((code for other, code in known.items() if core(other) == core(name)), "")


def _subjects_toml(sample: Mapping[str, Any], offices: set[str], fallback: str, trades: _Trades) -> str:
    """The sample's subjects; whose office this city does not have goes to `fallback`, to be decided by people."""
    text = ["# 事项类别：判断用的词语、主办和协办单位、行业。由示例改成，主办单位须逐条核对。"]
    for group in sample["group"]:
        text.append(f"\n[[group]]\nname = {_text(group['name'])}")
        text += [
            "\n[[group.subject]]\n" + "\n".join(_subject(subject, offices, fallback, trades))
            for subject in group["subject"]
        ]
    return "\n".join(text) + "\n"


def _subject(subject: Mapping[str, Any], offices: set[str], fallback: str, trades: _Trades) -> Iterator[str]:
    office = subject["office"]
    yield f"code = {_text(subject['code'])}"
    yield f"name = {_text(subject['name'])}"
    yield f"office = {_text(office if office in offices or office == TOWN_OFFICE else fallback)}"
    if helping := [one for one in subject.get("co_offices", []) if one in offices or one == TOWN_OFFICE]:
        yield f"co_offices = {_text(helping)}"
    if trade := trades.instead.get(subject.get("trade", "")) or _own_trade(subject, trades):
        yield f"trade = {_text(trade)}"
    yield f"kind = {_text(subject['kind'])}"
    yield f"words = {_text(subject['words'])}"
    if subject.get("hints"):
        yield f"hints = {_text(subject['hints'])}"


def _own_trade(subject: Mapping[str, Any], trades: _Trades) -> str:
    """The crews that do anything, where the sample has such a crew for the subject."""
    mine = subject.get("trade", "")
    return mine if mine == _ANY_TRADE[0] and mine in trades.codes.values() else ""


def _photo_trades(listed: str, trades: _Trades) -> str:
    codes = dict.fromkeys(trades.instead.get(code, "") for code in re.findall('"(.+?)"', listed))
    named = ", ".join(f'"{code}"' for code in codes if code)
    return f"photo_trades = [{named}]"


def _crews_toml(text: str, trades: _Trades) -> str:
    """Without the phrases and the wish for photos of trades that this city does not have."""
    head, *phrases = text.split("[[phrase]]")
    head = re.sub(r"(?m)^photo_trades = \[(.*)\]$", lambda found: _photo_trades(found[1], trades), head)
    kept = []
    for one in phrases:
        found = re.search('trade = "(.+?)"', one)
        code = trades.instead.get(found[1], "") if found else ""
        if found is None or code:
            kept.append(one.replace(f'"{found[1]}"', f'"{code}"', 1) if found else one)
    return "[[phrase]]".join([head, *kept])
