"""The description of the API (OpenAPI 3.1), made of the route table and the messages: it cannot fall behind."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from core.city_words import city_words, worded
from web.http.routes import SAFE_METHODS, Route
from web.http.schemas import Problem

_REFERENCE = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"{(\w+)(?::[^}]*)?}")


def describe(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """The document for all routes under /api."""
    described = [route for route in routes if route.is_api]
    messages = {m for route in described for m in (route.query, route.body, route.answer) if m} | {Problem}
    schemas = _schemas(frozenset(messages))
    paths: dict[str, dict[str, Any]] = {}
    for route in described:
        paths.setdefault(_PARAMETER.sub(r"{\1}", route.path), {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{city_words().line} API",
            "version": version,
            "description": "时间一律带时区；错误见 Problem。",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "见 POST /api/session"}},
        },
    }


@cache
def _schemas(messages: frozenset[type[BaseModel]]) -> dict[str, Any]:
    """Made once in a process: it takes as long as all else that a server needs to begin."""
    modes: Any = [(message, "validation") for message in sorted(messages, key=lambda m: m.__name__)]
    _, definitions = models_json_schema(modes, ref_template=_REFERENCE)
    found: dict[str, Any] = definitions["$defs"]
    return found


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {str(route.status): _answer(route)}
    for status, words in _failures(route):
        answers[status] = {"description": words, "content": {"application/problem+json": {"schema": _ref(Problem)}}}
    # What is no HTTP is refused below us, in a line of its own.
    answers["400"]["content"]["text/plain"] = {"schema": {"type": "string"}}
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": worded(route.says),
        "parameters": [*_path_parameters(route), *_query_parameters(route, schemas)],
        "responses": answers,
        "security": [{"token": []}] if route.roles is not None else [],
    }
    if route.roles is not None:
        operation["x-roles"] = sorted(route.roles)
    if route.body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(route.body)}}}
    return operation


def _answer(route: Route) -> dict[str, Any]:
    if route.answer is None:
        return {"description": "见说明"}
    return {"description": "成功", "content": {"application/json": {"schema": _ref(route.answer)}}}


def _failures(route: Route) -> list[tuple[str, str]]:
    unsafe = route.method not in SAFE_METHODS
    said: dict[str, tuple[bool, str]] = {
        "400": (True, "请求不符合 HTTP"),
        "401": (route.roles is not None, "请先登录"),
        "403": (route.roles is not None or unsafe, "没有权限"),
        "404": ("{" in route.path, "没有找到"),
        "408": (unsafe, "内容迟迟没有到齐"),
        "409": (unsafe and "{" in route.path, "内容已被别人改过，或现在不能办理"),
        "413": (unsafe, "内容过大"),
        "422": (unsafe or route.query is not None, "填写有误，fields 说明每一项"),
        "429": (route.roles is None, "尝试过多"),
        "503": (True, "系统的一部分暂时不可用"),
    }
    also = {str(status): _ALSO[status] for status in route.may_fail}
    return sorted({status: words for status, (fits, words) in said.items() if fits}.items() | also.items())


_ALSO = {
    403: "没有权限", 404: "没有找到", 409: "现在不能办理", 410: "已经过期", 416: "只能一段一段地取",
    422: "填写有误，fields 说明每一项", 429: "尝试过多",
}  # fmt: skip


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]


def _query_parameters(route: Route, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    schema = schemas[route.query.__name__]
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": part}
        for name, part in schema["properties"].items()
    ]


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=model.__name__)}
