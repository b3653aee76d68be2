"""The dialplan and the program speak the same words."""

import re

from telephony.dialplan_words import DialplanWord
from telephony.pbx.render import TEMPLATES

DIALPLAN = (TEMPLATES / "extensions.conf.j2").read_text("utf-8")


def test_the_dialplan_says_each_word_of_the_list_and_no_other() -> None:
    said = re.findall(r"CELGenUserEvent\(([^,)]*)", DIALPLAN)
    assert {word for word in said if not re.fullmatch(r"\{\{ says\.[A-Z_]+ \}\}", word)} == set()
    assert {word[len("{{ says.") : -len(" }}")] for word in said} == {word.name for word in DialplanWord}


def test_a_word_is_stored_as_it_is_named() -> None:
    assert {word.name: word.value for word in DialplanWord} == {word.name: word.name for word in DialplanWord}
