"""The sound of an order as one zip, so that it can serve as evidence elsewhere.

`recordings/…flac`, `transcripts/…txt`, `manifest.json` (what, who, when, what was left out and why) and `SHA256SUMS`,
which `sha256sum -c` reads. The checksum of each file is taken of the very bytes that were packed; where it is not the
one that was stored when the recording was archived, the manifest says so. Blocking, constant in memory.
"""

import datetime as dt
import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from core.clock import exact, in_city
from core.errors import NotFound
from recordings.audio.archived_sound import ArchivedSound, archived_sound
from recordings.audio.keys import NO_KEYS, Keys
from recordings.labels import SPEAKERS
from recordings.models import Recording, RecordingPart, Segment, Speaker, Transcript, TranscriptState
from recordings.names import check_uniqueid
from recordings.recognition.speech_models import for_demonstration

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Heading:
    """What the manifest says about the whole."""

    order: str
    """The order's number."""
    by: str
    """The exporting person, as people read it."""
    account: str
    role: str
    at: dt.datetime


@dataclass
class Exported:
    recordings: list[Recording] = field(default_factory=list)
    """Those whose sound is in the file."""
    left_out: list[dict[str, str]] = field(default_factory=list)


def write_export(
    target: IO[bytes],
    recordings: Path,
    heading: Heading,
    wanted: Sequence[Recording],
    withheld: Sequence[str],
    keys: Keys = NO_KEYS,
) -> Exported:
    """Write the zip to `target`. `wanted` come with transcript and segments loaded; `withheld`: the calls that the one
    who asks may not hear. A recording without its file is named in the manifest. Raises OSError (a full disk)."""
    done = Exported(left_out=[{"call": linkedid, "why": "诉求人要求保密，未导出"} for linkedid in withheld])
    files: list[dict[str, Any]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as packed:
        for recording in wanted:
            try:
                source = archived_sound(recordings, recording, keys)
                if source.key:
                    # One that does not open to its end must not leave half an entry in the zip.
                    source.sha256()
                sha256, size_bytes = _pack_file(packed, f"recordings/{_stem(recording)}.flac", source, heading.at)
            except NotFound as error:
                done.left_out.append({"call": recording.linkedid, "part": recording.part, "why": error.message})
            else:
                files.append(_about(recording, sha256, size_bytes))
                done.recordings.append(recording)
            if recording.transcript is not None and recording.transcript.text:
                name = f"transcripts/{_stem(recording)}.txt"
                sha256 = _pack_text(packed, name, transcript_text(recording, recording.transcript), heading.at)
                model = recording.transcript.model
                files.append({"file": name, "sha256": sha256, "call": recording.linkedid, "model": model})
        manifest = json.dumps(_manifest(heading, files, done.left_out), ensure_ascii=False, indent=2) + "\n"
        sums = [(one["sha256"], one["file"]) for one in files]
        sums.append((_pack_text(packed, "manifest.json", manifest, heading.at), "manifest.json"))
        _pack_text(packed, "SHA256SUMS", "".join(f"{sha256}  {name}\n" for sha256, name in sums), heading.at)
    return done


def transcript_text(recording: Recording, transcript: Transcript) -> str:
    """For people: every utterance with speaker and time, and the model that transcribed it."""
    head = [
        f"通话 {recording.linkedid}，{exact(recording.started_at)} 起",
        f"由程序转写（{transcript.model or '未注明模型'}），可能有误，以录音为准。",
    ]
    if for_demonstration(transcript.model):
        head.append("注意：演示模型转写，该模型由合成语音训练，仅供演示和测试，不能用于真实来电。")
    if transcript.state is not TranscriptState.DONE:
        head.append("正在重新转写，以下是之前的文字。")
    said = [f"[{_position(s.start_seconds)}] {SPEAKERS[s.speaker]}：{s.text}{_mended(s)}" for s in transcript.segments]
    return "\n".join([*head, "", *said, ""])


def _mended(segment: Segment) -> str:
    return "".join(f"（“{one['name']}”识别为“{one['heard']}”，已按地名表更正）" for one in segment.repairs)


def _stem(recording: Recording) -> str:
    # Checked again: a name in a zip must not lead anywhere, whatever became of the row.
    suffix = "-message" if recording.part is RecordingPart.MESSAGE else ""
    return f"{in_city(recording.started_at):%Y%m%d-%H%M%S}-{check_uniqueid(recording.uniqueid)}{suffix}"


def _about(recording: Recording, sha256: str, size_bytes: int) -> dict[str, Any]:
    about = {
        "file": f"recordings/{_stem(recording)}.flac",
        "sha256": sha256,
        "size_bytes": size_bytes,
        "call": recording.linkedid,
        "part": recording.part,
        "channels": [recording.far_side, Speaker.CITY],
        "started_at": recording.started_at.isoformat(),
        "duration_seconds": recording.duration_seconds,
        "archived_at": recording.archived_at and recording.archived_at.isoformat(),
        "as_archived": sha256 == recording.sha256,
        "remark": recording.reason,
    }
    if recording.part is RecordingPart.MESSAGE:
        about["channels"] = [recording.far_side]
    if sha256 != recording.sha256:
        about["sha256_when_archived"] = recording.sha256
    return about


def _manifest(heading: Heading, files: list[dict[str, Any]], left_out: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "order": heading.order,
        "exported_at": heading.at.isoformat(),
        "exported_by": {"name": heading.by, "account": heading.account, "role": heading.role},
        "check": "sha256sum -c SHA256SUMS",
        "files": files,
        "left_out": left_out,
    }


def _pack_file(packed: zipfile.ZipFile, name: str, source: ArchivedSound, at: dt.datetime) -> tuple[str, int]:
    """Checksum and size of what was packed. FLAC is packed already: stored as it is."""
    digest, size_bytes = hashlib.sha256(), 0
    # force_zip64: the size is not said beforehand, and zipfile would stop at 2 GiB.
    with source.open() as read, packed.open(_entry(name, at), "w", force_zip64=True) as write:
        while block := read.read(BLOCK_BYTES):
            digest.update(block)
            size_bytes += write.write(block)
    return digest.hexdigest(), size_bytes


def _pack_text(packed: zipfile.ZipFile, name: str, text: str, at: dt.datetime) -> str:
    content = text.encode()
    packed.writestr(_entry(name, at), content)
    return hashlib.sha256(content).hexdigest()


def _entry(name: str, at: dt.datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, in_city(at).timetuple()[:6])
    entry.external_attr = 0o640 << 16
    return entry


def _position(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes):02}:{rest:04.1f}"
