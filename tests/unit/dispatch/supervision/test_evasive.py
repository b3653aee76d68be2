"""Marks on evasive replies: the city's named samples, what is no evasion, and a floor under the measured figures."""

from pathlib import Path

import pytest

from bench.evasive import RULES, load_labelled, load_rules, scores
from core.errors import ConfigurationError
from core.folder.reading import read_toml
from dispatch.kinds import Kind
from dispatch.supervision.evasive import MarkKind, mark_reply, overlap
from dispatch.supervision.rules_file import EvasiveFile


def marks(matter: str, answer: str, *, done: str = "已答复", kind: Kind = Kind.HELP) -> set[str]:
    return {str(mark.kind) for mark in mark_reply(load_rules(), matter, done, answer, kind=kind)}


@pytest.mark.parametrize(
    ("matter", "answer", "kind"),
    [
        ("小区里的狗夜里一直叫", "你好：你反映的问题不属于林业局管辖范围，请向有关部门反映。", MarkKind.BOUNCES),
        (
            "六年级是不是要去鲁班小学",
            "你好：‘道听途说，德之弃也’。学校六年级没有去鲁班小学的计划。谢谢！",
            MarkKind.PROVERB,
        ),
        ("孩子上学报哪个学校", "你好，你可以就近选择学校就读。谢谢！", MarkKind.MAY_CHOOSE_NEARBY),
    ],
)
def test_the_three_replies_that_the_city_named_are_marked(matter: str, answer: str, kind: MarkKind) -> None:
    assert kind in marks(matter, answer, kind=Kind.CONSULTATION)


def test_a_bounce_with_office_phone_and_handing_over_is_none() -> None:
    said = "这件事由金融监管支局负责"
    assert "bounces" not in marks("银行乱收费", f"{said}，我们已移交该局消保科，电话0537-2611234。")
    assert "bounces" in marks("银行乱收费", f"{said}，请向该局反映。")


def test_papers_asked_for_all_at_once_are_fine() -> None:
    whole = "请带身份证、户口簿、银行卡复印件，材料就这三样，一次交齐，到镇政府村建办办理。"
    assert marks("申请危房改造要什么材料", whole, kind=Kind.CONSULTATION) == set()
    pieces = "先提交申请表，其他材料到时候再通知。"
    assert "papers_in_pieces" in marks("申请危房改造要什么材料", pieces, kind=Kind.CONSULTATION)


def test_a_consultation_is_answered_without_an_act() -> None:
    assert marks("公交3路末班车几点", "冬季末班车晚上7点半从汽车站发车。", done="", kind=Kind.CONSULTATION) == set()


@pytest.mark.parametrize("lifted", ["已于今天上午修好。", "12月1日开工，20天完工。", "换了两米水管。"])
def test_an_act_or_a_date_lifts_the_mark_of_empty_words(lifted: str) -> None:
    empty = "您反映的路灯问题我们高度重视，将加强管理"
    assert "no_act_no_date" in marks("路灯不亮", f"{empty}。")
    assert "no_act_no_date" not in marks("路灯不亮", f"{empty}，{lifted}")


def test_the_passage_is_the_sentence_in_which_the_sign_stands() -> None:
    answer = "您好！此事不归我局管理，请找别人。谢谢！"
    found = mark_reply(load_rules(), "路灯不亮", "已答复", answer, kind=Kind.HELP)
    (bounce,) = [mark for mark in found if mark.kind is MarkKind.BOUNCES]
    assert bounce.text == "此事不归我局管理，请找别人。" == answer[bounce.start : bounce.end]
    assert bounce.reason.endswith("。")


@pytest.mark.parametrize(
    ("matter", "done", "answer"), [("", "", ""), ("灯", "", "好"), ("\n", "x" * 9000, "？" * 9000)]
)
def test_whatever_was_typed_is_judged_without_an_error(matter: str, done: str, answer: str) -> None:
    for kind in Kind:
        for mark in mark_reply(load_rules(), matter, done, answer, kind=kind):
            assert answer[mark.start : mark.end] == mark.text


def test_a_matter_without_words_is_not_called_another_one() -> None:
    assert overlap("", "路灯修好了") == 1.0
    assert overlap("路灯坏了", "路灯修好了") == pytest.approx(1 / 3)


def test_a_pattern_that_does_not_find_its_own_example_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "evasive.toml"
    broken.write_text(
        RULES.read_text("utf-8").replace('example = "好事多磨"', "").replace("退一步海阔天空|", ""), "utf-8"
    )
    with pytest.raises(ConfigurationError, match="退一步海阔天空"):
        read_toml(broken, EvasiveFile)


def test_the_set_is_large_enough_and_half_of_it_honest() -> None:
    tuning = load_labelled("tuning") + load_labelled("hard-tuning")
    held_out = load_labelled("held-out") + load_labelled("hard-held-out")
    whole = tuning + held_out
    assert len(whole) >= 240
    assert len(held_out) >= 0.4 * len(whole)
    assert 0.45 <= sum(not reply.marks for reply in whole) / len(whole) <= 0.55
    assert not {reply.answer for reply in tuning} & {reply.answer for reply in held_out}


@pytest.mark.parametrize(("part", "recall"), [("held-out", 0.8), ("hard-held-out", 0.3)])
def test_marking_on_the_held_out_parts_stays_above_its_floor(part: str, recall: float) -> None:
    """Measured 1.00/0.93 on 108 replies and 1.00/0.47 on 30 hard ones; the floors lie well below, for rules are a
    city's to change."""
    found = scores(load_rules(), load_labelled(part))["evasive"]
    assert found.precision >= 0.9
    assert found.recall >= recall
