"""`python -m bench.sense.held_out "what changed"`: the shipped model on the voices that it was never trained on.

Once for each change of method: whoever looks oftener tunes to them. Each look is a line of the log beside the corpus.
"""

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from bench.matters import qufu
from bench.sense.corpus import CORPUS, HELD_OUT, load_corpus
from bench.sense.measure import of_model, tables
from core.clock import now
from dispatch.sense.model import load_model
from dispatch.sense.shipped import FILE

LOG = CORPUS / "held-out.md"
HEAD = """# Looks at the held-out voices

One line each time they were measured on, by `python -m bench.sense.held_out`.

| day | model | what changed | danger: recall | precision | of the city's words: recall | precision |
| --- | --- | --- | --: | --: | --: | --: |
"""


@click.command()
@click.argument("change")
def main(change: str) -> None:
    """Measure on the held-out voices and log it. CHANGE: what was done otherwise since the last look."""
    model = load_model(FILE.read_bytes())
    found = of_model(qufu(), model, load_corpus(), load_corpus(held_out=True))
    console = Console()
    console.print(f"model {model.version}, held-out voices {', '.join(HELD_OUT)}")
    for headings, *rows in tables(found):
        shown = Table(*headings)
        for row in rows:
            shown.add_row(*row)
        console.print(shown)
    right = np.array([one.in_danger for one in found.matters])
    figures = [
        f"{share:.3f}"
        for rings in (found.ours, found.words)
        for share in (rings[right].mean(), right[rings].mean() if rings.any() else 1.0)
    ]
    if not LOG.exists():
        LOG.write_text(HEAD, encoding="utf-8")
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"| {now():%Y-%m-%d} | {model.version} | {change} | {' | '.join(figures)} |\n")


main()
