"""The table of states, asked from the step's side."""

from dispatch.workflow import TRANSITIONS, State, Step


def states_with(step: Step) -> list[State]:
    """Where `step` can be taken at all."""
    return [state for state, steps in TRANSITIONS.items() if step in steps]
