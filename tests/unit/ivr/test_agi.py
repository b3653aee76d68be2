"""AsyncAGI in text: answers as Asterisk 22 gave them, pasted."""

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from ivr.agi import AgiAnswer, parse_answer, parse_env, read_event, spell, waiting_seconds
from ivr.flows import (
    CommandFailed,
    Digits,
    FlowEvent,
    HungUp,
    NoKey,
    Play,
    PlayAndAskDigits,
    PlayAndAskKey,
    Played,
    PressedKey,
)

SOUND = Path("/srv/hotline/var/speech/ab cd.wav")
PLAY = Play((), "12")
ASK = PlayAndAskKey((), "0123456789*#", 5)
DIGITS = PlayAndAskDigits((), 4, 2.5)


@pytest.mark.parametrize(
    ("command", "spelled"),
    [
        (PLAY, 'STREAM FILE "/srv/hotline/var/speech/ab cd" "12"'),
        (Play((), ""), 'STREAM FILE "/srv/hotline/var/speech/ab cd" ""'),
        (ASK, 'GET OPTION "/srv/hotline/var/speech/ab cd" "0123456789*#" 5000'),
        (DIGITS, 'GET DATA "/srv/hotline/var/speech/ab cd" 2500 4'),
    ],
)
def test_commands_are_spelled_as_asterisk_reads_them(command: Play, spelled: str) -> None:
    assert spell(command, SOUND) == spelled


@pytest.mark.parametrize("path", ['/a"b.wav', "/a\\b.wav", "/a\nb.wav", "/a&b.wav", "/a,b.wav", "a/b.wav"])
def test_a_path_that_would_end_the_quotes_is_refused(path: str) -> None:
    with pytest.raises(BadInput):
        spell(PLAY, Path(path))


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(BadInput):
        spell(Play((), '1" 2'), SOUND)


def test_the_wait_for_keys_is_counted_beyond_the_sound() -> None:
    assert [waiting_seconds(command) for command in (PLAY, ASK, DIGITS)] == [0, 5, 12.5]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("200 result=0 endpos=4320\n", AgiAnswer(200, "0", "endpos=4320")),
        ("200 result=49 endpos=28640\n", AgiAnswer(200, "49", "endpos=28640")),
        ("200 result= (timeout)\n", AgiAnswer(200, "", "(timeout)")),
        ("200 result=12 (timeout)\n", AgiAnswer(200, "12", "(timeout)")),
        ("510 Invalid or unknown command\n", AgiAnswer(510, "", "Invalid or unknown command")),
        ("511 result=-1 Command Not Permitted\n", AgiAnswer(511, "-1", "Command Not Permitted")),
        ("520-Invalid syntax.\n520 End.\n", AgiAnswer(520, "", "-Invalid syntax.\n520 End.")),
        ("nothing of the kind", AgiAnswer(0, "", "nothing of the kind")),
    ],
)
def test_answers_are_read_as_asterisk_gives_them(said: str, answer: AgiAnswer) -> None:
    assert parse_answer(quote(said)) == answer


@given(st.text())
def test_no_answer_whatever_raises(said: str) -> None:
    for encoded in (said, quote(said)):
        answer = parse_answer(encoded)
        for command in (PLAY, ASK, DIGITS):
            read_event(command, answer, hung_up=False)


@pytest.mark.parametrize(
    ("command", "said", "hung_up", "event"),
    [
        (PLAY, "200 result=0 endpos=1", False, Played()),
        (PLAY, "200 result=50 endpos=1", False, PressedKey("2")),
        (PLAY, "200 result=-1 endpos=99", True, HungUp()),
        (ASK, "200 result=0 endpos=1", False, NoKey()),
        (ASK, "200 result=35 endpos=1", False, PressedKey("#")),
        (DIGITS, "200 result= (timeout)", False, NoKey()),
        (DIGITS, "200 result=0042", False, Digits("0042")),
        (DIGITS, "200 result=-1", True, HungUp()),
        (ASK, "511 result=-1 dead", False, HungUp()),
    ],
)
def test_what_an_answer_means(command: Play, said: str, hung_up: bool, event: FlowEvent) -> None:
    assert read_event(command, parse_answer(quote(said)), hung_up=hung_up) == event


@pytest.mark.parametrize("said", ["200 result=-1 endpos=0", "510 unknown", "200 result=x", "?"])
def test_what_was_not_done_has_failed(said: str) -> None:
    assert isinstance(read_event(PLAY, parse_answer(quote(said)), hung_up=False), CommandFailed)


def test_the_env_is_decoded_line_by_line() -> None:
    env = "agi_request: async\nagi_calleridname: 王: 小\nagi_accountcode: \n\n"
    assert parse_env(quote(env)) == {"request": "async", "calleridname": "王: 小", "accountcode": ""}
