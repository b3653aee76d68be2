"""Supervisors are notified of a telephone that registers from an unexpected place."""

import pytest

from hotline.monitoring.registered_elsewhere import refused_contact
from telephony.ami.framing import ManagerEvent


def status(said: str, uri: str, account: str = "1002") -> ManagerEvent:
    return ManagerEvent("ContactStatus", {"AOR": account, "URI": uri, "ContactStatus": said})


@pytest.mark.parametrize("said", ["Created", "Reachable", "Unreachable", "NonQualified", "Updated"])
def test_whoever_is_registered_elsewhere_is_named_and_where_is_not(said: str) -> None:
    why = refused_contact(status(said, "sip:0085212345678@10.0.0.9:5060;maddr=10.0.0.1"))
    assert why is not None
    assert "话机1002" in why
    assert "0085" not in why


@pytest.mark.parametrize(
    "event",
    [
        status("Reachable", "sip:1002@10.0.0.9:5060"),
        status("Removed", "sip:0085212345678@10.0.0.9:5060"),
        status("Reachable", "sip:sip.carrier.example", "trunk"),
        ManagerEvent("PeerStatus", {"AOR": "1002", "URI": "sip:x@10.0.0.1"}),
        ManagerEvent("ContactStatus", {}),
    ],
)
def test_nobody_else_is(event: ManagerEvent) -> None:
    assert refused_contact(event) is None
