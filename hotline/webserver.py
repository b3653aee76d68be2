"""`hotline web`: the screens and the API."""

import structlog
from aiohttp import web

from core.settings import Settings
from hotline.parts import open_parts, until_told_to_stop
from web.app import make_app
from web.house import House

log = structlog.get_logger()


async def run_web(settings: Settings) -> None:
    async with open_parts(settings) as parts:
        runner = web.AppRunner(
            make_app(House(parts.settings, parts.sessions, parts.bus, parts.city)), access_log=None, shutdown_timeout=3
        )
        await runner.setup()
        await web.TCPSite(runner, settings.web.host, settings.web.port).start()
        log.info("web_open", url=f"http://{settings.web.host}:{settings.web.port}")
        await until_told_to_stop(parts.listening)
        await runner.cleanup()
