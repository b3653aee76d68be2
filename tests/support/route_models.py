"""The models of what routes take in."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from dispatch.orders.step_fields import Fields
from web.app import ROUTES


def request_models() -> dict[str, type[BaseModel]]:
    asked = {model for route in ROUTES for model in (route.query, route.body) if model is not None}
    return {f"{model.__module__}.{model.__qualname__}": model for model in {*asked, Fields}}


def kinds_in(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from kinds_in(inner)
