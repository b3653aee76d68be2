"""The job `dispatch.notify_browsers`: notifies a crew's phones of an assignment, also with the page closed."""

from sqlalchemy import delete, select, update

from access.accounts.models import Account
from access.visibility.rules import redactor_of_order
from core import clock
from core.database import Sessions, transaction
from core.errors import Unavailable
from core.settings import Settings
from dispatch.assignments.assign import get_assignment
from dispatch.city.records import City
from dispatch.kinds import Urgency
from dispatch.notifications.web_push import PushMessage, PushOutcome, PushResult, load_vapid, send_push
from dispatch.notifications.web_push_models import WebPushSubscription
from dispatch.orders.assignment_models import Assignment, RecipientKind
from hotline.runtime.job_tools import WorkerTools


async def notify_browsers_of(worker: WorkerTools, assignment_id: int) -> None:
    runtime = worker.runtime
    await notify_browsers(runtime.settings, runtime.sessions, runtime.city, assignment_id)


async def notify_browsers(settings: Settings, sessions: Sessions, city: City, assignment_id: int) -> None:
    """Every browser of the recipient. Raises Unavailable where one could not be notified: after a retry the others show
    the same message in the same place.
    """
    async with sessions() as session:
        assignment = await get_assignment(session, assignment_id)
    if assignment.acknowledged_at or assignment.withdrawn_at:
        return
    results = await notify_all(
        settings, sessions, assignment.recipient_kind, assignment.recipient_code, message_of(assignment, city)
    )
    if failed := [one.outcome for one in results].count(PushOutcome.FAILED):
        raise Unavailable(f"{failed} of {len(results)} browsers could not be notified of assignment {assignment_id}")


async def notify_all(
    settings: Settings, sessions: Sessions, kind: RecipientKind, code: str, message: PushMessage
) -> list[PushResult]:
    """What became of each browser of theirs whose account is still open. One that is gone for good is forgotten."""
    async with sessions() as session:
        browsers = (
            await session.scalars(
                select(WebPushSubscription)
                .join(Account, Account.id == WebPushSubscription.account_id)
                .where(
                    WebPushSubscription.recipient_kind == kind,
                    WebPushSubscription.recipient_code == code,
                    Account.disabled_at.is_(None),
                )
            )
        ).all()
    if not browsers:
        return []
    vapid = load_vapid(settings.vapid_key_file)
    contact, services = contact_of(settings), settings.web.push_services
    results = {browser.id: await send_push(vapid, contact, services, browser, message) for browser in browsers}
    async with transaction(sessions) as session:
        for id, became in results.items():
            mine = WebPushSubscription.id == id
            if became.outcome is PushOutcome.GONE:
                await session.execute(delete(WebPushSubscription).where(mine))
            else:
                why = {"refused": became.why, "refused_at": clock.now() if became.why else None}
                await session.execute(update(WebPushSubscription).where(mine).values(why))
    return list(results.values())


def message_of(assignment: Assignment, city: City) -> PushMessage:
    """Order and place; nothing about the citizen, for it is shown on a locked screen."""
    order = assignment.order
    redactor = redactor_of_order(order)
    town = city.towns.get(order.place_town or "")
    place = " · ".join(part for part in (town.name if town else "", order.place) if part)
    kind = "紧急派单" if order.urgency is Urgency.EMERGENCY else "新派单"
    return PushMessage(f"{kind}：{redactor.text(order.title)}", redactor.text(place) or "点此查看", f"order-{order.id}")


def contact_of(settings: Settings) -> str:
    return settings.web.push_contact or settings.web.public_url or "mailto:hotline@localhost"
