"""The command line: `hotline --help`. Each command parses, calls one thing, and says in plain words what came of it."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click

from core.errors import HotlineError, Unavailable
from core.settings import Settings, load_settings
from hotline.cli_archive import recordings, transcribe
from hotline.cli_watch import duty, watch
from hotline.logs import set_up_logs

_SHOWS = frozenset(
    {
        "demo",
        "run",
        "call",
        "bench",
        "pbx",
        "models",
        "db",
        "user",
        "org",
        "reconcile",
        "doctor",
        "recordings",
        "transcribe",
    }
)
"""Commands that say themselves what they do; only trouble is logged beside it."""


class PlainErrors(click.Group):
    """An error of ours is a sentence and exit code 1, not a stack."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HotlineError as error:
            click.secho(f"✗ {error.message}", fg="red", err=True)
            sys.exit(1)


@click.group(cls=PlainErrors)
@click.pass_context
def main(context: click.Context) -> None:
    """A city's 24-hour hotline: line, recordings, work orders."""
    settings = load_settings()
    told_on_screen = context.invoked_subcommand in _SHOWS
    set_up_logs(json=settings.log_json, level=logging.WARNING if told_on_screen else logging.INFO)
    context.obj = settings


def _run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


@main.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Run the whole house on this machine: line, web, workers."""
    from hotline.serve import serve as run_house

    _prepare(settings)
    _run(run_house(settings))


@main.command()
@click.pass_obj
def line(settings: Settings) -> None:
    """Listen to the PBX and drive it (one per PBX)."""
    from hotline.line import run_line

    _run(run_line(settings))


@main.command()
@click.pass_obj
def web(settings: Settings) -> None:
    """Serve the screens and the API."""
    from hotline.webserver import run_web

    _run(run_web(settings))


@main.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Archive, transcribe, notify (any number)."""
    from hotline.worker import run_worker

    _run(run_worker(settings))


def _prepare(settings: Settings) -> None:
    from hotline.prepare import prepare

    prepare(settings)


# ── the exchange ─────────────────────────────────────────────────────────────────────────────────────────────


@main.group()
def pbx() -> None:
    """The exchange (Asterisk): render its configuration, check, start, stop."""


@pbx.command("render")
@click.pass_obj
def pbx_render(settings: Settings) -> None:
    """Write the exchange's configuration; says which files changed."""
    from telephony.pbx.render import install_configuration
    from telephony.pbx.settings import pbx_settings

    changed = install_configuration(pbx_settings(settings))
    click.echo("\n".join(f"written: {path}" for path in changed) or "nothing has changed")


@pbx.command("check")
@click.pass_obj
def pbx_check(settings: Settings) -> None:
    """Say in plain words what is wrong with the configuration, and with what the running exchange made of it."""
    from telephony.pbx.check import check_configuration
    from telephony.pbx.check_running import check_running
    from telephony.pbx.process import PbxProcess
    from telephony.pbx.settings import pbx_settings

    settled = pbx_settings(settings)
    problems = check_configuration(settled)
    process = PbxProcess(settled)
    if process.pid() is not None:
        problems = [*problems, *check_running(settled)]
    for problem in problems:
        click.secho(f"✗ {problem}", fg="red")
    if problems:
        sys.exit(1)
    click.echo("✓ the exchange's configuration is right" + ("" if process.pid() else " (it does not run now)"))


@pbx.command("start")
@click.pass_obj
def pbx_start(settings: Settings) -> None:
    """Render and start it; nothing happens where it runs already."""
    from hotline.prepare import prepare_pbx

    status = prepare_pbx(settings).status()
    click.echo(f"✓ {status.version} runs, process {status.pid}, {status.channels} channels")


@pbx.command("stop")
@click.pass_obj
def pbx_stop(settings: Settings) -> None:
    """End it, and every call with it."""
    from telephony.pbx.process import PbxProcess
    from telephony.pbx.settings import pbx_settings

    PbxProcess(pbx_settings(settings)).stop()
    click.echo("✓ the exchange is stopped")


