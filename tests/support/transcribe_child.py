"""A worker process that makes one transcript: says `running` on stderr once Vosk works.

Arguments: URL, VAR, MODEL, ID.
"""

import asyncio
import sys
from pathlib import Path

from core.database import make_engine, make_sessions
from core.sections.speech import SpeechSettings
from core.settings import Settings
from recordings.recognition import hearing
from recordings.recognition.engine import Engine
from recordings.transcripts.transcribe import transcribe


async def main(url: str, var: str, model: str, transcript_id: str) -> None:
    settings = Settings(var=Path(var), speech=SpeechSettings(model=model))
    parse = hearing.parse_result

    def tell(result: str, **how: float):  # type: ignore[no-untyped-def]
        print("running", file=sys.stderr, flush=True)
        return parse(result, **how)

    hearing.parse_result = tell
    database = make_engine(url)
    await transcribe(make_sessions(database), settings.recordings, Engine(settings), int(transcript_id))
    await database.dispose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
