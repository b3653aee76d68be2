"""A floor under the measured figures of what is proposed, with and without a model learned from labelled matters."""

import random

import pytest

from bench.matters import as_matter, load_labelled, scores, trained
from dispatch.city.records import City
from dispatch.intake.matter_model import dump_model, load_model, plain_words
from dispatch.policy import Policy
from hotline.bridges.learning import compare

LAMP = "你好我叫许示例，昨天傍晚六点静轩东路的路灯就没亮，因为施工把线挖断了，走路看不见"


def test_the_rules_alone_stay_above_their_floor(policy: Policy) -> None:
    """Measured 0.91 and 0.44 offices, 1.00 and 0.43 emergencies; floors lie below: the lists are a city's to change."""
    held_out, fresh = (scores(policy, load_labelled(part), None) for part in ("held-out", "fresh"))
    assert held_out["office"].value >= 0.85
    assert held_out["emergency"].value >= 0.95
    assert held_out["place"].value >= 0.9
    assert fresh["office"].value >= 0.4
    assert fresh["place"].value >= 0.85


def test_what_was_learned_is_asked_without_scikit_learn_and_helps_the_rules(policy: Policy) -> None:
    model = load_model(dump_model(trained(policy.city, load_labelled("tuning"))))
    fresh = load_labelled("fresh")
    ruled, learned = scores(policy, fresh, None), scores(policy, fresh, model)
    assert learned["office"].value > ruled["office"].value
    assert learned["office of three"].value >= 0.65
    shares = model.ask(model.subject, plain_words(policy.city, LAMP))
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
    assert model.ask(model.subject, "") == {}


def test_labels_at_random_do_not_help_and_are_told_so(city: City) -> None:
    matters = [as_matter(one) for one in load_labelled("tuning") if one.subject][:60]
    codes = [matter.subject for matter in matters]
    random.Random(3).shuffle(codes)
    wrong = [
        type(matter)(matter.text, code, matter.kind, matter.town) for matter, code in zip(matters, codes, strict=True)
    ]
    assert compare(city, wrong).learned.office < 0.5
