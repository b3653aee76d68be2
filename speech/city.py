"""What a city's callers name: towns, villages and places, roads, offices, and the words its rules listen for.

Read from the tables of deploy/city/NAME, with a few made-up estates and villages beside them for variety.
"""

from __future__ import annotations

import csv
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(os.environ.get("SPEECH_CITY", Path(__file__).resolve().parent.parent / "deploy/city/qufu"))
COMMON_VILLAGES = (
    "东庄村 西庄村 南庄村 北庄村 前王村 后王村 张家村 李家村 孔家村 颜家村 小河村 大河村 红庙村 石桥村 柳庄村 "
    "杏林村 桃园村 南关村 北关村 东关社区 西关社区 龙泉社区 春秋社区 静轩社区 安居小区 幸福小区 阳光花园 "
    "圣和家园 杏坛小区 孔府花园 东方明珠小区 文昌小区 锦绣湖花园 汽车站 火车站 高铁站"
)
COMMON_ROADS = (
    "春秋路 静轩路 大成路 舞雩台路 裕隆路 逵泉路 鼓楼大街 杏坛路 天官第街 南池路 弘道路 发展大道 长春路 仓庚路 "
    "校场路 神道路 大同路 迎宾路 开元路"
)
CHINESE = re.compile("[\u4e00-\u9fff]{2,10}")


@dataclass(frozen=True)
class CityNames:
    """Names by sort, each list without doubles, in a fixed order."""

    towns: tuple[str, ...]
    villages: tuple[str, ...]
    """Villages, estates, sights, stations: whatever is no road."""
    roads: tuple[str, ...]
    offices: tuple[str, ...]
    words: tuple[str, ...]
    """What the subjects and the urgency rules listen for."""

    def names(self) -> tuple[str, ...]:
        """All proper names: words for the segmenter and the language model."""
        return (*self.towns, *self.villages, *self.roads, *self.offices)


def _rows(path: Path) -> list[dict[str, str]]:
    lines = (line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return list(csv.DictReader(lines))


def _only(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if CHINESE.fullmatch(name)))


def load_city(folder: Path = FOLDER) -> CityNames:
    """The names and words of a city's folder."""
    city = tomllib.loads((folder / "city.toml").read_text("utf-8"))
    groups = tomllib.loads((folder / "subjects.toml").read_text("utf-8"))["group"]
    signs = tomllib.loads((folder / "urgency.toml").read_text("utf-8"))["sign"]
    places = _rows(folder / "places.csv")
    words = [word for group in groups for subject in group["subject"] for word in subject["words"]]
    words += [word for sign in signs for several in sign["all"] for word in several.split("|")]
    return CityNames(
        towns=_only([town["name"] for town in city["town"]]),
        villages=_only([row["name"] for row in places if row["kind"] != "road"] + COMMON_VILLAGES.split()),
        roads=_only([row["name"] for row in places if row["kind"] == "road"] + COMMON_ROADS.split()),
        offices=_only([row["name"] for row in _rows(folder / "offices.csv")]),
        words=_only(words),
    )
