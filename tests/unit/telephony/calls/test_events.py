"""Lines of Asterisk's event file become facts: whatever networks send, nothing that the database would refuse."""

import csv
import datetime as dt
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.calls.events import Fact, FactKind, UnreadableFact, fact_from_fields, fact_from_line, fact_from_row
from telephony.pbx.cel import CEL_COLUMNS

AT = dt.datetime(2026, 11, 21, 8, 14, 59, 432262, tzinfo=dt.UTC)


def row(**said: str) -> list[str]:
    """A line as Asterisk writes it; `said` by the columns' names."""
    usual = {"event": "CHAN_START", "event_time": "1795248899.432262", "linkedid": "qufu-1.0", "uniqueid": "qufu-1.1"}
    assert said.keys() <= {column.name for column in CEL_COLUMNS}
    return [{**usual, **said}.get(column.name, "") for column in CEL_COLUMNS]


def test_every_column_that_we_keep_comes_into_its_field():
    fact = fact_from_row(
        row(
            event="USER_DEFINED",
            user_event="CALLBACK_ASKED",
            caller_name="王小明",
            caller_number="13900000001",
            extension="s",
            context="callback",
            channel="PJSIP/trunk-0000000a",
            application="CELGenUserEvent",
            application_data="CALLBACK_ASKED,13900000001",
            peer="PJSIP/1001-0000000b",
            extra='{"extra":"13900000001"}',
        )
    )
    assert fact == Fact(
        kind=FactKind.USER_DEFINED,
        at=AT,
        linkedid="qufu-1.0",
        uniqueid="qufu-1.1",
        channel="PJSIP/trunk-0000000a",
        caller_number="13900000001",
        caller_name="王小明",
        context="callback",
        exten="s",
        application="CELGenUserEvent",
        app_data="CALLBACK_ASKED,13900000001",
        peer="PJSIP/1001-0000000b",
        user_kind="CALLBACK_ASKED",
        extra={"extra": "13900000001"},
    )


@pytest.mark.parametrize(
    "withheld",
    ["", "anonymous", "Anonymous", "ANONYMOUS", "<unknown>", "Unavailable", "Private", "Out of area", "未知"],
)
def test_a_withheld_number_is_empty(withheld: str):
    fact = fact_from_row(row(caller_number=withheld, caller_name=withheld))
    assert (fact.caller_number, fact.caller_name) == ("", "")


ODD = [
    *("+8613900000001", "0086-537-4412345", "abc", "sip:agent@example", "1" * 300, "王" * 300, "*#06#"),
    *("a,b", 'say "hi"', "it's", '"', "a\\", "王\u2028CallerIDNum: 110", "a\u0085b", " ", "孔〇𠮷", "${EXTEN}"),
]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_caller_is_kept_as_the_network_gave_him(odd: str):
    fact = fact_from_row(row(caller_number=odd, caller_name=odd))
    assert (fact.caller_number, fact.caller_name) == (odd, odd)


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_caller_comes_whole_through_the_file(odd: str):
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([row(caller_name=odd), row()])
    first, second = map(fact_from_line, written.getvalue().encode().splitlines(keepends=True))
    assert (first.caller_name, second.caller_name) == (odd, "")


@pytest.mark.parametrize(("sent", "kept"), [("王\x00明", "王明"), ("\x00", ""), ("王\ud83d", "王?")])
def test_what_the_database_cannot_hold_is_taken_out(sent: str, kept: str):
    assert fact_from_row(row(caller_name=sent)).caller_name == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("", {}),
        ('{"bridge_id":"b","hangupcause":16}', {"bridge_id": "b", "hangupcause": 16}),
        ("2026/11/21/qufu-1.0", {"text": "2026/11/21/qufu-1.0"}),
        ("[1]", {"value": [1]}),
        ('{"a":"x\\u0000y","b":["\\ud800"]}', {"a": "xy", "b": ["?"]}),
        ('{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
        ('{"a":NaN}', {"a": "NaN"}),
        ("[" * 5000, {"text": "[" * 5000}),
        ('{"a":', {"text": '{"a":'}),
    ],
)
def test_extra_is_read_as_json_where_it_is_some(sent: str, kept: dict[str, object]):
    assert fact_from_row(row(extra=sent)).extra == kept


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        ("1795248899.432262", AT),
        ("1795248899.43", AT.replace(microsecond=430000)),
        ("1795248899", AT.replace(microsecond=0)),
        ("0.000001", dt.datetime(1970, 1, 1, 0, 0, 0, 1, dt.UTC)),
    ],
)
def test_times_are_seconds_and_microseconds_since_1970(sent: str, at: dt.datetime):
    assert fact_from_row(row(event_time=sent)).at == at


