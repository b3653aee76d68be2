"""The words by which rules of retention name calls."""

from dispatch.kinds import Kind
from recordings.models import RecordingPart
from telephony.calls.call_state import Direction, Outcome

WORDS = frozenset(
    [f"kind.{one}" for one in Kind]
    + [f"outcome.{one}" for one in Outcome]
    + [f"direction.{one}" for one in Direction]
    + [f"part.{one}" for one in RecordingPart]
)
