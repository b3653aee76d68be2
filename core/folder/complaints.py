"""Pydantic's complaints in the words of the person who keeps the city's folder. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from core.folder.faults import Wrong, meant

_CODE_PATTERN = "^[a-z][a-z0-9-]"
Place = tuple[str | int, ...]


def complaints(error: ValidationError, shape: type[BaseModel]) -> list[tuple[Place, str, str]]:
    """(place in the file, what is wrong, correction) of each mistake."""
    return [(tuple(each["loc"]), *_said(each, shape)) for each in error.errors()]


def _said(problem: ErrorDetails, shape: type[BaseModel]) -> tuple[str, str]:
    place = tuple(problem["loc"])
    field = next((part for part in reversed(place) if isinstance(part, str)), "")
    match problem["type"]:
        case "missing":
            return f"缺少 {field}", _what_to_add(field, _field_at(shape, place))
        case "extra_forbidden":
            known = _fields_at(shape, place[:-1])
            near = meant(field, known)
            return f"没有 {field} 这一项{near}", "改正名称，或删去这一项" if near else f"可以写：{'、'.join(known)}"
    what, mend = _of_a_value(problem, field)
    if problem["type"] == "value_error" and not isinstance(place[-1] if place else 0, str):
        return what, mend  # Of a whole record.
    return f"{field} {what}".strip(), mend


def _of_a_value(problem: ErrorDetails, field: str) -> tuple[str, str]:
    kind, limits = problem["type"], problem.get("ctx", {})
    written = f"写的是“{_short(problem.get('input'))}”"
    if kind == "value_error":
        wrong = limits.get("error")
        return (wrong.what, wrong.mend) if isinstance(wrong, Wrong) else (f"不对（{wrong}）", "按说明改正")
    if kind == "string_pattern_mismatch":
        pattern = str(limits.get("pattern", ""))
        code = "只用小写英文字母开头，后面是小写字母、数字和连字符"
        return written, code if pattern.startswith(_CODE_PATTERN) else _EXAMPLES.get(field, f"须符合 {pattern}")
    if kind in ("literal_error", "enum"):
        expected = str(limits.get("expected", "")).replace("'", "").replace(" or ", "、").replace(", ", "、")
        return written + meant(str(problem.get("input")), expected.split("、")), f"只能写：{expected}"
    if kind.endswith("too_short"):
        return "是空的", "填上内容"
    if kind.endswith("too_long"):
        return "太长", f"最多{limits.get('max_length')}个"
    if kind in _BOUNDS:
        return written, f"须{_BOUNDS[kind]} {next(iter(limits.values()))}"
    if wanted := _KINDS.get(kind) or _KINDS.get(kind.split("_")[0]):
        return written, f"须写{wanted}"
    return f"{written}，不能用（{problem['msg']}）", "按说明改正"


_BOUNDS = {
    "greater_than": "大于", "greater_than_equal": "不小于", "less_than": "小于", "less_than_equal": "不大于",
}  # fmt: skip
_KINDS = {
    "int": "整数", "float": "数字", "bool": "true 或 false", "time": "时刻，如 17:00", "date": "日期，如 2026-10-01",
    "datetime": "日期和时刻，如 2026-10-01T08:00:00", "string": "文字，加英文双引号", "list": "列表，如 [\"…\", \"…\"]",
    "dict": "一组项目", "model": "一组项目", "tuple": "列表，如 [\"…\", \"…\"]",
}  # fmt: skip
_EXAMPLES = {
    "area_code": "写带 0 的区号，如 0571 或 021",
    "number_prefix": "写一至四个大写英文字母",
    "number": "只写数字，如 12345",
    "extension": "小写英文字母、连字符、数字，如 crew-01",
}


def _short(given: Any) -> str:
    text = str(given)
    return f"{text[:40]}…" if len(text) > 40 else text


def _what_to_add(field: str, info: FieldInfo | None) -> str:
    """Of a table also what it must hold."""
    inner = _model_in(info.annotation) if info else None
    if info is None or inner is None:
        return f"补上 {field}"
    needed = "、".join(name for name, one in inner.model_fields.items() if one.is_required())
    listed = "list" in repr(info.annotation)
    return f"补上 {f'[[{field}]]' if listed else f'[{field}]'}，写明 {needed}"


def _field_at(shape: type[BaseModel], place: Place) -> FieldInfo | None:
    for part in place[:-1]:
        if isinstance(part, str) and part in shape.model_fields:
            shape = _model_in(shape.model_fields[part].annotation) or shape
    return shape.model_fields.get(str(place[-1]))


def _fields_at(shape: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """Names that the record at `place` may have."""
    for part in place:
        if isinstance(part, str) and part in shape.model_fields:
            inner = _model_in(shape.model_fields[part].annotation)
            if inner is None:
                return []
            shape = inner
    return list(shape.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if found := _model_in(inner):
            return found
    return None


_OPEN = ("Unclosed", "Unterminated", "(at end of document)", "Illegal character")
_FULL_WIDTH = re.compile(r"[“”‘’＝，：；［］｛｝＂]")


def toml_mend(message: str, line: str, before: str) -> tuple[str, str]:
    """(what, correction) for a file that is no TOML; `line`: where its reader gave up, `before`: what stands above."""
    outside = re.sub(r'"[^"]*"', "", line).partition("#")[0]
    if signs := _FULL_WIDTH.findall(outside):
        return f"这里有全角标点 {' '.join(dict.fromkeys(signs))}", "改成半角的引号、等号、逗号、方括号"
    if "overwrite" in message or "twice" in message:
        return "这一项写了两次", "留下一个，另一个删去"
    above = before.rstrip().splitlines()[-1:] or [""]
    open_above = "Invalid value" in message and above[0].partition("#")[0].rstrip().endswith(("[", ",", "{"))
    if open_above or any(one in message for one in _OPEN):
        return "引号或括号没有写完", "补上半角的引号或括号，也看一看上面一行"
    if "Invalid value" in message or "Expected newline" in message:
        return "等号后面的值写得不对", "文字加半角双引号；数字、true、false 和时刻不加"
    return f"不是正确的 TOML（{message}）", "一行写一项：名称 = 值；不知道是哪里不对时，对照示例文件夹里的同一个文件"


def pick_columns(fields: Mapping[str, Any], heads: Sequence[str], *, strict: bool) -> list[tuple[str, str]]:
    """(what, correction) for a table whose first line does not name the columns that it must have."""
    known = list(fields)
    wrong: list[tuple[str, str]] = []
    missing = [name for name, field in fields.items() if field.is_required() and name not in heads]
    unknown = [head for head in heads if head and head not in fields]
    for head in unknown if strict else ():
        near = meant(head, missing or known)
        wrong.append((f"没有 {head} 这一列{near}", f"第一行的列名是：{','.join(known)}"))
    if missing:
        wrong.append((f"缺少这些列：{'、'.join(missing)}", f"第一行的列名是：{','.join(known)}"))
    doubled = dict.fromkeys(head for head in heads if head and list(heads).count(head) > 1)
    wrong += [(f"{head} 这一列写了两次", "删去一列") for head in doubled]
    if "" in heads:
        wrong.append(("第一行有一列没有列名", f"补上列名：{','.join(known)}"))
    return wrong
