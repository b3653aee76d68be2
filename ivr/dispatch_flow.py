"""The call to a crew: the order said aloud, key 1 acknowledges, key 9 declines. Data, and how an order is spoken."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ivr.flows import AskKey, End, Flow, Pause, Recorded, Say, Slot, Spelled, Spoken, Words
from ivr.voice.pinyin import clean_text


class DispatchResult(StrEnum):
    """How the talk with the crew ended."""

    ACKNOWLEDGED = "acknowledged"
    DECLINED = "declined"
    NO_KEY = "no_key"
    HUNG_UP = "hung_up"
    FAILED = "failed"


ROUNDS = 3
KEY_SECONDS = 5.0
MOST_PLACE_CHARACTERS = 40
MOST_TITLE_CHARACTERS = 60
"""About 16 s aloud: three rounds stay within the PBX's own limit for a dispatch call."""

DISPATCH_FLOW = Flow(
    name="dispatch",
    first="intro",
    nodes={
        # No key is taken before the order has begun to play: a crew must know what it accepts.
        "intro": Say((Recorded("dispatch-intro"), Pause(0.3)), then="order"),
        "order": Say(
            (Slot("order"), Pause(0.3)),
            then="ask",
            keys={"1": "accepted", "2": "order", "9": "declined"},
            most=ROUNDS,
            after_most="not_accepted",
        ),
        "ask": AskKey(
            (Recorded("press-1-to-accept"),),
            keys={"1": "accepted", "2": "order", "9": "declined"},
            seconds=KEY_SECONDS,
            no_key="order",
            other_key="misheard",
        ),
        "misheard": Say((Recorded("not-understood"), Pause(0.2)), then="ask", most=ROUNDS, after_most="not_accepted"),
        "accepted": Say((Recorded("accepted"),), then="end", result=DispatchResult.ACKNOWLEDGED),
        "declined": Say((Recorded("declined"),), then="end", result=DispatchResult.DECLINED),
        "not_accepted": Say((Recorded("not-accepted"),), then="end", result=DispatchResult.NO_KEY),
        "end": End(),
    },
)


@dataclass(frozen=True)
class SpokenOrder:
    """What a crew hears about an order. Plain words, no citizen's name or number."""

    number: str
    kind: str
    """Chinese word of the kind, e.g. 求助."""
    place: str
    title: str


KIND_PIECES = {
    "咨询": "kind-consultation",
    "建议": "kind-suggestion",
    "求助": "kind-help",
    "紧急求助": "kind-emergency-help",
    "投诉": "kind-complaint",
    "举报": "kind-report",
    "其他": "kind-other",
}
"""Kinds that exist as recorded pieces; others are left to the voice engine."""


def dispatch_values(order: SpokenOrder) -> Mapping[str, tuple[Spoken, ...]]:
    """The slots of DISPATCH_FLOW: number, kind, place, title, with a breath between them."""
    kind: Spoken = Recorded(KIND_PIECES[order.kind]) if order.kind in KIND_PIECES else Words(order.kind)
    parts: list[Spoken] = [Recorded("order-number"), Pause(0.15), Spelled(order.number)]
    for label, what in (
        ("order-kind", kind),
        ("order-place", Words(clean_text(order.place, MOST_PLACE_CHARACTERS))),
        ("order-subject", Words(clean_text(order.title, MOST_TITLE_CHARACTERS))),
    ):
        if not isinstance(what, Words) or what.text:
            parts += [Pause(0.5), Recorded(label), Pause(0.15), what]
    return {"order": tuple(parts)}
