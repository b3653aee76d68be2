"""What is asked for, and which of it the reply does not speak to."""

from dispatch.supervision.demands import demands_in
from dispatch.supervision.evasive import EvasiveRules
from tests.support.qufu import qufu

MATTER = "您好，小区门口的路灯坏了三天。请尽快维修路灯。什么时候能修好？垃圾也没人管，希望安排清运。"


def rules() -> EvasiveRules:
    found = qufu().evasive
    assert found is not None
    return found


def test_each_demand_is_marked_by_itself_and_no_word_is_left_out() -> None:
    found = demands_in(rules(), MATTER, "您反映的路灯已于11月29日维修，试亮正常。")
    assert "".join(one.text for one in found) == MATTER
    assert [(one.text, one.answered) for one in found] == [
        ("您好，小区门口的路灯坏了三天。", None),
        ("请尽快维修路灯。", True),
        ("什么时候能修好？", True),
        ("垃圾也没人管，希望安排清运。", False),
    ]


def test_a_question_is_answered_by_what_is_expected_of_an_answer_and_not_by_its_own_words() -> None:
    for answer, answered in (("我们正在研究修好的时候。", False), ("明天修好。", True)):
        assert [one.answered for one in demands_in(rules(), "什么时候能修好？", answer)] == [answered]


def test_odd_matters_are_taken_as_they_are() -> None:
    for matter in ("", "。。。", "\n\n请修\n", "请" * 10_000):
        assert "".join(one.text for one in demands_in(rules(), matter, "")) == matter
