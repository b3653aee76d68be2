"""The archive's commands: retention of recordings."""

import asyncio

import click

from core.clock import in_city
from core.settings import Settings


@click.group()
def recordings() -> None:
    """The archive of recordings."""


@recordings.command("retention")
@click.option("--dry-run", is_flag=True, help="Only name what is due; destroy nothing.")
@click.pass_obj
def recordings_retention(settings: Settings, dry_run: bool) -> None:
    """Destroy recordings whose time is over by HOTLINE_RETENTION__…; the house does it every night by itself."""
    from hotline.retention import retention_by_hand

    found = asyncio.run(retention_by_hand(settings, dry_run=dry_run))
    for due in found:
        click.echo(f"{due.recording_id} {due.linkedid} {due.rule} since {in_city(due.since):%Y-%m-%d}")
    size = sum(due.size_bytes for due in found) / 1e6
    click.echo(f"{'would be' if dry_run else '✓'} destroyed: {len(found)} recordings, {size:.1f} MB")
