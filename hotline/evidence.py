"""A file that turned up, looked for in the ledger of evidence files."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

from core.clock import in_city
from core.settings import Settings
from hotline.parts import open_parts
from web.evidence import find_evidence


@dataclass(frozen=True)
class Verdict:
    genuine: bool
    words: str


async def verify_evidence(settings: Settings, file: Path) -> Verdict:
    sha256 = hashlib.sha256(await asyncio.to_thread(file.read_bytes)).hexdigest()
    async with open_parts(settings) as parts, parts.sessions() as session:
        row = await find_evidence(session, sha256)
    if row is None:
        return Verdict(
            False, f"✗ {file}: not in the ledger. It was changed, or it was not made here (SHA-256 {sha256})."
        )
    at = f"{in_city(row.at):%Y-%m-%d %H:%M:%S}"
    return Verdict(
        True,
        f"✓ {file}: genuine. Order {row.order_number}, serial {row.serial}, printed {at} by {row.display_name} "
        f"({row.account_name}), SHA-256 {sha256}",
    )
