"""An invented export of a system that a city had before: other heads, other spellings, other times in each row.

Made without a look at the words that the product knows (dispatch/former/guesses.toml): what the product does not guess,
a person chooses.
"""

import csv
import datetime as dt
import io
import random
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from core.clock import CITY_ZONE

HEADS = (
    "业务流水号", "来电时刻", "业务来源", "来电人姓名", "来电人手机", "诉求归类", "镇（街）", "详细位置", "诉求简述",
    "诉求正文", "交办单位", "交办时间", "结果反馈", "反馈日期", "结案日期", "流程状态", "是否对外保密", "坐席工号",
)  # fmt: skip
STATES = ("已结案", "已归档", "流转中", "待审核", "已撤单")
ENDED = STATES[:2]
SOURCES = ("热线电话", "微信", "来访登记", "省平台转办")
SORTS = ("城市管理/路灯照明", "供水", "噪声扰民", "其他")
TOWNS = ("书院街道办事处", "小雪街道", "")
OFFICES = ("路灯管理处", "市供水公司", "书院街道", "原城建办")
MATTERS = ("门口路灯不亮", "自来水发黄", "半夜施工太吵", "井盖松动")


def times_as_written(at: dt.datetime, way: int) -> str:
    return (
        f"{at:%Y/%-m/%-d %H:%M}",
        f"{at:%Y-%m-%d %H:%M:%S}",
        f"{at.year}年{at.month}月{at.day}日 {at:%H}时{at:%M}分",
        f"{at:%Y.%m.%d} {'上午' if at.hour < 12 else '下午'}{(at.hour - 1) % 12 + 1}:{at:%M}",
    )[way % 4]


def former_rows(count: int, seed: int = 7) -> list[list[str]]:
    """Rows of an export, whose numbers are 2021-000001 and so on."""
    picked = random.Random(seed)
    rows = []
    for number in range(1, count + 1):
        came = dt.datetime(2021, 3, 1, 8, 0, tzinfo=CITY_ZONE) + dt.timedelta(minutes=37 * number)
        state = picked.choice(STATES) if number % 5 == 0 else picked.choice(ENDED)
        matter = picked.choice(MATTERS)
        phone = f"1390000{number % 10_000:04}"
        spaced = f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}"
        rows.append(
            [
                f"2021-{number:06}", times_as_written(came, number), picked.choice(SOURCES),
                picked.choice(("示例一", "示例二", "")), picked.choice((phone, spaced)),
                picked.choice(SORTS), picked.choice(TOWNS), f"示例路{number}号", matter,
                f"来电人反映{matter}，第{number}件，希望尽快处理。", picked.choice(OFFICES),
                times_as_written(came + dt.timedelta(hours=1), number + 1), f"已派人处理{matter}。",
                times_as_written(came + dt.timedelta(days=1), number), times_as_written(came + dt.timedelta(days=2), 1),
                state, picked.choice(("否", "是") if number % 7 == 0 else ("否",)), f"{8000 + number % 30}",
            ]
        )  # fmt: skip
    return rows


def as_csv(rows: Sequence[Sequence[str]], encoding: str = "utf-8-sig", heads: Sequence[str] = HEADS) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([heads, *rows])
    return text.getvalue().encode(encoding)


def write_xlsx(path: Path, rows: Sequence[Sequence[str]], heads: Sequence[str] = HEADS) -> Path:
    """With a title over all columns, as such exports have it."""
    with xlsxwriter.Workbook(path, {"constant_memory": False}) as book:
        sheet = book.add_worksheet("导出")
        sheet.merge_range(0, 0, 0, len(heads) - 1, "热线办件导出表（2021年）")
        for row, cells in enumerate([heads, *rows], 1):
            sheet.write_row(row, 0, cells)
    return path
