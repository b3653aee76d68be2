"""The speech rows count what they say."""

import numpy as np
import pytest

from hotline.bench.speech import error_rate, han, telephone


@pytest.mark.parametrize(
    ("said", "heard", "rate"),
    [
        (["路灯坏了"], ["路灯坏了"], 0.0),
        (["路灯坏了"], ["路等坏了"], 0.25),
        (["路灯坏了"], ["灯坏了"], 0.25),
        (["路灯坏了"], ["路灯都坏了"], 0.25),
        (["路灯坏了", "停水"], ["", "停水"], 4 / 6),
    ],
)
def test_characters_put_in_left_out_or_exchanged_are_errors(said: list[str], heard: list[str], rate: float) -> None:
    assert error_rate(said, heard) == pytest.approx(rate)


def test_only_chinese_characters_are_compared() -> None:
    assert han("您好，wifi 坏了 12 号。") == "您好坏了号"


def test_a_law_keeps_every_sample_within_a_thirtieth_or_its_smallest_step() -> None:
    samples = np.arange(-32000, 32000, 7, dtype=np.int16)
    heard = telephone(samples, None, seed=1)
    assert len(np.unique(heard)) <= 256
    error = np.abs(heard.astype(float) - samples)
    assert (error <= np.maximum(np.abs(samples.astype(float)) / 30, 8)).all()


def test_noise_is_as_loud_as_it_is_said_to_be_and_the_same_each_time() -> None:
    tone = (8000 * np.sin(np.arange(16000) / 3)).astype(np.int16)
    noisy = telephone(tone, 10, seed=3)
    added = noisy.astype(float) - telephone(tone, None, seed=3)
    ratio = 10 * np.log10((tone.astype(float) ** 2).mean() / (added**2).mean())
    assert ratio == pytest.approx(10, abs=0.3)
    assert (noisy == telephone(tone, 10, seed=3)).all()
