"""One record for what was sent and is not accepted, whichever error it was."""

import pytest

from core.errors import BadInput, Conflict, HotlineError, NotAllowed, NotFound
from web.http.answers.rejection import NOTHING_WRONG, REJECTED, rejection_of


@pytest.mark.parametrize(
    ("error", "status", "sentence", "calm"),
    [
        (
            BadInput(fields={"title": "请填写标题。", "kind": "请填写诉求类型。"}),
            422,
            "请填写标题。请填写诉求类型。",
            False,
        ),
        (BadInput("请勾选工单。"), 422, "请勾选工单。", False),
        (Conflict("别人刚刚改过。"), 409, "别人刚刚改过。", True),
        (NotAllowed("由市级管理员办理。"), 403, "由市级管理员办理。", False),
    ],
)
def test_the_status_and_the_sentence_are_those_of_the_error(
    error: HotlineError, status: int, sentence: str, calm: bool
) -> None:
    result = rejection_of(error)
    assert isinstance(error, REJECTED)
    assert (result.status, result.sentence, result.calm) == (status, sentence, calm)


def test_a_page_that_answers_for_what_is_missing_says_so() -> None:
    result = rejection_of(NotFound("没有这个申请。"))
    assert (result.status, result.sentence) == (404, "没有这个申请。")


def test_where_nothing_is_wrong_there_is_nothing_to_say() -> None:
    assert (NOTHING_WRONG.status, NOTHING_WRONG.sentence, NOTHING_WRONG.fields) == (200, "", {})
