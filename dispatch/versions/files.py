"""The files of a city that people change on screen, as the administrator reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.city_words import worded
from dispatch.city.posts import COLUMNS
from dispatch.versions.difference import CODE


@dataclass(frozen=True)
class CityFileKind:
    """Texts may name what the city words (core.city_words)."""

    _title: str
    _says: str
    _moves_orders: str = ""
    table: bool = False
    """CSV: a row a thing."""
    keys: Sequence[str] = CODE
    """Columns of a table that together tell a row from the others."""
    _empty: str = ""

    @property
    def empty(self) -> str:
        """The text of a city that has no such file."""
        return self._empty

    @property
    def title(self) -> str:
        return worded(self._title)

    @property
    def says(self) -> str:
        """What stands in it, and what a change of it does."""
        return worded(self._says)

    @property
    def moves_orders(self) -> str:
        """What becomes of open orders."""
        return worded(self._moves_orders)


_KEPT = "已登记的工单不变。"
FILES: Mapping[str, CityFileKind] = {
    "offices.csv": CityFileKind(
        "承办单位", "名称、负责人、分管负责人、电话。删去的单位不再派单，已派给它的工单仍归它办完。", table=True
    ),
    "units.csv": CityFileKind("{crew}", "名称、行业、服务的{town}、值班电话、所属单位。", table=True),
    "posts.csv": CityFileKind(
        "岗位与任职",
        "各单位的第一责任人、分管负责人、A 岗和 B 岗联络员，谁从哪天到哪天。问责记当天在任的人。",
        table=True,
        _empty=f"{','.join(COLUMNS)}\n",
    ),
    "places.csv": CityFileKind(
        "地名", "村、社区、道路、场所和所在{town}，用来从通话里听出地点。", table=True, keys=("name", "town")
    ),
    "city.toml": CityFileKind("本{area}", "名称、叫法、区号、{town}、行业。"),
    "calendar.toml": CityFileKind(
        "工作日历", "每年的放假和调休。", "暂定的时限按新日历重新计算；其他工单的时限不变，见下面的清单。"
    ),
    "limits.toml": CityFileKind("时限", "签收、首次联系、办结的时限和提醒。", "已派单的工单保持原来的时限。"),
    "subjects.toml": CityFileKind("事项类别", "事项、由谁承办、说法。", "已派单的工单保持原来的承办单位。"),
    "duties.csv": CityFileKind(
        "派单目录",
        "每个事项管什么、由谁主办和协办、依据、哪些不归它、平时怎么说。多项用“；”隔开。",
        "派单目前按事项类别，目录只供查阅和核对，改了不影响工单。",
        table=True,
    ),
    "urgency.toml": CityFileKind("紧急程度", "哪些话表示紧急、加急。", _KEPT),
    "units.toml": CityFileKind("催接", "怎样选{crew}，多久没有人接就打电话、换下一支。", "已开始的催接按原来的走完。"),
    "crews.toml": CityFileKind("{crew}用语", "{crew}页面上点一下就填好的话。"),
    "desk.toml": CityFileKind("坐席台", "来电弹屏、暂停原因、屏蔽的天数。"),
    "callbacks.toml": CityFileKind("回电", "什么时候回电、打几次。"),
    "hearing.toml": CityFileKind("听写", "怎样从通话里听出姓名、地点、诉求类型。"),
    "notifications.toml": CityFileKind(
        "通知文字", "短信、邮件、群消息的文字和发送规则。", "已排队的通知按原来的文字发出。"
    ),
    "replies.toml": CityFileKind("答复模板", "承办单位写公开答复时的模板。"),
    "follow-up.toml": CityFileKind("回访", "什么时候回访、问什么。", "已发出的回访不变。"),
    "reachability.toml": CityFileKind("联络测试", "多久测试一次联系方式。"),
    "evasive.toml": CityFileKind("神回复", "哪些话标为疑似神回复。", "已标出的不变，新的答复按新规则。"),
    "dispatch.toml": CityFileKind("一键派单", "有多大把握的建议可以一键确认。", _KEPT),
    "dialling.toml": CityFileKind("可拨号码", "话机、转接、回电可以打出哪些号码，一天最多几次。"),
    "roster.toml": CityFileKind("值班表", "每班至少几名接线员就绪，少于此数就报警。"),
    "retention.toml": CityFileKind("保存期限", "录音保存几个月；到期的每天夜里销毁，找不回来。工单和转写不删。"),
    "announcements.toml": CityFileKind("公告", "欢迎语之后播放的公告和播放的时间。"),
}
"""By their names in the city's folder, in the order of the page."""
