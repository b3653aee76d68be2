"""The machine that walks through flows: every node × event, rules one by one, and the dispatch call as talks."""

import pytest

from ivr.dispatch_flow import DISPATCH_FLOW, DispatchResult, SpokenOrder, dispatch_values
from ivr.flows import (
    AskDigits,
    AskKey,
    Branch,
    BrokenFlow,
    CommandFailed,
    Decide,
    Digits,
    End,
    Fetch,
    Fetched,
    Finish,
    Flow,
    FlowCommand,
    FlowEvent,
    FlowState,
    HungUp,
    LookUp,
    Node,
    NoKey,
    Play,
    PlayAndAskDigits,
    PlayAndAskKey,
    Played,
    PressedKey,
    Recorded,
    Say,
    Slot,
    UnexpectedEvent,
    Words,
    start,
    step,
)
from ivr.nodes import targets
from ivr.progress_flow import PROGRESS_FLOW
from ivr.reachability_flow import REACHABILITY_FLOW

SAMPLE = Flow(
    name="sample",
    first="hello",
    nodes={
        "hello": Say((Recorded("hello"),), then="number", keys={"*": "menu"}),
        "number": AskDigits((Slot("asked"),), name="number", most_digits=4, seconds=3, then="known", no_key="bye"),
        "known": Branch("number", cases={"42": "menu"}, otherwise="number", most=3, after_most="bye"),
        "menu": AskKey(
            (Words("请按一"),),
            keys={"1": "thanks"},
            seconds=2,
            no_key="bye",
            other_key="menu",
            most=2,
            after_most="bye",
        ),
        "thanks": Say((Recorded("thanks"),), then="bye", result="thanked"),
        "bye": End(result="left"),
    },
)
VALUES = {
    "progress": (Recorded("state-closed"),),
    "asked": (Recorded("enter-order-number"),),
    "order": (Words("路灯不亮"),),
}
ORDER = SpokenOrder("QF20261121-0042", "求助", "小雪街道春秋路12号", "路灯不亮")
EVENTS: tuple[FlowEvent, ...] = (
    *(Played(), PressedKey("1"), PressedKey("2"), PressedKey("9"), PressedKey("*"), Digits("42"), Digits("7"), NoKey()),
    *(Fetched("found", {"progress": (Recorded("state-closed"),)}), Fetched("mistyped"), Fetched("unknown")),
    Fetched("never heard of"),
    *(HungUp(), CommandFailed("no such file")),
)
FLOWS = (SAMPLE, DISPATCH_FLOW, PROGRESS_FLOW, REACHABILITY_FLOW)
WAITING = [(flow, name) for flow in FLOWS for name, node in flow.nodes.items() if not isinstance(node, Branch | End)]


def talk(flow: Flow, *events: FlowEvent) -> tuple[FlowState, list[FlowCommand]]:
    """The state after `events`, and what the last of them led to."""
    state, commands = start(flow, VALUES)
    for event in events:
        state, commands = step(flow, state, event)
    return state, commands


def knows(node: Node, event: FlowEvent) -> bool:
    """The table of what each kind of node takes, written a second time on purpose."""
    match event:
        case HungUp() | CommandFailed():
            return True
        case Played():
            return isinstance(node, Say)
        case PressedKey(key):
            return isinstance(node, AskKey) or (isinstance(node, Say) and key in node.keys)
        case Digits():
            return isinstance(node, AskDigits)
        case Fetched(outcome):
            return isinstance(node, Fetch) and outcome in node.cases
        case NoKey():
            return isinstance(node, AskKey | AskDigits)


@pytest.mark.parametrize(("flow", "name"), WAITING, ids=lambda value: getattr(value, "name", value))
def test_every_node_takes_the_events_it_lists_and_refuses_all_others(flow: Flow, name: str) -> None:
    state = FlowState(node=name, values=VALUES, visits={name: 1})
    for event in EVENTS:
        if not knows(flow.nodes[name], event):
            with pytest.raises(UnexpectedEvent, match=name):
                step(flow, state, event)
            continue
        after, commands = step(flow, state, event)
        waits = [command for command in commands if not isinstance(command, Decide)]
        assert len(waits) == 1, "exactly one thing to wait for, or the end"
        assert commands[-1] is waits[0]
        assert isinstance(waits[0], Finish) == after.ended
        assert not after.ended or after.result
        assert state == FlowState(node=name, values=VALUES, visits={name: 1}), "the state before is untouched"


