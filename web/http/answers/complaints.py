"""The message about a field that was filled in wrongly. Pure."""

from collections.abc import Mapping
from typing import Any

_COMPLAINTS: dict[str, str] = {
    "missing": "此项必填。",
    "string_type": "应为文字。",
    "string_too_short": "至少{min_length}个字。",
    "string_too_long": "最多{max_length}个字。",
    "int_parsing": "应为整数。",
    "int_type": "应为整数。",
    "float_parsing": "应为数字。",
    "float_type": "应为数字。",
    "bool_parsing": "应为“是”或“否”。",
    "bool_type": "应为“是”或“否”。",
    "enum": "不在可选的范围内。",
    "greater_than_equal": "不能小于{ge}。",
    "less_than_equal": "不能大于{le}。",
    "extra_forbidden": "没有这一项。",
    "datetime_parsing": "时间格式不对，例如 2026-11-21T18:00:00+08:00。",
    "datetime_from_date_parsing": "时间格式不对，例如 2026-11-21T18:00:00+08:00。",
    "timezone_aware": "时间须写明时区，例如 2026-11-21T18:00:00+08:00。",
    "list_type": "应为列表。",
    "out_of_bounds": "应在{first}年至{last}年之间。",
    "date_parsing": "日期格式不对，例如 2026-11-21。",
    "date_from_datetime_parsing": "日期格式不对，例如 2026-11-21。",
    "date_from_datetime_inexact": "日期格式不对，例如 2026-11-21。",
    "string_pattern_mismatch": "格式不对。",
}


def complaint(kind: str, facts: Mapping[str, Any]) -> str:
    """The message about one field; `kind` is pydantic's name of the mistake."""
    return _COMPLAINTS.get(kind, "填写有误。").format_map(facts)
