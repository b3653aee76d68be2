"""What a test asks of the web, in one line."""

from typing import Any

from dispatch.workflow import Role
from tests.support.web_rig import WebRig


async def post(web_rig: WebRig, role: Role, path: str, body: dict[str, Any] | None = None) -> Any:
    answer = await web_rig.ask(role, "POST", path, json=body or {})
    assert answer.status in (200, 201), await answer.text()
    return await answer.json()


async def refused(web_rig: WebRig, role: Role, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    answer = await web_rig.ask(role, "POST", path, json=body or {})
    return answer.status, await answer.text()
