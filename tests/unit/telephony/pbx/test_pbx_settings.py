"""What a deployment may decide about the exchange."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.errors import ConfigurationError
from core.sections.pbx import PbxSection
from core.settings import Settings, load_settings
from telephony.pbx.secrets import complete_secrets
from telephony.pbx.settings import PbxSettings, absolute, pbx_settings


def test_the_defaults_listen_on_loopback_only_and_have_no_test_phones() -> None:
    settings = PbxSettings()
    assert {settings.host, settings.ami_host, settings.http_host} == {"127.0.0.1"}
    assert settings.citizens() == settings.emergency_phones() == ()


def test_each_agent_has_a_telephone_and_a_browser_account_and_each_crew_a_phone() -> None:
    phones = PbxSettings(agents=("1001",), crews=("unit-01",), test_phones=True, test_citizens=1).phones()
    assert phones == (
        "1001",
        "1001-web",
        "unit-01",
        "citizen-1",
        "emergency-110",
        "emergency-119",
        "emergency-120",
        "probe",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"agents": ("10 01",)},
        {"crews": ("unit-01\nsecret = x",)},
        {"systemname": "qu-fu"},
        {"host": "localhost"},
        {"sip_port": 80},
        {"rtp_port_low": 20000, "rtp_port_high": 20003},
        {"tls_certificate": "cert.pem"},
        {"trunk_host": "carrier;x"},
        {"no_such_setting": 1},
    ],
    ids=str,
)
def test_a_setting_that_could_harm_a_file_or_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PbxSettings(**wrong)  # type: ignore[arg-type]


def test_paths_become_absolute() -> None:
    settings = absolute(PbxSettings(tls_certificate=Path("c.pem"), tls_key=Path("k.pem")), Path("/srv/hotline"))
    assert settings.configuration == Path("/srv/hotline/var/pbx/etc/asterisk.conf")
    assert settings.tls_key == Path("/srv/hotline/k.pem")


def test_the_houses_settings_are_the_exchanges() -> None:
    installation = Settings(var=Path("/srv/var"))
    settings = pbx_settings(installation)
    assert settings.directory == Path("/srv/var/pbx")
    assert settings.recordings_directory == installation.recordings / "incoming"
    assert (settings.sip_port, settings.ami_port) == (installation.pbx.sip_port, installation.pbx.manager_port)


def test_secrets_are_made_once_and_kept_when_accounts_come_and_go() -> None:
    first = complete_secrets(PbxSettings(agents=("1001", "1002"), crews=()), None)
    second = complete_secrets(PbxSettings(agents=("1002", "1003"), crews=()), first)
    assert second.ami == first.ami
    assert second.phones["1002"] == first.phones["1002"]
    assert second.phones["1001"] == first.phones["1001"]
    assert len(set(second.phones.values())) == len(second.phones) == 7


def test_a_carrier_may_call_from_several_addresses_and_networks() -> None:
    settings = pbx_settings(Settings(pbx={"trunk_host": "10.1.2.3, 10.1.3.0/29,2001:db8::1"}))  # type: ignore[arg-type]
    assert settings.trunk_match == ("10.1.2.3", "10.1.3.0/29", "2001:db8::1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"trunk_host": ""},
        {"trunk_host": " , "},
        {"trunk_host": "sip.carrier.example"},
        {"trunk_host": "10.1.2.3,10.1.2.3/33"},
        {"trunk_host": "0.0.0.0/0"},
        {"trunk_host": "10.1.2.3,10.0.0.0/8"},
        {"trunk_host": "::/0"},
        {"trunk_user": "us er", "trunk_password": "secret-1"},
        {"trunk_user": "user\nauth=x", "trunk_password": "secret-1"},
        {"trunk_user": "user"},
        {"trunk_password": "secret-1"},
        {"trunk_user": "user", "trunk_password": "secret-1\n[evil]"},
        {"trunk_user": "user", "trunk_password": " secret-1"},
        {"trunk_user": "user", "trunk_password": "secret-1 "},
        {"trunk_user": "user", "trunk_password": "secret-1" + "x" * 120},
        {"trunk_user": "user", "trunk_password": "secret-1密码"},
        {"trunk_user": "user", "trunk_password": "secret-1", "trunk_register": True},
        {"trunk_inbound_user": "carrier"},
        {"trunk_inbound_user": "", "trunk_inbound_password": "secret-1"},
    ],
    ids=str,
)
def test_who_the_carrier_is_must_be_said_plainly_and_no_password_is_repeated(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="HOTLINE_PBX") as refused:
        load_settings(pbx=wrong)
    assert "secret-1" not in f"{refused.value}{refused.value.__cause__}{refused.value.__cause__!r}"


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"sip_port": 80}, "HOTLINE_PBX__SIP_PORT: Input should be greater than or equal to 1024"),
        ({"manager_port": 80}, "HOTLINE_PBX__MANAGER_PORT: "),
        ({"rtp_first_port": 80}, "HOTLINE_PBX__RTP_FIRST_PORT: "),
        ({"rtp_first_port": 20000, "rtp_last_port": 19999}, "HOTLINE_PBX__RTP_LAST_PORT: at least 9 above"),
        ({"host": "localhost"}, "HOTLINE_PBX__HOST: an IP address is wanted"),
        ({"outgoing_host": "a b"}, "HOTLINE_PBX__OUTGOING_HOST: host or host:port"),
        ({"queue_seconds": 5000}, "HOTLINE_PBX__QUEUE_SECONDS: "),
    ],
)
def test_what_the_exchange_cannot_be_is_said_with_the_name_of_the_setting(wish: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        pbx_settings(Settings(pbx=PbxSection.model_validate(wish)))
    assert said in refused.value.message
    assert "pydantic" not in refused.value.message
