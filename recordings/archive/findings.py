"""What is to become of a recording, decided from what was found of it. Pure.

A leg that is missing, empty or damaged does not cost us the other one: that is saved with the reason, and the
silent side is silence. Nothing usable at all is a failure, which is looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from recordings.labels import SPEAKERS
from recordings.models import Speaker

FLUSH_WAIT_SECONDS = 10.0
"""How long after the channel's end Asterisk may still be writing; until then a missing file is looked for again."""
QUIET_SECONDS = 5.0
"""A file without a true length that changed less than this ago is still being written."""
TOLERANCE_SECONDS = 1.0
TOLERANCE_SHARE = 0.02
"""Recording and call may differ by the larger of the two: MixMonitor starts and stops beside the channel."""


class Condition(StrEnum):
    WHOLE = "whole"
    MENDED = "mended"
    """Its header gave no true length; the file's size did."""
    EMPTY = "empty"
    MISSING = "missing"
    BROKEN = "broken"
    """No 16-bit mono WAV, or unreadable."""


USABLE = (Condition.WHOLE, Condition.MENDED)


@dataclass(frozen=True)
class Finding:
    """One side of the recording, as found."""

    speaker: Speaker
    condition: Condition
    seconds: float = 0.0
    changed_seconds_ago: float = 0.0
    """Since its file was last written to."""
    closed: bool = True
    """Asterisk has written the header's length: it is done with the file."""
    detail: str = ""
    """What exactly is broken."""


class FindingVerdict(StrEnum):
    SAVE = "save"
    WAIT = "wait"
    FAIL = "fail"


@dataclass(frozen=True)
class FindingDecision:
    verdict: FindingVerdict
    reason: str | None
    """In plain Chinese; None: nothing is wrong."""


def decide(findings: Sequence[Finding], ended_seconds_ago: float) -> FindingDecision:
    """Whether to save what was found, to look again in a moment, or to say that there is nothing."""
    if any(_may_still_come(finding, ended_seconds_ago) for finding in findings):
        return FindingDecision(FindingVerdict.WAIT, None)
    if not any(finding.condition in USABLE for finding in findings):
        return FindingDecision(FindingVerdict.FAIL, f"无法保存录音：{describe(findings)}")
    return FindingDecision(FindingVerdict.SAVE, describe(findings))


def _may_still_come(finding: Finding, ended_seconds_ago: float) -> bool:
    if finding.condition is Condition.MISSING:
        return ended_seconds_ago < FLUSH_WAIT_SECONDS
    return not finding.closed and (
        finding.changed_seconds_ago < QUIET_SECONDS or ended_seconds_ago < FLUSH_WAIT_SECONDS
    )


def _saying(condition: Condition) -> str:
    match condition:
        case Condition.WHOLE:
            return "录音完好"
        case Condition.MENDED:
            return "录音未正常收尾，已按文件大小修复"
        case Condition.EMPTY:
            return "录音为空"
        case Condition.MISSING:
            return "没有录音文件"
        case Condition.BROKEN:
            return "录音文件已损坏"


def describe(findings: Sequence[Finding]) -> str | None:
    """What is wrong with each side, in plain Chinese; None: nothing."""
    said = [
        f"{SPEAKERS[finding.speaker]}一侧{_saying(finding.condition)}"
        + (f"（{finding.detail}）" if finding.detail else "")
        for finding in findings
        if finding.condition is not Condition.WHOLE
    ]
    usable = [finding.seconds for finding in findings if finding.condition in USABLE]
    if len(usable) > 1 and not lasts_as_long(min(usable), max(usable)):
        said.append(f"两侧录音长短不一（{'，'.join(f'{seconds:.1f}秒' for seconds in usable)}）")
    return "；".join(said) or None


def lasts_as_long(recorded_seconds: float, call_seconds: float) -> bool:
    """Whether the two differ by no more than the tolerance."""
    return abs(recorded_seconds - call_seconds) <= max(TOLERANCE_SECONDS, TOLERANCE_SHARE * call_seconds)


def add_length(reason: str | None, recorded_seconds: float, call_seconds: float) -> str | None:
    """`reason`, and what is to be said about the length where it is not the call's."""
    if lasts_as_long(recorded_seconds, call_seconds):
        return reason
    said = f"录音{recorded_seconds:.1f}秒，通话{call_seconds:.1f}秒，长短不符"
    return f"{reason}；{said}" if reason else said
