"""What a crew's phone reports to the web, without a browser."""

import datetime as dt
import uuid
from typing import Any

from core import clock
from dispatch.workflow import Role
from tests.support.orders import register
from tests.support.web_rig import WebRig


async def send(web_rig: WebRig, action: str, number: str | None, client_id: str, **more: Any) -> dict[str, Any]:
    body = {"id": client_id, "action": action, "order": number, "done_at": clock.now().isoformat()} | more
    answer = await web_rig.ask(Role.UNIT, "POST", "/api/crew/actions", json=body)
    assert answer.status == 200, await answer.text()
    said: dict[str, Any] = await answer.json()
    return said


async def on_the_road(web_rig: WebRig, linkedid: str, fix_minutes_ago: float) -> str:
    """An order for whose sake its crew set out 90 minutes ago, where the city allows 60."""
    number, at = await register(web_rig, linkedid), clock.now()
    for action, order, minutes in (("start_shift", None, 180), ("on_the_way", number, 90)):
        done_at = (at - dt.timedelta(minutes=minutes)).isoformat()
        assert (await send(web_rig, action, order, str(uuid.uuid4()), done_at=done_at))["state"] == "done"
    taken_at = (at - dt.timedelta(minutes=fix_minutes_ago)).isoformat()
    fix = {"latitude": 35.6, "longitude": 116.99, "accuracy_metres": 12.0, "taken_at": taken_at}
    await web_rig.ask(Role.UNIT, "POST", "/api/crew/positions", json={"fixes": [fix]})
    return number
