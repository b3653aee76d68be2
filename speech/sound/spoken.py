"""Spoken telephone audio from text: whole sentences and pieces to be joined, trimmed and at an even level."""

from __future__ import annotations

import re

import numpy as np

from speech.sound import audio
from speech.sound.kokoro import RATE, Kokoro

BREATH_SECONDS = 0.32
"""Pause between two sentences."""


def sentence(engine: Kokoro, text: str, voice: str, speed: float = 1.0) -> np.ndarray:
    """8 kHz samples of `text`: each sentence spoken by itself, so that none is hurried, with a breath between."""
    parts = [part for part in re.split(r"(?<=[。！？])", text) if part.strip()]
    spoken = [audio.trim(audio.to_telephone(engine.say(part, voice, speed), RATE)) for part in parts]
    joined = [piece for part in spoken for piece in (audio.level(part), audio.silence(BREATH_SECONDS))]
    return audio.level(np.concatenate(joined[:-1]))


def piece(engine: Kokoro, text: str, voice: str, speed: float = 1.0) -> np.ndarray:
    """8 kHz samples of a word to be joined with others: almost no silence, the same level."""
    spoken = audio.to_telephone(engine.say(text + "。", voice, speed), RATE)
    return audio.level(audio.trim(spoken, before=0.02, after=0.04, floor_db=32))


LETTERS = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "诶 必 西 弟 衣 艾弗 吉 艾取 爱 杰 开 艾勒 艾姆 恩 欧 皮 抠 阿儿 艾丝 提 优 维 达不溜 艾克斯 歪 贼".split(),
        strict=True,
    )
)
"""How a Chinese voice says them: Kokoro knows only some by itself, and makes the same sound of the others."""


def letter_name(text: str) -> str:
    """A letter that stands alone by its name; anything else as it is."""
    return LETTERS.get(text, text)


def complaint(samples: np.ndarray) -> str:
    """What is wrong with made audio (clipped, wrong level, starts late), or an empty string."""
    if np.abs(samples).max() > 0.95:
        return "clipped"
    if not -22 < audio.active_level(samples) < -18:
        return "wrong level"
    heard = np.flatnonzero(np.abs(samples) > 0.02)
    return "starts late" if not len(heard) or heard[0] > 0.15 * audio.RATE else ""


def described(name: str, samples: np.ndarray) -> str:
    """One line for the maker's screen: length, active level, highest sample, fault."""
    seconds, peak = len(samples) / audio.RATE, np.abs(samples).max()
    level = audio.active_level(samples)
    return f"{name:26} {seconds:6.2f} s {level:6.1f} dB, peak {peak:.2f} {complaint(samples) or 'ok'}"
