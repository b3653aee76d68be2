"""`make call`: calls the installation that `make run` keeps up, as a citizen, and prints what the citizen met."""

import time

from rich.console import Console

from core.errors import BadInput
from core.settings import Settings
from demo.installation import DemoInstallation
from demo.keep import run_settings
from demo.people import SPEECH
from hotline.runtime.policy_in_force import policy_in_force
from hotline.runtime.runtime import database_url
from telephony.pbx.errors import PbxNotRunning
from telephony.pbx.process import PbxProcess
from telephony.pbx.settings import pbx_settings
from telephony.phone import AsyncPhone

_AGENT_SECONDS = 60.0


def _caller(settings: Settings) -> str:
    return policy_in_force(settings).city.area_code.ljust(10, "0") + "1"


async def ring(base: Settings, speech: str) -> None:
    """Raises PbxNotRunning where no installation is up, BadInput for an unknown file."""
    console = Console()
    file = SPEECH / speech
    if not file.is_file():
        raise BadInput(f"no speech {speech!r}: one of {', '.join(sorted(path.name for path in SPEECH.glob('*.wav')))}")
    settings = run_settings(base)
    pbx = PbxProcess(pbx_settings(settings))
    if pbx.pid() is None:
        raise PbxNotRunning("no installation is up: start one with `make run` in another terminal")
    installation = DemoInstallation(settings, database_url(settings), pbx)
    begun = time.monotonic()

    def say(line: str) -> None:
        console.print(f"{time.monotonic() - begun:6.1f} s  {line}", highlight=False)

    async with AsyncPhone(installation.phone("citizen-1", name="示例来电人", number=_caller(settings))) as phone:
        await phone.register()
        say(f"calling {settings.pbx.line_number}")
        call = await phone.call(settings.pbx.line_number)
        await phone.wait_answered(call, 10)
        say("the line picked up; it greets, then an agent's phone rings")
        if await phone.wait_ended(call, _AGENT_SECONDS):
            say("the line hung up")
            return
        say(f"speaking {speech}")
        await phone.play(call, file)
        await phone.wait_ended(call, 3)
        await phone.hang_up(call)
        say(f"hung up; look at {installation.web_url}/calls")
