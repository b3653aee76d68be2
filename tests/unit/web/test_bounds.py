"""Nothing that a request may hold is beyond what can be stored: walked over all routes, new ones too."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from tests.support.route_models import kinds_in, request_models

BEYOND: dict[type, list[Any]] = {
    dt.datetime: [
        "0001-01-01T00:00:00+14:00",
        "1900-01-01T00:00:00Z",
        "2150-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        1e300,
    ],
    dt.date: ["0001-01-01", "1900-01-01", "2150-01-01", "9999-12-31"],
    int: [2**31, -(2**31) - 1, 2**63, -(2**63) - 1, 10**30],
}

IDS = {"before", "article", "id"}


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, Any, type]]:
    for name, field in model.model_fields.items():
        kinds = [kind for kind in kinds_in(field.annotation) if isinstance(kind, type)]
        for kind in kinds:
            if issubclass(kind, BaseModel):
                yield from _fields(kind)
            elif kind in BEYOND:
                yield name, Annotated[(field.annotation, None, *field.metadata)], kind


@pytest.mark.parametrize("name", sorted(request_models()))
def test_instants_days_and_numbers_out_of_all_bounds_are_refused(name: str) -> None:
    for field, annotation, kind in _fields(request_models()[name]):
        adapter = TypeAdapter(annotation)
        # An id may be as large as its column, twice as wide as a number's.
        for value in BEYOND[kind][2 if field in IDS else 0 :]:
            for given in (value, [value]):
                try:
                    adapter.validate_python(given)
                except ValidationError:
                    continue
                pytest.fail(f"{name}.{field} takes {given}")
