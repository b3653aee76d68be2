"""The command line: `hotline --help`. Each command parses, calls one thing, and says in plain words what came of it."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click

from core.errors import Unavailable
from core.settings import Settings, load_settings
from hotline.cli.announcements import announcements
from hotline.cli.archive import recordings, transcribe
from hotline.cli.backup import backup, restore
from hotline.cli.city import city
from hotline.cli.evidence import evidence
from hotline.cli.installation import db, org, user
from hotline.cli.learn import learn
from hotline.cli.models import models
from hotline.cli.pbx import pbx
from hotline.cli.probe import probe, roster
from hotline.cli.prompts import prompts
from hotline.cli.reachability import reachability
from hotline.runtime.logs import set_up_logs
from hotline.runtime.plain_errors import FullHelp, plain_words
from hotline.runtime.policy_in_force import with_city_in_force

_SHOWS = frozenset(
    {
        "pbx",
        "models",
        "announcements",
        "db",
        "user",
        "org",
        "reconcile",
        "recount",
        "doctor",
        "recordings",
        "transcribe",
        "backup",
        "restore",
        "learn",
        "evidence",
        "reachability",
        "city",
        "prompts",
    }
)
"""Commands that say themselves what they do; only trouble is logged beside it."""


class PlainErrors(FullHelp):
    """What an operator can fix is a sentence and exit code 1, not a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            words = plain_words(error, ctx.obj.var if ctx.obj else Path("var"))
            if words is None:
                raise
            click.secho(f"✗ {words}", fg="red", err=True)
            sys.exit(1)


@click.group(cls=PlainErrors)
@click.version_option(package_name="hotline")
@click.pass_context
def main(context: click.Context) -> None:
    """A city's 24-hour hotline: line, recordings, work orders."""
    settings = with_city_in_force(load_settings())
    shows_on_screen = context.invoked_subcommand in _SHOWS
    set_up_logs(json=settings.log_json, level=logging.WARNING if shows_on_screen else logging.INFO)
    context.obj = settings


def _run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


@main.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Run everything on this machine: line, web, workers."""
    from hotline.processes.serve import check_port
    from hotline.processes.serve import serve as run_all

    check_port(settings)
    _prepare(settings)
    _run(run_all(settings))


@main.command()
@click.pass_obj
def line(settings: Settings) -> None:
    """Listen to the PBX and drive it (one per PBX)."""
    from hotline.processes.line import run_line

    _run(run_line(settings))


@main.command()
@click.pass_obj
def web(settings: Settings) -> None:
    """Serve the screens and the API."""
    from hotline.processes.webserver import run_web

    _run(run_web(settings))


@main.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Archive, transcribe, notify (any number)."""
    from hotline.processes.worker import run_worker

    _run(run_worker(settings))


@main.command()
@click.pass_obj
def live(settings: Settings) -> None:
    """Write down what both sides say while they say it; one per exchange, on its machine."""
    from hotline.processes.live import run_live

    _run(run_live(settings))


def _prepare(settings: Settings) -> None:
    from hotline.processes.prepare import prepare

    prepare(settings)


@main.command()
@click.option("--dry-run", is_flag=True, help="Only name what does not fit together; change nothing.")
@click.pass_obj
def reconcile(settings: Settings, dry_run: bool) -> None:
    """Compare what Asterisk wrote and what lives with what is stored; print what was found and repaired."""
    from hotline.operations.reconciling import audit_by_hand, reconcile_by_hand

    compared = True
    if not dry_run:
        try:
            found = _run(reconcile_by_hand(settings))
            click.echo(
                f"✓ {found.lines_read} lines read, {found.facts_recovered} facts recovered, "
                f"{found.calls_vanished} calls ended that the exchange no longer knew"
            )
        except Unavailable as error:
            click.secho(f"✗ not compared with what lives: {error.message}", fg="red", err=True)
            compared = False
    misfits = _run(audit_by_hand(settings, mend=not dry_run))
    for one in misfits:
        click.echo(
            f"{'✓ mended' if one.mended else '·'} {one.what} {one.which}{': ' if one.detail else ''}{one.detail}"
        )
    click.echo(
        f"{len(misfits)} misfits, {sum(one.mended for one in misfits)} mended" if misfits else "✓ all fits together"
    )
    sys.exit(0 if compared else 1)


@main.command()
@click.option("--apply", is_flag=True, help="Move them; without it nothing is changed.")
@click.pass_obj
def recount(settings: Settings, apply: bool) -> None:
    """Show which limits of open orders a corrected calendar moves, and move them."""
    from hotline.operations.recounting import corrections_by_hand, recount_by_hand

    if apply:
        moved = _run(recount_by_hand(settings))
        click.echo(f"✓ limits of {moved} open orders were recounted; their histories say old → new")
        return
    found = _run(corrections_by_hand(settings))
    for one in found:
        click.echo(f"· {one.number} {'；'.join(one.moves)}")
    if found:
        click.echo(f"{len(found)} open orders: hotline recount --apply moves them and notifies their offices")
    else:
        click.echo("✓ every limit of the open orders is what the calendar says")


@main.command()
@click.pass_obj
def doctor(settings: Settings) -> None:
    """Say in plain words what is missing and how to fix it."""
    from hotline.operations.doctor import examine

    findings = _run(examine(settings))
    for finding in findings:
        click.secho(f"{'✓' if finding.ok else '✗'} {finding.what}: {finding.detail}", fg=None if finding.ok else "red")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


for command in (
    pbx,
    models,
    announcements,
    db,
    org,
    user,
    probe,
    prompts,
    roster,
    city,
    recordings,
    transcribe,
    backup,
    restore,
    learn,
    evidence,
    reachability,
):
    main.add_command(command)
