"""Files of a new city that come from the sample, without what this city does not have. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dispatch.city.records import TOWN_OFFICE
from hotline.operations.new_city.texts import toml_text
from hotline.operations.new_city.trades import Trades, trade_for_any


def subjects_toml(sample: Mapping[str, Any], offices: set[str], fallback: str, trades: Trades) -> str:
    """The sample's subjects; whose office this city does not have goes to `fallback`, to be decided by people."""
    text = ["# 事项类别：判断用的词语、主办和协办单位、行业。由示例改成，主办单位须逐条核对。"]
    for group in sample["group"]:
        text.append(f"\n[[group]]\nname = {toml_text(group['name'])}")
        text += [
            "\n[[group.subject]]\n" + "\n".join(_subject(subject, offices, fallback, trades))
            for subject in group["subject"]
        ]
    return "\n".join(text) + "\n"


def _subject(subject: Mapping[str, Any], offices: set[str], fallback: str, trades: Trades) -> Iterator[str]:
    office = subject["office"]
    yield f"code = {toml_text(subject['code'])}"
    yield f"name = {toml_text(subject['name'])}"
    yield f"office = {toml_text(office if office in offices or office == TOWN_OFFICE else fallback)}"
    if helping := [one for one in subject.get("co_offices", []) if one in offices or one == TOWN_OFFICE]:
        yield f"co_offices = {toml_text(helping)}"
    if trade := trades.instead.get(subject.get("trade", "")) or trade_for_any(subject, trades):
        yield f"trade = {toml_text(trade)}"
    yield f"kind = {toml_text(subject['kind'])}"
    yield f"words = {toml_text(subject['words'])}"
    if subject.get("hints"):
        yield f"hints = {toml_text(subject['hints'])}"


def _photo_trades(listed: str, trades: Trades) -> str:
    codes = dict.fromkeys(trades.instead.get(code, "") for code in re.findall('"(.+?)"', listed))
    named = ", ".join(f'"{code}"' for code in codes if code)
    return f"photo_trades = [{named}]"


def crews_toml(text: str, trades: Trades) -> str:
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
