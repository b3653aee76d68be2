"""Sending notices: the jobs of queue `notices`, with what of the settings they need."""

from procrastinate import App

from core import clock
from core.links import link_key
from dispatch.channels.senders import make_senders
from dispatch.jobs.ask_citizens import ASK, ask_due
from dispatch.jobs.send_notifications import WAKE, Sending, send_notice, wake
from dispatch.notifications.queue import SEND
from hotline.jobs import STUBBORN
from hotline.runtime.parts import Parts


def sending_of(parts: Parts) -> Sending:
    settings = parts.settings
    public_url = settings.web.public_url.rstrip("/") or f"http://{settings.web.host}:{settings.web.port}"
    senders = make_senders(settings.notices)
    return Sending(parts.sessions, parts.policy, senders, clock.now, link_key(settings), public_url)


def register_notices(app: App, parts: Parts) -> None:
    sending = sending_of(parts)

    @app.task(name=SEND, queue="notices", retry=STUBBORN)
    async def send(notice_id: int) -> None:
        await send_notice(sending, notice_id)

    @app.periodic(cron="* * * * *")
    @app.task(name=ASK, queue="notices", queueing_lock=ASK)
    async def ask_citizens(timestamp: int) -> None:
        await ask_due(sending.sessions, sending.policy, at=sending.clock())

    @app.periodic(cron="* * * * *")
    @app.task(name=WAKE, queue="notices", queueing_lock=WAKE)
    async def wake_notices(timestamp: int) -> None:
        await wake(sending)
