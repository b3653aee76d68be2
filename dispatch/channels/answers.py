"""What the other side answered, read as people mean it: JSON, XML or words, in whatever encoding, yes or no. Pure."""

import codecs
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from dispatch.notifications.rules import Delivery

LASTING = frozenset({400, 401, 403, 404, 405, 410, 413, 422})
"""The same request will be refused again."""
TOO_FAST = 429
_NOT_HEARD = 504
"""A proxy before the gateway timed out: the message may have been taken."""
_SHOWN = 200
_TRUE = frozenset({"true", "yes", "y", "ok", "success", "成功", "是"})
_FALSE = frozenset({"false", "no", "n", "失败", "否"})
_WHOLE = re.compile(r"[+-]?(0)(?:\.0+)?|\+?(-?[1-9][0-9]*)(?:\.0+)?", re.ASCII)
_INDEX = re.compile(r"\[\s*['\"]?([^\]'\"]*)['\"]?\s*\]")
"""`data[0].code` is `data.0.code`."""


@dataclass(frozen=True)
class Success:
    """What the body of a good answer says; no field and no value: the status alone decides."""

    field: str = ""
    """`data.0.code`: inside `data` the first's `code`; `data.code` of a list: that of each. Empty: all its words."""
    value: str = ""
    """`0`; several with `|` between."""


@dataclass(frozen=True)
class RobotPace:
    """How a provider says "too many": codes in the body, whatever its status; then it is not refused but too early."""

    field: str = ""
    codes: frozenset[str] = frozenset()
    pause_seconds: float = 60
    """Where it does not say how long itself."""


STATUS_ONLY, NO_PACE = Success(), RobotPace()


def parse_success(setting: str) -> Success:
    """`code=0`, `=OK` (the answer begins so), or empty."""
    name, _, value = setting.partition("=")
    path = _INDEX.sub(r".\1", name.strip().removeprefix("$"))
    return Success(path.strip(".") if path != "." else "", value.strip().removeprefix("=").strip())


def judge(
    status: int,
    body: bytes,
    success: Success,
    *,
    pace: RobotPace = NO_PACE,
    headers: Mapping[str, str] | None = None,
    charset: str | None = None,
) -> Delivery:
    """An answer that cannot be read is no good answer where the body has to say so; it is `unclear`, since the other
    side had said 200 before it."""
    text = decoded(body, charset)
    answer = read_answer(text)
    if not isinstance(answer, str):
        text = json.dumps(answer, ensure_ascii=False)
    said = f"HTTP {status} {text[:_SHOWN]}".strip()
    code = _values(answer, pace.field) if pace.field else []
    if status == TOO_FAST or any(one in pace.codes for one in code):
        return Delivery(False, f"对方说发得太快，稍后再发。{said}", later_seconds=_pause(headers or {}, pace))
    if not 200 <= status < 300:
        later = _asked_pause(headers or {}) if status == 503 else None
        return Delivery(False, said, lasting=status in LASTING, unclear=status == _NOT_HEARD, later_seconds=later)
    if not success.field and not success.value:
        return Delivery(True, said)
    wanted = [_meant(one) for one in success.value.split("|")]
    if not success.field:
        words = answer if isinstance(answer, str) else text
        return Delivery(any(_begins(words, one.strip()) for one in success.value.split("|")), said, unclear=not text)
    found = _values(answer, success.field)
    return Delivery(bool(found) and all(_meant(one) in wanted for one in found), said, unclear=not found)


def _begins(words: str, wanted: str) -> bool:
    """`=0` is not said by `03`, nor `=1` by `100`."""
    if not words.casefold().startswith(wanted.casefold()):
        return False
    return not (wanted[-1:].isdecimal() and words[len(wanted) : len(wanted) + 1].isdecimal())


def decoded(body: bytes, charset: str | None = None) -> str:
    """By its byte order mark, as its header says, as UTF-8, else as Chinese Windows writes."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            return body.decode(encoding, "replace").strip()
    for encoding in (charset or "utf-8", "utf-8", "gb18030"):
        try:
            return body.decode(encoding).strip()
        except (UnicodeError, LookupError):
            continue
    return body.decode("utf-8", "replace").strip()


def read_answer(text: str) -> Any:
    """JSON, also JSON that was written into a JSON string; XML as a mapping of its elements; else the words."""
    try:
        answer = json.loads(text)
        return json.loads(answer) if isinstance(answer, str) and answer[:1] in "{[" and answer else answer
    except (ValueError, RecursionError):
        pass
    if text.startswith("<"):
        try:
            root = fromstring(text)
        except (ParseError, DefusedXmlException, ValueError):
            return text
        return {_tag(root): _of_xml(root), **_children(root)}
    return text


def _of_xml(element: Any, depth: int = 0) -> Any:
    return _children(element, depth + 1) if len(element) and depth < 20 else (element.text or "").strip()


def _children(element: Any, depth: int = 0) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for child in element:
        name, value = _tag(child), _of_xml(child, depth)
        made[name] = (
            [*made[name], value] if isinstance(made.get(name), list) else [made[name], value] if name in made else value
        )
    return made


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _values(answer: Any, path: str) -> list[str]:
    """All that stands under the path, as text; none: it is not there."""
    if isinstance(answer, str):
        # Words such as `code=0&msg=ok` or `code:0`.
        found = re.search(
            rf"(?:^|[\s,;&{{\"']){re.escape(path)}[\"']?\s*[:=]\s*[\"']?([^\s,;&}}\"']+)", answer, re.IGNORECASE
        )
        return [found[1]] if found else []
    here = [answer]
    for part in path.split("."):
        here = [inner for one in here for inner in _inside(one, part)]
    flat = [inner for one in here for inner in (one if isinstance(one, list) else [one])]
    return [
        json.dumps(one) if isinstance(one, bool) else str(one)
        for one in flat
        if one is not None and not isinstance(one, dict)
    ]


def _inside(one: Any, part: str) -> list[Any]:
    if isinstance(one, str) and one[:1] in ("{", "["):
        one = read_answer(one)
    if isinstance(one, list):
        if part.isdecimal():
            return one[int(part) : int(part) + 1] if len(part) < 9 else []
        return [inner for each in one for inner in _inside(each, part)]
    if not isinstance(one, dict):
        return []
    if part in one:
        return [one[part]]
    same = [value for name, value in one.items() if name.casefold() == part.casefold()]
    return same[:1]


def _meant(value: str) -> str:
    """true, 1, OK are one thing; 0 and 0.0 too; letters' case and blanks say nothing."""
    meant = value.strip().casefold()
    if meant in _TRUE:
        return "1"
    if meant in _FALSE:
        return "0"
    whole = _WHOLE.fullmatch(meant)
    # `00000` is a code of its own, not the number.
    return (whole[1] or whole[2]) if whole else meant


def _pause(headers: Mapping[str, str], pace: RobotPace) -> float:
    return _asked_pause(headers) or pace.pause_seconds


def _asked_pause(headers: Mapping[str, str]) -> float | None:
    """Seconds, as `Retry-After` (RFC 9110, 10.2.3) or the provider's own header says; a date in it is not read."""
    for name in ("Retry-After", "x-ogw-ratelimit-reset"):
        seconds = headers.get(name, "").strip()
        if seconds.isdecimal() and len(seconds) < 7 and int(seconds) > 0:
            return min(float(seconds), 3600.0)
    return None
