"""`python -m bench [ONLY]`: measure the parts as ratios against a floor of the same run."""

import logging

import click

from core.settings import load_settings
from hotline.runtime.logs import set_up_logs


@click.command()
@click.argument("only", required=False)
def main(only: str | None) -> None:
    """Measure all rows, or ONLY the named one."""
    from bench.table import run_benches

    settings = load_settings()
    set_up_logs(json=settings.log_json, level=logging.WARNING)
    run_benches(settings, only)


main(prog_name="python -m bench")
