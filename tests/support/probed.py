"""One set of orders with guesses at a confidential reporter in it, read on every route by one who may never know the
reporter; and the reporter made somebody else in the database, to be read again.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import event, text

from access.accounts.sessions import Me
from core import clock
from core.database import transaction
from core.numbers.phone import number_keys
from dispatch.citizens.indexing import index_orders
from dispatch.orders.models import Order
from dispatch.workflow import Role, Step
from tests.support.walking import READS, Walk, readable
from tests.support.web_rig import WebRig
from web.evidence.presenter import gather

Reporter = tuple[str, str]
"""Name and number."""


@dataclass
class Probed:
    web_rig: WebRig
    orders: list[Order]
    calls: str
    """How the linkedids of the reporter's calls begin."""
    typed: str
    """What is typed into a form that refuses it."""
    searched: tuple[str, ...]
    walk: Walk

    async def becomes(self, was: Reporter, now: Reporter) -> None:
        """The reporter is and always was somebody else."""
        async with transaction(self.web_rig.context.sessions) as session:
            # The history is never rewritten, but by who owns the database.
            await session.execute(text("SET LOCAL session_replication_role = replica"))
            ids = [order.id for order in self.orders]
            await session.execute(
                text("UPDATE orders SET citizen_name = :n, citizen_phone = :p, phone_keys = :k WHERE id = ANY(:ids)"),
                {"n": now[0], "p": now[1], "k": list(number_keys(now[1])), "ids": ids},
            )
            for old, new in zip(was, now, strict=True):
                await session.execute(
                    text(
                        "UPDATE order_steps SET details = replace(details::text, :old, :new)::jsonb "
                        "WHERE order_id = ANY(:ids) AND details ? 'changes' AND author = ''"
                    ),
                    {"old": old, "new": new, "ids": ids},
                )
            await session.execute(
                text("UPDATE calls SET caller_number = :p, caller_name = :n WHERE linkedid LIKE :calls"),
                {"n": now[0], "p": now[1], "calls": f"{self.calls}%"},
            )
            session.expire_all()
            await index_orders(session, ids)

    async def all_answers(self, role: Role | None) -> dict[str, str]:
        """By address: how much was asked of the database, and what stands in the answer, but what is another at each
        reading."""
        told: dict[str, str] = {}
        changing = re.compile(r"since=[0-9a-f]+-[0-9]+|nonce[-=][^ >;]*|<dcterms:.*?Z<")
        with self._statements() as asked:
            for path, params in self._asked(role):
                asked.clear()
                answer = await self.web_rig.ask(role, "GET", path, params=params)
                body = readable(await answer.read(), answer.content_type)
                told[f"{path} {params}"] = f"{len(asked)} {answer.status} {changing.sub('', body)}"
        if role is Role.SUPERVISOR:
            async with self.web_rig.context.sessions() as session:
                for order in self.orders:
                    row = await session.get_one(Order, order.id)
                    me = Me(5, "supervisor", "许示例", Role.SUPERVISOR)
                    told[f"evidence {order.number}"] = str(
                        await gather(session, self.web_rig.context.policy, me, row, at=clock.now())
                    )
        if role is not None:
            for order in self.orders[:2]:
                for action in ("print", "export"):
                    sent = {"number": order.number, "action": action}
                    answer = await self.web_rig.ask(role, "POST", "/orders/many", data=sent)
                    told[f"{action} {order.number}"] = changing.sub(
                        "", readable(await answer.read(), answer.content_type)
                    )
                # A form that is refused gives back what was typed.
                sent = {"version": "1", "reason": self.typed, "note": self.typed}
                for step in (Step.SUPERVISE, Step.REPORT, Step.ESCALATE):
                    answer = await self.web_rig.ask(role, "POST", f"/orders/{order.number}/steps/{step}", data=sent)
                    assert answer.status in (403, 404, 409, 422), answer.status
                    told[f"{step} {order.number}"] = changing.sub("", await answer.text())
        return told

    @contextmanager
    def _statements(self) -> Iterator[list[str]]:
        found: list[str] = []
        engine = self.web_rig.context.sessions.kw["bind"].sync_engine

        def note(*args: object) -> None:
            found.append(str(args[2]))

        event.listen(engine, "before_cursor_execute", note)
        yield found
        event.remove(engine, "before_cursor_execute", note)

    def _asked(self, role: Role | None) -> Iterator[tuple[str, dict[str, str]]]:
        for route in READS:
            if role is None and not route.path.startswith("/office-link"):
                continue
            if role is not None and (route.roles is None or role not in route.roles):
                continue
            for path in self.walk.addresses(route):
                # Each print is a row in the list of prints; what it says is compared below.
                if not path.endswith("/evidence.pdf"):
                    yield path, {}
        if role is not None:
            for word in self.searched:
                yield "/api/orders", {"q": word}
            yield "/orders.xlsx", {"q": "名单"}
