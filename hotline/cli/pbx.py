"""The exchange's commands: `hotline pbx`."""

import sys

import click

from core.settings import Settings
from hotline.runtime.plain_errors import FullHelp


@click.group(cls=FullHelp)
def pbx() -> None:
    """The exchange (Asterisk): render its configuration, check, start, stop."""


@pbx.command("render")
@click.pass_obj
def pbx_render(settings: Settings) -> None:
    """Write the exchange's configuration; says which files changed."""
    from hotline.operations.prompts import put_together
    from telephony.pbx.render import install_configuration
    from telephony.pbx.settings import pbx_settings

    put_together(settings)
    changed = install_configuration(pbx_settings(settings))
    click.echo("\n".join(f"written: {path}" for path in changed) or "nothing has changed")


@pbx.command("check")
@click.pass_obj
def pbx_check(settings: Settings) -> None:
    """Say in plain words what is wrong with the configuration, and with what the running exchange made of it."""
    from telephony.pbx.checks.configuration import check_configuration
    from telephony.pbx.checks.running import check_running
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


@pbx.command("firewall")
@click.pass_obj
def pbx_firewall(settings: Settings) -> None:
    """Print nftables rules for the SIP port: allowed addresses and rates. Load them as root with `nft -f -`."""
    from telephony.pbx.firewall import render_firewall
    from telephony.pbx.settings import pbx_settings

    click.echo(render_firewall(pbx_settings(settings)), nl=False)


@pbx.command("start")
@click.pass_obj
def pbx_start(settings: Settings) -> None:
    """Render and start it; nothing happens where it runs already."""
    from hotline.processes.prepare import prepare_pbx

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
    from hotline.processes.prepare import prepare_pbx

    process = prepare_pbx(settings)
    process.reload()
    click.echo(f"✓ taken over, {process.status().channels} channels alive")


@pbx.command("status")
@click.pass_obj
def pbx_status(settings: Settings) -> None:
    """Whether it runs and has its ports, and how many channels live."""
    from telephony.pbx.process import PbxProcess
    from telephony.pbx.settings import pbx_settings

    process = PbxProcess(pbx_settings(settings))
    status = process.status()
    click.echo(f"{status.version} runs, {status.channels} channels" if status.running else "the exchange does not run")
    closed = process.closed_doors() if status.running else []
    for what, mend in closed:
        click.secho(f"✗ {what}. Fix: {mend}", fg="red")
    sys.exit(0 if status.running and not closed else 1)
