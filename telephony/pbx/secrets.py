"""Passwords of the exchange: made once, kept in one file that only its owner reads, never in the repository."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from telephony.pbx.settings import PbxSettings


class PbxSecrets(BaseModel):
    model_config = ConfigDict(frozen=True)

    ami: str
    """Password of the manager account `hotline`."""
    metrics: str
    """Basic-auth password of /metrics, user `hotline`."""
    phones: Mapping[str, str]
    """Account → SIP password."""


def complete_secrets(settings: PbxSettings, known: PbxSecrets | None) -> PbxSecrets:
    """What is known stays; what is missing is made up. Accounts that are gone keep theirs, in case they return."""
    phones = dict(known.phones) if known else {}
    for account in settings.phones():
        phones.setdefault(account, secrets.token_urlsafe(18))
    return PbxSecrets(
        ami=known.ami if known else secrets.token_urlsafe(24),
        metrics=known.metrics if known else secrets.token_urlsafe(24),
        phones=phones,
    )


def load_secrets(settings: PbxSettings) -> PbxSecrets:
    """Reads the file and, where something is missing in it, completes and rewrites it."""
    path = settings.secrets_file
    known = PbxSecrets.model_validate_json(path.read_text()) if path.exists() else None
    full = complete_secrets(settings, known)
    if full != known:
        _write_private(path, full.model_dump_json(indent=1))
    return full


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    new.replace(path)
