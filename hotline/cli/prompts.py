"""`hotline prompts`: what callers hear that names the city."""

import asyncio

import click

from core.settings import Settings
from hotline.runtime.plain_errors import FullHelp


@click.group(cls=FullHelp)
def prompts() -> None:
    """The prompts that name the city, its line, its crews and its towns."""


@prompts.command("list")
@click.pass_obj
def prompts_list(settings: Settings) -> None:
    """Each with its text, and whether the city recorded it."""
    from hotline.operations.prompts import look_at_prompts, texts_of

    texts, found = texts_of(settings), look_at_prompts(settings)
    if texts is None or found is None:
        click.echo(f"HOTLINE_PROMPTS is a folder of your own: {settings.prompts}")
        return
    for name, text in texts.of_city.items():
        if name in found.foreign:
            state = f"✗ its recording says: {found.foreign[name] or 'nobody noted what'}"
        else:
            state = "✓ recorded" if name in found.recorded else "· spoken by machine"
        click.echo(f"{name}  {text}  {state}")


@prompts.command("make")
@click.argument("names", nargs=-1)
@click.pass_obj
def prompts_make(settings: Settings, names: tuple[str, ...]) -> None:
    """Speak NAMES, else all that are missing or foreign, into the city's folder (prompts/)."""
    from hotline.operations.prompts import make_own

    made = asyncio.run(make_own(settings, names))
    for name, text in made.items():
        click.echo(f"{name}: {text}")
    click.echo(f"✓ {len(made)} made in {settings.city / 'prompts'}; hotline pbx start puts them in force")
