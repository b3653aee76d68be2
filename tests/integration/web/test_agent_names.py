"""Calls and figures name the person at a telephone, not only its extension."""

import re

from core.database import transaction
from dispatch.workflow import Role
from telephony.calls.models import Call
from tests.support.calls import ring
from tests.support.sample import ACCOUNTS
from tests.support.web_rig import WebRig

NAME = ACCOUNTS[Role.AGENT]["display_name"]


async def page(web_rig: WebRig, path: str) -> str:
    answer = await web_rig.ask(Role.SUPERVISOR, "GET", path)
    assert answer.status == 200, await answer.text()
    return await answer.text()


async def test_calls_wall_and_figures_name_the_agent_and_not_only_the_extension(web_rig: WebRig) -> None:
    await ring(web_rig, "qufu-870.1", "13900000870", answered=True)
    assert f'<span role="cell">{NAME}</span>' in await page(web_rig, "/calls")
    assert f"<dd>{NAME}，等候" in await page(web_rig, "/calls/qufu-870.1")
    talking = (await page(web_rig, "/wall")).partition('data-call="qufu-870.1"')[2].partition("</article>")[0]
    assert f'<span class="chip">{NAME}</span>' in talking
    figures = await page(web_rig, "/figures?by=agent")
    assert re.search(rf'<th scope="row">{NAME} <small>分机 1001</small></th>', figures)


async def test_an_extension_that_nobody_has_is_named_by_itself(web_rig: WebRig) -> None:
    await ring(web_rig, "qufu-870.2", "13900000871", answered=True)
    async with transaction(web_rig.context.sessions) as session:
        (await session.get_one(Call, "qufu-870.2")).answered_by = "1099"
    assert "<dd>分机 1099，等候" in await page(web_rig, "/calls/qufu-870.2")
