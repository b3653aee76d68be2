"""Every form of a page shows by itself what came of it, or its success is said on the page that follows."""

from dispatch.workflow import Step
from web.app import ROUTES
from web.http.answers.success import DONE, SAYS_ITSELF

FORMS = {route.name for route in ROUTES if route.takes_form}
STEP_FORMS = {route.name for route in ROUTES if route.takes_form and "{step" in route.path}


def test_what_is_said_belongs_to_a_form() -> None:
    """A form that is not named says in plain words that it is done."""
    named = {name for name in DONE if "." not in name}
    assert named | SAYS_ITSELF <= FORMS - STEP_FORMS
    assert named & SAYS_ITSELF == set()


def test_every_step_says_that_it_was_taken() -> None:
    assert STEP_FORMS
    assert {name for name in DONE if "." in name} == {f"{form}.{step}" for form in STEP_FORMS for step in Step}


def test_what_was_done_is_a_sentence() -> None:
    assert [words for words in DONE.values() if not words.endswith("。")] == []
