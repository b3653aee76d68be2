"""What only a screen needs to know of a step: one record each. What a step is and does stands in dispatch.steps.specs.

The order of the records is the order in which the forms of steps that carry an order on are offered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.city_words import city_words
from dispatch.orders.labels import STATES
from dispatch.orders.step_fields import RESPONSIBLE
from dispatch.steps.labels import STEPS
from dispatch.steps.specs import SPECS
from dispatch.workflow import TRANSITIONS, State, Step

Prefill = Callable[[Mapping[str, Any]], Mapping[str, str]]


_REPLY_READ_BY = {
    "done": f"存档用，给{city_words().coordinator}认定，诉求人看不到。写谁、何时、做了什么、结果怎样。",
    "public_answer": "告诉诉求人的原话。直接回答所诉的事：结果、依据、下一步和联系电话；要补材料的一次写全。",
}
_RETURN_READ_BY = {
    "reason": f"{city_words().coordinator}据此决定。写清楚哪一部分不归本单位、为什么。",
    "boundary": "文件名称和条款，或职责分工的依据。",
}


def marked_in_reply(order: Mapping[str, Any]) -> Mapping[str, str]:
    """What is marked in the latest reply, for the coordinator to send as it is or to change; mostly empty."""
    replies = order.get("replies") or [{}]
    latest = replies[-1]
    lines = []
    for mark in latest.get("marks", ()):
        # A mark on all of the reply needs no quotation: the office knows what it wrote.
        quoted = "" if mark["text"] == latest["public_answer"] else f"“{mark['text']}”"
        lines.append(f"{mark['name']}：{quoted}{mark['reason']}")
    return {"reason": "\n".join(lines)}


def asked_return(order: Mapping[str, Any]) -> Mapping[str, str]:
    """What the office proposed with its open return, for whoever agrees; mostly empty."""
    asked = [row for row in order.get("history") or () if row["step"] == Step.ASK_RETURN]
    if not order.get("return_due_at") or not asked:
        return {}
    details = asked[-1]["details"]
    return {
        "lead_office_code": details.get("suggested_office_code", ""),
        "reason": f"同意退单。依据：{details.get('boundary', '')}",
    }


def _nothing(order: Mapping[str, Any]) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, kw_only=True)
class StepView:
    carries_on: bool = False
    """It brings the order forward: the first of these is the page's first button."""
    whole: bool = False
    """Its form shows all that may come with it; else only what must."""
    hides: frozenset[str] = frozenset()
    """Fields that come with it and that its form does not show."""
    hint: str = ""
    attaches: bool = False
    """Files may be added beside its form."""
    writes: bool = False
    """Whole texts are written in it: opened, it takes the width of the page, with the matter beside it."""
    explains: Mapping[str, str] = field(default_factory=dict)
    """Field → what belongs in it and who reads it."""
    prefill: Prefill = _nothing
    """What stands in its fields beforehand, from the order as it is answered."""
    templates: bool = False
    """The city's texts for the order's kind may be put into its fields."""
    hints: bool = False
    """While it is written, the city's rules say what would be marked (web.orders.steps.reply_hints)."""
    as_typed: bool = False
    """It stores what is typed so far: nothing is required, an emptied field empties the order's, and one who types for
    minutes takes it many times."""
    offers_alike: bool = False
    """While it is written, open orders that may be the same matter are offered in it (web.orders.relations.alike)."""
    of_many: tuple[str, ...] | None = None
    """The fields that are asked once when it is taken on many orders of the list. None: it is not taken on many."""
    proposed: bool = False
    """Taken on many, each order goes to the office that is proposed for it with enough certainty, or not at all."""
    proposes: bool = False
    """The offices that are proposed for such a matter stand first among its choices."""
    page: str = ""
    """It has a page of its own beside its form: the end of the page's address."""
    page_words: str = ""
    """What leads to that page."""
    many_words: str = ""
    """Words of its button for many, where they are not its label."""
    on_return: str = ""
    """Words of its button while a return waits for a decision: it is one of the two answers."""
    only_adds: bool = False
    """It adds a note to the history, or moves a limit as the calendar has it. Whoever was writing meanwhile need not
    read the order again."""
    card_words: Mapping[State, str] = field(default_factory=dict)
    """Words of its button on a card, where they are not its label."""


