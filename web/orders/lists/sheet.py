"""Orders as an Excel sheet (XLSX). Pure but for the file in memory.

Whatever a citizen or an office wrote stays text: no cell becomes a formula, a link or a number, and a cell that begins
like a formula says so to Excel as well. Citizens' names and numbers have no column and are covered in the texts.
"""

import datetime as dt
from collections.abc import Iterable
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from access.accounts.sessions import Me
from access.visibility.rules import own_or_covered, redactor_of_order
from core.city_words import worded
from core.clock import in_city
from dispatch.city.records import City
from dispatch.orders.labels import CHANNELS, STATES, URGENCIES
from dispatch.orders.models import Order
from web.orders.cards import kind_name

LONGEST = 32_000
"""Excel takes 32,767 characters in a cell, and the library leaves a longer text out without a word."""
_CUT = "……（全文见系统）"
_LIKE_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_HEADS = (
    ("工单号", 20), ("状态", 10), ("来源", 10), ("诉求类型", 10), ("紧急程度", 9), ("事项", 16),
    ("标题", 36), ("诉求内容", 60), ("{town}", 12), ("地点", 28), ("主办单位", 22), ("{crew}", 16),
    ("受理时间", 17), ("签收时限", 17), ("办结时限", 17), ("办结时间", 17), ("公开答复", 60),
)  # fmt: skip


def order_sheet(orders: Iterable[Order], city: City, me: Me, *, exported: str) -> bytes:
    """As `me` may read them. `exported`: the exporting person and time; stands in the last row."""
    file = BytesIO()
    book = Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    sheet = book.add_worksheet("工单")
    head, like_formula = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
    instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for column, (name, width) in enumerate(_HEADS):
        sheet.write_string(0, column, worded(name), head)
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 1)
    row = 0
    for row, order in enumerate(orders, 1):
        redactor = redactor_of_order(order)
        for column, value in enumerate(_cells(order, city)):
            shown = redactor.text(value) if isinstance(value, str) else value
            _write(sheet, row, column, shown, instant, like_formula)
        answer = own_or_covered(me, order.answer_author, order.public_answer, redactor)
        _write(sheet, row, len(_HEADS) - 1, answer, instant, like_formula)
    sheet.autofilter(0, 0, row, len(_HEADS) - 1)
    sheet.write_string(row + 2, 0, exported)
    book.close()
    return file.getvalue()


def _cells(order: Order, city: City) -> tuple[str | dt.datetime | None, ...]:
    subject, town = city.subjects.get(order.subject or ""), city.towns.get(order.place_town or "")
    office, unit = city.offices.get(order.lead_office_code or ""), city.units.get(order.unit_code or "")
    return (
        order.number, STATES[order.state], CHANNELS[order.channel], kind_name(order.kind, order.urgency),
        URGENCIES[order.urgency], subject.name if subject else order.subject, order.title, order.matter,
        town.name if town else order.place_town, order.place, office.name if office else order.lead_office_code,
        unit.name if unit else order.unit_code, order.received_at, order.accept_due_at, order.finish_due_at,
        order.closed_at,
    )  # fmt: skip


def _write(
    sheet: Worksheet, row: int, column: int, value: str | dt.datetime | None, instant: Format, like_formula: Format
) -> None:
    if isinstance(value, dt.datetime):
        # Excel knows no zones: the city's.
        sheet.write_datetime(row, column, in_city(value).replace(tzinfo=None), instant)
    elif value:
        text = value if len(value) <= LONGEST else value[:LONGEST] + _CUT
        sheet.write_string(row, column, text, like_formula if text.startswith(_LIKE_FORMULA) else None)