@pytest.mark.parametrize(
    "broken",
    [
        [],
        ["CHAN_START"],
        row()[:-1],
        [*row(), ""],
        row(event="CHANNEL_START"),
        row(event=""),
        row(linkedid=""),
        row(uniqueid=""),
        row(uniqueid="\x00"),
        row(event_time=""),
        row(event_time="2026-11-21 08:14:59"),
        row(event_time="1795248899.x"),
        row(event_time="9" * 40),
        row(event_time="-" + "9" * 15),
    ],
)
def test_a_line_that_is_no_fact_is_refused_not_guessed(broken: list[str]):
    with pytest.raises(UnreadableFact):
        fact_from_row(broken)


@pytest.mark.parametrize(
    "torn",
    [b"", b"\n", b"\x00" * 200_000, b'"ANSWER","17952\n', b'"ANSWER","17952"CHAN_START","17953"\n', b"\xff\r\xfe,\n"],
)
def test_a_torn_line_is_refused_whatever_is_in_it(torn: bytes):
    with pytest.raises(UnreadableFact):
        fact_from_line(torn)


anything = st.text(max_size=20) | st.text(st.characters(categories=["Cs", "Cc", "Zl"]), max_size=5)
words = {column.name: anything for column in CEL_COLUMNS}
kinds = st.sampled_from([kind.value for kind in FactKind])
times = st.from_regex(r"-?[0-9]{1,15}(\.[0-9]{0,8})?", fullmatch=True) | anything
extras = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
).map(json.dumps)


@given(st.fixed_dictionaries({**words, "event": kinds | anything, "event_time": times, "extra": extras | anything}))
def test_any_line_is_either_refused_or_can_be_stored_and_read_again(said: dict[str, str]):
    try:
        fact = fact_from_row(row(**said))
    except UnreadableFact:
        return
    ids = f"{fact.linkedid}{fact.uniqueid}"
    stored = json.dumps(fact.fields, ensure_ascii=False, allow_nan=False)
    assert "\x00" not in ids
    assert "\\u0000" not in json.dumps(fact.fields).replace("\\\\", "")
    assert (ids + stored).encode()
    again = fact_from_fields(str(fact.kind), fact.at, fact.linkedid, fact.uniqueid, json.loads(stored))
    assert again == fact
    assert again.digest == fact.digest


def test_two_statements_of_one_channel_in_one_microsecond_have_digests_of_their_own():
    same = {"event": "USER_DEFINED"}
    facts = [
        fact_from_row(row(**same, user_event="GREETED")),
        fact_from_row(row(**same, user_event="CALLBACK_ASKED")),
        fact_from_row(row(**same, user_event="CALLBACK_ASKED", extra='{"extra":"1"}')),
        fact_from_row(row(**same, user_event="CALLBACK_ASKED", extra='{"extra":"2"}')),
        fact_from_row(row(**same, application="Queue")),
        fact_from_row(row(**same, application_data="Queue")),
    ]
    assert len({fact.digest for fact in facts}) == len(facts)


def test_the_order_of_extras_keys_makes_no_other_fact():
    one, other = fact_from_row(row(extra='{"a":1,"b":2}')), fact_from_row(row(extra='{"b":2,"a":1}'))
    assert one.digest == other.digest
