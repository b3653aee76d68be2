"""`python -m demo play|run|call`: the main job with sample people.

Part of the development tree only; an installed product does not have it.
"""

import asyncio
import logging
import sys

import click

from core.settings import Settings, load_settings
from hotline.cli.main import PlainErrors
from hotline.runtime.logs import set_up_logs


@click.group(cls=PlainErrors)
@click.pass_context
def main(context: click.Context) -> None:
    """Try the hotline on this machine, with sample people."""
    settings = load_settings()
    set_up_logs(json=settings.log_json, level=logging.WARNING)
    context.obj = settings


@main.command()
@click.pass_obj
def play(settings: Settings) -> None:
    """Play the main job with real calls in an installation of its own, prove it, and clean up."""
    from demo.play import play as play_it

    sys.exit(0 if play_it(settings) else 1)


@main.command()
@click.option("--empty", is_flag=True, help="Nothing but the city's folder and a first administrator.")
@click.pass_obj
def run(settings: Settings, empty: bool) -> None:
    """Keep an installation with sample people up; `make call` rings it from another terminal."""
    from demo.keep import keep_up

    keep_up(settings, empty=empty)


@main.command()
@click.argument("speech", default="citizen-lamp.wav")
@click.pass_obj
def call(settings: Settings, speech: str) -> None:
    """Ring what `make run` keeps up, as a citizen who says SPEECH (a file in deploy/demo/speech)."""
    from demo.ring import ring

    asyncio.run(ring(settings, speech))


main(prog_name="python -m demo")
