"""Asks the running Asterisk whether it took all that was rendered for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from telephony.pbx.binary import find_asterisk
from telephony.pbx.checks.configuration import ConfigurationFinding
from telephony.pbx.modules import modules_present
from telephony.pbx.process import PbxProcess
from telephony.pbx.settings import PbxSettings

CONTEXTS = ("from-trunk", "line", "queue-keys", "callback", "message", "emergency", "dispatch", "agents", "crews")


def check_running(settings: PbxSettings) -> list[ConfigurationFinding]:
    """Paths must be absolute. Raises PbxNotRunning."""
    process = PbxProcess(settings)
    ask = process.rx
    endpoints, users, modules = ask("pjsip show endpoints"), ask("manager show users"), ask("module show")
    events, details = ask("cel show status"), ask("cdr show status")
    wanted = modules_present(find_asterisk(settings).modules)
    return [
        *(ConfigurationFinding(what, mend) for what, mend in process.closed_doors()),
        *_absent("context", CONTEXTS, lambda name: f"Context '{name}'" in ask(f"dialplan show {name}")),
        *_absent("account", ("trunk", *settings.phones()), lambda name: _has_endpoint(endpoints, name)),
        *_absent("queue", (settings.queue,), lambda name: "strategy" in ask(f"queue show {name}")),
        *_absent("manager account", ("hotline",), lambda name: name in users),
        *_absent("event writer", ("CEL Custom CSV Logging", "Manager Event Logging"), lambda name: name in events),
        *_absent("call-detail writer", ("CDR File custom",), lambda name: name in details),
        *_absent("module", wanted, lambda name: f"{name}.so" in modules),
        *(_unregistered(ask("pjsip show registrations")) if settings.trunk_register else ()),
    ]


def _unregistered(listing: str) -> Iterator[ConfigurationFinding]:
    """Until the carrier has taken us it sends no calls."""
    state = next((line for line in listing.splitlines() if line.strip().startswith("trunk/")), "")
    if " Registered" not in state:
        mend = "look at HOTLINE_PBX__TRUNK_USER, TRUNK_PASSWORD, OUTGOING_HOST, and ask the carrier"
        yield ConfigurationFinding("the carrier has not taken our registration, so no citizen's call may come", mend)


def _absent(kind: str, names: Iterable[str], is_there: Callable[[str], bool]) -> Iterator[ConfigurationFinding]:
    for name in names:
        if not is_there(name):
            mend = (
                "its file `messages` in the log directory says why; then `hotline pbx render` and `hotline pbx reload`"
            )
            yield ConfigurationFinding(f"Asterisk does not know the {kind} {name}", mend)


def _has_endpoint(listing: str, name: str) -> bool:
    return any(
        line.split()[1].split("/")[0] == name for line in listing.splitlines() if line.startswith(" Endpoint:  ")
    )
