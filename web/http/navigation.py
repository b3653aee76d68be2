"""The bar at the top of every page: what is in it for whom, and where one is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from access.accounts.roles import DESK, EVERYBODY, HANDS
from dispatch.workflow import Role
from web.http.permissions import opens
from web.http.routes import Route


@dataclass(frozen=True)
class Entry:
    route: str
    words: str
    only: frozenset[Role] = EVERYBODY
    """Of those to whom the route is open."""
    count: str = ""
    """The route of a fragment that counts what waits there; who may not ask for it does not see the entry."""
    topic: str = ""
    """What happens when that count changes (`live:…`)."""


MENU = (
    # A supervisor's telephone is there too, and is opened from the wall.
    Entry("desk", "坐席台", only=DESK),
    Entry("calls", "通话"),
    Entry("crew", "出车"),
    Entry("inbox", "派单", only=HANDS - {Role.UNIT}),
    Entry("orders", "工单"),
    Entry("knowledge", "知识库"),
    Entry("practice", "练习"),
    Entry("units", "直通车"),
    Entry("inboxes", "派单箱"),
    Entry("unit_alarms", "无人接单"),
    Entry("wall", "值班台"),
    Entry("blocks", "屏蔽名单"),
    Entry("disclosures", "查看记录"),
    Entry("approvals", "审批", count="approvals_count", topic="approval"),
    Entry("follow_ups", "回访"),
    Entry("notifications", "通知"),
    Entry("figures", "指标"),
    Entry("accountability", "督查"),
)


@dataclass(frozen=True)
class Link:
    path: str
    words: str
    here: bool
    count_at: str
    topic: str


def menu_of(routes: Mapping[str, Route], role: Role, path: str) -> list[Link]:
    """What somebody of this role sees in the bar on the page at `path`."""
    return [
        Link(
            to := routes[entry.route].path,
            entry.words,
            here=path == to or path.startswith(f"{to}/"),
            count_at=routes[entry.count].path if entry.count else "",
            topic=entry.topic,
        )
        for entry in MENU
        if role in entry.only and all(opens(routes[name], role) for name in (entry.route, entry.count) if name)
    ]
