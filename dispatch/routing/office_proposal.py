"""Which office is likely to lead an order that waits to be dispatched, how sure that is, and why. Pure.

Each reason is a vote: the duty list's and the latest ruling on such a matter weigh as much as some past orders, and
each of the latest such orders that an office led counts once. How sure a proposal is, is its share of all votes and of
one more for an office that nobody thought of; so a single order makes nobody sure, and a ruling against the duty list
leaves neither sure.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.city.records import City
from dispatch.routing.rules import DispatchRules

MOST_SHOWN = 3


@dataclass(frozen=True)
class OfficeProposal:
    code: str
    certainty: float
    """0 to 1."""
    why: str
    """Chinese: 职责清单；同类20件中19件由其主办."""

    @property
    def percent(self) -> int:
        """Never rounded up: 89 and a half is not 90."""
        return int(self.certainty * 100 + 1e-9)


@dataclass(frozen=True)
class OfficeEvidence:
    """What is known of such matters (the same subject in the same town)."""

    ruled: str | None = None
    """The office that the latest ruling on a return named."""
    led: Mapping[str, int] = field(default_factory=dict)
    """Office → how many of the latest such orders it accepted as the lead."""


NO_EVIDENCE = OfficeEvidence()


def propose_offices(
    city: City, rules: DispatchRules, *, by_rule: str | None, before: str | None, evidence: OfficeEvidence
) -> Sequence[OfficeProposal]:
    """The likeliest first. `by_rule`: the duty list's office; `before`: the office that led a reopened order."""
    votes, why = defaultdict[str, float](float), defaultdict[str, list[str]](list)
    for code, words in ((evidence.ruled, "先例"), (by_rule, "职责清单"), (before, "原主办单位")):
        if code is not None and code in city.offices:
            votes[code] += rules.reason_weight
            why[code].append(words)
    all_led = sum(evidence.led.values())
    for code, orders in evidence.led.items():
        if code in city.offices:
            votes[code] += orders
            why[code].append(f"同类{all_led}件中{orders}件由其主办")
    whole = sum(votes.values()) + 1
    found = [OfficeProposal(code, vote / whole, "；".join(why[code])) for code, vote in votes.items()]
    return sorted(found, key=lambda one: -one.certainty)[:MOST_SHOWN]


def sure_office(rules: DispatchRules, proposals: Sequence[OfficeProposal]) -> OfficeProposal | None:
    """The proposal that may be confirmed without looking; None: somebody has to choose."""
    return proposals[0] if proposals and proposals[0].certainty >= rules.sure_from else None
