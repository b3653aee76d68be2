"""The archive's commands: retention of recordings, new transcripts."""

import asyncio
import datetime as dt
import os
import sys

import click

from core.clock import CITY_ZONE, in_city
from core.settings import Settings
from hotline.runtime.plain_errors import FullHelp


@click.group(cls=FullHelp)
def recordings() -> None:
    """The archive of recordings."""


@recordings.command("retention")
@click.option("--dry-run", is_flag=True, help="Only name what is due; destroy nothing.")
@click.pass_obj
def recordings_retention(settings: Settings, dry_run: bool) -> None:
    """Destroy recordings whose time is over by HOTLINE_RETENTION__…; the system also does it every night."""
    from hotline.bridges.recordings.retention import retention_by_hand

    found = asyncio.run(retention_by_hand(settings, dry_run=dry_run))
    for due in found:
        click.echo(f"{due.recording_id} {due.linkedid} {due.rule} since {in_city(due.since):%Y-%m-%d}")
    size = sum(due.size_bytes for due in found) / 1e6
    click.echo(f"{'would be' if dry_run else '✓'} destroyed: {len(found)} recordings, {size:.1f} MB")


@recordings.command("new-key")
@click.argument("key_id")
@click.pass_obj
def recordings_new_key(settings: Settings, key_id: str) -> None:
    """Make a key, e.g. 2026-11, in HOTLINE_ENCRYPTION__KEYS_FILE; it seals what is archived from now on."""
    from recordings.audio.keys import add_key, keys_of

    file = keys_of(settings).file
    if file is None:
        raise click.UsageError("set HOTLINE_ENCRYPTION__KEYS_FILE first: a path outside HOTLINE_VAR and its backups")
    add_key(file, key_id)
    click.echo(f"✓ key {key_id} is in {file}. Keep a copy elsewhere: without it the recordings are lost.")


@recordings.command("rekey")
@click.option("--plain", is_flag=True, help="Take the seal off instead, e.g. before leaving encryption.")
@click.pass_obj
def recordings_rekey(settings: Settings, plain: bool) -> None:
    """Seal all archived recordings with the newest key, also those not sealed yet; the line stays open."""
    from hotline.operations.rekeying import rekey_by_hand

    done = asyncio.run(rekey_by_hand(settings, plain=plain))
    for failure in done.failures:
        click.secho(f"✗ {failure}", fg="red", err=True)
    click.echo(f"✓ changed: {done.changed}, right already: {done.right}, failed: {len(done.failures)}")
    sys.exit(1 if done.failures else 0)


@click.command()
@click.option("--again", is_flag=True, help="Make transcripts again with the model in use, after all new ones.")
@click.option("--model", "made_by", default="", help="Only those that this model made, e.g. demo-cn.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only of calls from this day on (the city's).")
@click.pass_obj
def transcribe(settings: Settings, again: bool, made_by: str, since: dt.datetime | None) -> None:
    """Say what waits to be recognised and how long it will take."""
    from hotline.bridges.recordings.transcribing import backlog_by_hand, transcribe_anew

    if (made_by or since) and not again:
        raise click.UsageError("--model and --since select transcripts to make again: add --again")
    if again:
        day = since.replace(tzinfo=CITY_ZONE) if since else None
        click.echo(f"✓ to be made again: {asyncio.run(transcribe_anew(settings, made_by=made_by, since=day))}")
    backlog = asyncio.run(backlog_by_hand(settings))
    workers = settings.speech.workers or os.cpu_count() or 1
    click.echo(f"new:   {backlog.new} transcripts, {backlog.new_audio_seconds / 3600:.2f} hours of sound")
    click.echo(f"again: {backlog.again} transcripts, {backlog.again_audio_seconds / 3600:.2f} hours of sound")
    seconds = backlog.work_seconds(workers)
    duration = "not known yet" if seconds is None else f"about {seconds / 3600:.2f} hours with {workers} workers"
    click.echo(f"time:  {duration}")
