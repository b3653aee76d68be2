"""`hotline evidence`: whether a given file is one that this installation issued."""

import asyncio
import sys
from pathlib import Path

import click

from core.settings import Settings
from hotline.runtime.plain_errors import FullHelp


@click.group(cls=FullHelp)
def evidence() -> None:
    """Evidence files of orders (PDF)."""


@evidence.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def evidence_verify(settings: Settings, file: Path) -> None:
    """Say whether FILE is, to the last byte, one that was printed here: by whom, when, of which order; and whether the
    recordings and attachments that it lists lie unchanged in the archive."""
    from hotline.operations.evidence import verify_evidence

    said = asyncio.run(verify_evidence(settings, file))
    _say(said.words, good=said.genuine)
    for words in said.changed:
        _say(words, good=False)
    for words in said.kept:
        _say(words, good=True)
    sys.exit(0 if said.genuine and not said.changed else 1)


def _say(words: str, *, good: bool) -> None:
    click.secho(f"{'✓' if good else '✗'} {words}", fg="green" if good else "red")
