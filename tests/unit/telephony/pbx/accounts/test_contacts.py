"""A telephone is rung at itself: its contact has its account's name, an address, and nothing that leads elsewhere."""

import re
import time

import pytest

from telephony.pbx.accounts.contacts import fits
from tests.support.rendered_pbx import context, rendered, statements

CREWS = tuple(f"unit-{number:02}" for number in range(1, 35))
OWN = [
    ("1002", "sip:1002@10.0.0.9:5060"),
    ("1002", "sip:1002@10.0.0.9"),
    ("1002", "sip:1002@[fd00::9]:5060"),
    ("1002", "sip:1002@10.0.0.9:5062;line=0x81a2"),
    ("1002", "sip:1002@10.0.0.9:5062;ob;x-ast-orig-host=192.168.1.20:5062"),
    ("1002", "sip:1002-0x55d2c8@10.0.0.9:5062;transport=UDP;rinstance=1f~2"),
    ("unit-07", "sip:unit-07@10.0.0.9:5060;x-ast-orig-host=[fe80::1]:5060"),
    ("1002-web", "sip:k3j2h1d8@127.0.0.1:43210;transport=ws;ob;x-ast-orig-host=d8f7.invalid:0"),
]
ELSEWHERE = [
    "", "1002", "sip:@10.0.0.9", "sip:10.0.0.9", "sips:1002@10.0.0.9", "tel:0085212345678", "SIP:1002@10.0.0.9",
    "sip:0085212345678@10.0.0.9:5060", "sip:10020085212345678@10.0.0.9", "sip:1002:1@10.0.0.9", "sip:1002;x@10.0.0.9",
    "sip:1002@sip.carrier.example", "sip:1002@10.0.0.9;maddr=10.0.0.1", "sip:1002@10.0.0.9;ob;maddr=10.0.0.1;x=1",
    "sip:1002@10.0.0.9;maddr", "sip:1002@10.0.0.9;method=REFER", "sip:1002@10.0.0.9;ttl=1",
    "sip:1002@10.0.0.9?Route=%3csip:10.0.0.1%3blr%3e", "sip:1002@10.0.0.9;ob?X=1",
    "sip:1002@10.0.0.9&PJSIP/1002/sip:1002@10.0.0.8", "sip:1002@10.0.0.9,30,tg", "sip:1002@10.0.0.9;x=${SHELL(id)}",
    'sip:1002@10.0.0.9;x="', "sip:1002@10.0.0.9\n", "sip:1002@10.0.0.9;x=a&b",
    " sip:1002@10.0.0.9", "sip:1002@10.0.0.9 ",
]  # fmt: skip


@pytest.mark.parametrize(("account", "uri"), OWN)
def test_what_telephones_register_is_rung(account: str, uri: str) -> None:
    assert fits(account, f"PJSIP/{account}/{uri}")


@pytest.mark.parametrize("uri", ELSEWHERE)
def test_nothing_else_is(uri: str) -> None:
    assert not fits("1002", f"PJSIP/1002/{uri}")


def test_a_browsers_random_name_is_none_of_a_desk_telephones() -> None:
    assert not fits("1002", "PJSIP/1002/sip:k3j2h1d8@10.0.0.9:5060")
    for more in (";maddr=10.0.0.1", "?X=1", "&PJSIP/1002/sip:1002@10.0.0.8"):
        assert not fits("1002-web", f"PJSIP/1002-web/sip:k3j2h1d8@127.0.0.1:43210;transport=ws{more}")


def test_nobody_is_rung_as_somebody_else() -> None:
    assert not fits("1001", "PJSIP/1002/sip:1002@10.0.0.9")
    assert not fits("1.02", "PJSIP/1002/sip:1002@10.0.0.9")


@pytest.mark.parametrize("odd", [";" * 60_000, ";a=" * 20_000, "!" * 60_000, ";maddr" * 10_000])
def test_no_contact_takes_long_to_look_at(odd: str) -> None:
    begun = time.perf_counter()
    assert not fits("1002", f"PJSIP/1002/sip:1002@10.0.0.9{odd}?")
    assert time.perf_counter() - begun < 0.5


def test_every_ring_of_the_dialplan_looks_first_and_no_contacts_text_is_part_of_a_statement() -> None:
    dialplan = rendered(test_phones=True, offices=("office-01",), crews=CREWS)["extensions.conf"]
    with_trunk = rendered(trunk_host="10.0.0.1", offices=("office-01",), crews=CREWS)["extensions.conf"]
    dials = [line for line in statements(dialplan + with_trunk) if re.search(r"\b(Dial|Queue)\(", line)]
    assert len(dials) > 80
    for line in dials:
        looked = re.search(r"b\((own-place|agent-leg|handed-on)\^s\^1", line)
        assert looked or re.search(r"Dial\(PJSIP/(\$\{NUMBER\}|[0-9]+)@trunk,", line), line
    assert "Gosub(own-place,s,1)" in context(dialplan, "agent-leg")
    for line in statements(dialplan):
        assert not re.search(r"\$\{(PLACE|THERE)\b", line), line
        for function in ("PJSIP_DIAL_CONTACTS", "CHANNEL(pjsip"):
            assert f"${{{function}" not in line or re.search(r",Set\((PLACE|THERE)=", line), line
