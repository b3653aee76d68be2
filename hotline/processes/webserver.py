"""`hotline web`: the screens and the API."""

import asyncio
import logging

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from core.settings import Settings
from core.tasks import cancel, spawn
from hotline.runtime.plain_errors import port_taken
from hotline.runtime.presence import keep_presence
from hotline.runtime.runtime import open_runtime, until_stopped
from web.app import make_app
from web.http.context import AppContext
from web.http.requests.patience import PATIENCE

log = structlog.get_logger()


def strangers_are_no_trouble(record: logging.LogRecord) -> bool:
    """Whether a line of aiohttp's server is worth keeping: what is no HTTP is answered (400), and no fault of ours."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


async def run_web(settings: Settings) -> None:
    """Until it is asked to stop. Raises ConfigurationError where the port is taken."""
    logging.getLogger("aiohttp.server").addFilter(strangers_are_no_trouble)
    async with open_runtime(settings) as runtime:
        app = make_app(AppContext(runtime.settings, runtime.sessions, runtime.bus, runtime.holder))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=3)
        await runner.setup()
        assert runner.server is not None
        try:
            listening = await asyncio.get_running_loop().create_server(
                app[PATIENCE].awaiting(runner.server), settings.web.host, settings.web.port
            )
        except OSError as error:
            await runner.cleanup()
            raise port_taken(settings.web.host, settings.web.port, error) from error
        log.info("web_open", url=f"http://{settings.web.host}:{settings.web.port}")
        present = spawn(keep_presence(runtime, "web"), name="presence")
        await until_stopped(runtime.listening, present)
        await cancel(present)
        listening.close()
        await runner.cleanup()
