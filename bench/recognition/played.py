"""The test sentences played through a real Asterisk: product phones call the line, agents' phones answer, and what
the exchange recorded of the citizens is archived as FLAC. Several calls side by side; everything on loopback."""

import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from bench.recognition.noise import noisy
from bench.recognition.testset import RATE, ROOT, Samples, SpokenSentence
from core.errors import ConfigurationError
from dispatch.city.load import load_city
from ivr.voice.city_prompts import assemble_prompts, city_prompts, prompt_texts
from recordings.audio.flac import check_flac, write_flac
from recordings.audio.wav import load_original
from telephony.pbx.process import PbxProcess
from telephony.pbx.render import install_configuration
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import PbxSettings, absolute
from telephony.phone import Phone, PhoneAccount

CALLS = 8
"""Side by side: four minutes for the whole set over two lines."""
GAP_SECONDS = 1.2
"""Of silence between two sentences: the recogniser ends an utterance there."""
NOISE_SECONDS = 0.3
"""Of noise before and after each sentence."""
HEAD_FRAMES = 20 * RATE
"""How much of a stream is compared to find which one was recorded."""
WHOLE = 0.95
"""Likeness of a sentence that arrived in one piece; noise of 15 dB alone takes it to 0.985."""
SLIP_SECONDS = 5.0
"""Most that a piece may stand away from its place in the stream."""
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class PlayedPiece:
    spoken: SpokenSentence
    line: str
    start: float
    """Seconds of the stream at which the sentence begins."""

    @property
    def end(self) -> float:
        return self.start + self.spoken.seconds


@dataclass(frozen=True)
class PlayedStream:
    """What one citizen says in one call."""

    pieces: tuple[PlayedPiece, ...]
    samples: Samples


def streams(
    sentences: Sequence[SpokenSentence], lines: dict[str, float | None], calls: int = CALLS
) -> list[PlayedStream]:
    """Every sentence over every line (noise in dB below the speech, None: none), dealt out to `calls` calls."""
    all_pieces = [(one, line, noise) for line, noise in lines.items() for one in sentences]
    return [_stream(all_pieces[first::calls], seed=first) for first in range(min(calls, len(all_pieces)))]


def _stream(said: Sequence[tuple[SpokenSentence, str, float | None]], *, seed: int) -> PlayedStream:
    gap, pad = np.zeros(int(GAP_SECONDS * RATE)), np.zeros(int(NOISE_SECONDS * RATE), np.int16)
    parts, pieces, at = [gap], [], len(gap)
    for n, (one, line, noise) in enumerate(said):
        pieces.append(PlayedPiece(one, line, (at + len(pad)) / RATE))
        sound = noisy(np.concatenate([pad, one.samples, pad]), noise, seed=1000 * seed + n)
        parts += [sound, gap]
        at += len(sound) + len(gap)
    return PlayedStream(tuple(pieces), np.concatenate(parts).clip(-32768, 32767).astype(np.int16))


def play(said: Sequence[PlayedStream], folder: Path) -> list[Path]:
    """Each stream's recording, archived, left the citizen. Raises ConfigurationError, and as phones and Asterisk do."""
    with _exchange(folder, len(said)) as citizens:
        with ThreadPoolExecutor(len(said)) as calls:
            list(calls.map(_call, citizens, said))
        originals = sorted((folder / "recordings").rglob("*-rx.wav"))
    if len(originals) != len(said):
        raise ConfigurationError(f"{len(said)} calls were made and {len(originals)} recorded")
    return [_archived(path) for path in originals]


@dataclass(frozen=True)
class Found:
    """A piece as it stands in a recording."""

    piece: PlayedPiece
    start: float
    """Seconds of the recording."""
    whole: bool
    """False: parts of it are not where they were said, as when a phone was held up on a busy machine."""


def matched(recordings: Sequence[Path], said: Sequence[PlayedStream]) -> Iterator[tuple[Path, list[Found]]]:
    """Each recording with the pieces that were said in it."""
    for path in recordings:
        far = soundfile.read(path, dtype="int16", always_2d=True)[0][:, 0]
        head = far[: 2 * HEAD_FRAMES]
        stream = max(said, key=lambda one: likest(head, one.samples[:HEAD_FRAMES])[1])
        yield path, [_find(far, piece) for piece in stream.pieces]


