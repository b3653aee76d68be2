"""`hotline live`: hears this machine's conversations while they go on. One per exchange, beside its files."""

import os

from core.settings import Settings
from core.tasks import cancel, spawn
from hotline.bridges.recordings.gazetteer import gazetteer_of
from hotline.bridges.recordings.proposals import keep_proposing
from hotline.runtime.presence import keep_presence
from hotline.runtime.runtime import open_runtime, until_stopped
from recordings.recognition.engine import Engine
from recordings.transcripts.live import LiveEar
from telephony.pbx.settings import pbx_settings

NICE = 5
"""Calls come first, then the live ear, then what is made of recordings (recordings.recognition.engine)."""


async def run_live(settings: Settings) -> None:
    """Hear until SIGTERM. What is half heard then is heard again by the next process."""
    os.nice(NICE)
    async with open_runtime(settings) as runtime:
        pbx = pbx_settings(settings).systemname
        engine = Engine(settings, gazetteer_of(runtime.city))
        ear = LiveEar(
            runtime.sessions,
            settings.recordings,
            engine,
            pbx=pbx,
            threads=settings.speech.live_threads or os.cpu_count() or 1,
        )
        hearing = spawn(ear.run(runtime.bus), name="live ear")
        proposing = spawn(keep_proposing(runtime.bus, runtime.sessions, runtime.holder, pbx=pbx), name="proposing")
        present = spawn(keep_presence(runtime, "live", engine.loaded), name="presence")
        await until_stopped(hearing, proposing, present, runtime.listening)
        await cancel(present)
        await cancel(proposing)
        await cancel(hearing)
