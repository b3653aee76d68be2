"""The line's figures: what each one counts, and when each clock starts and stops. Pure.

telephony.figures.counting counts them in the database.

Counted are citizens' calls (direction inbound) that have ended, in the period in which they arrived. Calls that
still go on, our own calls out and the probe's are in no figure. The outcomes are disjoint (telephony.calls.call): their
numbers add up to `calls`.

Clocks, all Asterisk's own stamps:
- arrival: the first channel of the call exists (CHAN_START); the greeting with the recording notice follows.
- waiting: from the first entry into the queue, when the greeting is over (there is no menu), to the moment at which
  citizen and agent are in one bridge; a citizen who is transferred later does
  not wait again. GB/T 33358-2016 wants a person within 15 seconds; the usual service level is 20 seconds.
  `arrival_to_answer` measures the same from the arrival, so that nobody takes a long greeting for quick service.
- talking: from that bridge to the end of the citizen's call, holding and transfers among it.
- after-call work: an agent's time in AgentState.AFTER_CALL_WORK (telephony.agents.state).
- handling: talking and after-call work together, per answered call.
- survey: after the agent has hung up first the citizen is asked for a key from 1 (very dissatisfied) to 5; a citizen
  who hangs up first is not asked. It counts in the period of the call's arrival, and for the agent who talked last.

A short abandonment is a caller who gives up within SHORT_ABANDON_SECONDS of waiting, or still in the
greeting: no agent could have answered that call. Rates are given with and without them.
"""

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from telephony.calls.call_state import Outcome

ANSWER_SECONDS = 15
"""GB/T 33358-2016."""
SERVICE_LEVEL_SECONDS = 20
SHORT_ABANDON_SECONDS = 5
GOOD_KEY = 4
"""From this key on a citizen counts as satisfied: 4 satisfied, 5 very satisfied."""


@dataclass(frozen=True)
class CallTimes:
    """One ended inbound call, as far as the figures care."""

    outcome: Outcome
    started_at: dt.datetime
    queued_at: dt.datetime | None
    answered_at: dt.datetime | None
    ended_at: dt.datetime
    survey_asked: bool = False
    survey_key: str | None = None

    @property
    def waited_seconds(self) -> float | None:
        """To the answer; None: nobody answered. A citizen answered without a queue waited from arrival."""
        if self.answered_at is None:
            return None
        return (self.answered_at - (self.queued_at or self.started_at)).total_seconds()

    @property
    def gave_up_soon(self) -> bool:
        if self.outcome is not Outcome.ABANDONED:
            return False
        waited = (self.ended_at - self.queued_at).total_seconds() if self.queued_at else 0
        return waited <= SHORT_ABANDON_SECONDS


