"""Where matters go, with the city's own data; domain.md's cases among them."""

import pytest

from dispatch.city.records import City
from dispatch.kinds import Urgency
from dispatch.policy import Policy
from dispatch.routing.route import assess_urgency, find_place, find_town, route
from dispatch.routing.subject_matching import score_subjects


def test_a_dark_lamp_goes_to_the_lamp_office_and_the_crew_of_that_street(policy: Policy) -> None:
    found = route(policy.city, policy.asking, subject="street-lamp", place_town="shuyuan")
    assert (found.lead_office_code, found.unit_code, found.sure) == ("street-lighting", "unit-01", True)
    assert found.why == ("“路灯不亮或损坏”由市路灯管理所主办。", "路灯抢修一队（老城）：负责书院街道的路灯。")


def test_a_sick_child_is_civil_affairs_with_four_who_help_and_nobody_drives(policy: Policy) -> None:
    found = route(policy.city, policy.asking, subject="serious-illness", place_town="nishan")
    assert found.lead_office_code == "civil-affairs"
    assert {"womens-federation", "youth-league", "media"} <= set(found.co_office_codes)
    assert (found.unit_code, found.sure) == (None, True)


def test_a_manhole_in_the_zone_stays_with_housing_and_the_zone_helps(policy: Policy) -> None:
    found = route(policy.city, policy.asking, subject="manhole", place_town=None, place="开发区路口")
    assert found.lead_office_code == "housing"
    assert "development-zone" in found.co_office_codes
    assert found.sure


def test_a_village_matter_goes_to_the_town_that_its_place_lies_in(policy: Policy) -> None:
    found = route(policy.city, policy.asking, subject="village-works", place_town=None, place="凫村东头")
    assert (found.lead_office_code, found.sure) == ("town-xiaoxue", True)
    assert policy.city.units[found.unit_code or ""].towns == ("xiaoxue",)


def test_a_helping_town_is_the_one_of_the_place(policy: Policy) -> None:
    assert (
        "town-wucun" in route(policy.city, policy.asking, subject="air-pollution", place_town="wucun").co_office_codes
    )
    assert not [
        c
        for c in route(policy.city, policy.asking, subject="air-pollution", place_town=None).co_office_codes
        if "town" in c
    ]


def test_a_place_that_the_gazetteer_has_elsewhere_is_pointed_out(policy: Policy) -> None:
    found = route(policy.city, policy.asking, subject="street-lamp", place_town="nishan", place="凫村东头")
    assert (found.unit_code, found.sure) == ("unit-03", True)
    assert "请核对：地名表中“凫村”在小雪街道。" in found.why


@pytest.mark.parametrize(
    ("subject", "town", "said"),
    [
        (None, "nishan", "没有确定事项类别"),
        ("no-such-thing", "nishan", "没有确定事项类别"),
        ("street-lamp", None, "没有确定镇街"),
        ("village-works", "atlantis", "没有确定镇街"),
        ("heating", "wucun", "没有供热直通车"),
    ],
)
def test_what_is_not_sure_is_left_to_the_coordinator_with_the_reason(
    policy: Policy, subject: str | None, town: str | None, said: str
) -> None:
    found = route(policy.city, policy.asking, subject=subject, place_town=town)
    assert not found.sure
    assert any(said in sentence for sentence in found.why)
    assert said in found.unsure


def test_every_subject_in_every_town_has_a_leader_or_says_why_not(policy: Policy) -> None:
    for subject in policy.city.subjects:
        for town in policy.city.towns:
            found = route(policy.city, policy.asking, subject=subject, place_town=town)
            assert found.lead_office_code in policy.city.offices
            assert found.lead_office_code not in found.co_office_codes
            assert found.sure or (found.unit_code is None and found.why)
            assert found.sure == (found.unsure == "")


@pytest.mark.parametrize(
    ("spoken", "town"),
    [
        ("我在小雪街道凫村", "xiaoxue"),
        ("王庄这边", "wangzhuang"),
        ("石门山歇马亭村", "shimenshan"),
        ("北夏宋村村口", "xizou"),
        ("小雪街道西王庄那边", "xiaoxue"),
        ("凫村西王庄路口", "xiaoxue"),
        ("鲁城街道和书院街道交界", None),
        ("吴村和姚村之间", None),
        ("我也不知道在哪里", None),
    ],
)
def test_a_town_is_heard_by_its_name_or_by_a_place_in_it(city: City, spoken: str, town: str | None) -> None:
    assert find_town(city, spoken) == town


def test_the_longest_name_of_the_gazetteer_wins(city: City) -> None:
    place = find_place(city, "鲁源新村三号楼")
    assert place is not None
    assert place.name == "鲁源新村"
    assert find_place(city, "某地") is None


@pytest.mark.parametrize(
    ("spoken", "subject"),
    [
        ("我家门口的路灯昨天晚上坏了", "street-lamp"),
        ("开发区路口的井盖丢了一个", "manhole"),
        ("我三岁的孩子得了白血病，移植要二十五万", "serious-illness"),
        ("在外地三十年，回来发现户口没了", "household-registration"),
        ("邻居家的狗叫了一晚上", "dogs"),
        ("家里暖气不热", "heating"),
        ("老板拖欠工资三个月", "wages"),
    ],
)
def test_the_subject_is_guessed_from_what_the_citizen_says(city: City, spoken: str, subject: str) -> None:
    scores = score_subjects(city, spoken)
    best = max(scores, key=lambda code: scores[code].weight)
    assert best == subject
    assert all(hit.word in spoken for hit in scores[best].hits)


def test_nothing_is_guessed_from_nothing(city: City) -> None:
    assert score_subjects(city, "你好") == {}


@pytest.mark.parametrize(
    ("spoken", "urgency"),
    [
        ("路灯坏了", Urgency.NORMAL),
        ("我想问公积金怎么取", Urgency.NORMAL),
        ("自来水管爆了，水到处喷", Urgency.URGENT),
        ("厨房里有煤气味", Urgency.EMERGENCY),
        ("路口的井盖没了", Urgency.EMERGENCY),
        ("有人触电了", Urgency.EMERGENCY),
        ("楼下着火了", Urgency.EMERGENCY),
        ("孩子走丢了", Urgency.EMERGENCY),
    ],
)
def test_words_of_danger_make_it_urgent(policy: Policy, spoken: str, urgency: Urgency) -> None:
    found = assess_urgency(policy.urgency, spoken)
    assert found.urgency is urgency
    assert bool(found.why) is (urgency is not Urgency.NORMAL)


def test_an_emergency_tells_what_to_do_at_once(policy: Policy) -> None:
    assert assess_urgency(policy.urgency, "楼下着火了").advice == ("立即转接 119，不要挂断",)
