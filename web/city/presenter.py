"""The city's files as the administrator's pages show them. Pure."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.clock import CITY_ZONE
from core.errors import BadInput
from core.texts.normal_form import normal_form
from dispatch.city.labels import POSTS_HELD
from dispatch.city.posts import FILE as POSTS
from dispatch.city.records import TOWN_OFFICE, City
from dispatch.duties.rules_file import FILE as DUTIES
from dispatch.orders.labels import KINDS
from dispatch.versions.change import version_in_force
from dispatch.versions.files import FILES, CityFileKind
from dispatch.versions.models import CityVersion

COLUMNS: Mapping[str, str] = {
    "code": "代码",
    "name": "名称",
    "kind": "类别",
    "town": "镇街",
    "head": "第一责任人",
    "deputy": "分管负责人",
    "phone": "电话",
    "duty_phone": "值班电话",
    "trade": "行业",
    "towns": "服务的镇街",
    "extension": "派单电话",
    "office": "所属单位",
    "leader": "队长",
    "subject": "事项类别",
    "covers": "包括什么",
    "co_offices": "协办单位",
    "limit": "另定的时限",
    "basis": "依据",
    "to_confirm": "按通常做法，待确认",
    "excludes": "不包括什么，归谁",
    "sayings": "平时怎么说",
    "post": "岗位",
    "holder": "任职人",
    "account": "登录名",
    "first_day": "从哪天起",
    "last_day": "到哪天为止",
    "latitude": "纬度",
    "longitude": "经度",
}
_IN_DUTIES = {"office": "主办单位", "kind": "诉求类型", "trade": "出动的行业"}
_LISTED: Mapping[str, Sequence[str]] = {
    DUTIES: ("code", "name", "covers", "office", "co_offices", "trade", "kind", "basis"),
}
"""Of a wide table: columns that the list shows; the row's form has them all."""
LONG = frozenset({"covers", "basis", "excludes", "sayings"})
"""Columns of more than a line."""
OFFICE_KINDS = {"department": "部门", "town": "镇街", "enterprise": "公用企业", "zone": "园区"}
PLACE_KINDS = {
    "village": "村", "community": "社区", "road": "道路", "site": "单位、景点、车站", "estate": "小区",
    "zone": "园区", "water": "河湖",
}  # fmt: skip
_PLACES = "places.csv"


@dataclass(frozen=True)
class FileRow:
    file: str
    kind: CityFileKind
    in_force: CityVersion | None
    """None: as the city's folder has it."""
    to_come: Sequence[CityVersion]


HINTS: Mapping[str, str] = {
    "code": "小写字母、数字、连字符；用过不再改",
    "towns": "写名称，用、隔开；都去写 全部",
    "extension": "不填：和代码相同",
    "co_offices": "写名称，用；隔开",
}
"""Beside the fields of a row."""


def on_screen(file: str, told: str) -> str:
    """A fault of the city's files in the words of the screen that it stands on."""
    told = re.sub(r"^城市数据有(\d+)处错误，改好以后再启动：", r"有\1处要改，改好才能保存：", told)
    column = re.compile(rf"(?m)^(· {re.escape(file)} 第\d+行：)({'|'.join(COLUMNS)})\b ?")
    return column.sub(lambda found: f"{found[1]}{column_words(file, found[2])}（{found[2]}）", told)


def file_rows(versions: Iterable[CityVersion], at: dt.datetime) -> list[FileRow]:
    of: dict[str, list[CityVersion]] = {file: [] for file in FILES}
    for one in versions:
        of.setdefault(one.file, []).append(one)
    return [
        FileRow(file, FILES[file], version_in_force(of[file], at), [one for one in of[file] if one.effective_at > at])
        for file in FILES
    ]


def column_words(file: str, column: str) -> str:
    return (_IN_DUTIES if file == DUTIES else {}).get(column) or COLUMNS.get(column, column)


def listed(file: str, columns: Sequence[str]) -> list[str]:
    """Those of the table's columns that its list shows."""
    wanted = _LISTED.get(file, columns)
    return [column for column in columns if column in wanted]


def choices(file: str, column: str, city: City) -> Mapping[str, str]:
    """What may stand in a cell, code → words; empty: anything."""
    towns = {town.code: town.name for town in city.towns.values()}
    offices = {office.code: office.name for office in city.offices.values()}
    known: Mapping[tuple[str, str], Mapping[str, str]] = {
        ("offices.csv", "kind"): OFFICE_KINDS,
        ("offices.csv", "town"): {"": "不限", **towns},
        ("units.csv", "trade"): city.trades,
        ("units.csv", "office"): offices,
        (_PLACES, "kind"): PLACE_KINDS,
        (_PLACES, "town"): towns,
        (_PLACES, "office"): {"": "无", **offices},
        (POSTS, "office"): offices,
        (POSTS, "post"): POSTS_HELD,
        (DUTIES, "subject"): {subject.code: subject.name for subject in city.subjects.values()},
        (DUTIES, "office"): {TOWN_OFFICE: f"所在{city.words.town}", **offices},
        (DUTIES, "trade"): {"": "不用出动", **city.trades},
        (DUTIES, "kind"): {kind.value: word for kind, word in KINDS.items()},
        (DUTIES, "to_confirm"): {"": "不用", "yes": "待确认"},
    }
    return known.get((file, column), {})


def shown_cell(file: str, column: str, value: str, city: City) -> str:
    if (file, column) == ("units.csv", "towns"):
        names = (city.towns[one].name if one in city.towns else one for one in value.split())
        return "全部" if value == "*" else "、".join(names)
    if (file, column) == (DUTIES, "co_offices"):
        known = choices(file, "office", city)
        return "、".join(known.get(one, one) for one in re.split("[;；]", value) if one)
    return choices(file, column, city).get(value, value) if value else ""


def has_words(file: str, row: Mapping[str, str], words: Iterable[str], city: City) -> bool:
    """Whether the row has each of the words (core.texts.normal_form), in a cell as written or as shown."""
    cells = [*row.values(), *(shown_cell(file, column, value, city) for column, value in row.items())]
    text = normal_form("\n".join(cells))
    return all(word in text for word in words)


def parse_effective(typed: str, at: dt.datetime) -> dt.datetime:
    """From `<input type=datetime-local>`, in the city's zone; empty: now. Raises BadInput."""
    if not typed.strip():
        return at
    try:
        return dt.datetime.fromisoformat(typed.strip()).replace(tzinfo=CITY_ZONE)
    except (ValueError, OverflowError):
        raise BadInput(fields={"effective_at": "生效时间不是一个时刻。"}) from None
