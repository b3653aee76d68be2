"""What another version of the city's files moves, said before it is stored: which open orders keep what they have, and
what would be left over. Reads only.
"""

import datetime as dt
from collections.abc import Collection, Iterable

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.city.records import City
from dispatch.clock.counting import recount
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.recount import limits_moved
from dispatch.workflow import State

_SHOWN = 20
_LOOKED_AT = 2_000
"""Open orders that are counted by another calendar; the oldest."""
_BEFORE_DISPATCH = (State.DRAFT, State.REGISTERED)


async def effects(session: AsyncSession, old: Policy, new: Policy, *, at: dt.datetime) -> list[str]:
    """Sentences in Chinese; none where nothing that is open is touched."""
    said: list[str] = []
    said += await _limits(session, old, new)
    said += await _calendar(session, old, new, at)
    said += await _offices(session, old.city, new.city)
    said += await _subjects(session, old.city, new.city)
    return said


async def _limits(session: AsyncSession, old: Policy, new: Policy) -> list[str]:
    if old.times == new.times:
        return []
    kept = await _count(session, Order.finish_due_at.is_not(None))
    return [f"{kept}张未办结的工单保持原来的时限，新的时限只用于生效以后派出的工单。"]


async def _calendar(session: AsyncSession, old: Policy, new: Policy, at: dt.datetime) -> list[str]:
    if old.city.calendar == new.city.calendar:
        return []
    arranged = new.city.calendar.arranged_years() - old.city.calendar.arranged_years()
    said = []
    if arranged:
        moved = await _count(session, Order.provisional_year.in_(arranged))
        years = "、".join(f"{year}年" for year in sorted(arranged))
        said.append(f"{years}的安排确定后，{moved}张工单的暂定时限自动重新计算，并通知承办单位。")
    counted = select(Order).where(Order.closed_at.is_(None), Order.settled_limits != {}).order_by(Order.id)
    found = []
    for order in await session.scalars(counted.limit(_LOOKED_AT)):
        if order.provisional_year in arranged:
            continue
        moves = recount(order, new.times, new.city.calendar, at=at)
        if moves.moves:
            found.append(f"{order.number}：{'；'.join(limits_moved(moves, new.city))}")
    if found:
        more = f"等{len(found)}张" if len(found) > _SHOWN else f"共{len(found)}张"
        said.append(f"这些工单保持原来的时限，按新日历算会不同（{more}）：{'。'.join(found[:_SHOWN])}。")
    return said


async def _offices(session: AsyncSession, old: City, new: City) -> list[str]:
    said = []
    for code in _gone(old.offices, new.offices):
        left = await _count(session, (Order.responsible_office_code == code) | (Order.lead_office_code == code))
        if left:
            said.append(f"{old.offices[code].name}还有{left}张未办结的工单，仍由它办完；请先改派，或保留这个单位。")
    for code in _gone(old.units, new.units):
        left = await _count(session, Order.unit_code == code)
        if left:
            said.append(f"{old.units[code].name}还有{left}张未办结的工单，不会再催它接单；请先改派。")
    return said


async def _subjects(session: AsyncSession, old: City, new: City) -> list[str]:
    said = [
        f"事项“{old.subjects[code].name}”还有{left}张未办结的工单，它们不再有名称；请先改登记。"
        for code in _gone(old.subjects, new.subjects)
        if (left := await _count(session, Order.subject == code))
    ]
    for code, subject in new.subjects.items():
        before = old.subjects.get(code)
        if before is None or before.office == subject.office:
            continue
        kept = await _count(session, Order.subject == code, Order.state.not_in(_BEFORE_DISPATCH))
        waiting = await _count(session, Order.subject == code, Order.state.in_(_BEFORE_DISPATCH))
        said.append(
            f"事项“{subject.name}”改由{_office_name(subject.office, new)}承办：{kept}张已派出的工单仍归原单位，"
            f"{waiting}张待派单的按新的单位建议。"
        )
    return said


def _office_name(code: str, city: City) -> str:
    return city.offices[code].name if code in city.offices else "所在镇街"


def _gone(old: Iterable[str], new: Collection[str]) -> list[str]:
    return [code for code in old if code not in new]


async def _count(session: AsyncSession, *which: object) -> int:
    wanted = select(func.count()).select_from(Order).where(Order.closed_at.is_(None), *which)  # type: ignore[arg-type]
    return await session.scalar(wanted) or 0
