"""The form's fields proposed from what was said."""

import datetime as dt
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from bench.matters import ROOT, as_matter, load_labelled, misheard
from core.clock import CITY_ZONE
from core.errors import BadInput, ConfigurationError
from core.folder.reading import read_toml
from dispatch.city.records import City
from dispatch.intake.hearing import CITIZEN, CITY, MatterHeard
from dispatch.intake.matter_model import load_model, runs_of
from dispatch.intake.place_matching import find_places, find_towns
from dispatch.intake.proposing import Proposal, propose, rank_subjects
from dispatch.intake.rules_file import HearingFile
from dispatch.kinds import Kind
from dispatch.orders.step_fields import Fields
from dispatch.policy import Policy
from hotline.bridges.learning import Accuracy, Compared, compare, train

NOW = dt.datetime(2026, 11, 21, 10, tzinfo=CITY_ZONE)
LAMP = "你好我叫许示例，昨天傍晚六点静轩东路的路灯就没亮，因为施工把线挖断了，走路看不见"


def proposed(policy: Policy, *heard: MatterHeard) -> dict[str, Proposal]:
    return {one.field: one for one in propose(policy.city, policy.hearing, policy.urgency, heard, at=NOW)}


def citizen(text: str, start: float = 0.0, end: float = 10.0) -> MatterHeard:
    return MatterHeard(CITIZEN, start, end, text)


def test_the_form_is_filled_from_one_sentence(policy: Policy) -> None:
    found = proposed(policy, citizen(LAMP))
    values = {field: one.value for field, one in found.items()}
    assert values["subject"] == "street-lamp"
    assert values["lead_office_code"] == "street-lighting"
    assert values["place"] == "静轩东路"
    assert values["place_town"] == "lucheng"
    assert values["citizen_name"] == "许示例"
    assert values["happened_at"] == "2026-11-20T18:00:00+08:00"
    assert values["cause"] == "施工把线挖断了"
    assert values["title"] == "静轩东路路灯不亮或损坏"
    assert "路灯就没亮" in values["matter"]
    assert all(0 < one.confidence <= 1 for one in found.values())


def test_a_proposal_comes_from_the_seconds_of_its_words(policy: Policy) -> None:
    words = [
        {"word": "神道路", "start": 7.2, "end": 8.0},
        {"word": "路灯", "start": 8.1, "end": 8.5},
        {"word": "不亮", "start": 8.6, "end": 9.0},
    ]
    found = proposed(policy, citizen("喂", 1, 2), MatterHeard(CITIZEN, 7.2, 9.0, "神道路路灯不亮", words))
    source = found["place"].source
    assert source is not None
    assert (source.speaker, source.words) == (CITIZEN, "神道路")
    assert (source.start, source.end) == (pytest.approx(7.2), pytest.approx(8.0))
    lamp = found["subject"].source
    assert lamp is not None
    assert 8.0 < lamp.start < lamp.end <= 9.0


def test_where_a_name_was_mended_time_is_shared_evenly(policy: Policy) -> None:
    words = [{"word": "神", "start": 4.0, "end": 4.2}, {"word": "到路灯", "start": 4.2, "end": 6.0}]
    found = proposed(policy, MatterHeard(CITIZEN, 4.0, 8.0, "神道路路灯不亮", words))
    source = found["place"].source
    assert source is not None
    assert source.start == pytest.approx(4.0)
    assert 4 < source.end < 8


def test_what_only_the_agent_said_counts_less_and_is_named_as_his(policy: Policy) -> None:
    mine = proposed(policy, citizen("我们村的路灯不亮了"), MatterHeard(CITY, 3, 5, "您是吴村镇峪口村的对吗"))["place"]
    his = proposed(policy, citizen("我是吴村镇峪口村的，路灯不亮了"))["place"]
    assert (mine.value, his.value) == ("峪口村", "峪口村")
    assert mine.source is not None
    assert mine.source.speaker == CITY
    assert mine.confidence < his.confidence


def test_other_likely_values_come_with_it_the_likeliest_first(policy: Policy) -> None:
    one = proposed(policy, citizen("小区楼道里电动车充电，物业也不管"))["subject"]
    shares = [other.confidence for other in one.alternatives]
    assert one.alternatives[0].value == one.value
    assert {"fire-safety", "property-management"} <= {other.value for other in one.alternatives}
    assert shares == sorted(shares, reverse=True)


def test_danger_is_proposed_with_the_reason_and_what_to_do(policy: Policy) -> None:
    one = proposed(policy, citizen("我这楼道里一股子煤气味，你们快来"))["urgency"]
    assert one.value == "emergency"
    assert "关阀" in one.why
    assert one.source is not None


def test_nothing_is_proposed_from_nothing(policy: Policy) -> None:
    assert propose(policy.city, policy.hearing, policy.urgency, [], at=NOW) == ()
    assert (
        propose(
            policy.city,
            policy.hearing,
            policy.urgency,
            [citizen("。"), MatterHeard(CITY, 0, 3, "您好，马上就办一线通")],
            at=NOW,
        )
        == ()
    )
    assert "subject" not in proposed(policy, citizen("喂喂喂"))


def test_every_value_is_one_that_the_order_takes(policy: Policy) -> None:
    texts = [one.text for part in ("tuning", "fresh") for one in load_labelled(part)]
    for text in random.Random(1).sample(texts, 40):
        values = {field: one.value for field, one in proposed(policy, citizen(text)).items()}
        Fields.model_validate(values)
        assert values.get("place_town") in (None, *policy.city.towns)
        assert values.get("subject") in (None, *policy.city.subjects)


