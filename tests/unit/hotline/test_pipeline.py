"""Which event of the manager connection leads to which action."""

import ast
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hotline.pipeline import Hearers, event_reactions
from telephony.ami.framing import ManagerEvent

ROOT = Path(__file__).parents[3]
HEARD_BY = {
    "CEL": {"follower"},
    "OriginateResponse": {"control"},
    "HangupRequest": {"control", "sessions"},
    "Hangup": {"control", "sessions", "after_call_work", "holds"},
    "AsyncAGIStart": {"sessions", "progress"},
    "AsyncAGIExec": {"sessions"},
    "AsyncAGIEnd": {"progress"},
    "Hold": {"holds"},
    "Unhold": {"holds"},
    "DeviceStateChange": {"agent_phones"},
    "AgentConnect": {"missed_rings"},
    "AgentRingNoAnswer": {"missed_rings"},
    "ContactStatus": {"incidents"},
    "PeerStatus": set(),
}
MODULES = {
    "control": "telephony/control/placed_calls.py",
    "sessions": "ivr/session.py",
    "progress": "ivr/progress.py",
    "after_call_work": "telephony/agents/after_call_work.py",
    "holds": "telephony/control/hold_tracker.py",
    "agent_phones": "telephony/agents/phones.py",
    "missed_rings": "telephony/agents/missed_calls.py",
    "incidents": "hotline/monitoring/registered_elsewhere.py",
}


def heard(event: ManagerEvent) -> set[str]:
    by: set[str] = set()

    def hearer(name: str) -> Any:
        return SimpleNamespace(handle=lambda _: by.add(name), ring=lambda *_: by.add(name))

    reactions = event_reactions(Hearers(**{field.name: hearer(field.name) for field in fields(Hearers)}))
    for react_to in reactions.get(event.name, ()):
        react_to(event)
    return by


@pytest.mark.parametrize("name", HEARD_BY)
def test_each_event_reaches_whom_it_concerns(name: str) -> None:
    elsewhere = {"AOR": "1001", "URI": "sip:0085212345678@10.0.0.9", "ContactStatus": "Created"}
    assert heard(ManagerEvent(name, elsewhere)) == HEARD_BY[name]


@pytest.mark.parametrize("hearer", MODULES)
def test_no_event_that_a_hearer_asks_for_passes_it_by(hearer: str) -> None:
    tree = ast.parse((ROOT / MODULES[hearer]).read_text("utf-8"))
    asked = {
        one.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and ast.unparse(node.left) == "event.name"
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }
    assert asked
    assert asked <= {name for name, by in HEARD_BY.items() if hearer in by}
