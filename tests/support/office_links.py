"""An office's signed link to an order."""

from core import clock
from core.database import transaction
from core.links import link_key, sign_link
from dispatch.notifications.office_links import LINK_PATH, make_link
from dispatch.orders.models import Order
from tests.support.web_rig import WebRig


async def link(web_rig: WebRig, order: Order, office: str = "street-lighting") -> str:
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        row = await session.get_one(Order, order.id)
        made = await make_link(session, rig.policy.notifications, row, office, by="周示例", at=clock.now())
    return f"/{LINK_PATH}/{sign_link(link_key(rig.settings), LINK_PATH, made.about, made.expires_at)}"