@dataclass(frozen=True)
class Tally:
    """What was counted in one period; sums that can be added, and the rates that follow from them."""

    calls: int = 0
    answered: int = 0
    abandoned: int = 0
    message_left: int = 0
    callback_asked: int = 0
    transferred_out: int = 0
    failed: int = 0
    blocked: int = 0
    short_abandoned: int = 0
    """Among the abandoned."""
    reached: int = 0
    """Of any outcome: a person was in one bridge with the citizen."""
    within_15: int = 0
    """Reached after waiting at most ANSWER_SECONDS."""
    within_20: int = 0
    waited_seconds: float = 0.0
    """Of all who were reached."""
    arrival_to_answer_seconds: float = 0.0
    talked_seconds: float = 0.0
    after_call_work_seconds: float = 0.0
    survey_asked: int = 0
    survey_answered: int = 0
    """Of the asked: pressed a key from 1 to 5."""
    survey_points: int = 0
    """Sum of the keys."""
    survey_good: int = 0
    """Keys from GOOD_KEY on."""

    @property
    def offered(self) -> int:
        """All calls but those that the block list kept out: nobody was to answer them."""
        return self.calls - self.blocked

    @property
    def connect_rate(self) -> float | None:
        """接通率: reached or put through to 110/119/120, of all offered calls; GB/T 33358-2016 wants 95 %."""
        return _part(self.answered + self.transferred_out, self.offered)

    @property
    def connect_rate_without_short(self) -> float | None:
        return _part(self.answered + self.transferred_out, self.offered - self.short_abandoned)

    @property
    def within_15_rate(self) -> float | None:
        """15秒接听率: of all calls but the short abandonments."""
        return _part(self.within_15, self.offered - self.short_abandoned)

    @property
    def service_level(self) -> float | None:
        """Within 20 s, of all calls but the short abandonments."""
        return _part(self.within_20, self.offered - self.short_abandoned)

    @property
    def abandon_rate(self) -> float | None:
        return _part(self.abandoned, self.offered)

    @property
    def abandon_rate_without_short(self) -> float | None:
        return _part(self.abandoned - self.short_abandoned, self.offered - self.short_abandoned)

    @property
    def mean_wait_seconds(self) -> float | None:
        """ASA: mean waiting of those who were reached."""
        return _part(self.waited_seconds, self.reached)

    @property
    def mean_arrival_to_answer_seconds(self) -> float | None:
        return _part(self.arrival_to_answer_seconds, self.reached)

    @property
    def mean_talk_seconds(self) -> float | None:
        return _part(self.talked_seconds, self.reached)

    @property
    def mean_after_call_work_seconds(self) -> float | None:
        return _part(self.after_call_work_seconds, self.reached)

    @property
    def mean_handling_seconds(self) -> float | None:
        """AHT: talking and after-call work, per call that was reached."""
        return _part(self.talked_seconds + self.after_call_work_seconds, self.reached)

    @property
    def survey_answer_rate(self) -> float | None:
        return _part(self.survey_answered, self.survey_asked)

    @property
    def mean_survey(self) -> float | None:
        """1 to 5, of those who answered."""
        return _part(self.survey_points, self.survey_answered)

    @property
    def survey_good_rate(self) -> float | None:
        return _part(self.survey_good, self.survey_answered)

    def __add__(self, other: "Tally") -> "Tally":
        names = [field.name for field in dataclasses.fields(Tally)]
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True)
class AgentTally:
    """One agent's work, from that agent's own legs, so that each of two agents with the same citizen is credited with
    their part.
    """

    extension: str
    rang: int = 0
    """How often the agent's phone rang for a waiting citizen."""
    taken: int = 0
    """And the agent was connected."""
    answered: int = 0
    """Of these, calls in which the agent was the first to be connected: the waiting counts for this agent."""
    within_15: int = 0
    """Of these the citizen had waited at most ANSWER_SECONDS."""
    waited_seconds: float = 0.0
    """Of these."""
    talked_seconds: float = 0.0
    """From the bridge to the end of the agent's leg."""
    ring_seconds: float = 0.0
    """Of the calls that the agent took."""
    after_call_work_seconds: float = 0.0
    ready_seconds: float = 0.0
    paused_seconds: float = 0.0
    """For other reasons than after-call work."""
    survey_asked: int = 0
    """Of the calls in which the agent talked last."""
    survey_answered: int = 0
    survey_points: int = 0
    survey_good: int = 0

    @property
    def missed(self) -> int:
        """Rang and was not connected: no answer, or another agent was quicker, or the citizen gave up."""
        return self.rang - self.taken

    @property
    def within_15_rate(self) -> float | None:
        return _part(self.within_15, self.answered)

    @property
    def mean_wait_seconds(self) -> float | None:
        """ASA of the calls that the agent was the first to answer."""
        return _part(self.waited_seconds, self.answered)

    @property
    def mean_after_call_work_seconds(self) -> float | None:
        return _part(self.after_call_work_seconds, self.taken)

    @property
    def survey_answer_rate(self) -> float | None:
        return _part(self.survey_answered, self.survey_asked)

    @property
    def mean_survey(self) -> float | None:
        return _part(self.survey_points, self.survey_answered)

    @property
    def survey_good_rate(self) -> float | None:
        return _part(self.survey_good, self.survey_answered)

    @property
    def mean_handling_seconds(self) -> float | None:
        return _part(self.talked_seconds + self.after_call_work_seconds, self.taken)

    @property
    def mean_talk_seconds(self) -> float | None:
        return _part(self.talked_seconds, self.taken)

    @property
    def mean_ring_seconds(self) -> float | None:
        return _part(self.ring_seconds, self.taken)


def tally(calls: Iterable[CallTimes]) -> Tally:
    """The definition; telephony.figures.counting counts the same in the database, and a test holds both together."""
    calls = list(calls)
    by_outcome = Counter(call.outcome for call in calls)
    waits = [call.waited_seconds for call in calls if call.waited_seconds is not None]
    keys = [int(call.survey_key) for call in calls if call.survey_asked and call.survey_key]
    reached = [(call, call.answered_at) for call in calls if call.answered_at is not None]
    return Tally(
        calls=len(calls),
        short_abandoned=sum(call.gave_up_soon for call in calls),
        reached=len(reached),
        within_15=sum(wait <= ANSWER_SECONDS for wait in waits),
        within_20=sum(wait <= SERVICE_LEVEL_SECONDS for wait in waits),
        waited_seconds=sum(waits),
        arrival_to_answer_seconds=sum((answered_at - call.started_at).total_seconds() for call, answered_at in reached),
        talked_seconds=sum((call.ended_at - answered_at).total_seconds() for call, answered_at in reached),
        survey_asked=sum(call.survey_asked for call in calls),
        survey_answered=len(keys),
        survey_points=sum(keys),
        survey_good=sum(key >= GOOD_KEY for key in keys),
        **{str(outcome): by_outcome[outcome] for outcome in Outcome},
    )


def _part(some: float, of: float) -> float | None:
    """None where there is nothing to divide by: no calls is not 0 %."""
    return some / of if of > 0 else None