@pytest.mark.parametrize(
    ("said", "place", "town"),
    [
        ("州公庙门口污水流一街", "周公庙门口", "lucheng"),
        ("勺浩陵往南路上", "少昊陵往南", "shuyuan"),
        ("鼓楼大街十字路口往西", "鼓楼大街十字路口往西", "lucheng"),
        ("陵城苑庄的", "苑庄村", "lingcheng"),
        ("苑庄的", None, None),
    ],
)
def test_places_are_found_by_name_by_their_short_form_and_by_sound(
    policy: Policy, said: str, place: str | None, town: str | None
) -> None:
    found = find_places(policy.city, policy.hearing, said)
    assert (found[0].name if found else None, found[0].town if found else None) == (place, town)


def test_a_common_word_that_sounds_like_a_town_is_none(policy: Policy) -> None:
    assert find_towns(policy.city, policy.hearing, "孩子上小学路程太远") == []
    assert find_towns(policy.city, policy.hearing, "昨天下小雪") == []
    assert [one.town for one in find_towns(policy.city, policy.hearing, "息邹那边")] == ["xizou"]


def test_a_cue_that_does_not_find_its_own_example_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "hearing.toml"
    broken.write_text(
        (ROOT / "deploy/city/qufu/hearing.toml").read_text("utf-8").replace('example = "我要举报"', 'example = "我"'),
        "utf-8",
    )
    with pytest.raises(ConfigurationError, match="找不到自己的例句"):
        read_toml(broken, HearingFile)


def test_the_set_is_large_and_covers_every_kind_subject_town_and_urgency(city: City) -> None:
    tuning, held_out, fresh = map(load_labelled, ("tuning", "held-out", "fresh"))
    assert len(tuning) + len(held_out) + len(fresh) >= 400
    assert len(held_out) + len(fresh) >= 0.4 * (len(tuning) + len(held_out) + len(fresh))
    for part in (tuning, held_out):
        assert {one.subject for one in part} >= set(city.subjects)
        assert {one.kind for one in part} == set(Kind)
        assert {one.town for one in part} >= set(city.towns)
        assert {one.urgency for one in part} == {"normal", "urgent", "emergency"}
    texts = [one.text for one in (*tuning, *held_out, *fresh)]
    assert len(set(texts)) == len(texts)


def test_every_label_is_one_of_the_city(city: City) -> None:
    for file in sorted((ROOT / "samples/labelled").glob("matters-*.jsonl")):
        for row in map(json.loads, file.read_text("utf-8").splitlines()):
            assert row["subject"] in (None, *city.subjects)
            assert row["lead_office"] in (None, *city.offices)
            assert set(row["co_offices"]) <= set(city.offices)
            assert row["town"] in (None, *city.towns)


def test_a_model_that_is_none_is_refused() -> None:
    for data in (b"", b"nonsense", b"\x80\x04K\x01."):
        with pytest.raises(ConfigurationError, match="hotline learn"):
            load_model(data)


def test_too_few_orders_are_nothing_to_learn_from(city: City) -> None:
    few = [as_matter(one) for one in load_labelled("tuning")[:10]]
    with pytest.raises(BadInput, match="至少"):
        compare(city, few)
    with pytest.raises(BadInput):
        train(city, [], "none")


def test_a_model_is_used_only_where_it_is_not_worse_than_the_rules() -> None:
    rules = Accuracy(100, office=0.8, office_of_three=0.9, subject=0.8)
    assert Compared(rules, Accuracy(100, 0.8, 0.9, 0.8)).helps
    assert not Compared(rules, Accuracy(100, 0.79, 0.99, 0.9)).helps


def test_errors_of_recognition_are_the_same_at_every_run() -> None:
    part = load_labelled("fresh")
    assert misheard(part) == misheard(part) != part


def test_runs_are_as_short_words_need_them() -> None:
    assert runs_of("路灯") == ["路", "灯", "路灯"]


def test_ranking_without_a_model_is_by_the_list(city: City) -> None:
    assert rank_subjects(city, "公积金怎么取", None)[0].value == "housing-fund"


def test_a_title_says_no_kind_that_is_only_guessed(policy: Policy) -> None:
    said = citizen("你好我要反映一个问题，南新街有流浪的人没饭吃")
    found = proposed(policy, said)
    assert not found["kind"].is_sure(policy.hearing)
    assert not found["title"].value.startswith(("举报", "咨询", "建议"))
    sure = proposed(policy, citizen("请问想咨询一下，南新街的路灯什么时候能修，怎么办手续，需要什么材料"))
    assert (sure["kind"].value, sure["kind"].is_sure(policy.hearing)) == ("consultation", True)
    assert sure["title"].value.startswith("咨询")


def test_what_is_less_sure_than_the_citys_bar_is_a_guess(policy: Policy) -> None:
    one = Proposal("kind", "help", 0.6)
    assert one.is_sure(policy.hearing)
    assert not one.is_sure(replace(policy.hearing, sure_from=0.61))


def test_of_what_stands_in_a_field_by_itself_nearly_all_is_right(policy: Policy) -> None:
    """Held-out matters: a press of one key confirms what is above the bar."""
    right = sure = 0
    for one in load_labelled("held-out"):
        found = proposed(policy, citizen(one.text))
        for field, label in (("kind", one.kind), ("subject", one.subject), ("place_town", one.town)):
            if label and field in found and found[field].is_sure(policy.hearing):
                sure += 1
                right += found[field].value == label
    assert sure > 200
    assert right / sure > 0.97
