"""Orders as a sheet for Excel: what people wrote stays text."""

import datetime as dt
import re
import zipfile
from io import BytesIO

import pytest

from access.accounts.sessions import Me
from dispatch.kinds import Channel, Kind, Urgency
from dispatch.orders.models import Order
from dispatch.workflow import Role, State
from tests.support.qufu import qufu
from web.orders.lists.sheet import LONGEST, order_sheet

CITY = qufu().city
ME = Me(5, "supervisor", "许示例", Role.SUPERVISOR)
AT = dt.datetime(2026, 11, 20, 18, 30, tzinfo=dt.UTC)


def sheet(**more: object) -> dict[str, str]:
    """The file's parts."""
    values: dict[str, object] = {
        "number": "QF20261121-0001-7", "state": State.CLOSED, "channel": Channel.WEB, "kind": Kind.HELP,
        "subject": "street-lamp", "urgency": Urgency.NORMAL, "title": "路灯不亮", "matter": "门口的路灯坏了",
        "place_town": "shuyuan", "place": "", "lead_office_code": "housing", "unit_code": None, "received_at": AT,
        "accept_due_at": None, "finish_due_at": AT, "closed_at": None, "public_answer": "",
        "answer_author": "",
        "citizen_name": "王示例", "citizen_phone": "13800000042",
    }  # fmt: skip
    body = order_sheet([Order(**values | more)], CITY, ME, exported="许示例 导出")
    with zipfile.ZipFile(BytesIO(body)) as parts:
        return {name: parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml")}


@pytest.mark.parametrize("text", ["=1+1", "+8653712345", "-2", "@SUM(A1)", '=HYPERLINK("http://x")', "http://x", "42"])
def test_what_looks_like_a_formula_a_link_or_a_number_stays_text(text: str):
    parts = sheet(title=text)
    page = parts["xl/worksheets/sheet1.xml"]
    assert "<f>" not in page
    assert "hyperlink" not in page
    assert re.search(r'<c r="G2"[^>]* t="s"', page)
    if text[0] in "=+-@":
        assert 'quotePrefix="1"' in parts["xl/styles.xml"]


def test_times_are_the_citys_and_citizens_are_not_in_it():
    parts = sheet()
    assert '<c r="M2" s="2"><v>46347.10416666666' in parts["xl/worksheets/sheet1.xml"]
    assert not any("王示例" in part or "13800000042" in part for part in parts.values())
    assert "许示例 导出" in parts["xl/sharedStrings.xml"]


def test_a_text_that_is_too_long_for_a_cell_is_cut_and_says_so():
    texts = sheet(matter="长" * (LONGEST + 1000))["xl/sharedStrings.xml"]
    assert "长" * LONGEST + "……（全文见系统）" in texts
