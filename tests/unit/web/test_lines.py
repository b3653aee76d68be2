"""Walked over all routes and steps, new ones too: whatever text a request may hold comes out without what nobody sees,
and on one line unless it is declared to have many."""

import unicodedata
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from core.texts.lines import Secret
from dispatch.orders.step_fields import Fields
from tests.support.route_models import kinds_in, request_models
from web.follow_up.presenter import Answers

TYPED = "https://a\r\n二\u2028三\x07\u202e四\u200b五\ufeff"
MANY = {
    "matter", "reason", "note", "boundary", "done", "public_answer", "instruction", "task", "contact_note", "body",
    "finding", "addition", "text",
}  # fmt: skip
"""What may have many lines, wherever it stands; `reason` and `note` only where a description is asked for."""


def _texts(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        kinds = [kind for kind in kinds_in(field.annotation) if isinstance(kind, type)]
        for kind in kinds:
            if issubclass(kind, BaseModel):
                yield from _texts(kind)
        if str in kinds and Secret.__metadata__[0] not in field.metadata:
            yield name, Annotated[(field.annotation, None, *field.metadata)]


@pytest.mark.parametrize("name", sorted({*request_models(), "the citizen's answers"}))
def test_text_is_cleaned_where_the_field_is_made(name: str) -> None:
    model = request_models().get(name, Answers)
    for field, annotation in _texts(model):
        adapter = TypeAdapter(annotation)
        for given in (TYPED, [TYPED]):
            try:
                taken = adapter.validate_python(given)
            except ValidationError:
                continue
            text = taken[0] if isinstance(taken, list) else taken
            unseen = {sign for sign in text if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp")}
            assert unseen <= ({"\n"} if field in MANY else set()), f"{name}.{field}"


def test_a_step_keeps_the_lines_of_a_description_and_not_those_of_a_title() -> None:
    fields = Fields(title="路灯\n不亮", citizen_name="王\u200b示例\n", matter="一\r\n二", place="神道路\u202e")
    assert (fields.title, fields.citizen_name, fields.place) == ("路灯 不亮", "王示例", "神道路")
    assert fields.matter == "一\n二"


def test_a_password_is_kept_sign_by_sign() -> None:
    password = request_models()["web.http.schemas.SignIn"].model_validate(
        {"name": " a\u200b", "password": " \u200b 1 "}
    )
    assert password.model_dump() == {"name": "a", "password": " \u200b 1 "}
