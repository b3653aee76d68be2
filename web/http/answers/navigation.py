"""The bar at the top of every page: what is in it for whom, and where one is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from access.accounts.roles import DESK, EVERYBODY, HANDS
from dispatch.workflow import Role
from web.http.open_routes import opens
from web.http.routes import Route


@dataclass(frozen=True)
class MenuEntry:
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
    MenuEntry("desk", "坐席台", only=DESK),
    MenuEntry("calls", "通话"),
    MenuEntry("crew", "出车"),
    MenuEntry("inbox", "派单", only=HANDS - {Role.UNIT}),
    MenuEntry("orders", "工单"),
    MenuEntry("knowledge", "知识库"),
    MenuEntry("practice", "练习"),
    MenuEntry("units", "直通车"),
    MenuEntry("inboxes", "派单箱"),
    MenuEntry("unit_alarms", "无人接单"),
    MenuEntry("wall", "值班台"),
    MenuEntry("blocks", "屏蔽名单"),
    MenuEntry("disclosures", "查看记录"),
    MenuEntry("approvals", "审批", count="approvals_count", topic="approval"),
    MenuEntry("follow_ups", "回访"),
    MenuEntry("notifications", "通知"),
    MenuEntry("figures", "指标"),
    MenuEntry("accountability", "督查"),
    MenuEntry("accounts", "账号"),
)


@dataclass(frozen=True)
class MenuLink:
    path: str
    words: str
    here: bool
    count_at: str
    topic: str


def menu_of(routes: Mapping[str, Route], role: Role, path: str) -> list[MenuLink]:
    """What somebody of this role sees in the bar on the page at `path`."""
    return [
        MenuLink(
            to := routes[entry.route].path,
            entry.words,
            here=path == to or path.startswith(f"{to}/"),
            count_at=routes[entry.count].path if entry.count else "",
            topic=entry.topic,
        )
        for entry in MENU
        if role in entry.only and all(opens(routes[name], role) for name in (entry.route, entry.count) if name)
    ]
