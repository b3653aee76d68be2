"""Files sent to an order over the web."""

import io
from typing import Any

from dispatch.workflow import Role
from tests.support.web_rig import WebRig


async def send(web_rig: WebRig, role: Role, number: str, data: bytes, **query: str) -> Any:
    params = {"kind": "photo_before", "name": "现场.jpg"} | query
    return await web_rig.ask(role, "POST", f"/api/orders/{number}/attachments", params=params, data=io.BytesIO(data))
