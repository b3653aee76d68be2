"""Which role acknowledges an order by what."""

import ast
from pathlib import Path

import pytest

from dispatch.assignments.assign import Sign, recipient_shown
from dispatch.orders.actors import SYSTEM, Actor
from dispatch.orders.assignment_models import RecipientKind
from dispatch.workflow import Role

ROOT = Path(__file__).parents[4]
OFFICE = Actor(1, Role.OFFICE, "示例", office_code="housing")
BY_LINK = Actor(None, Role.OFFICE, "示例（经链接）", office_code="housing")
CREW = Actor(2, Role.UNIT, "示例", unit_code="unit-01")


@pytest.mark.parametrize(
    ("actor", "sign", "shown"),
    [
        (OFFICE, Sign.OPENED, (RecipientKind.OFFICE, "housing")),
        (OFFICE, Sign.STEP, (RecipientKind.OFFICE, "housing")),
        (BY_LINK, Sign.STEP, (RecipientKind.OFFICE, "housing")),
        (OFFICE, Sign.ENTERED, None),
        (CREW, Sign.OPENED, None),
        (CREW, Sign.STEP, (RecipientKind.UNIT, "unit-01")),
        (CREW, Sign.ENTERED, (RecipientKind.UNIT, "unit-01")),
        (Actor(3, Role.OFFICE, "示例"), Sign.STEP, None),
        (Actor(4, Role.UNIT, "示例"), Sign.STEP, None),
    ],
)
def test_an_office_has_what_it_opens_or_works_on_and_a_crew_what_it_says_it_goes_to(
    actor: Actor, sign: Sign, shown: tuple[RecipientKind, str] | None
) -> None:
    assert recipient_shown(actor, sign) == shown


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OFFICE, Role.UNIT}))
def test_nobody_else_acknowledges_anything(role: Role) -> None:
    actor = SYSTEM if role is Role.SYSTEM else Actor(1, role, "示例", office_code="housing", unit_code="unit-01")
    assert {recipient_shown(actor, sign) for sign in Sign} == {None}


def test_that_an_order_was_seen_is_said_by_its_step_by_opening_it_and_by_the_crews_phone() -> None:
    """Each sign at one place: a screen that acknowledges beside a step would be a second rule."""
    said: dict[str, list[str]] = {}
    for package in ("dispatch", "web", "hotline", "access"):
        for path in (ROOT / package).rglob("*.py"):
            if "Sign." in (text := path.read_text("utf-8")) and path.stem != "assign":
                for node in ast.walk(ast.parse(text)):
                    if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "seen":
                        sign = next(ast.unparse(arg) for arg in node.args if ast.unparse(arg).startswith("Sign."))
                        said.setdefault(sign, []).append(str(path.relative_to(ROOT)))
    assert said == {
        "Sign.STEP": ["dispatch/steps/take.py"],
        "Sign.OPENED": ["web/orders/views.py"],
        "Sign.ENTERED": ["dispatch/jobs/crew_outbox.py"],
    }
