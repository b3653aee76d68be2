"""`python -m bench.sense.make`: train on the training voices and write the model that ships (some minutes).

Twice: over voices left out in turn, for the calibration, and once on all of them for the weights.
"""

import datetime as dt
from collections.abc import Sequence

from rich.console import Console

from bench.matters import qufu
from bench.sense.corpus import CorpusMatter, load_corpus
from bench.sense.training import calibrated, danger_marks, folds_of, joined, train
from core.clock import CITY_ZONE, now
from dispatch.policy import Policy
from dispatch.sense.model import SenseModel, dump_model
from dispatch.sense.shipped import FILE


def make(policy: Policy, matters: Sequence[CorpusMatter], day: dt.date) -> SenseModel:
    version = f"{day:%Y%m%d}-{len(matters)}"
    marks = joined(
        danger_marks(train(seen, version), policy.urgency, unseen) for seen, unseen in folds_of(matters)
    )  # fmt: skip
    return calibrated(train(matters, version), marks)


def main() -> None:
    console = Console()
    matters = load_corpus()
    console.print(f"{len(matters)} matters in {len({one.voice for one in matters})} voices")
    model = make(qufu(), matters, now().astimezone(CITY_ZONE).date())
    data = dump_model(model)
    FILE.write_bytes(data)
    console.print(f"written: {FILE} ({len(data):,} bytes, {len(model.runs):,} runs); rings from {model.ring_from:.2f}")


if __name__ == "__main__":
    main()
