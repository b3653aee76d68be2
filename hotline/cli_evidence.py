"""`hotline evidence`: whether a file that turned up is one that this house handed out."""

import asyncio
import sys
from pathlib import Path

import click

from core.settings import Settings


@click.group()
def evidence() -> None:
    """Evidence files of orders (PDF)."""


@evidence.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def evidence_verify(settings: Settings, file: Path) -> None:
    """Say whether FILE is, to the last byte, one that was printed here: by whom, when, of which order."""
    from hotline.evidence import verify_evidence

    said = asyncio.run(verify_evidence(settings, file))
    click.secho(said.words, fg="green" if said.genuine else "red")
    sys.exit(0 if said.genuine else 1)
