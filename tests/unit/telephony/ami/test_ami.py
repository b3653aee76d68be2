"""AMI's bytes to messages: whatever the packets, the names and the forgers."""

import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.ami.framing import Framer, ManagerEvent, ManagerResponse, NotAManager, decode

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
LINE_ENDS_OF_OTHERS = "\u2028\u2029\u0085\v\f\x1c\x1d\x1e\n"

keys = st.builds(
    str.__add__,
    st.sampled_from(string.ascii_letters),
    st.text(string.ascii_letters + string.digits + "_-", max_size=12),
)
names_of_people = st.sampled_from(
    ["王小明", "孔〇𠮷", f"王\u2028CallerIDNum: 110{LINE_ENDS_OF_OTHERS}李", "", "a: b", ": "]
)
values = names_of_people | st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]), max_size=30)
fields = st.lists(st.tuples(keys.filter(lambda key: key not in {"Event", "Response"}), values), max_size=5)
messages = st.tuples(st.sampled_from(["Event", "Response"]), st.sampled_from(["CEL", "Success", "提示"]), fields)


def written(message: tuple[str, str, list[tuple[str, str]]]) -> bytes:
    kind, name, lines = message
    return "".join(f"{key}: {value}\r\n" for key, value in [(kind, name), *lines]).encode() + b"\r\n"


def read(stream: bytes, cuts: list[int]) -> list[ManagerEvent | ManagerResponse]:
    """`stream` decoded, cut into packets at `cuts`."""
    framer = Framer()
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    frames = [frame for start, end in itertools.pairwise(edges) for frame in framer.feed(stream[start:end])]
    decoded = [decode(frame) for frame in frames]
    assert all(decoded)
    return [message for message in decoded if message is not None]


def first_and_all(lines: list[tuple[str, str]]) -> dict[str, list[str]]:
    every: dict[str, list[str]] = {}
    for key, value in lines:
        every.setdefault(key, []).append(value)
    return every


@given(st.lists(messages, max_size=3), st.lists(st.integers(0, 2000), max_size=8), st.integers(0, 3))
def test_any_packets_of_any_messages_with_any_extra_crlf_decode_to_what_was_written(sent, cuts, extra_crlf):
    stream = GREETING + b"".join(b"\r\n" * extra_crlf + written(message) for message in sent)
    received = read(stream, cuts)
    assert len(received) == len(sent)
    for (kind, name, lines), message in zip(sent, received, strict=True):
        assert isinstance(message, ManagerEvent if kind == "Event" else ManagerResponse)
        assert (message.name if isinstance(message, ManagerEvent) else message.status) == name
        every = first_and_all(lines)
        assert {key: message.get(key) for key in every} == {key: all_of[0] for key, all_of in every.items()}
        assert message.keys == {key: all_of[0] for key, all_of in every.items()}
        assert {key: list(message.all(key)) for key in every} == every


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6))
def test_no_bytes_whatever_make_the_decoder_raise_and_packets_never_matter(noise, cuts):
    def texts(at: list[int]) -> list[object]:
        framer = Framer()
        edges = [0, *sorted(cut % (len(noise) + 1) for cut in at), len(noise)]
        framer.feed(GREETING)
        frames = [f for start, end in itertools.pairwise(edges) for f in framer.feed(noise[start:end])]
        return [(frame, (message := decode(frame)) and (message.keys, message.follows)) for frame in frames]

    assert texts(cuts) == texts([])


@pytest.mark.parametrize("separator", LINE_ENDS_OF_OTHERS)
def test_a_name_with_another_kind_of_line_end_is_neither_cut_nor_a_second_key(separator):
    name = f"王{separator}CallerIDNum: 110{separator}{separator}Event: Hangup"
    event = decode(f"Event: Newchannel\r\nCallerIDName: {name}\r\nCallerIDNum: 13800000042".encode())
    assert isinstance(event, ManagerEvent)
    assert event.name == "Newchannel"
    assert event.keys == {"CallerIDName": name, "CallerIDNum": "13800000042"}
    assert event.get("CallerIDNum") == "13800000042"


