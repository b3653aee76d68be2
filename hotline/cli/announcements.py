"""`hotline announcements`: what callers hear after the greeting, by calendar."""

import asyncio

import click

from core import clock
from core.clock import in_city
from core.settings import Settings
from hotline.runtime.plain_errors import FullHelp


@click.group(cls=FullHelp)
def announcements() -> None:
    """Announcements by calendar (announcements.toml of the city)."""


@announcements.command("list")
@click.pass_obj
def announcements_list(settings: Settings) -> None:
    """What will be said when, with the length of each; changes nothing in the exchange."""
    from hotline.bridges.line.announcements import make_plan
    from ivr.voice.voices import make_voice

    plan = asyncio.run(make_plan(settings, make_voice(settings), clock.now()))
    for span in plan.spans:
        click.echo(
            f"{in_city(span.starts_at):%Y-%m-%d %H:%M} – {in_city(span.ends_at):%m-%d %H:%M}  {' + '.join(span.names)}"
        )
    said = {name for span in plan.spans for name in span.names}
    for one in plan.announcements.announcement:
        never = "" if one.name in said else f"（此后{plan.announcements.days_ahead}天内不播）"
        click.echo(f"{one.name}{never}：{one.text}")


@announcements.command("apply")
@click.pass_obj
def announcements_apply(settings: Settings) -> None:
    """Synthesise new texts and reload the exchange; calls go on."""
    from hotline.bridges.line.announcements import apply_announcements

    plan = asyncio.run(apply_announcements(settings))
    click.echo(f"✓ {len(plan.announcements.announcement)} announcements, planned until {in_city(plan.until):%Y-%m-%d}")
