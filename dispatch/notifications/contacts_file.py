"""A table of contacts, as a city has it in Excel: read, and said line by line what is wrong. Pure.

Columns by their names, in any order: 单位 (name or code of an office or crew, or one of the city's roles), 渠道, 地址;
and, where wanted, 登录名 (whose own it is) and 办理链接 (是).
"""

import csv
import difflib
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from dispatch.city.records import City
from dispatch.notifications.contacts import wrong_address, wrong_host
from dispatch.notifications.labels import AUDIENCES, NOTIFICATION_CHANNELS
from dispatch.notifications.rules import Audience, NotificationChannel

COLUMNS = ("单位", "渠道", "地址", "登录名", "办理链接")
NEEDED = COLUMNS[:3]
MOST_LINES = 2000
_OF_THE_CITY = (Audience.COORDINATOR, Audience.SUPERVISOR, Audience.LEADER)


@dataclass(frozen=True)
class ContactLine:
    """One row, as it was written and what it means."""

    number: int
    """In the file; the heading is line 1."""
    cells: Mapping[str, str]
    audience: Audience = Audience.OFFICE
    code: str = ""
    channel: NotificationChannel = NotificationChannel.SMS
    address: str = ""
    account: str = ""
    with_link: bool = False
    wrong: str = ""
    """What is wrong and how to correct it; empty: nothing."""


@dataclass(frozen=True)
class ContactsFile:
    lines: list[ContactLine] = field(default_factory=list)
    wrong: str = ""
    """What is wrong with the file as a whole."""


def read_contacts(text: str, city: City, webhook_hosts: Collection[str]) -> ContactsFile:
    head = next((line for line in text.splitlines() if line.strip()), "")
    separator = next((one for one in ("\t", ";", "；", "，") if one in head and "," not in head), ",")
    rows = [
        (number, [cell.strip() for cell in row])
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=separator), 1)
        if any(cell.strip() for cell in row) and not row[0].lstrip().startswith("#")
    ]
    if not rows:
        return ContactsFile(wrong="文件是空的。")
    (_, columns), *rest = rows
    if missing := [one for one in NEEDED if one not in columns]:
        return ContactsFile(wrong=f"第一行要写列名，缺少：{'、'.join(missing)}。可用的列：{'、'.join(COLUMNS)}。")
    if not rest:
        return ContactsFile(wrong="只有列名，没有联系方式。")
    if len(rest) > MOST_LINES:
        return ContactsFile(wrong=f"一次最多{MOST_LINES}行，请分成几个文件。")
    names = _names(city)
    return ContactsFile(
        [
            _line(number, dict.fromkeys(COLUMNS, "") | dict(zip(columns, cells, strict=False)), names, webhook_hosts)
            for number, cells in rest
        ]
    )


def _line(
    number: int, cells: Mapping[str, str], names: Mapping[str, tuple[Audience, str]], hosts: Collection[str]
) -> ContactLine:
    who, channel = names.get(cells["单位"]), _channel(cells["渠道"])
    address = cells["地址"]
    if who is None:
        return ContactLine(number, cells, wrong=_unknown("单位", cells["单位"], names))
    if channel is None:
        return ContactLine(number, cells, wrong=_unknown("渠道", cells["渠道"], NOTIFICATION_CHANNELS.values()))
    link = cells["办理链接"]
    wrong = wrong_address(channel, address) or wrong_host(channel, address, hosts)
    if not wrong and link not in ("", "是", "否"):
        wrong = "“办理链接”只能填“是”或空着。"
    if not wrong and link == "是" and who[0] is not Audience.OFFICE:
        wrong = "只有承办单位的通知可以带办理链接。"
    return ContactLine(
        number, cells, *who, channel=channel, address=address, account=cells["登录名"].lower(),
        with_link=link == "是", wrong=wrong,
    )  # fmt: skip


def _names(city: City) -> dict[str, tuple[Audience, str]]:
    """Name and code → who it is."""
    found: dict[str, tuple[Audience, str]] = {AUDIENCES[one]: (one, "") for one in _OF_THE_CITY}
    for audience, entries in ((Audience.UNIT, city.units), (Audience.OFFICE, city.offices)):
        for code, entry in entries.items():
            found[code] = found[entry.name] = audience, code
    return found


def _channel(words: str) -> NotificationChannel | None:
    known = {name: channel for channel, name in NOTIFICATION_CHANNELS.items()}
    known |= {channel.value: channel for channel in NotificationChannel}
    return known.get(words) or known.get(words.lower())


def _unknown(column: str, said: str, known: Collection[str]) -> str:
    if not said:
        return f"“{column}”没有填。"
    near = difflib.get_close_matches(said, list(known), n=1)
    return f"没有叫“{said}”的{column}" + (f"，是不是“{near[0]}”？" if near else "。")