def test_a_chinese_name_survives_a_packet_ending_after_any_of_its_bytes():
    stream = GREETING + "Event: CEL\r\nCallerIDname: 王小明𠮷\r\n\r\n".encode()
    for cut in range(len(stream)):
        (event,) = read(stream, [cut])
        assert event.get("CallerIDname") == "王小明𠮷"
    (event,) = read(stream, list(range(len(stream))))
    assert event.get("CallerIDname") == "王小明𠮷"


def test_a_name_that_asterisk_cut_inside_a_character_costs_that_character_only():
    cut_name = "王小明".encode()[:-1]
    event = decode(b"Event: CEL\r\nCallerIDname: " + cut_name + b"\r\nExten: 12345\r\nNote: a\0b")
    assert isinstance(event, ManagerEvent)
    assert event.keys == {"CallerIDname": "王小\ufffd", "Exten": "12345", "Note": "a\ufffdb"}
    assert "".join(event.keys.values()).encode(), "storable as UTF-8"


def test_repeated_keys_are_all_kept_and_the_first_is_the_one_by_name():
    event = decode(
        b"Event: Newexten\r\nChanVariable: A=1\r\nChanVariable: B=x=y\r\nExten: 1\r\nExten: 2\r\nChanVariable: C="
    )
    assert isinstance(event, ManagerEvent)
    assert event.all("ChanVariable") == ("A=1", "B=x=y", "C=")
    assert event.variables() == {"A": "1", "B": "x=y", "C": ""}
    assert (event["Exten"], event.get("Exten"), event.all("Exten")) == ("1", "1", ("1", "2"))
    assert event.all("Absent") == ()


def test_the_output_of_a_command_is_kept_line_by_line():
    response = decode(
        b"Response: Success\r\nMessage: Command output follows\r\nOutput: a: b\r\nOutput: \r\nOutput:\r\nno key"
    )
    assert isinstance(response, ManagerResponse)
    assert response.all("Output") == ("a: b", "", "")
    assert response.follows == ["no key"]
    assert not response.is_error()


def test_what_is_neither_event_nor_response_is_none():
    assert decode(b"Action: Ping") is None
    assert decode(b"Asterisk Call Manager/1.0") is None
    assert decode(b"CallerIDName: x\r\nEvent: Hangup") is None


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-OpenSSH", b"HTTP/1.1 400\r\n", b"\r\n", b"Asterisk\r\n", b"Response: S\r\n"]
)
def test_a_peer_that_greets_otherwise_is_no_manager(greeting):
    with pytest.raises(NotAManager):
        Framer().feed(greeting)


def test_a_greeting_that_never_ends_is_no_manager():
    framer = Framer()
    framer.feed(b"Asterisk Call Manager/")
    with pytest.raises(NotAManager, match="never ends"):
        framer.feed(b"1" * 300)


@given(st.lists(st.integers(0, 5000), max_size=12))
def test_a_message_beyond_the_bound_is_thrown_away_counted_and_costs_no_other(cuts):
    bound_bytes = 200
    fits = b"Event: B\r\nX: " + b"y" * (bound_bytes - 13)
    assert len(fits) == bound_bytes
    parts = [b"Event: A", b"Event: Flood\r\n" + b"X: 1\r\n" * 500 + b"End: 1", fits, fits + b"y", b"Event: C"]
    stream = GREETING + b"".join(part + b"\r\n\r\n" for part in parts)
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    framer = Framer(max_message_bytes=bound_bytes)
    frames = [f for start, end in itertools.pairwise(edges) for f in framer.feed(stream[start:end])]
    assert frames == [b"Event: A", fits, b"Event: C"]
    assert framer.discarded == 2


def test_an_endless_message_does_not_grow_the_memory():
    framer = Framer(max_message_bytes=1000)
    framer.feed(GREETING)
    for _ in range(1000):
        framer.feed(b"X: " + b"y" * 1000)
    assert len(framer._rest) < 1100
    assert framer.discarded == 1
