"""`hotline notices`: what callers hear after the greeting, by calendar."""

import asyncio

import click

from core import clock
from core.clock import in_city
from core.settings import Settings
from hotline.runtime.plain_errors import FullHelp


@click.group(cls=FullHelp)
def notices() -> None:
    """Opening and duty texts by calendar (notices.toml of the city)."""


@notices.command("list")
@click.pass_obj
def notices_list(settings: Settings) -> None:
    """What will be said when, with the length of each; changes nothing in the exchange."""
    from hotline.bridges.announcements import make_plan
    from ivr.voices import make_voice

    plan = asyncio.run(make_plan(settings, make_voice(settings), clock.now()))
    for span in plan.spans:
        click.echo(
            f"{in_city(span.starts_at):%Y-%m-%d %H:%M} – {in_city(span.ends_at):%m-%d %H:%M}  {' + '.join(span.names)}"
        )
    said = {name for span in plan.spans for name in span.names}
    for one in plan.notices.notice:
        never = "" if one.name in said else f"（此后 {plan.notices.days_ahead} 天内不播）"
        click.echo(f"{one.name}{never}：{one.text}")


@notices.command("apply")
@click.pass_obj
def notices_apply(settings: Settings) -> None:
    """Synthesise new texts and reload the exchange; calls go on."""
    from hotline.bridges.announcements import apply_notices

    plan = asyncio.run(apply_notices(settings))
    click.echo(f"✓ {len(plan.notices.notice)} notices, planned until {in_city(plan.until):%Y-%m-%d}")