@pbx.command("reload")
@click.pass_obj
def pbx_reload(settings: Settings) -> None:
    """Render again and have the exchange take it over; calls go on."""
    from hotline.prepare import prepare_pbx

    process = prepare_pbx(settings)
    process.reload()
    click.echo(f"✓ taken over, {process.status().channels} channels alive")


@pbx.command("status")
@click.pass_obj
def pbx_status(settings: Settings) -> None:
    """Whether it runs, and how many channels live."""
    from telephony.pbx.process import PbxProcess
    from telephony.pbx.settings import pbx_settings

    status = PbxProcess(pbx_settings(settings)).status()
    click.echo(f"{status.version} runs, {status.channels} channels" if status.running else "the exchange does not run")
    sys.exit(0 if status.running else 1)


# ── speech models ────────────────────────────────────────────────────────────────────────────────────────────


@main.group()
def models() -> None:
    """Speech models: which there are, which is used, install, verify."""


@models.command("list")
@click.pass_obj
def models_list(settings: Settings) -> None:
    """Every known model; the one in use is marked."""
    from recordings.speech_models import find_model, list_models, why_no_model

    used = find_model(settings)
    for entry, here in list_models(settings):
        mark = "▶" if used and here and used.path == here.path else " "
        click.echo(f"{mark} {entry.name:28} {'installed' if here else '-':10} {entry.title}")
    if used is None:
        click.secho(why_no_model(settings), fg="yellow")


@models.command("install")
@click.argument("name")
@click.option("--sha256", default="", help="Of the zip file, where the catalogue knows none.")
@click.option("--url", default="", help="Another address than the catalogue's, e.g. a mirror of yours.")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A zip that you brought.")
@click.pass_obj
def models_install(settings: Settings, name: str, sha256: str, url: str, file: Path | None) -> None:
    """Fetch, check and unpack a model. An interrupted download goes on where it stopped."""
    from recordings.model_download import install_model
    from recordings.speech_models import get_entry

    def progress(here_bytes: int, all_bytes: int) -> None:
        click.echo(f"\r{here_bytes / 1e6:7.1f} of {all_bytes / 1e6:.1f} MB", nl=False, err=True)

    info = _run(
        install_model(settings, get_entry(settings, name), sha256=sha256, url=url, file=file, progress=progress)
    )
    click.echo(f"\n✓ {info.name} is in {info.path}")


@models.command("adapt")
@click.pass_obj
def models_adapt(settings: Settings) -> None:
    """Make the demonstration model's words anew from the city's data, when names have changed."""
    from hotline.adapt import adapt

    info = adapt(settings, click.echo)
    click.echo(f"✓ {info.name} knows the city's names now: {info.path}")


@models.command("verify")
@click.argument("name", required=False)
@click.pass_obj
def models_verify(settings: Settings, name: str | None) -> None:
    """Check a model's files and that the recogniser loads it (default: the one in use)."""
    from recordings.speech_models import find_model, find_named_model, verify_model, why_no_model

    info = find_named_model(settings, name) if name else find_model(settings)
    if info is None:
        raise click.ClickException(why_no_model(settings))
    _run(verify_model(info))
    click.echo(f"✓ {info.name} loads: {info.title}")


# ── database, accounts, organisation ─────────────────────────────────────────────────────────────────────────


@main.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@click.pass_obj
def db_upgrade(settings: Settings) -> None:
    """Bring the tables up to date (and make the private database where there is none)."""
    from hotline.parts import database_url
    from hotline.schema import upgrade

    upgrade(database_url(settings))
    click.echo("✓ the database is up to date")


@db.command("revision")
@click.argument("message")
@click.pass_obj
def db_revision(settings: Settings, message: str) -> None:
    """For developers: write the next migration from the models."""
    from hotline.parts import database_url
    from hotline.schema import make_revision

    make_revision(database_url(settings), message)


@db.command("url")
@click.pass_obj
def db_url(settings: Settings) -> None:
    """Print the database's address, for psql and pg_dump."""
    from hotline.parts import database_url

    click.echo(database_url(settings))


@db.command("stop")
@click.pass_obj
def db_stop(settings: Settings) -> None:
    """Stop the private database (after the house was closed)."""
    from hotline.cluster import find_cluster

    if not settings.database_url:
        find_cluster(settings.var / "postgres").stop()
    click.echo("✓ the private database is stopped")


