"""`hotline web`: the screens and the API."""

import asyncio
import logging

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from core.settings import Settings
from hotline.runtime.parts import open_parts, until_told_to_stop
from hotline.runtime.plain_errors import port_taken
from web.app import make_app
from web.http.context import House
from web.http.patience import PATIENCE

log = structlog.get_logger()


def strangers_are_no_trouble(record: logging.LogRecord) -> bool:
    """Whether a line of aiohttp's server is worth keeping: what is no HTTP is answered (400), and no fault of ours."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


async def run_web(settings: Settings) -> None:
    """Until it is asked to stop. Raises BrokenHouse where the port is taken."""
    logging.getLogger("aiohttp.server").addFilter(strangers_are_no_trouble)
    async with open_parts(settings) as parts:
        app = make_app(House(parts.settings, parts.sessions, parts.bus, parts.policy))
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
        await until_told_to_stop(parts.listening)
        listening.close()
        await runner.cleanup()
