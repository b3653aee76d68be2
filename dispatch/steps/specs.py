"""All steps, and all that falls due: the one record of each, from the modules of the capabilities."""

from collections.abc import Mapping

from dispatch.clock.timers import DueKind
from dispatch.steps import recount, warnings
from dispatch.steps.life import (
    closing,
    dispatching,
    first_contact,
    follow_up,
    handling,
    merge_and_split,
    registration,
    reopening,
    replies,
)
from dispatch.steps.requests import (
    citizen_calls_again,
    co_handling,
    crews,
    extensions,
    instructions,
    returns,
    secrecy,
    supervision_orders,
)
from dispatch.steps.spec import DueSpec, StepSpec
from dispatch.workflow import TRANSITIONS, State, Step

CAPABILITIES = (
    registration, dispatching, handling, crews, first_contact, co_handling, returns, extensions, supervision_orders,
    instructions, replies, follow_up, closing, merge_and_split, reopening, warnings, recount, secrecy,
    citizen_calls_again,
)  # fmt: skip

SPECS: Mapping[Step, StepSpec] = {spec.step: spec for capability in CAPABILITIES for spec in capability.SPECS}

WITH_DUE = (handling, first_contact, co_handling, returns, extensions, supervision_orders)

DUE_SPECS: Mapping[DueKind, DueSpec] = {
    kind: spec for capability in WITH_DUE for spec in capability.DUE for kind in spec.kinds
}

LINK_STEPS = frozenset(step for step, spec in SPECS.items() if spec.by_link)
"""What may be done through a link. What moves the responsibility or the limit wants a person who is known."""


def steps_to_the_work(state: State) -> tuple[Step, ...]:
    """What a crew or office has still to do before an order in `state` is in progress; empty where there is no such
    way. Pure."""
    for step, transition in TRANSITIONS[state].items():
        if SPECS[step].begins_work and transition.to is not None:
            return step, *steps_to_the_work(transition.to)
    return ()
