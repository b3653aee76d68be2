"""Whether the duties fit together and fit the city: doubles, overlaps, codes that nobody has; and the gaps. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from core.folder.faults import Fault, meant, twice
from core.texts.normal_form import normal_form
from dispatch.city.records import TOWN_OFFICE, City
from dispatch.duties.rules import Duty

Placed = tuple[Duty, int | None]
"""A duty, and the line of the file where it stands."""
_SERVICE = re.compile(r"[0-9]{3,8}", re.ASCII)
"""A number of a service outside the line: 110, 12368."""
_BASIS = re.compile("《[^《》]+》")
_SHOWN = 12
"""Names in one remark."""


def contradictions(file: str, placed: Sequence[Placed], city: City) -> Iterator[Fault]:
    yield from twice(file, "code", [(duty.code, line) for duty, line in placed])
    yield from twice(file, "name", [(duty.name, line) for duty, line in placed])
    yield from _said_twice(file, placed)
    codes = [duty.code for duty, _ in placed]
    for duty, line in placed:
        for what, mend in (*_unknown(duty, codes, city), *_of_itself(duty, city)):
            yield Fault(file, f"{duty.code}：{what}", mend, line)


def _said_twice(file: str, placed: Iterable[Placed]) -> Iterator[Fault]:
    """The same saying means one thing only; punctuation and blanks make no difference."""
    first: dict[str, str] = {}
    for duty, line in placed:
        for saying in duty.sayings:
            key = re.sub(r"[\W_]+", "", normal_form(saying))
            if key in first:
                where = "这一项里" if first[key] == duty.code else f"{first[key]} 里"
                mend = "留下一处，另一处换一种说法；两项分不开的，合成一项"
                yield Fault(file, f"{duty.code}：“{saying}”在{where}已经写过", mend, line)
            first.setdefault(key, duty.code)


def _unknown(duty: Duty, codes: Sequence[str], city: City) -> Iterator[tuple[str, str]]:
    """(what, correction) for each code in the duty that nobody has."""
    named: list[tuple[str, str, str, Iterable[str]]] = [("事项类别", duty.subject, "subjects.toml", city.subjects)]
    offices = [code for code in (duty.office, *duty.co_offices) if code != TOWN_OFFICE]
    named += [("单位", code, "offices.csv", city.offices) for code in offices]
    if duty.trade is not None:
        named.append(("行业", duty.trade, "city.toml", city.trades))
    for what, code, source, known in named:
        if code not in known:
            near = meant(code, known)
            yield f"{source} 里没有这个{what} {code}{near}", f"改成 {source} 里有的代码，或在那里补上"
    whose = {*codes, *city.offices, TOWN_OFFICE}
    for exclusion in duty.exclusions:
        if exclusion.whose not in whose and not _SERVICE.fullmatch(exclusion.whose):
            what = (
                f"excludes 里“{exclusion.what}”归 {exclusion.whose}，没有这个事项或单位{meant(exclusion.whose, whose)}"
            )
            yield what, "改成表里有的事项、offices.csv 里有的单位、@town 或服务电话"


def _of_itself(duty: Duty, city: City) -> Iterator[tuple[str, str]]:
    """(what, correction) for each thing in the duty that contradicts another, or is missing."""
    if duty.code in city.offices:
        yield "事项和单位用了同一个代码", "给事项换一个代码，excludes 里才分得清"
    if duty.office in duty.co_offices or len(set(duty.co_offices)) < len(duty.co_offices):
        yield "同一个单位写了两次", "主办单位不再写在 co_offices 里，协办单位各写一次"
    if duty.code in [exclusion.whose for exclusion in duty.exclusions]:
        yield "excludes 指回了自己", "写明不归这一项的事归谁"
    if not duty.basis and not duty.to_confirm:
        yield "没有写依据", "basis 写法律法规和条款；只是通常做法的，to_confirm 写 yes"
    for clause in duty.basis:
        if not _BASIS.search(clause):
            yield f"依据“{clause}”没有写是哪部法律法规", "写成《……》第……条"


def gaps(duties: Mapping[str, Duty], city: City) -> Iterator[str]:
    """What no duty reaches: no mistake, and yet perhaps not meant. Chinese, a line each."""
    if not duties:
        return
    led = {duty.office for duty in duties.values()}
    helped = {code for duty in duties.values() for code in duty.co_offices}
    if TOWN_OFFICE in led:
        led |= set(city.town_offices.values())
    idle = [office.name for office in city.offices.values() if office.code not in led | helped]
    only_helping = [office.name for office in city.offices.values() if office.code in helped - led]
    bare = [subject.name for subject in city.subjects.values() if subject.code not in _subjects(duties)]
    if idle:
        yield f"派单目录里有{len(idle)}个单位没有事项：{_listed(idle)}。"
    if only_helping:
        yield f"派单目录里有{len(only_helping)}个单位只协办、不主办：{_listed(only_helping)}。"
    if bare:
        yield f"派单目录里有{len(bare)}个事项类别没有事项：{_listed(bare)}。"
    if open_duties := [duty for duty in duties.values() if duty.to_confirm]:
        yield f"派单目录里有{len(open_duties)}个事项按通常做法写，还要确认（to_confirm）。"


def _subjects(duties: Mapping[str, Duty]) -> set[str]:
    return {duty.subject for duty in duties.values()}


def _listed(names: Sequence[str]) -> str:
    return "、".join(names[:_SHOWN]) + ("……" if len(names) > _SHOWN else "")
