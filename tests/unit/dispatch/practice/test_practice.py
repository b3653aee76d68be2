"""Practice scripts of the city's folder, and how a form is held against one."""

from pathlib import Path

import pytest

from core.errors import ConfigurationError
from dispatch.practice.rules_file import practice_scripts
from dispatch.practice.scripts import PracticeVerdict, compare
from tests.support.qufu import qufu

GAS = qufu().practice["gas"]


def verdicts(filled: dict[str, str]) -> dict[str, PracticeVerdict]:
    return {one.field: one.verdict for one in compare(GAS, filled)}


def test_what_was_not_filled_in_is_missing_and_what_is_else_is_wrong() -> None:
    found = verdicts({"kind": "complaint", "urgency": "emergency", "title": "  ", "place": "校场路 10号"})
    assert found["kind"] is PracticeVerdict.WRONG
    assert found["urgency"] is PracticeVerdict.RIGHT
    assert found["title"] is PracticeVerdict.MISSING
    assert found["place"] is PracticeVerdict.RIGHT


def test_a_text_is_right_only_with_every_word() -> None:
    script = qufu().practice["drain"]
    place = {one.field: one for one in compare(script, {"place": "南池路"})}["place"]
    assert place.verdict is PracticeVerdict.WRONG
    assert "门牌" in place.why


def test_the_citys_scripts_say_what_they_judge_and_have_their_recordings() -> None:
    for script in qufu().practice.values():
        assert set(script.why) <= set(script.should), script.code
        assert all(line.sound is None or line.sound.is_file() for line in script.lines)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("subject = ['street-lamps']", "subject 里没有 street-lamps，是不是要写 street-lamp"),
        ("colour = ['red']", "没有 colour 这一项"),
    ],
)
def test_a_script_that_judges_by_what_is_not_there_is_refused_by_name(tmp_path: Path, wrong: str, said: str) -> None:
    head = "[[script]]\ncode = 'one'\ntitle = '甲'\nlevel = 1\nteaches = '听'\nnumber = '13900000000'\n"
    line = "[[script.line]]\ntext = '你好'\nsound = 'none.wav'\n"
    (tmp_path / "practice.toml").write_text(f"{head}{line}[script.should]\n{wrong}\n", "utf-8")
    with pytest.raises(ConfigurationError, match=r"没有录音文件 none\.wav") as caught:
        practice_scripts(tmp_path, subjects=("street-lamp",), towns=())
    assert said in caught.value.message


def test_a_city_without_the_file_has_no_practice(tmp_path: Path) -> None:
    assert practice_scripts(tmp_path, subjects=(), towns=()) == {}