@main.group()
def org() -> None:
    """Offices and crews."""


@org.command("import")
@click.pass_obj
def org_import(settings: Settings) -> None:
    """Read the city's folder and bring offices and crews up to date."""
    from hotline.parts import database_url
    from hotline.prepare import import_organisation

    _run(import_organisation(settings, database_url(settings)))
    click.echo(f"✓ offices and crews of {settings.city} are in the database")


@main.group()
def user() -> None:
    """Accounts."""


@user.command("add")
@click.argument("name")
@click.option("--role", required=True, help="agent, coordinator, office, unit, supervisor, leader, administrator")
@click.option("--display-name", required=True)
@click.option("--extension", help="An agent's telephone, e.g. 1001.")
@click.option("--office", help="An office account's office code.")
@click.option("--unit", help="A crew account's unit code, e.g. unit-07.")
@click.password_option()
@click.pass_obj
def user_add(settings: Settings, /, name: str, role: str, password: str, **details: str | None) -> None:
    """Make an account. The password is asked for, or taken from --password."""
    from hotline.accounts import add_one_account

    _run(add_one_account(settings, name, role, password, **details))
    click.echo(f"✓ {name} may sign in as {role}")


@main.command()
@click.option("--look", is_flag=True, help="Only name what does not fit together; change nothing.")
@click.pass_obj
def reconcile(settings: Settings, look: bool) -> None:
    """Compare what Asterisk wrote and what lives with what is stored; print what was found and mended."""
    from hotline.reconciling import audit_by_hand, reconcile_by_hand

    compared = True
    if not look:
        try:
            found = _run(reconcile_by_hand(settings))
            click.echo(
                f"✓ {found.lines_read} lines read, {found.facts_recovered} facts recovered, "
                f"{found.calls_vanished} calls ended that the exchange no longer knew"
            )
        except Unavailable as error:
            click.secho(f"✗ not compared with what lives: {error.message}", fg="red", err=True)
            compared = False
    misfits = _run(audit_by_hand(settings, mend=not look))
    for one in misfits:
        click.echo(
            f"{'✓ mended' if one.mended else '·'} {one.what} {one.which}{': ' if one.detail else ''}{one.detail}"
        )
    click.echo(
        f"{len(misfits)} misfits, {sum(one.mended for one in misfits)} mended" if misfits else "✓ all fits together"
    )
    sys.exit(0 if compared else 1)


@main.command()
@click.pass_obj
def doctor(settings: Settings) -> None:
    """Say in plain words what is missing and how to mend it."""
    from hotline.doctor import examine

    findings = _run(examine(settings))
    for finding in findings:
        click.secho(f"{'✓' if finding.ok else '✗'} {finding.what}: {finding.detail}", fg=None if finding.ok else "red")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


main.add_command(watch)
main.add_command(duty)
main.add_command(recordings)
main.add_command(transcribe)


# ── for a look at it ─────────────────────────────────────────────────────────────────────────────────────────


@main.command()
@click.pass_obj
def demo(settings: Settings) -> None:
    """Play the main job with real calls in a house of its own, prove it, and clean up."""
    from hotline.demo.play import play

    sys.exit(0 if play(settings) else 1)


@main.command()
@click.pass_obj
def run(settings: Settings) -> None:
    """Keep a house with sample people up; `hotline call` rings it from another terminal."""
    from hotline.demo.keep import keep_up

    keep_up(settings)


@main.command()
@click.argument("speech", default="citizen-lamp.wav")
@click.pass_obj
def call(settings: Settings, speech: str) -> None:
    """Ring the house that `hotline run` keeps up, as a citizen who says SPEECH (a file in deploy/demo/speech)."""
    from hotline.demo.ring import ring

    _run(ring(settings, speech))


@main.command()
@click.argument("only", required=False)
@click.pass_obj
def bench(settings: Settings, only: str | None) -> None:
    """Measure as ratios against a floor; all rows, or ONLY the named one."""
    from hotline.bench.table import run_benches

    run_benches(settings, only)
