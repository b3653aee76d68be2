"""The supervisor's tables as the pages show them: months to choose from, scorecards as shares, in the wanted order."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.clock import in_city
from dispatch.supervision.crew_scorecards import UnitScorecard
from dispatch.supervision.proportions import Share
from dispatch.supervision.scorecards import Scorecard

MONTHS = 24


@dataclass(frozen=True)
class Line:
    """One office or crew in one month."""

    code: str
    received: int
    shares: Mapping[str, Share]
    counts: Mapping[str, int]
    seconds: Mapping[str, float | None]


OFFICE_SHARES = {
    "accepted": "按时签收率", "finished": "按时办结率", "answered": "响应率", "solved": "解决率", "satisfied": "满意率",
}  # fmt: skip
OFFICE_COUNTS = {
    "accept_overdue": "超时未签收", "finish_overdue": "超时未办结", "sent_back": "退回重办", "reopened": "重新办理",
    "extended": "延期", "warnings": "超时警告", "marked": "疑似神回复", "marked_sent_back": "其中退回",
}  # fmt: skip
UNIT_SHARES = {
    "acknowledged": "接单率",
    "replied": "办复率",
    "in_time": "按时率",
    "solved": "解决率",
    "satisfied": "满意率",
}
UNIT_SECONDS = {"until_acknowledged": "接单用时（中位数）", "until_replied": "办复用时（中位数）"}


def months_until(today: dt.datetime) -> list[str]:
    """2026-11, 2026-10 …, in the city's zone."""
    year, month = in_city(today).year, in_city(today).month
    months = [(year * 12 + month - 1 - back) for back in range(MONTHS)]
    return [f"{number // 12}-{number % 12 + 1:02d}" for number in months]


def office_lines(cards: Sequence[Scorecard], sort: str) -> list[Line]:
    return sorted((_office_line(card) for card in cards), key=_by(sort))


def unit_lines(cards: Sequence[UnitScorecard], sort: str) -> list[Line]:
    return sorted((_unit_line(card) for card in cards), key=_by(sort))


def city_line(lines: Sequence[Line]) -> Line | None:
    """All offices or crews together, to compare each with; a median of medians means nothing. None: no lines."""
    if not lines:
        return None
    first = lines[0]
    return Line(
        code="",
        received=sum(line.received for line in lines),
        shares={
            name: Share(sum(line.shares[name].part for line in lines), sum(line.shares[name].whole for line in lines))
            for name in first.shares
        },
        counts={name: sum(line.counts[name] for line in lines) for name in first.counts},
        seconds=dict.fromkeys(first.seconds),
    )


def _office_line(card: Scorecard) -> Line:
    shares = {
        "accepted": Share(card.accepted_in_time, card.accepted_in_time + card.accepted_late + card.accept_overdue),
        "finished": Share(card.finished_in_time, card.finished_in_time + card.finished_late + card.finish_overdue),
        "answered": Share(card.answered, card.asked),
        "solved": Share(card.solved, card.asked),
        "satisfied": Share(card.satisfied, card.asked),
    }
    return Line(card.office_code, card.received, shares, {name: getattr(card, name) for name in OFFICE_COUNTS}, {})


def _unit_line(card: UnitScorecard) -> Line:
    shares = {
        "acknowledged": Share(card.acknowledged, card.received),
        "replied": Share(card.replied, card.received),
        "in_time": Share(card.received - card.late, card.received),
        "solved": Share(card.solved, card.asked),
        "satisfied": Share(card.satisfied, card.asked),
    }
    seconds = {name: getattr(card, f"{name}_seconds") for name in UNIT_SECONDS}
    return Line(card.unit_code, card.received, shares, {}, seconds)


def _by(sort: str) -> Callable[[Line], tuple[bool, float, str]]:
    """Most received first; by a share the worst first, and those with too few cases to be ranked after all others."""

    def key(line: Line) -> tuple[bool, float, str]:
        share = line.shares.get(sort)
        if share is None:
            return False, -line.received, line.code
        return not share.ranked, share.rate or 0.0, line.code

    return key
