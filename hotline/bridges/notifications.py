"""Sending notifications: the jobs of queue `notifications`, with what of the settings they need."""

from core import clock
from core.links import link_key
from dispatch.channels.senders import make_senders
from dispatch.jobs.send_notifications import Sending, send_notification
from hotline.runtime.job_tools import WorkerTools
from hotline.runtime.runtime import Runtime


def sending_of(runtime: Runtime) -> Sending:
    settings = runtime.settings
    public_url = settings.web.public_url.rstrip("/") or f"http://{settings.web.host}:{settings.web.port}"
    senders = make_senders(settings.notifications)
    return Sending(runtime.sessions, runtime.policy, senders, clock.now, link_key(settings), public_url)


async def send(worker: WorkerTools, notification_id: int) -> None:
    """The job `notifications.send`."""
    await send_notification(worker.sending, notification_id)