STEP_VIEWS: Mapping[Step, StepView] = {
    Step.ACCEPT: StepView(carries_on=True),
    Step.START: StepView(carries_on=True, card_words={State.SENT_BACK: STATES[State.REOPENED]}),
    Step.REPLY: StepView(
        carries_on=True,
        whole=True,
        attaches=True,
        templates=True,
        writes=True,
        explains=_REPLY_READ_BY,
        hints=True,
    ),
    # The rules or the coordinator decide the handling office; the agent enters what and where.
    Step.REGISTER: StepView(carries_on=True, whole=True, hides=RESPONSIBLE, offers_alike=True),
    Step.DISPATCH: StepView(
        carries_on=True, whole=True, of_many=(), proposed=True, proposes=True, many_words="按建议派单"
    ),
    Step.REVIEW: StepView(carries_on=True, of_many=()),
    Step.APPROVE: StepView(carries_on=True),
    Step.ANSWER: StepView(carries_on=True),
    Step.RECORD_FOLLOW_UP: StepView(carries_on=True),
    Step.INSTRUCT: StepView(carries_on=True),
    Step.RESUME: StepView(carries_on=True),
    Step.CREATE: StepView(),
    Step.FILL_IN: StepView(whole=True, as_typed=True),
    Step.REDISPATCH: StepView(whole=True, prefill=asked_return, proposes=True, on_return="同意退单并改派"),
    Step.ADD_CO_OFFICES: StepView(
        whole=True, proposes=True, hint="协办内容不填就用理由；答复时限不填，按主办时限提前。"
    ),
    Step.ASK_RETURN: StepView(writes=True, proposes=True, explains=_RETURN_READ_BY),
    Step.DECLINE_RETURN: StepView(on_return="不同意退单"),
    Step.REPORT: StepView(attaches=True, only_adds=True),
    Step.CONTACT: StepView(
        whole=True, only_adds=True, hint="没联系上也请记下。用“拨打诉求人电话”接通的会自动记录，不用再填。"
    ),
    Step.ASK_EXTENSION: StepView(),
    Step.GRANT_EXTENSION: StepView(),
    Step.DECLINE_EXTENSION: StepView(),
    Step.ANSWER_PART: StepView(attaches=True, writes=True),
    Step.SEND_BACK: StepView(prefill=marked_in_reply),
    Step.CLOSE: StepView(),
    Step.REOPEN: StepView(),
    Step.ESCALATE: StepView(),
    Step.SUSPEND: StepView(),
    Step.MERGE: StepView(page="merge", page_words="从相近的工单里选，并排对照", hint="知道工单号的，也可以直接填。"),
    Step.INVALIDATE: StepView(),
    Step.WARN: StepView(only_adds=True),
    Step.SUPERVISE: StepView(
        whole=True, only_adds=True, of_many=("reason",), hint="答复时限不填，按规定的工作日计算。"
    ),
    Step.ANSWER_SUPERVISION: StepView(only_adds=True, writes=True),
    Step.TAKE_BACK: StepView(),
    Step.DECLINE: StepView(),
    Step.HAND_ON: StepView(),
    Step.NOBODY_TOOK: StepView(),
    Step.JOIN: StepView(),
    Step.LEAVE: StepView(),
    Step.NOTIFY_FOLLOWER: StepView(),
    Step.SPLIT: StepView(
        whole=True,
        page="split",
        page_words="一次拆出几件",
        hint="填写要分出去的一件事；还有别的可以再拆。原工单照旧办理，诉求人和录音两边都有。地点不填则与原工单相同。",
    ),
    Step.PROMISE_SECRECY: StepView(hint="诉求人不愿让单位知道是谁。标明以后，由两个人才能解除。"),
    Step.LIFT_SECRECY: StepView(),
    Step.TELL_PROGRESS: StepView(only_adds=True),
    Step.URGE: StepView(only_adds=True, hint="一天的次数有限；办理的单位和人员马上收到。"),
    Step.SUPPLEMENT: StepView(hint="诉求人来电补充的内容。办理的单位和人员马上收到。"),
    Step.TEXT_CITIZEN: StepView(only_adds=True, hint="发给工单上的诉求人电话。"),
    Step.RECOUNT: StepView(only_adds=True),
}
_PLACES = {step: place for place, step in enumerate(STEP_VIEWS)}


def place_of(step: Step) -> int:
    """Among the forms of a page: those that carry the order on first, the others after them as they come."""
    return _PLACES[step] if STEP_VIEWS[step].carries_on else len(_PLACES)


def card_button(state: State) -> tuple[Step, str] | None:
    """The step that a card of an order in `state` offers, and its words; None: there is none that asks for nothing and
    brings the order nearer to the work."""
    step = next((step for step in TRANSITIONS[state] if SPECS[step].begins_work), None)
    return None if step is None else (step, STEP_VIEWS[step].card_words.get(state, STEPS[step]))
