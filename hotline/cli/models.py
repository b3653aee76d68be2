"""The speech models' commands: `hotline models`."""

import asyncio
from pathlib import Path

import click

from core.settings import Settings
from hotline.runtime.plain_errors import FullHelp


@click.group(cls=FullHelp)
def models() -> None:
    """Speech models: which there are, which is used, install, verify."""


@models.command("list")
@click.pass_obj
def models_list(settings: Settings) -> None:
    """Every known model; the one in use is marked."""
    from recordings.recognition.speech_models import find_model, list_models, mend_no_model

    used = find_model(settings)
    for entry, here in list_models(settings):
        mark = "▶" if used and here and used.path == here.path else " "
        click.echo(f"{mark} {entry.name:28} {'installed' if here else '-':10} {entry.title}")
    if used is None:
        click.secho(mend_no_model(settings), fg="yellow")


@models.command("install")
@click.argument("name")
@click.option("--sha256", default="", help="Of the zip file, where the catalogue knows none.")
@click.option("--url", default="", help="Another address than the catalogue's, e.g. a mirror of yours.")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A zip that you brought.")
@click.pass_obj
def models_install(settings: Settings, name: str, sha256: str, url: str, file: Path | None) -> None:
    """Fetch, check and unpack a model. An interrupted download goes on where it stopped."""
    from recordings.recognition.model_download import install_model
    from recordings.recognition.speech_models import get_entry

    def progress(here_bytes: int, all_bytes: int) -> None:
        click.echo(f"\r{here_bytes / 1e6:7.1f} of {all_bytes / 1e6:.1f} MB", nl=False, err=True)

    info = asyncio.run(
        install_model(settings, get_entry(settings, name), sha256=sha256, url=url, file=file, progress=progress)
    )
    click.echo(f"\n✓ {info.name} is in {info.path}")


@models.command("adapt")
@click.pass_obj
def models_adapt(settings: Settings) -> None:
    """Rebuild the demonstration model's vocabulary from the city's data, when names have changed."""
    from hotline.operations.adapt import adapt

    info = adapt(settings, click.echo)
    click.echo(f"✓ {info.name} knows the city's names now: {info.path}")


@models.command("verify")
@click.argument("name", required=False)
@click.pass_obj
def models_verify(settings: Settings, name: str | None) -> None:
    """Check a model's files and that the recogniser loads it (default: the one in use)."""
    from recordings.recognition.speech_models import find_model, find_named_model, mend_no_model, verify_model

    info = find_named_model(settings, name) if name else find_model(settings)
    if info is None:
        raise click.ClickException(mend_no_model(settings))
    asyncio.run(verify_model(info))
    click.echo(f"✓ {info.name} loads: {info.title}")
