"""The bar at the top of every page: what is in it for whom, and where one is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from access.accounts.roles import CHIEFS, DESK, EVERYBODY, HALL, HANDS
from core.city_words import worded
from dispatch.workflow import Role
from web.http.open_routes import opens
from web.http.routes import Route


@dataclass(frozen=True)
class MenuEntry:
    route: str
    words: str
    only: frozenset[Role] = EVERYBODY
    """Of those to whom the route is open."""
    counted: frozenset[Role] = frozenset()
    """For these roles a figure beside it says how much waits there (web.menu.counts)."""


MENU: Mapping[str, tuple[MenuEntry, ...]] = {
    "接听": (
        # A supervisor's telephone is there too, and is opened from the wall.
        MenuEntry("desk", "坐席台", only=DESK),
        MenuEntry("calls", "通话", counted=HALL),
        MenuEntry("my_day", "我的一天", only=DESK),
    ),
    "办理": (
        MenuEntry("crew", "出勤"),
        MenuEntry("inbox", "派单箱", only=HANDS - {Role.UNIT}, counted=HANDS),
        MenuEntry("orders", "工单", counted=HALL),
        MenuEntry("absences", "外出代办", only=frozenset({Role.OFFICE})),
        MenuEntry("inboxes", "派单箱", counted=HALL),
        MenuEntry("unit_alarms", "无人接单", counted=HALL),
        MenuEntry("follow_ups", "回访", counted=HALL),
        MenuEntry("approvals", "审批", only=CHIEFS, counted=HALL),
    ),
    "现场": (MenuEntry("units", "{crew}"), MenuEntry("map", "地图"), MenuEntry("wall", "值班台")),
    "资料": (
        MenuEntry("knowledge", "知识库"),
        MenuEntry("practice", "练习"),
        MenuEntry("notifications", "通知", counted=HALL),
        MenuEntry("blocks", "屏蔽名单", counted=HALL),
    ),
    "督查": (
        MenuEntry("figures", "指标"),
        MenuEntry("accountability", "督查"),
        MenuEntry("disclosures", "查看记录"),
    ),
    "管理": (
        MenuEntry("accounts", "账号"),
        MenuEntry("city", "城市数据"),
        MenuEntry("former", "原系统"),
        MenuEntry("status", "运行状态"),
    ),
}
"""By the group in which they stand side by side."""


@dataclass(frozen=True)
class MenuLink:
    path: str
    words: str
    here: bool
    route: str
    counted: bool


def menu_of(routes: Mapping[str, Route], role: Role, path: str) -> list[tuple[str, list[MenuLink]]]:
    """What somebody of this role sees in the bar on the page at `path`: groups that are not empty."""
    groups = (
        (
            group,
            [
                MenuLink(
                    to := routes[entry.route].path,
                    worded(entry.words),
                    here=path == to or path.startswith(f"{to}/"),
                    route=entry.route,
                    counted=role in entry.counted,
                )
                for entry in entries
                if role in entry.only and opens(routes[entry.route], role)
            ],
        )
        for group, entries in MENU.items()
    )
    return [(group, links) for group, links in groups if links]
