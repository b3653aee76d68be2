"""From a recording to its file, its words and what is proposed by them: handlers of queues `records` and `speech`."""

from hotline.bridges.recordings.proposals import propose_from_transcript
from hotline.bridges.recordings.search_covers import cover_of_call, index_transcript
from hotline.bridges.recordings.transcribing import is_emergency
from hotline.bridges.recordings.voice_notes import hear_voice
from hotline.runtime.job_tools import WorkerTools
from recordings.archive.archiving import archive
from recordings.audio.keys import keys_of
from recordings.transcripts.transcribe import transcribe, transcribe_again


async def archive_recording(worker: WorkerTools, recording_id: int) -> None:
    settings = worker.runtime.settings
    await archive(
        worker.runtime.sessions,
        settings.recordings,
        recording_id,
        keys=keys_of(settings),
        is_emergency=is_emergency,
    )


async def transcribe_recording(worker: WorkerTools, transcript_id: int) -> None:
    runtime = worker.runtime
    await transcribe(runtime.sessions, runtime.settings.recordings, worker.engine, transcript_id, cover=cover_of_call)
    await _use_transcript(worker, transcript_id)


async def transcribe_recording_again(worker: WorkerTools, transcript_id: int) -> None:
    runtime = worker.runtime
    await transcribe_again(
        runtime.sessions, runtime.settings.recordings, worker.engine, transcript_id, cover=cover_of_call
    )
    await _use_transcript(worker, transcript_id)


async def _use_transcript(worker: WorkerTools, transcript_id: int) -> None:
    runtime = worker.runtime
    await propose_from_transcript(runtime.sessions, runtime.policy, transcript_id, pbx=runtime.settings.pbx.name)
    await index_transcript(runtime.sessions, transcript_id)


async def hear_voice_note(worker: WorkerTools, attachment_id: int) -> None:
    await hear_voice(worker.runtime.sessions, worker.runtime.settings, worker.engine, attachment_id)
