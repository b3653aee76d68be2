"""Misheard local names become right by their sound; right words stay."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.recognition.local_names import Gazetteer, find_repairs, make_gazetteer
from recordings.recognition.vosk_result import Repair, mend

NAMES = (
    "锦绣湖花园",
    "神道路",
    "陵城镇",
    "小雪街道",
    "尼山镇",
    "尼山圣境",
    "夫子洞",
    "夫子洞村",
    "开发区",
    "经济开发区",
    "北夏宋村",
    "柳庄村",
    "屈村",
    "车站村",
    "宋家村",
    "石门山国家森林公园",
    "中国石化3号站",
)


def repair(words: list[str], gazetteer: Gazetteer) -> tuple[str, tuple[Repair, ...]]:
    repairs = find_repairs(words, gazetteer)
    return mend(words, repairs), repairs


@pytest.fixture(scope="module", name="gazetteer")
def gazetteer_fixture() -> Gazetteer:
    return gazetteer()


@cache
def gazetteer() -> Gazetteer:
    return make_gazetteer(NAMES)


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ("我 住 在 进修 湖 花 圆 三 号 楼", "我住在锦绣湖花园三号楼"),
        ("鲁城 街道 深 道路 的 路灯", "鲁城街道神道路的路灯"),
        ("小学 街道 停水 了", "小雪街道停水了"),
        ("尼 三 镇 停电", "尼山镇停电"),
        ("里 山 圣 经", "尼山圣境"),
        ("父子 洞 村", "夫子洞村"),
        ("精 济 开发 区", "经济开发区"),
        ("北 下 送 村", "北夏宋村"),
        ("十 门 山 国家 森林 公园", "石门山国家森林公园"),
    ],
)
def test_a_misheard_name_becomes_the_name(gazetteer: Gazetteer, heard: str, text: str) -> None:
    assert repair(heard.split(), gazetteer)[0] == text


@pytest.mark.parametrize(
    "heard",
    [
        "今天 凌晨 停水 了",
        "今天 凌晨 镇上 停水 了",
        "今天 凌晨 镇 里 停水 了",
        "我要 去 村 里",
        "我 在 车站 存 了 包",
        "从 成 庄 村",
        "小学 门口",
        "神道路 的 路灯 坏 了",
        "经济 开发 区",
        "wifi 坏 了 12 号",
        "中国 石 化 3 号 站",
        "",
    ],
)
def test_right_words_and_right_names_stay(gazetteer: Gazetteer, heard: str) -> None:
    assert repair(heard.split(), gazetteer)[1] == ()


def test_a_repair_says_what_was_heard_and_which_words_it_stands_for(gazetteer: Gazetteer) -> None:
    text, repairs = repair(["我", "住", "进修", "湖", "花", "圆", "和", "深", "道路", "口"], gazetteer)
    assert text == "我住锦绣湖花园和神道路口"
    assert repairs == (Repair("进修湖花圆", "锦绣湖花园", 2, 4, 0.0), Repair("深道路", "神道路", 7, 2, 0.0))


def test_the_longer_name_is_preferred_to_the_one_within_it(gazetteer: Gazetteer) -> None:
    assert repair(["父", "子", "洞", "村"], gazetteer)[1][0].name == "夫子洞村"


def test_two_names_of_one_sound_are_not_chosen_between() -> None:
    assert repair(["流", "庄", "村"], make_gazetteer(["柳庄村", "刘庄村"]))[1] == ()


def test_the_nearer_of_two_names_is_taken() -> None:
    both = make_gazetteer(["三里河公园", "山里河公园"])
    assert repair(["删", "里", "和", "公园"], both)[0] == "山里河公园"


def test_without_names_nothing_changes() -> None:
    assert repair(["进修", "湖", "wifi"], Gazetteer()) == ("进修湖 wifi", ())


_FAR = st.text(st.sampled_from("我吃饭了吗啊请问谁能帮忙没有电话号码abc12"), min_size=1, max_size=4)
_ANY = st.text(
    st.sampled_from("进修湖花圆园锦绣神深道路陵凌城晨镇小雪学街村父夫子洞开发区经济在去a1"), min_size=1, max_size=3
)


@given(st.lists(_FAR, max_size=12))
def test_text_without_near_names_is_untouched(words: list[str]) -> None:
    assert repair(words, gazetteer())[1] == ()


@given(st.lists(_ANY, max_size=12))
def test_a_repair_covers_whole_words_of_its_own_and_keeps_the_length(words: list[str]) -> None:
    text, repairs = repair(words, gazetteer())
    assert len(text.replace(" ", "")) == len("".join(words))
    past = 0
    for one in repairs:
        assert one.first_word >= past
        past = one.first_word + one.words
        assert "".join(words[one.first_word : past]) == one.heard
        assert len(one.heard) == len(one.name)
        assert one.heard != one.name
        assert one.name in text
