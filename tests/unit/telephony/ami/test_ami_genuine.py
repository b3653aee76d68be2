"""Which lines of a manager's event may be Asterisk's own."""

import pytest

from telephony.ami.genuine import line_slipped_in

_PAIR = [
    "LocalOneChannel: Local/spend@may-ask-00000001;1",
    "LocalOneExten: s",
    "LocalOnePriority: 1",
    "Context: may-ask",
]


def test_what_asterisk_says_of_a_pair_of_local_channels_is_its_own() -> None:
    """The desk asks the exchange by one, and a telephone that forwards makes one."""
    assert line_slipped_in("LocalBridge", "\r\n".join([*_PAIR, "Exten: spend", "LocalOptimization: No"])) == ""


@pytest.mark.parametrize(
    ("name", "lines", "key"),
    [
        ("LocalBridge", [*_PAIR, "Exten: 1", "Event: FORGED", "LocalOptimization: No"], "Event"),
        ("LocalBridge", [*_PAIR, "Exten: 1"], "LocalOptimization"),
        ("LocalBridge", ["LocalOneExten: 1", "LocalOptimization: No"], "LocalOptimization"),
        ("Newexten", ["Exten: 1", "LocalOptimization: No", "Priority: 1"], "LocalOptimization"),
    ],
)
def test_a_line_behind_a_number_that_stands_there_never_is_a_callers(name: str, lines: list[str], key: str) -> None:
    assert line_slipped_in(name, "\r\n".join(lines)) == key
