"""The trades of a new city's crews, and which of them does what a trade of the sample does."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.folder.textfiles import read_text_file
from hotline.operations.new_city.given import NewCity, TableLine, pinyin_code

_ANY_TRADE = ("town", "综合")


@dataclass(frozen=True)
class Trades:
    codes: Mapping[str, str]
    """Chinese name → code, of what this city's crews do."""
    instead: Mapping[str, str]
    """The sample's code → this city's: 路灯、井盖 does the sample's 路灯 and its 排水和井盖."""

    def of(self, line: TableLine) -> str:
        return self.codes[trade_name(line, self.codes)]


def trades_of(city: NewCity, sample: Path) -> Trades:
    rows = tomllib.loads(read_text_file(sample / "city.toml"))["trade"]
    known = {row["name"]: row["code"] for row in rows if row["code"] != _ANY_TRADE[0]}
    codes: dict[str, str] = {}
    instead: dict[str, str] = {}
    for line in city.of("服务队"):
        name = trade_name(line, known)
        codes[name] = known.get(name) or (_ANY_TRADE[0] if name == _ANY_TRADE[1] else pinyin_code(name))
        for other, code in known.items():
            if other == name or any(part in name for part in _parts(other)):
                instead.setdefault(code, codes[name])
    return Trades(codes or {_ANY_TRADE[1]: _ANY_TRADE[0]}, instead)


def trade_name(line: TableLine, known: Iterable[str]) -> str:
    """As the city wrote it; else the known one that stands in the crew's name."""
    if line.trade:
        return line.trade
    return next((name for name in known if any(part[:2] in line.name for part in _parts(name))), _ANY_TRADE[1])


def _parts(trade: str) -> list[str]:
    return re.split("[和、]", trade)


def trade_for_any(subject: Mapping[str, Any], trades: Trades) -> str:
    """The crews that do anything, where the sample has such a crew for the subject."""
    mine = subject.get("trade", "")
    return mine if mine == _ANY_TRADE[0] and mine in trades.codes.values() else ""
