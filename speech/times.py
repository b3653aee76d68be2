"""Measures how true the word times are: `python -m speech.times MODEL`.

Recorded pieces of the line's prompts are joined at known places; each word heard rightly is compared with its piece.
Positive means late. (Prompts are clean and by a trained voice: an easy case; what matters here is the offset.)
"""

from __future__ import annotations

import random
import sys
import tomllib
from pathlib import Path

import numpy as np

from speech import audio
from speech.score import open_ear

PROMPTS = Path(__file__).resolve().parent.parent / "deploy/prompts"
GAP_SECONDS = 0.25


def heard_span(samples: np.ndarray) -> tuple[float, float]:
    """Seconds from the file's start at which speech begins and ends (within 25 dB of the loudest frame)."""
    levels = audio.frame_levels(samples, 0.01)
    loud = np.flatnonzero(levels > levels.max() - 25)
    return loud[0] * 0.01, (loud[-1] + 1) * 0.01


def main(model: Path, rounds: int = 20) -> None:
    """Prints mean and spread of the errors of beginnings and ends, in milliseconds."""
    texts = {
        name: text
        for name, text in tomllib.loads((PROMPTS / "prompts.toml").read_text("utf-8"))["piece"].items()
        if text > "Z"
    }
    sound = {name: audio.read_wav(PROMPTS / "zh" / f"{name}.wav") / 32768 for name in texts}
    ear, rng, starts, ends, missed = open_ear(model), random.Random(4), [], [], 0
    for _ in range(rounds):
        at, parts, spans = 0.4, [audio.silence(0.4)], []
        for name in rng.sample(list(texts), 6):
            first, last = heard_span(sound[name])
            spans.append((texts[name], at + first, at + last))
            parts += [sound[name], audio.silence(GAP_SECONDS)]
            at += len(sound[name]) / audio.RATE + GAP_SECONDS
        ear.hear((np.concatenate([*parts, audio.silence(0.5)]) * 32767).astype(np.int16))
        for text, first, last in spans:
            inside = [word for word in ear.words if first - 0.2 < (word["start"] + word["end"]) / 2 < last + 0.2]
            if "".join(word["word"] for word in inside) != text:
                missed += 1
                continue
            starts.append(1000 * (inside[0]["start"] - first))
            ends.append(1000 * (inside[-1]["end"] - last))
    print(f"{len(starts)} pieces heard rightly, {missed} not")
    for name, errors in (("beginnings", starts), ("ends", ends)):
        print(
            f"{name}: mean {np.mean(errors):+.0f} ms, spread {np.std(errors):.0f} ms, worst {np.max(np.abs(errors)):.0f} ms"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
