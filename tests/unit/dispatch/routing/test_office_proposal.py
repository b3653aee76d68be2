"""Which office is proposed for an order that waits, and when one key may confirm it."""

import pytest

from dispatch.city.records import City
from dispatch.routing.office_proposal import OfficeEvidence, propose_offices, sure_office
from dispatch.routing.rules import DispatchRules

RULES = DispatchRules(sure_from=0.9, past_orders=20, reason_weight=9)
NOTHING = OfficeEvidence()


@pytest.mark.parametrize(
    ("by_rule", "before", "evidence", "sure"),
    [
        ("housing", None, NOTHING, "housing"),
        ("housing", None, OfficeEvidence("housing"), "housing"),
        ("housing", "housing", OfficeEvidence(led={"housing": 12}), "housing"),
        (None, None, OfficeEvidence(led={"housing": 20}), "housing"),
        # A ruling against the duty list, or colleagues against it, leave the choice to a person.
        ("housing", None, OfficeEvidence("forestry"), None),
        ("housing", None, OfficeEvidence(led={"forestry": 10}), None),
        (None, None, OfficeEvidence(led={"housing": 3}), None),
        (None, None, NOTHING, None),
        # An office that the city has no more is proposed to nobody.
        (None, "gone", OfficeEvidence("gone", {"gone": 20}), None),
    ],
)
def test_one_key_confirms_only_what_all_reasons_speak_for(
    city: City, by_rule: str | None, before: str | None, evidence: OfficeEvidence, sure: str | None
) -> None:
    found = propose_offices(city, RULES, by_rule=by_rule, before=before, evidence=evidence)
    confirmed = sure_office(RULES, found)
    assert (confirmed.code if confirmed else None) == sure


def test_a_proposal_says_how_sure_it_is_and_why(city: City) -> None:
    evidence = OfficeEvidence("forestry", {"housing": 15, "forestry": 5})
    first, second = propose_offices(city, RULES, by_rule="housing", before=None, evidence=evidence)
    assert (first.code, first.percent) == ("housing", 61)
    assert first.why == "职责清单；同类20件中15件由其主办"
    assert second.why == "先例；同类20件中5件由其主办"
    assert first.certainty + second.certainty < 1
