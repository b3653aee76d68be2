"""What the check finds, in plain words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from telephony.pbx.binary import AsteriskBinary
from telephony.pbx.checks.configuration import Machine, judge, prompts_used
from telephony.pbx.modules import MODULES
from telephony.pbx.process import socket_trouble
from telephony.pbx.render import render
from telephony.pbx.secrets import complete_secrets
from telephony.pbx.settings import PbxSettings

BINARY = AsteriskBinary(("asterisk",), Path("/share"), Path("/modules"), Path("/state"))
GOOD = PbxSettings(directory=Path("/var/pbx"), recordings_directory=Path("/var/rec"))


def files_of(settings: PbxSettings) -> dict[str, str]:
    return dict(render(settings, complete_secrets(settings, None), BINARY))


def machine_for(files: dict[str, str]) -> Machine:
    modules = frozenset(name for names in MODULES.values() for name in names)
    prompts = dict.fromkeys(prompts_used(files), "")
    return Machine(prompts=prompts, modules=modules, busy_ports=frozenset(), installed=files, secrets_mode=0o600)


def findings(settings: PbxSettings = GOOD, **machine: object) -> list[str]:
    files = files_of(settings)
    return [str(finding) for finding in judge(settings, files, replace(machine_for(files), **machine))]  # type: ignore[arg-type]


def test_a_good_configuration_has_no_findings() -> None:
    assert findings() == []


def test_the_prompts_that_the_dialplan_plays_are_known() -> None:
    assert prompts_used(files_of(GOOD)) == {
        "all-busy",
        "beep",
        "blocked",
        "callback-noted",
        "goodbye",
        "greeting",
        "leave-message",
        "message-thanks",
        "number-withheld",
        "queue-keys",
        "survey-intro",
        "survey-thanks",
        "system-error",
        "transferring",
        *("queue-next", "queue-place", "queue-persons", "queue-wait", "queue-minutes"),
        *("digit-0", "digit-1", "digit-2", "digit-2-liang", "digit-3", "digit-4", "digit-5"),
        *("digit-6", "digit-7", "digit-8", "digit-9", "number-ten", "number-hundred"),
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"agents": ("1001", "1001")}, "the account 1001 is there 2 times"),
        ({"crews": ("trunk",)}, "the account name trunk is used by the exchange itself"),
        ({"offices": ("110",)}, "110 is an emergency number and an account"),
        ({"http_port": 5138}, "ami_port and http_port are both 5138"),
        ({"sip_port": 20500}, "sip_port 20500 lies in the RTP range"),
        ({"ami_host": "10.0.0.1"}, "the manager listens on 10.0.0.1"),
        ({"http_host": "10.0.0.1"}, "browser phones would sign in unencrypted at 10.0.0.1"),
        ({"host": "10.0.0.1", "test_phones": True}, "test phones are on while SIP is open to the network"),
        ({"directory": Path("/" + "x" * 100)}, "the control socket's path is too long"),
        ({"recordings_directory": Path("/my recordings")}, "Asterisk would misread the path /my recordings"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_is_named_with_its_mend(change: dict[str, object], said: str) -> None:
    found = findings(GOOD.model_copy(update=change))
    assert any(text.startswith(said) and ": " in text for text in found), found


def test_a_missing_or_wrong_prompt_is_named() -> None:
    prompts = {**machine_for(files_of(GOOD)).prompts, "greeting": "is not 8 kHz, 16 bit, mono"}
    del prompts["all-busy"]
    found = findings(prompts=prompts)
    assert found[0].startswith("the prompt all-busy is missing: put an 8 kHz")
    assert found[1].startswith("the prompt greeting is not 8 kHz, 16 bit, mono")


def test_a_taken_port_open_secrets_missing_modules_and_stale_files_are_named() -> None:
    found = findings(
        busy_ports=frozenset({5138}), secrets_mode=0o644, modules=frozenset(), installed={"pjsip.conf": "old"}
    )
    assert [text.split(":")[0][:30] for text in found] == [
        "port 5138 is taken by another ",
        "others can read secrets.json",
        "this Asterisk lacks app_audios",
        "not rendered since the setting",
    ]


def test_a_right_that_runs_programs_is_named() -> None:
    files = files_of(GOOD)
    files["manager.conf"] = files["manager.conf"].replace("write = originate", "write = command,originate")
    found = judge(GOOD, files, machine_for(files))
    assert [finding.what for finding in found] == ["the manager account has the write right 'command'"]


@pytest.mark.parametrize(
    ("path", "fits"), [("/" + "x" * 106, True), ("/" + "x" * 107, False), ("/" + "长" * 36, False)]
)
def test_a_sockets_path_has_at_most_107_bytes(path: str, fits: bool) -> None:
    assert (socket_trouble(Path(path)) == "") == fits
