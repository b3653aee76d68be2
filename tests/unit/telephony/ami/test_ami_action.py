"""What is sent to Asterisk says what was meant, or is refused."""

import string

import pytest
from asterisk.ami.action import Action, LoginAction, SimpleAction
from hypothesis import given
from hypothesis import strategies as st

from telephony.ami.action import MAX_ACTION_LINE_BYTES, MAX_ACTION_LINES, UnsafeAction, encode_action
from telephony.ami.framing import decode

safe = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=40)


@given(
    st.dictionaries(
        st.text(string.ascii_letters, min_size=2, max_size=9), safe | st.lists(safe, min_size=1, max_size=3), max_size=4
    )
)
def test_an_action_says_every_key_with_every_value_and_nothing_else(said):
    said = {key: value for key, value in said.items() if key.lower() not in ("action", "actionid")}
    encoded = encode_action(Action("Probe", said), "id-1")
    assert encoded.endswith(b"\r\n\r\n")
    assert encoded.count(b"\r\n\r\n") == 1
    read_back = decode(b"Event: x\r\n" + encoded[:-4])
    assert read_back is not None
    assert read_back.get("ActionID") == "id-1"
    every = {key: tuple(value) if isinstance(value, list) else (value,) for key, value in said.items()}
    assert {key: read_back.all(key) for key in every} == every
    assert set(read_back.keys) == {"Action", "ActionID", *said}


@given(st.text(max_size=10), st.sampled_from("\r\n\0"), st.text(max_size=10))
def test_no_value_key_name_or_variable_can_begin_another_line(before, breaks, after):
    bad = before + breaks + after
    for action in (
        SimpleAction("Setvar", Value=bad),
        SimpleAction("Setvar", Value=["good", bad]),
        SimpleAction(bad),
        Action("Setvar", {bad: "x"}),
        Action("Probe", {}, {"NAME": bad}),
        Action("Probe", {}, {bad: "x"}),
        LoginAction("hotline", bad),
    ):
        with pytest.raises(UnsafeAction):
            encode_action(action, "1")


def test_a_refusal_names_the_key_and_not_the_secret():
    with pytest.raises(UnsafeAction, match="the value of Secret holds a line break") as refused:
        encode_action(LoginAction("hotline", "hush\r\nAction: Command"), "1")
    assert refused.value.fields.keys() == {"Secret"}
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("value", ["\ud800", None, object(), b"bytes", {"a": 1}, [["nested"]]])
def test_what_is_no_text_or_number_is_refused(value):
    with pytest.raises(UnsafeAction, match="Value"):
        encode_action(SimpleAction("Setvar", Value=value), "1")


@pytest.mark.parametrize("key", ["", "a b", "a:b", "键", "ActionID", "actionid", "Action"])
def test_a_key_that_is_none_or_is_ours_is_refused(key):
    with pytest.raises(UnsafeAction):
        encode_action(Action("Probe", {key: "x"}), "1")


def test_numbers_and_truth_are_written_as_asterisk_reads_them():
    encoded = encode_action(Action("Originate", {"Async": True, "Timeout": 30000}, {"N": 7}), "1")
    assert b"\r\nAsync: true\r\nTimeout: 30000\r\nVariable: N=7\r\n" in encoded


def test_a_variable_cannot_set_a_second_one():
    encoded = encode_action(Action("Probe", {}, {"NAME": '王,CALLERID(num)=110"\\[x]'}), "1")
    assert 'Variable: NAME=王\\,CALLERID\\(num\\)=110\\"\\\\\\[x\\]\r\n'.encode() in encoded


@pytest.mark.parametrize("name", ["__X", "CALLERID(name)", "PJSIP_HEADER(add,X-Order)"])
def test_functions_and_inherited_variables_have_a_name(name):
    assert f"Variable: {name}=1\r\n".encode() in encode_action(Action("Probe", {}, {name: 1}), "1")


@pytest.mark.parametrize("name", ["", "A=1,B", "A,B", "A B", "A(${EVIL})"])
def test_a_variable_without_a_proper_name_is_refused(name):
    with pytest.raises(UnsafeAction):
        encode_action(Action("Probe", {}, {name: "x"}), "1")


def test_what_asterisk_would_not_read_whole_is_refused():
    fits = "y" * (MAX_ACTION_LINE_BYTES - len("Value: "))
    assert encode_action(SimpleAction("Setvar", Value=fits), "1")
    with pytest.raises(UnsafeAction, match="bytes"):
        encode_action(SimpleAction("Setvar", Value=fits + "y"), "1")
    assert encode_action(SimpleAction("Setvar", Value=["x"] * (MAX_ACTION_LINES - 2)), "1")
    with pytest.raises(UnsafeAction, match="lines"):
        encode_action(SimpleAction("Setvar", Value=["x"] * (MAX_ACTION_LINES - 1)), "1")


def test_an_originate_that_would_block_the_connection_is_refused():
    with pytest.raises(UnsafeAction, match="Async"):
        encode_action(SimpleAction("Originate", Channel="PJSIP/1001"), "1")
    assert encode_action(SimpleAction("Originate", Channel="PJSIP/1001", Async="True"), "1")
