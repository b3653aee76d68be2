"""All steps: the one record of each, from the modules of the capabilities."""

from collections.abc import Mapping

from dispatch.steps import (
    closing,
    co_handling,
    crews,
    dispatching,
    due_events,
    extensions,
    first_contact,
    follow_up,
    handling,
    instructions,
    merge_and_split,
    recount,
    registration,
    reopening,
    replies,
    returns,
    secrecy,
    supervision_orders,
)
from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step

CAPABILITIES = (
    registration, dispatching, handling, crews, first_contact, co_handling, returns, extensions, supervision_orders,
    instructions, replies, follow_up, closing, merge_and_split, reopening, due_events, recount, secrecy,
)  # fmt: skip

SPECS: Mapping[Step, StepSpec] = {spec.step: spec for capability in CAPABILITIES for spec in capability.SPECS}

LINK_STEPS = frozenset(step for step, spec in SPECS.items() if spec.by_link)
"""What may be done through a link. What moves the responsibility or the limit wants a person who is known."""
