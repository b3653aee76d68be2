"""The firewall's rules in a kernel of their own network: addresses that get through to the SIP port, and rates."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from telephony.pbx.firewall import ALL_BURST, ALL_RATE, STRANGER_BURST, STRANGER_RATE, Door, judge_door, render_firewall
from telephony.pbx.settings import PbxSettings

CHILD = Path(__file__).parents[2] / "support/firewall_child.py"
NAMESPACE = ("unshare", "--user", "--map-root-user", "--net")
SETTINGS: dict[str, object] = {
    "host": "192.0.2.10",
    "sip_port": 5160,
    "trunk_match": ("198.51.100.7", "198.51.100.32/29", "2001:db8:1::7"),
}
CARRIERS, STRANGER = ("198.51.100.7", "198.51.100.34", "2001:db8:1::7"), "203.0.113.5"
ANSWERS = "203.0.113.80"


def knocked(
    rules: str, knocks: list[tuple[str, int]], before: str = "", asked: str = ""
) -> tuple[dict[str, int], str, float]:
    """How many packets of each source came through, sent one after the other, how the kernel lists the rules, and how
    many seconds the limits had to let more through. `asked`: the source to which we have sent something ourselves."""
    wish = json.dumps({"rules": rules, "before": before, "port": 5160, "knocks": knocks, "asked": [asked]})
    done = subprocess.run(
        [*NAMESPACE, sys.executable, str(CHILD)], input=wish, capture_output=True, text=True, timeout=60
    )
    if done.returncode and "Operation not permitted" in done.stderr:
        pytest.skip("this machine lets us make no network namespace with rules of its own")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    return said["came"], said["listed"], said["seconds"] + 1


def test_a_stranger_is_slowed_down_and_the_carrier_never_is() -> None:
    rules = render_firewall(PbxSettings(**SETTINGS))  # type: ignore[arg-type]
    came, listed, seconds = knocked(
        rules, [(STRANGER, 300), *((one, 300) for one in CARRIERS), ("2001:db8:9::5", 300), ("127.0.0.1", 300)]
    )
    least, most = STRANGER_BURST, STRANGER_BURST + STRANGER_RATE * seconds
    assert least <= came[STRANGER] <= most
    assert least <= came["2001:db8:9::5"] <= most
    assert [came[one] for one in (*CARRIERS, "127.0.0.1")] == [300] * 4
    assert judge_door(rules, 0, listed, "") is Door.SHUT


def test_many_strangers_together_are_slowed_down_too_and_of_ipv6_a_network_is_one() -> None:
    rules = render_firewall(PbxSettings(**SETTINGS))  # type: ignore[arg-type]
    many = [(f"203.0.113.{number}", 20) for number in range(1, 101)]
    came, _, seconds = knocked(rules, [*many, (CARRIERS[0], 100)])
    assert sum(came[one] for one, _ in many) <= ALL_BURST + ALL_RATE * seconds
    assert came[CARRIERS[0]] == 100
    one_network = [(f"2001:db8:9::{number:x}", 20) for number in range(1, 21)]
    came, _, seconds = knocked(rules, one_network)
    assert sum(came.values()) <= STRANGER_BURST + STRANGER_RATE * seconds


def test_where_the_telephones_are_known_nobody_else_knocks_at_all() -> None:
    settings = PbxSettings(**SETTINGS, phone_networks="192.0.2.64/26, 2001:db8:2::/64")  # type: ignore[arg-type]
    came, listed, _ = knocked(
        render_firewall(settings),
        [
            (STRANGER, 50),
            ("2001:db8:9::5", 50),
            ("192.0.2.70", 100),
            ("2001:db8:2::5", 100),
            (CARRIERS[0], 100),
            (ANSWERS, 100),
        ],
        asked=ANSWERS,
        before=render_firewall(PbxSettings(**SETTINGS)),  # type: ignore[arg-type]
    )
    assert came == {
        STRANGER: 0,
        "2001:db8:9::5": 0,
        "192.0.2.70": 100,
        "2001:db8:2::5": 100,
        CARRIERS[0]: 100,
        ANSWERS: 100,
    }
    assert judge_door(render_firewall(settings), 0, listed, "") is Door.SHUT, "they stand in the place of those before"
    assert judge_door(render_firewall(PbxSettings(**SETTINGS)), 0, listed, "") is Door.STALE  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "door"),
    [("Error: No such file or directory\n", Door.OPEN), ("Operation not permitted (you must be root)", Door.UNSEEN)],
)
def test_rules_that_are_not_there_are_told_from_those_that_cannot_be_seen(said: str, door: Door) -> None:
    assert judge_door(render_firewall(PbxSettings()), 1, "", said) is door
