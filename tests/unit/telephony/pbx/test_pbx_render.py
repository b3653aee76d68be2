"""The rendered configuration, as text."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from telephony.pbx.cel import CEL_COLUMNS
from tests.support.rendered_pbx import context, rendered, statements

HERE = Path(__file__)
CEL_FIXTURES = HERE.parents[4] / "samples/cel"


def test_no_word_of_the_caller_reaches_a_path_a_shell_or_an_expression_unfiltered() -> None:
    for line in statements(rendered(test_phones=True, trunk_host="10.0.0.1")["extensions.conf"]):
        if line == "exten => s,1,Set(RAW=${CALLERID(num)})":
            continue
        assert "${RAW" not in line, "only by its name: a bracket in it would end the expression around it"
        for use in re.findall(r"\$\{(?:FILTER\([^,]*,\$\{)?(?:CALLERID|CONNECTEDLINE|REDIRECTING|EXTEN)\b", line):
            assert "FILTER" in use, line
        assert not re.search(r"\b(System|TrySystem|SHELL|Exec|EVAL)\(", line), line


def test_the_recording_begins_before_the_greeting_and_its_path_is_of_day_and_uniqueid() -> None:
    dialplan = rendered()["extensions.conf"]
    line = context(dialplan, "line")
    assert line.index("record-call") < line.index("greeting)") < line.index("Queue(")
    assert "Set(RECORDING=${STRFTIME(${EPOCH},UTC,%Y/%m/%d)}/${UNIQUEID})" in dialplan
    assert "r(${RECORDINGS}/${RECORDING}-${SAYS}.wav)t(${RECORDINGS}/${RECORDING}-${HEARS}.wav)S)" in dialplan
    assert 'Set(SAYS=${IF($["${FAR}" = "callee"]?tx:rx)})' in dialplan


def test_whatever_is_said_to_a_citizen_begins_with_a_fresh_translator() -> None:
    said = re.findall(r"(?:Playback\(|Read\(\w+,)([^),]+)", rendered(test_phones=True)["extensions.conf"])
    assert len(said) > 10
    assert [one for one in said if not re.match(r"fresh(&|$)", one) and "SAYS" not in one] == []


def test_the_manager_account_can_run_no_program() -> None:
    manager = rendered()["manager.conf"]
    write = re.search(r"^write = (.*)$", manager, re.MULTILINE)
    assert write is not None
    assert set(write[1].split(",")).isdisjoint({"all", "system", "command", "config"})


def test_everything_binds_to_loopback_unless_told_otherwise() -> None:
    for name, text in rendered().items():
        for address in re.findall(r"^\s*(?:bind|bindaddr|tlsbindaddr) *= *([0-9.]+)", text, re.MULTILINE):
            assert address == "127.0.0.1", name


def test_test_phones_are_there_only_when_asked_for() -> None:
    assert "citizen-1" not in rendered()["pjsip.conf"]
    files = rendered(test_phones=True)
    assert "[citizen-8]" in files["pjsip.conf"]
    assert "Dial(PJSIP/emergency-110," in files["extensions.conf"]


def test_without_a_trunk_nobody_can_call_outside_and_with_one_emergencies_go_there() -> None:
    assert "@trunk" not in rendered()["extensions.conf"]
    assert "Dial(PJSIP/110@trunk,60" in rendered(trunk_host="10.0.0.1")["extensions.conf"]


@pytest.mark.parametrize("ways", [{}, {"test_phones": True}, {"trunk_host": "10.0.0.1"}], ids=str)
def test_every_dial_renews_the_callers_translator_after_the_ringing_tone(ways: dict[str, object]) -> None:
    """Without, half of those who called did not hear who answered (Asterisk issue 507)."""
    dials = [line for line in statements(rendered(**ways)["extensions.conf"]) if "Dial(" in line]
    assert dials
    assert [line for line in dials if "A(:fresh)" not in line] == []


def test_the_event_file_has_the_columns_that_its_readers_expect() -> None:
    mapping = rendered()["cel_custom.conf"].split("cel.csv => ")[1].strip()
    assert mapping == ",".join(f"${{CSV_QUOTE(${{{column.expression}}})}}" for column in CEL_COLUMNS)


@pytest.mark.parametrize("file", sorted(CEL_FIXTURES.glob("*.csv")), ids=lambda path: path.stem)
def test_every_captured_call_has_those_columns(file: Path) -> None:
    with file.open(newline="") as lines:
        assert {len(row) for row in csv.reader(lines)} <= {len(CEL_COLUMNS)}


@pytest.mark.parametrize("codec", ["alaw", "ulaw"])
def test_the_trunk_and_our_phones_share_no_codec_or_the_recorder_loses_voices(codec: str) -> None:
    files = rendered(trunk_codec=codec, test_phones=True)
    assert "codec_a_mu" not in files["modules.conf"]
    spoken: dict[str, set[str]] = {}
    for account, allowed in re.findall(
        r"^\[(\S+)\]\ntype = endpoint\n(?:.+\n)*?allow = (\S+)$", files["pjsip.conf"], re.M
    ):
        spoken[account] = set(allowed.split(","))
    citizens = {name for name in spoken if name == "trunk" or name.startswith("citizen-")}
    assert len(citizens) == 9
    for name in citizens:
        assert spoken[name] == {codec}
        for inside in spoken.keys() - citizens:
            assert spoken[name].isdisjoint(spoken[inside])


def test_no_telephone_may_register_where_the_carrier_is() -> None:
    def denied(**said: str) -> set[str]:
        return set(re.findall(r"^contact_deny = (.*)$", rendered(**said)["pjsip.conf"], re.MULTILINE))

    assert denied() == {"127.0.0.2"}
    assert denied(trunk_match="10.1.0.0/24", trunk_host="10.2.0.9:5060") == {"10.1.0.0/24", "10.2.0.9"}
    assert denied(trunk_match="10.1.0.9", trunk_host="sip.carrier.example") == {"10.1.0.9"}
