"""What an editor writes, as a page shows it and as a person says it."""

import pytest

from knowledge.finding import score
from knowledge.rendering import answer_text, plain_text, render


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>", "[点我](javascript:alert(1))", "<img src=x onerror=alert(1)>",
        "![图](https://example.com/x.png)", "<iframe src='//x'></iframe>", "[x](data:text/html,<script>1</script>)",
    ],
)  # fmt: skip
def test_nothing_that_runs_or_loads_comes_through(evil: str) -> None:
    html = render(evil)
    for bad in ("<script", "<img", "<iframe", 'href="javascript', 'href="data'):
        assert bad not in html


def test_lists_emphasis_and_links_are_shown() -> None:
    html = render("**重点**\n\n- 一\n- 二\n\n[官网](https://example.com)")
    assert "<strong>重点</strong>" in html
    assert html.count("<li>") == 2
    assert 'href="https://example.com"' in html


def test_spoken_an_article_has_no_marks_and_names_all_papers_at_once() -> None:
    body = "# 办法\n\n先**电话**预约。\n\n3. 填表\n4. 交表\n\n- 周末不办"
    assert plain_text(body) == "办法\n先电话预约。\n3. 填表\n4. 交表\n· 周末不办"
    assert answer_text("来就行。", ["身份证", "照片"]) == "来就行。\n需要带的材料（一次性告知）：\n1. 身份证\n2. 照片"
    assert answer_text("来就行。", []) == "来就行。"


def test_a_title_scores_by_what_was_said_of_it_and_more_on_its_subject() -> None:
    said = {"户口", "口注", "注销"}
    assert score("户口注销", ["household"], said, []) == 1
    assert score("户口注销", ["household"], said, ["household"]) == 1.5
    assert score("路灯不亮", ["street-lamp"], said, ["street-lamp"]) == 0