@pytest.mark.parametrize("event", EVENTS, ids=str)
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_after_the_end_only_late_hang_ups_and_failures_are_harmless(flow: Flow, event: FlowEvent) -> None:
    ended = FlowState(node=flow.first, result="left", ended=True)
    if isinstance(event, HungUp | CommandFailed):
        assert step(flow, ended, event) == (ended, [])
    else:
        with pytest.raises(UnexpectedEvent):
            step(flow, ended, event)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_way_leads_to_a_node_that_exists_and_every_node_can_be_reached(flow: Flow) -> None:
    reached = {flow.first}
    while new := {target for name in reached for target in targets(flow.nodes[name])} - reached:
        assert new <= set(flow.nodes)
        reached |= new
    assert reached == set(flow.nodes)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_whatever_is_pressed_the_talk_comes_to_an_end(flow: Flow) -> None:
    for preferred in EVENTS[:-2]:
        state, _ = start(flow, VALUES)
        for _ in range(50):
            if state.ended:
                break
            node = flow.nodes[state.node]
            usual = {Say: Played(), Fetch: Fetched("unknown")}.get(type(node), NoKey())
            event = preferred if knows(node, preferred) else usual
            state, _ = step(flow, state, event)
        else:
            # A keyed-in number may be tried again for ever only where the flow sets no limit.
            pytest.fail(f"{flow.name} never ends on {preferred}")


def test_a_key_interrupts_what_is_said_and_only_the_keys_named() -> None:
    _, commands = start(SAMPLE, VALUES)
    assert commands == [Play((Recorded("hello"),), "*")]
    assert talk(SAMPLE, PressedKey("*"))[0].node == "menu"
    with pytest.raises(UnexpectedEvent):
        talk(SAMPLE, PressedKey("1"))


def test_a_slot_is_filled_and_a_missing_one_is_named() -> None:
    _, commands = talk(SAMPLE, Played())
    assert commands == [PlayAndAskDigits((Recorded("enter-order-number"),), 4, 3)]
    state, _ = start(SAMPLE, {})
    with pytest.raises(BrokenFlow, match="asked"):
        step(SAMPLE, state, Played())


def test_digits_are_kept_and_decide_the_branch() -> None:
    state, commands = talk(SAMPLE, Played(), Digits("42"))
    assert (state.node, state.answers) == ("menu", {"number": "42"})
    assert isinstance(commands[-1], PlayAndAskKey)
    assert talk(SAMPLE, Played(), Digits("7"))[0].node == "number"


def test_a_result_decided_once_outlives_what_comes_afterwards() -> None:
    state, commands = talk(SAMPLE, PressedKey("*"), PressedKey("1"))
    assert commands[0] == Decide("thanked")
    for event in (Played(), HungUp(), CommandFailed("disk")):
        assert step(SAMPLE, state, event)[1] == [Finish("thanked")]


def test_a_node_that_leads_nowhere_is_a_broken_flow() -> None:
    flow = Flow("broken", "a", {"a": Branch("x", cases={}, otherwise="a")})
    with pytest.raises(BrokenFlow):
        start(flow, {})


# The dispatch call as talks


def test_crew_that_listens_and_presses_1_has_acknowledged() -> None:
    state, commands = talk(DISPATCH_FLOW, Played(), Played(), PressedKey("1"))
    assert commands == [Decide("acknowledged"), Play((Recorded("accepted"),), "")]
    assert step(DISPATCH_FLOW, state, Played())[1] == [Finish(DispatchResult.ACKNOWLEDGED)]


def test_crew_that_knows_the_order_may_press_1_while_it_is_said() -> None:
    assert talk(DISPATCH_FLOW, Played(), PressedKey("1"))[0].result == "acknowledged"


