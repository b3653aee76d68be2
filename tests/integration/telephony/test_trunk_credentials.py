"""The trunk's identity, where the carrier and we also use a password: a real Asterisk, SIP as it stands."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from telephony.pbx.checks.running import check_running
from telephony.phone import CallRefused
from tests.support.carrier import Carrier
from tests.support.exchange import Exchange, until
from tests.support.raw_sip import RawCaller

OURS = 'a;b -- ";--x\\;$y{{1}}%'
"""Whatever a carrier may give: comment characters of Asterisk's files, quotes, templates."""
THEIRS = "in#;bound=>x"


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    one = Carrier(user="+865370012345@ims.example", password=OURS)
    yield one
    one.close()


def made(folder: Path, carrier: Carrier, **more: object) -> Exchange:
    wanted: dict[str, object] = {
        "trunk_match": ("127.0.0.2", "127.0.0.12/30"),
        "trunk_host": carrier.address,
        "trunk_user": "+865370012345@ims.example",
        "trunk_password": SecretStr(OURS),
        "trunk_register": True,
        "trunk_inbound_user": "carrier",
        "trunk_inbound_password": SecretStr(THEIRS),
    }
    return Exchange(folder, **{**wanted, **more})


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory, carrier: Carrier) -> Iterator[Exchange]:
    exchange = made(tmp_path_factory.mktemp("trunk"), carrier)
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory, carrier: Carrier) -> Iterator[Exchange]:
    """Whose password is wrong."""
    exchange = made(tmp_path_factory.mktemp("strange"), carrier, trunk_password=SecretStr("wrong"))
    exchange.start()
    yield exchange
    exchange.stop()


def dial(pbx: Exchange) -> None:
    with pbx.phone("1001") as agent, pytest.raises(CallRefused):
        agent.call("13900000001")


def test_the_carrier_takes_our_registration_and_our_calls_for_the_password(pbx: Exchange, carrier: Carrier) -> None:
    until(lambda: carrier.registered, 20, "the registration")
    assert "<sip:12345@" in carrier.registered[0], "so that its calls come to our line"
    until(lambda: check_running(pbx.settings) == [], 20, "doctor's word of it")
    before = len(carrier.dialled)
    dial(pbx)
    assert carrier.dialled[before:] == ["13900000001"]
    assert carrier.callers[-1] == "12345"


def test_without_the_password_the_carrier_dials_nobody_and_the_doctor_says_so(
    strange: Exchange, carrier: Carrier
) -> None:
    until(lambda: carrier.refused, 20, "a registration with a wrong password")
    before = len(carrier.dialled)
    dial(strange)
    assert carrier.dialled[before:] == []
    (found,) = check_running(strange.settings)
    assert "has not taken our registration" in found.what


@pytest.mark.parametrize("host", ["127.0.0.2", "127.0.0.14"])
def test_who_calls_from_the_carriers_address_is_the_carrier_once_he_has_said_the_password(
    pbx: Exchange, host: str
) -> None:
    with RawCaller(pbx.settings.sip_port, host) as caller:
        call = caller.invite("12345")
        assert call.final() == 401
        call.sign_in("carrier", THEIRS)
        assert call.final() == 200
        call.hang_up()
        assert call.ended() == 200, "within a call nobody is asked again"


@pytest.mark.parametrize(
    ("host", "user", "password"),
    [
        ("127.0.0.2", "carrier", "guessed"),
        ("127.0.0.2", "1001", "of a telephone"),
        ("127.0.0.13", "trunk", THEIRS),
        ("127.0.0.16", "carrier", THEIRS),
        ("127.0.0.9", "carrier", THEIRS),
        ("127.0.0.9", "trunk-inbound", THEIRS),
    ],
)
def test_neither_address_nor_password_alone_is_the_carrier(pbx: Exchange, host: str, user: str, password: str) -> None:
    skip = pbx.begin()
    with RawCaller(pbx.settings.sip_port, host) as caller:
        call = caller.invite("12345")
        assert call.final() == 401
        call.sign_in(user, pbx.secrets.phones["1001"] if password == "of a telephone" else password)
        assert call.final() in (401, 403)
    assert [row for row in pbx.cel_rows(skip=skip) if row["event"] == "CHAN_START"] == []


def test_no_password_is_logged_or_readable_by_others(pbx: Exchange) -> None:
    holding = [
        path
        for path in pbx.settings.directory.rglob("*")
        if path.is_file() and any(one in path.read_bytes() for one in (b";bound=>x", b";--x"))
    ]
    assert [path.name for path in holding] == ["pjsip.conf"]
    assert stat.S_IMODE(holding[0].stat().st_mode) == 0o600
    assert OURS not in repr(pbx.settings)