def _find(recorded: Samples, piece: PlayedPiece) -> Found:
    """A phone's thread that was held up shifts what comes after it: so each piece is looked for by itself."""
    first = max(0, int((piece.start - SLIP_SECONDS) * RATE))
    around = recorded[first : int((piece.end + SLIP_SECONDS) * RATE)]
    at = first + likest(around, piece.spoken.samples)[0]
    there = recorded[max(0, at) : at + len(piece.spoken.samples)]
    return Found(piece, at / RATE, likest(there, piece.spoken.samples)[1] > WHOLE)


def likest(recorded: Samples, said: Samples) -> tuple[int, float]:
    """The sample of `recorded` from which on it is most like `said`, and how like: 1 is the same."""
    one, other = recorded.astype(np.float64), said.astype(np.float64)
    size = 1 << (len(one) + len(other)).bit_length()
    alike = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)), size)
    at = int(np.argmax(alike))
    norm = np.sqrt((one**2).sum() * (other**2).sum()) or 1.0
    return at - size if at > size // 2 else at, float(alike[at] / norm)


def _archived(original: Path) -> Path:
    far = load_original(original)
    city = load_original(original.with_name(original.name.replace("-rx", "-tx")))
    target = original.with_name(original.name.replace("-rx.wav", ".flac"))
    write_flac([far, city], target, lambda _: None)
    check_flac([far, city], target)
    return target


@contextmanager
def _exchange(folder: Path, calls: int) -> Iterator[list[Phone]]:
    """An Asterisk of its own on free ports, with as many agents as there will be calls: the citizens' phones."""
    settings = _settings(folder, calls)
    install_configuration(settings)
    process, secrets = PbxProcess(settings), load_secrets(settings)
    with ExitStack() as stack:
        stack.callback(process.stop)
        process.start()
        phones = {
            user: stack.enter_context(Phone(PhoneAccount(user, secrets.phones[user], settings.sip_port)))
            for user in (*settings.citizens(), *settings.agents)
        }
        for phone in phones.values():
            phone.register(_PATIENCE_SECONDS)
        for agent in settings.agents:
            process.rx(f"queue add member PJSIP/{agent} to {settings.queue}")
        yield [phones[user] for user in settings.citizens()]


def _settings(folder: Path, calls: int) -> PbxSettings:
    sip, manager, http = _free_ports()
    settings = PbxSettings(
        directory=folder / "pbx",
        recordings_directory=folder / "recordings",
        tree_directory=ROOT / "var/opt/asterisk",
        prompts_directory=_prompts(folder),
        sip_port=sip,
        ami_port=manager,
        http_port=http,
        agents=tuple(str(1001 + n) for n in range(calls)),
        test_phones=True,
        test_citizens=calls,
    )
    return absolute(settings, folder)


def _prompts(folder: Path) -> Path:
    """The sample city's own greeting among the rest."""
    common, city, target = ROOT / "deploy/prompts/zh", ROOT / "deploy/city/qufu", folder / "prompts/zh"
    texts = prompt_texts(common, [], load_city(city).words)
    assert texts is not None
    assemble_prompts(common, texts, city_prompts(city, texts).recorded, target)
    return target


def _free_ports() -> tuple[int, int, int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip, socket.socket() as one, socket.socket() as other:
        for probe in (sip, one, other):
            probe.bind(("127.0.0.1", 0))
        return int(sip.getsockname()[1]), int(one.getsockname()[1]), int(other.getsockname()[1])


def _call(citizen: Phone, stream: PlayedStream) -> None:
    """A whole call: the line picks up, all is said (the first of it into greeting and queue), and the citizen hangs up.

    The recording begins where the line picks up, so nothing has to be waited for.
    """
    call = citizen.call("12345", _PATIENCE_SECONDS)
    said_all = call.say(stream.samples.tobytes())
    call.hang_up()
    if not said_all:
        raise ConfigurationError("a call of the bench ended before everything was said")
