"""The commands for the day when the machine is gone: backup and restore."""

import sys
from pathlib import Path

import click

from core.settings import Settings
from telephony.monitoring.processes import BackupKind

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--verify", "only_verify", is_flag=True, help="Read the newest backup in FOLDER again; make none.")
@click.option("--prove", "only_prove", is_flag=True, help="The same, and restore its database beside the real one.")
@click.pass_obj
def backup(settings: Settings, folder: Path, only_verify: bool, only_prove: bool) -> None:
    """Back up the whole installation into FOLDER (another disk) while it runs. Files already there are linked."""
    from hotline.operations.backups.backup import backup as make
    from hotline.operations.backups.backup import chosen, verify
    from hotline.operations.backups.proof import prove
    from hotline.operations.backups.records import recorded

    if only_prove:
        with recorded(settings, BackupKind.RESTORED, folder) as outcome:
            found = chosen(folder)
            outcome.files, rows = prove(settings, found)
            outcome.folder = str(found)
        counted = ", ".join(f"{count} {name}" for name, count in rows.items())
        click.echo(f"✓ {found} was restored for a proof and removed: {outcome.files} files; {counted}")
        return
    if only_verify:
        with recorded(settings, BackupKind.READ, folder) as outcome:
            found = chosen(folder)
            outcome.files, outcome.folder = len(verify(found)), str(found)
        click.echo(f"✓ {found} is whole: {outcome.files} files and the database")
        return
    with recorded(settings, BackupKind.MADE, folder) as outcome:
        made = make(settings, folder)
        outcome.folder, outcome.files, outcome.size_bytes = str(made.folder), made.files, made.copied_bytes
    click.echo(f"✓ {made.folder}: {made.files} files, {made.copied_bytes / 1e6:.1f} MB new, {made.linked} linked")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--over", is_flag=True, help="Also where there is data already: it is moved aside.")
@click.pass_obj
def restore(settings: Settings, folder: Path, over: bool) -> None:
    """Restore the installation from FOLDER (a backup, or a folder of them: the newest)."""
    from hotline.operations.backups.backup import chosen
    from hotline.operations.backups.restore import restore as make

    found = chosen(folder)
    done = make(settings, found, over=over)
    click.echo(
        f"✓ from {found}: {done.files} files; " + ", ".join(f"{count} {name}" for name, count in done.rows.items())
    )
    for place in done.aside:
        click.echo(f"· what was here before: {place}")
    for name in done.unmatched:
        click.secho(f"✗ a saved recording is not in the backup: {name}", fg="red", err=True)
    click.echo("Now: compare settings/ in the backup with yours, then hotline serve and hotline doctor.")
    sys.exit(1 if done.unmatched else 0)
