"""The description of the API covers every route under /api and nothing else."""

import json
import re
from typing import Any

import pytest

from dispatch.orders.labels import FIELDS
from web.app import ROUTES
from web.http.answers.openapi import describe
from web.http.requests.origin import ours
from web.labels import QUERY_FIELDS


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return describe(ROUTES, "1")


def test_every_route_of_the_api_is_described_with_its_roles(document: dict[str, Any]) -> None:
    paths = document["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert len(described) == len([route for route in ROUTES if route.path.startswith("/api/")])
    assert paths["/api/agent/state"]["post"]["x-roles"] == ["agent"]
    assert paths["/api/recordings/{id}/audio"]["get"]["parameters"][0]["name"] == "id"
    assert all(operation["summary"] for methods in paths.values() for operation in methods.values())


def test_an_origin_is_ours_only_with_scheme_host_and_port() -> None:
    assert ours("https://line.example", "https://line.example/")
    assert ours("HTTPS://Line.Example", "https://line.example")
    for other in ("http://line.example", "https://line.example:8443", "https://line.example.evil.example", "null", ""):
        assert not ours(other, "https://line.example")


def test_every_part_of_an_address_has_a_name_for_the_error_page() -> None:
    asked = {name for route in ROUTES if route.query for name in route.query.model_fields}
    aliases = {
        field.alias or name for route in ROUTES if route.query for name, field in route.query.model_fields.items()
    }
    assert (asked | aliases) - QUERY_FIELDS.keys() - FIELDS.keys() == set()


def test_whatever_the_description_points_to_is_there(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/([\w.]+)", json.dumps(document))) <= schemas.keys()
