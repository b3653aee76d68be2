"""A former system's file brought to each of its states, as an administrator and a worker would."""

from collections.abc import Callable, Mapping

from core import clock
from core.database import Sessions, transaction
from dispatch.city.records import City
from dispatch.former.carry_on import carry_on
from dispatch.former.fields import KEPT_AS_WORDS
from dispatch.former.fields import FormerField as F
from dispatch.former.files import (
    add_file,
    begin_check,
    begin_takeover,
    get_file,
    present_mapping,
    save_columns,
    words_of,
)
from dispatch.former.mapping import AS_WORDS
from dispatch.kinds import Channel
from dispatch.orders.actors import Actor

COLUMNS: Mapping[str, F] = {
    "业务流水号": F.NUMBER, "来电时刻": F.RECEIVED_AT, "业务来源": F.CHANNEL, "来电人姓名": F.CITIZEN_NAME,
    "来电人手机": F.CITIZEN_PHONE, "诉求归类": F.SUBJECT, "镇（街）": F.TOWN, "详细位置": F.PLACE, "诉求简述": F.TITLE,
    "诉求正文": F.MATTER, "交办单位": F.OFFICE, "交办时间": F.DISPATCHED_AT, "结果反馈": F.PUBLIC_ANSWER,
    "反馈日期": F.REPLIED_AT, "结案日期": F.CLOSED_AT, "流程状态": F.STATE, "是否对外保密": F.CONFIDENTIAL,
    "坐席工号": F.NOTE, "经办情况": F.DONE,
}  # fmt: skip
"""Of tests.support.former_export."""
SAID: Mapping[F, Mapping[str, str]] = {
    F.OFFICE: {"路灯管理处": "street-lighting"},
    F.SUBJECT: {"城市管理/路灯照明": "street-lamp"},
    F.STATE: {"已结案": "finished", "已归档": "finished", "流转中": "open", "待审核": "open", "已撤单": "void"},
    F.CHANNEL: {"热线电话": "hotline", "微信": "web", "来访登记": "walk_in", "省平台转办": "upper_level"},
    F.CONFIDENTIAL: {"是": "yes", "否": "no"},
}
"""What stands in none stays as words."""


async def upload(sessions: Sessions, city: Callable[[], City], content: bytes, system: str, actor: Actor) -> int:
    async with transaction(sessions) as session:
        file = await add_file(
            session, system=system, file_name="2021年导出.csv", content=content, actor=actor, at=clock.now()
        )
    await carry_on(sessions, city, file.id, clock.now)
    return file.id


async def tried(sessions: Sessions, city: Callable[[], City], content: bytes, system: str, actor: Actor) -> int:
    """Uploaded, mapped and checked."""
    file_id = await upload(sessions, city, content, system, actor)
    async with transaction(sessions) as session:
        file = await get_file(session, file_id)
        await save_columns(session, file_id, [COLUMNS.get(name) for name in file.heads], Channel.HOTLINE, city())
        words = await words_of(session, file, present_mapping(file))
        values = {
            name: {word: SAID.get(name, {}).get(word, AS_WORDS if name in KEPT_AS_WORDS else "") for word, _ in found}
            for name, found in words.items()
        }
        await begin_check(session, file_id, values)
    await carry_on(sessions, city, file_id, clock.now)
    return file_id


async def taken(sessions: Sessions, city: Callable[[], City], content: bytes, system: str, actor: Actor) -> int:
    file_id = await tried(sessions, city, content, system, actor)
    async with transaction(sessions) as session:
        await begin_takeover(session, file_id, actor)
    await carry_on(sessions, city, file_id, clock.now)
    return file_id
