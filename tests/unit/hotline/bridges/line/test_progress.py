"""Every state of an order can be played to a citizen from a recorded piece."""

import tomllib
from pathlib import Path

from dispatch.workflow import State
from hotline.bridges.line.order_progress import PIECES
from ivr.flows import Recorded
from ivr.progress_flow import PROGRESS_FLOW

PROMPTS = Path(__file__).parents[5] / "deploy/prompts"


def test_every_state_has_its_recorded_piece() -> None:
    texts = tomllib.loads((PROMPTS / "prompts.toml").read_text("utf-8"))["piece"]
    assert PIECES.keys() == set(State)
    for piece in PIECES.values():
        assert texts[f"state-{piece}"]
        assert (PROMPTS / f"zh/state-{piece}.wav").is_file()


def test_whatever_the_flow_says_is_recorded() -> None:
    said = {
        part.name
        for node in PROGRESS_FLOW.nodes.values()
        for part in getattr(node, "parts", ())
        if isinstance(part, Recorded)
    }
    assert said
    assert all((PROMPTS / f"zh/{name}.wav").is_file() for name in said)
