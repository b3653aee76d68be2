"""Connections to inboxes, and what is new in them.

One subscription to the bus for all: a change is looked up once and handed only to the connections of its recipient,
so that 135 connected inboxes do not each ask the database about everybody's assignments.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from access.accounts.sessions import Me
from core.bus import Change
from core.tasks import cancel, spawn
from dispatch.orders.assignment_models import Assignment, RecipientKind
from dispatch.workflow import Role
from web.http.context import APP_CONTEXT, AppContext

log = structlog.get_logger()

WAITING = 500
"""News that one slow connection may have waiting; beyond that it is asked to read everything again."""


@dataclass(frozen=True)
class News:
    """What a connection should look at: assignment or order with its id; `again`: everything."""

    topic: str
    id: int = 0


@dataclass(frozen=True)
class Owner:
    """Whose inbox."""

    kind: RecipientKind
    code: str

    @property
    def is_crew(self) -> bool:
        return self.kind is RecipientKind.UNIT


def owner_of(me: Me) -> Owner | None:
    """Whose inbox this account opens; None: it has none."""
    if me.role is Role.OFFICE and me.office_code:
        return Owner(RecipientKind.OFFICE, me.office_code)
    if me.role is Role.UNIT and me.unit_code:
        return Owner(RecipientKind.UNIT, me.unit_code)
    return None


class Inboxes:
    def __init__(self, app_context: AppContext) -> None:
        self._app_context = app_context
        self._connected: dict[Owner, set[asyncio.Queue[News]]] = defaultdict(set)

    @contextmanager
    def connect(self, owner: Owner) -> Iterator[asyncio.Queue[News]]:
        """News of this inbox from now on."""
        queue: asyncio.Queue[News] = asyncio.Queue(WAITING)
        self._connected[owner].add(queue)
        try:
            yield queue
        finally:
            self._connected[owner].discard(queue)
            if not self._connected[owner]:
                del self._connected[owner]

    async def run(self) -> None:
        """Hand out the bus's changes, for ever."""
        async with self._app_context.bus.subscribe() as changes:
            while True:
                change = await changes.get()
                try:
                    await self._hand_out(change)
                except (SQLAlchemyError, ValueError) as error:
                    # The recipient cannot be read now: every connection looks for itself, and comes again if it cannot.
                    log.warning("inbox_change_unread", topic=change.topic, id=change.id, error=str(error))
                    self._send_all(News("again"))

    async def _hand_out(self, change: Change) -> None:
        match change.topic:
            case "assignment" | "order" if self._connected:
                for owner in await self._owners(change):
                    for queue in self._connected.get(owner, ()):
                        _put(queue, News(change.topic, int(change.id)))
            case "reconnected":
                self._send_all(News("again"))

    async def _owners(self, change: Change) -> list[Owner]:
        which = Assignment.id if change.topic == "assignment" else Assignment.order_id
        wanted = select(Assignment.recipient_kind, Assignment.recipient_code).where(which == int(change.id)).distinct()
        async with self._app_context.sessions() as session:
            return [Owner(*row) for row in await session.execute(wanted)]

    def _send_all(self, news: News) -> None:
        for queues in self._connected.values():
            for queue in queues:
                _put(queue, news)


INBOXES = web.AppKey("inboxes", Inboxes)


async def keep_inboxes(app: web.Application) -> AsyncIterator[None]:
    """Cleanup context: the hub runs as long as the application."""
    app[INBOXES] = Inboxes(app[APP_CONTEXT])
    task = spawn(app[INBOXES].run(), name="inboxes")
    yield
    await cancel(task)


def _put(queue: asyncio.Queue[News], news: News) -> None:
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        news = News("again")
    queue.put_nowait(news)
