"""The call that checks a crew's telephone: one sentence, and key 1 says that a person heard it."""

from ivr.dispatch_flow import KEY_SECONDS, DispatchResult
from ivr.flows import AskKey, End, Flow, Pause, Recorded, Say

REACHABILITY_FLOW = Flow(
    name="reachability",
    first="ask",
    nodes={
        "ask": AskKey(
            (Recorded("reachability-check"), Pause(0.3)),
            keys={"1": "confirmed"},
            seconds=KEY_SECONDS,
            no_key="ask",
            other_key="ask",
            most=3,
            after_most="not_confirmed",
        ),
        "confirmed": Say((Recorded("reachability-thanks"),), then="end", result=DispatchResult.ACKNOWLEDGED),
        "not_confirmed": Say((Recorded("goodbye"),), then="end", result=DispatchResult.NO_KEY),
        "end": End(),
    },
)
