"""AsyncAGI in text: our commands as Asterisk reads them, its answers as we read them. Pure."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from core.errors import BadInput
from ivr.flows import (
    CommandFailed,
    Digits,
    FlowEvent,
    HungUp,
    NoKey,
    Play,
    PlayAndAskDigits,
    PlayAndAskKey,
    Played,
    PressedKey,
)

BREAK = "ASYNCAGI BREAK"
"""Gives the channel back to the dialplan."""

Utterance = Play | PlayAndAskKey | PlayAndAskDigits

_ANSWER = re.compile(r"(?P<code>\d{3})(?:[ -]result=(?P<result>[^ \n]*)| )?(?P<rest>.*)", re.DOTALL)
_KEYS = re.compile(r"[0-9*#]*", re.ASCII)
_BAD_IN_PATH = re.compile(r'["\\\x00-\x1f&|,]')


@dataclass(frozen=True)
class AgiAnswer:
    code: int
    """200 done, 510 unknown command, 511 the channel is dead, 520 wrong syntax; 0 unreadable."""
    result: str
    rest: str


def spell(command: Utterance, sound: Path) -> str:
    """`command` with its parts in the file `sound`. Raises BadInput for a path that AGI cannot quote."""
    match command:
        case Play(keys=keys):
            return f"STREAM FILE {_quoted_path(sound)} {_quoted_keys(keys)}"
        case PlayAndAskKey(keys=keys, seconds=seconds):
            return f"GET OPTION {_quoted_path(sound)} {_quoted_keys(keys)} {round(seconds * 1000)}"
        case PlayAndAskDigits(most_digits=most, seconds=seconds):
            return f"GET DATA {_quoted_path(sound)} {round(seconds * 1000)} {most}"


def waiting_seconds(command: Utterance) -> float:
    """How long `command` may wait for keys after its last word."""
    match command:
        case Play():
            return 0
        case PlayAndAskKey(seconds=seconds):
            return seconds
        case PlayAndAskDigits(seconds=seconds, most_digits=most):
            return seconds * (most + 1)


def parse_answer(encoded: str) -> AgiAnswer:
    """The URL-encoded Result of an AsyncAGIExec event."""
    match = _ANSWER.match(unquote(encoded).strip())
    if not match:
        return AgiAnswer(0, "", unquote(encoded))
    return AgiAnswer(int(match["code"]), match["result"] or "", match["rest"].strip())


def parse_env(encoded: str) -> dict[str, str]:
    """The URL-encoded Env of an AsyncAGIStart event, names without `agi_`; nothing where a name is said twice: a
    caller's number with a line break in it can say what stands elsewhere (Asterisk 22.10.1 writes it as it is)."""
    lines = [line.partition(": ") for line in unquote(encoded).split("\n")]
    said = [(name.removeprefix("agi_"), value) for name, separator, value in lines if separator]
    env = dict(said)
    return env if len(env) == len(said) else {}


def read_event(command: Utterance, answer: AgiAnswer, *, hung_up: bool) -> FlowEvent:
    """What `answer` means for the flow. -1 is said for a hang-up and for a file that Asterisk cannot play."""
    if answer.code == 511 or (answer.code == 200 and answer.result == "-1" and hung_up):
        return HungUp()
    if answer.code != 200 or answer.result == "-1":
        return CommandFailed(f"Asterisk said {answer.code} {answer.result} {answer.rest[:80]}".strip())
    if isinstance(command, PlayAndAskDigits):
        return Digits(answer.result) if answer.result else NoKey()
    if not answer.result.isdecimal():
        return CommandFailed(f"Asterisk said {answer.result[:80]!r} where a key's code was expected")
    if answer.result != "0":
        return PressedKey(chr(int(answer.result)))
    return NoKey() if isinstance(command, PlayAndAskKey) else Played()


def _quoted_path(sound: Path) -> str:
    """Asterisk wants the file's name without its suffix."""
    text = str(sound.with_suffix(""))
    if not sound.is_absolute() or _BAD_IN_PATH.search(text):
        raise BadInput("this path of a sound file cannot be passed to Asterisk", path=text)
    return f'"{text}"'


def _quoted_keys(keys: str) -> str:
    if not _KEYS.fullmatch(keys):
        raise BadInput(f"{keys!r} are no keys of a telephone")
    return f'"{keys}"'
