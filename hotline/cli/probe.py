"""The commands of the probe and of the roster."""

import asyncio
import sys

import click

from core.settings import Settings
from hotline.runtime.plain_errors import FullHelp


@click.group(cls=FullHelp)
def roster() -> None:
    """The roster: how many agents must be ready when."""


@roster.command("list")
@click.option("--days", default=7, show_default=True)
@click.pass_obj
def roster_list(settings: Settings, days: int) -> None:
    """What the probe will want in the coming days."""
    from core.clock import in_city
    from hotline.monitoring.roster import coming_changes

    for since, wanted in asyncio.run(coming_changes(settings, days)):
        who = f", among them {', '.join(wanted.extensions)}" if wanted.extensions else ""
        click.echo(f"from {in_city(since):%a %Y-%m-%d %H:%M}  {wanted.ready_least} ready{who}  {wanted.name}")


@roster.command("add")
@click.argument("begins")
@click.argument("ends")
@click.option("--least", default=1, show_default=True, help="So many agents must be ready.")
@click.option("--who", multiple=True, help="An extension that must be among them; may be given again.")
@click.option("--note", default="", help="What for, e.g. 防汛值班.")
@click.pass_obj
def roster_add(settings: Settings, begins: str, ends: str, least: int, who: tuple[str, ...], note: str) -> None:
    """Want other people than usual from BEGINS to ENDS ('2026-11-21 18:00', the city's time)."""
    from hotline.monitoring.roster import add_entry, city_time

    asyncio.run(add_entry(settings, city_time(begins), city_time(ends), least, list(who), note))
    click.echo("✓ the roster is changed for that time")


@click.command()
@click.option("--once", is_flag=True, help="One round: says in plain words what it saw; exit code 1 where it alarms.")
@click.pass_obj
def probe(settings: Settings, once: bool) -> None:
    """Ring the line as a citizen would, again and again, and alarm when nobody would have been answered."""
    from hotline.monitoring.probe import probe_once, run_probe, say_round

    if not once:
        asyncio.run(run_probe(settings))
        return
    done = asyncio.run(probe_once(settings))
    for good, line in say_round(done):
        click.secho(f"{'✓' if good else '✗'} {line}", fg=None if good else "red")
    sys.exit(1 if done.troubles else 0)
