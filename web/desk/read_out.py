"""What the agent reads out to the caller: a number in groups, and how far an order is. Pure."""

import datetime as dt

from core.clock import day_and_minute
from dispatch.city.records import City
from dispatch.orders.models import Order
from dispatch.workflow import ON_HAND, State

_SENTENCES = dict(
    (
        (State.ANSWERED, "已经当场答复"),
        (State.REGISTERED, "已经登记，正在安排承办单位"),
        (State.DISPATCHED, "已经派给{office}，正在等它签收"),
        (State.ACCEPTED, "{office}已经签收"),
        (State.IN_PROGRESS, "{office}正在办理"),
        (State.SENT_BACK, "答复没有通过，已经退给{office}重办"),
        (State.REPLIED, "{office}已经答复，正在核实结果"),
        (State.IN_REVIEW, "{office}已经答复，正在核实结果"),
        (State.FOLLOW_UP, "{office}已经办完"),
        (State.CLOSED, "已经办结"),
        (State.ESCALATED, "已经呈报，正在等批示"),
        (State.SUSPENDED, "情况比较复杂，{office}承诺了办结时间"),
        (State.MERGED, "已经和同一件事的另一张工单一起办理"),
        (State.INVALID, "没有作为诉求受理"),
        (State.REOPENED, "正在重新办理，马上安排承办单位"),
    )
)
"""What the citizen hears, where the state alone would say nothing to them; {office}: the order's office."""
_UNDONE = ON_HAND | {State.REGISTERED, State.REOPENED, State.SUSPENDED, State.ESCALATED}


def number_in_groups(number: str) -> str:
    """QF20261121-0042-2 as one says it: QF 2026 1121 0042 2."""
    letters = number.rstrip("0123456789-")
    day, *rest = number.removeprefix(letters).split("-")
    return " ".join(part for part in (letters, day[:4], day[4:], *rest) if part)


def who_comes(order: Order, city: City, coordinator: str) -> str:
    """The office that has the order, the crew that drives to it and the offices that help."""
    lead, unit = city.offices.get(order.lead_office_code or ""), city.units.get(order.unit_code or "")
    if lead is None:
        return f"{coordinator}正在安排承办单位"
    helpers = [city.offices[co.office_code].name for co in order.co_offices if co.office_code in city.offices]
    helped = f"，{'、'.join(helpers)}协办" if helpers else ""
    if order.state in (State.REGISTERED, State.REOPENED):
        return f"等{coordinator}派单，拟派{lead.name}{helped}"
    crew = f"，{unit.name}前往" if unit is not None and order.state in ON_HAND else ""
    return f"{lead.name}{crew}{helped}"


def progress_words(order: Order, city: City, answer: str, at: dt.datetime) -> str:
    """How far the order is, for its citizen. `answer`: the public answer as the agent may read it."""
    if order.state is State.DRAFT:
        return ""
    lead = city.offices.get(order.lead_office_code or "")
    office = lead.name if lead else "承办单位"
    words = [f"工单{number_in_groups(order.number)}，{_SENTENCES[order.state].format(office=office)}"]
    unit = city.units.get(order.unit_code or "")
    if unit is not None and order.state in ON_HAND:
        words.append(f"由{unit.name}前往")
    if order.state in _UNDONE and order.finish_due_at is not None:
        due = day_and_minute(order.finish_due_at)
        words.append(f"最迟{due}办结" if order.finish_due_at > at else f"原定{due}办结，现在已经超时")
    said = "，".join(words) + "。"
    done = order.state in (State.FOLLOW_UP, State.CLOSED, State.ANSWERED)
    return said + (f"答复是：{answer}" if done and answer else "")