def test_key_2_says_the_order_again_three_times_at_most() -> None:
    again = (Played(), PressedKey("2"))
    assert talk(DISPATCH_FLOW, Played(), *again, *again)[0].node == "order"
    assert talk(DISPATCH_FLOW, Played(), *again, *again, *again)[0].result == "no_key"


def test_crew_that_presses_nothing_hears_it_three_times_and_has_not_acknowledged() -> None:
    events = (Played(), *(Played(), NoKey()) * 3)
    state, commands = talk(DISPATCH_FLOW, *events)
    assert commands == [Decide("no_key"), Play((Recorded("not-accepted"),), "")]
    assert step(DISPATCH_FLOW, state, HungUp())[1] == [Finish(DispatchResult.NO_KEY)]


def test_key_9_says_at_any_time_that_the_crew_cannot_go() -> None:
    for events in ((Played(),), (Played(), Played())):
        state, commands = talk(DISPATCH_FLOW, *events, PressedKey("9"))
        assert commands == [Decide("declined"), Play((Recorded("declined"),), "")]
        assert step(DISPATCH_FLOW, state, HungUp())[1] == [Finish(DispatchResult.DECLINED)]


def test_a_wrong_key_is_said_to_be_wrong_and_asked_again() -> None:
    state, commands = talk(DISPATCH_FLOW, Played(), Played(), PressedKey("7"))
    assert commands[0].parts[0] == Recorded("not-understood")  # type: ignore[union-attr]
    assert step(DISPATCH_FLOW, state, Played())[0].node == "ask"


def test_hanging_up_before_a_key_is_told_apart_from_failing() -> None:
    assert talk(DISPATCH_FLOW, Played(), HungUp())[1] == [Finish(DispatchResult.HUNG_UP)]
    assert talk(DISPATCH_FLOW, CommandFailed("x"))[1] == [Finish(DispatchResult.FAILED)]


def test_the_order_is_said_with_number_kind_place_and_title() -> None:
    said = dispatch_values(ORDER)["order"]
    assert [part.name for part in said if isinstance(part, Recorded)] == [
        *("order-number", "order-kind", "kind-help", "order-place", "order-subject")
    ]
    assert [part.text for part in said if isinstance(part, Words)] == ["小雪街道春秋路12号", "路灯不亮"]


def test_an_unknown_kind_is_left_to_the_voice_and_an_empty_place_is_not_announced() -> None:
    said = dispatch_values(SpokenOrder("QF1", "表扬", " ", "谢谢"))["order"]
    assert Words("表扬") in said
    assert Recorded("order-place") not in said


# The progress of an order as talks

FOUND = Fetched("found", {"progress": (Recorded("state-in-progress"),)})


def test_a_number_keyed_in_is_looked_up_and_told() -> None:
    _, commands = talk(PROGRESS_FLOW, Digits("2026112100427"))
    assert commands == [LookUp("2026112100427")]
    state, commands = talk(PROGRESS_FLOW, Digits("2026112100427"), FOUND)
    assert commands[0] == Decide("said")
    assert Recorded("state-in-progress") in commands[1].parts  # type: ignore[union-attr]
    assert step(PROGRESS_FLOW, state, Played())[1] == [Play((Recorded("back-to-queue"),), "")]


@pytest.mark.parametrize(
    "miss",
    [(NoKey(),), (Digits("1"), Fetched("mistyped")), (Digits("2026112100427"), Fetched("unknown"))],
    ids=["no key", "mistyped", "unknown"],
)
def test_after_three_misses_the_caller_goes_back_to_the_queue(miss: tuple[FlowEvent, ...]) -> None:
    once = (*miss, Played())
    assert talk(PROGRESS_FLOW, *once, *once)[0].node == "ask"
    state, commands = talk(PROGRESS_FLOW, *once, *once, *once)
    assert commands == [Decide("not_said"), Play((Recorded("back-to-queue"),), "")]
    assert step(PROGRESS_FLOW, state, Played())[1] == [Finish("not_said")]


def test_who_hangs_up_after_he_was_told_was_told() -> None:
    assert talk(PROGRESS_FLOW, Digits("2026112100427"), FOUND, HungUp())[1] == [Finish("said")]
    assert talk(PROGRESS_FLOW, HungUp())[1] == [Finish("hung_up")]
