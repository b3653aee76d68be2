"""What people read for each member of an enum stands in one table, in its room's `labels.py`; on two screens the same
thing has the same name. Read from the source, so that a second table anywhere fails."""

import ast
import importlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("core", "telephony", "recordings", "dispatch", "knowledge", "ivr", "access", "web", "hotline")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
WORDED = re.compile(r"\b[A-Z]\w*\.[A-Z_0-9]+: \(?f?\"[^\"\n]*[\u4e00-\u9fff]")
"""A member and Chinese after it, as in a table: only such files are parsed."""

NOT_SHOWN = frozenset(
    """
    access.accounts.Refused access.visibility.Written
    core.channel_ids.ChannelUse
    dispatch.approvals.Decision dispatch.assignments.AskedCall dispatch.assignments.Means
    dispatch.callbacks.CallbackState dispatch.clock.How dispatch.clock.Lamp dispatch.clock.CustodyEnd
    dispatch.clock.SpanUnit dispatch.crews.CrewActionState dispatch.duties.DutyLevel dispatch.intake.ProposalState
    dispatch.jobs.CrewActionKind
    dispatch.notifications.Template dispatch.notifications.PushOutcome dispatch.orders.CallPurpose dispatch.orders.Limit
    dispatch.orders.RecipientKind dispatch.orders.SupervisionMark dispatch.orders.Verdict
    dispatch.practice.PracticeVerdict
    dispatch.reachability.ReachabilityResult dispatch.supervision.Sort hotline.monitoring.What hotline.operations.Misfit
    ivr.dispatch_flow.DispatchResult ivr.progress_flow.NoOrderFound ivr.progress_flow.ProgressResult
    recordings.archive.Condition recordings.archive.FindingVerdict recordings.recognition.ModelKind
    telephony.agents.AgentEventKind telephony.agents.AgentPhone telephony.ami.ManagerState telephony.calls.FactKind
    telephony.calls.Happening telephony.control.CommandKind telephony.control.CommandState telephony.control.DeviceState
    telephony.control.DialAnswer telephony.control.Spying telephony.dialplan_words.DialplanWord
    telephony.figures.TimeBucket
    telephony.phone.CallEnded telephony.phone.CallStage web.calls.LiveState web.orders.HintKind web.orders.Identity
    """.split()  # noqa: SIM905 - forty names, not forty lines
)
"""Nobody reads a member of these by itself: a program's word, or in a sentence of its own. A new enum is either
here or has its table."""


@cache
def sources() -> Mapping[str, str]:
    """Dotted name → text, of the product's modules."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text("utf-8")
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    }


def by_room(module: str, enum: str) -> str:
    """An enum of `dispatch.clock.timers` is named `dispatch.clock.…`: modules may move within their room."""
    return ".".join([*module.split(".")[:2], enum])


def tables(text: str) -> Iterator[tuple[int, str]]:
    """Line and enum's name of each dictionary that gives Chinese to an enum's members. Whole sentences are none: they
    say what to do, not what a thing is called."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Dict):
            continue
        owners = {ast.unparse(key.value) for key in node.keys if isinstance(key, ast.Attribute)}
        worded = [ast.unparse(value) for value in node.values if isinstance(value, ast.Constant | ast.JoinedStr)]
        names = [one for one in worded if CHINESE.search(one) and not one.rstrip("'\"").endswith("。")]
        if len(owners) == 1 and names:
            yield node.lineno, owners.pop()


def labels() -> Iterator[tuple[str, dict[StrEnum, str]]]:
    """Every table of every `labels.py`, once where a second one imports it."""
    seen: set[int] = set()
    for name in sources():
        if name.rpartition(".")[2] != "labels":
            continue
        for table, value in vars(importlib.import_module(name)).items():
            if id(value) in seen or not isinstance(value, dict) or not value:
                continue
            if all(isinstance(key, StrEnum) for key in value):
                seen.add(id(value))
                yield f"{name}.{table}", value


def test_no_table_of_names_stands_outside_its_rooms_labels() -> None:
    strays = [
        f"{name}:{line} names {enum}"
        for name, text in sources().items()
        if name.rpartition(".")[2] != "labels" and WORDED.search(text)
        for line, enum in tables(text)
        if enum != "HTTPStatus"
    ]
    assert strays == [], strays


def test_a_stray_table_would_be_found() -> None:
    """The reader itself: names count, sentences and what is no enum's do not."""
    stray = 'A = {State.OPEN: "等待", State.DONE: f"已办{x}"}\nB = {State.OPEN: "请稍后再试。"}\nC = {"open": "等待"}\n'
    assert WORDED.search(stray)
    assert list(tables(stray)) == [(1, "State")]


def test_every_enum_has_one_table_or_is_never_shown() -> None:
    kinds = [type(next(iter(table))) for _, table in labels()]
    tabled = Counter(by_room(kind.__module__, kind.__name__) for kind in kinds)
    enums = {
        by_room(name, found)
        for name, text in sources().items()
        for found in re.findall(r"^class (\w+)\(StrEnum\)", text, re.MULTILINE)
    }
    assert [enum for enum, count in tabled.items() if count > 1] == []
    assert sorted(enums - set(tabled)) == sorted(NOT_SHOWN & enums)
    assert enums >= NOT_SHOWN, NOT_SHOWN - enums
    assert not NOT_SHOWN & set(tabled)


@pytest.mark.parametrize(("name", "table"), list(labels()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_table_names_every_member_once(name: str, table: dict[StrEnum, str]) -> None:
    kind = type(next(iter(table)))
    assert set(table) == set(kind), name
    twice = [words for words, count in Counter(table.values()).items() if count > 1]
    assert twice == [], f"{name}: {twice}"


def test_what_became_of_a_call_has_one_word_whoever_was_rung() -> None:
    """Enums for calls to crews, to citizens and to third parties share the ends that a call can have."""
    shared: dict[str, set[str]] = {}
    for _, table in labels():
        kind = type(next(iter(table))).__name__
        if kind in ("DialResult", "CallResult", "TryResult", "DispatchCallState"):
            for member, words in table.items():
                if member.name in ("BUSY", "UNREACHABLE", "FAILED"):
                    shared.setdefault(member.name, set()).add(words)
    assert sorted(shared) == ["BUSY", "FAILED", "UNREACHABLE"]
    assert {name: words for name, words in shared.items() if len(words) > 1} == {}
