"""Templates decide nothing: permissions and the meaning of states are decided in Python and handed in."""

import re
from itertools import chain
from pathlib import Path

import pytest

from dispatch.city.records import City
from dispatch.workflow import Role
from web.app import ROUTES
from web.http.answers.navigation import MENU, MenuLink, menu_of
from web.http.open_routes import opens
from web.menu.counts import COUNTS
from web.template_filters import word_tables
from web.template_tests import TESTS

WEB = Path(__file__).parents[3] / "web"
TEMPLATES = {str(path.relative_to(WEB)): path.read_text("utf-8") for path in sorted(WEB.glob("*/templates/**/*.html"))}
CODE = re.compile(r"\{[%{](.*?)[%}]\}", re.DOTALL)
LITERAL = r"""['"(\[]"""
COMPARED = re.compile(
    rf"\b(?:role|state|from_state|to_state|direction|doing)\s*(?:==|!=|(?:not\s+)?in\b)\s*{LITERAL}"
    rf"|{LITERAL}[^'\"]*['\"]\s*(?:==|!=)\s*[\w.]*\b(?:role|state|direction|doing)\b"
    r"|attr\(\s*['\"](?:role|state|direction|doing)['\"]"
)
ROLES_LISTED = re.compile(r"[(\[](?:\s*['\"](?:" + "|".join(Role) + r")['\"]\s*,?)+[)\]]")
"""Not `by == 'unit'`: that is a way of counting."""
BY_NAME = {route.name: route for route in ROUTES}
ENTRIES = list(chain.from_iterable(MENU.values()))


def links(role: Role, path: str = "/") -> list[MenuLink]:
    return list(chain.from_iterable(links for _, links in menu_of(BY_NAME, role, path)))


def offences(template: str) -> list[str]:
    return [code.strip() for code in CODE.findall(template) if COMPARED.search(code) or ROLES_LISTED.search(code)]


@pytest.mark.parametrize(
    "code",
    [
        "{% if me.role == 'agent' %}",
        '{% if me.role not in ("agent", "unit") %}',
        "{% if order.state in ('closed', 'merged') %}",
        "{{ 'bad' if one.state == 'failed' }}",
        "{{ 'bad' if 'failed' == one.state }}",
        "{% set ready = all | selectattr('state', 'equalto', 'ready') | list %}",
        "{% for role in ('coordinator', 'leader') %}",
    ],
)
def test_a_role_or_a_state_in_a_template_is_recognised(code: str) -> None:
    assert offences(code)


@pytest.mark.parametrize(
    "code",
    [
        "{% if may('order_disclosures') %}",
        "{% if order is final %}",
        "{{ parts.state(order.state) }}",
        "{% if query.state == value %}",
        "{% if row.from_state != row.to_state %}",
        "{{ ROLES[me.role] }}",
    ],
)
def test_what_was_decided_elsewhere_is_none(code: str) -> None:
    assert not offences(code)


def test_no_template_names_a_role_or_a_state() -> None:
    assert len(TEMPLATES) > 50
    assert {path: found for path, template in TEMPLATES.items() if (found := offences(template))} == {}


def test_a_template_asks_only_for_routes_that_exist() -> None:
    asked = {name for template in TEMPLATES.values() for name in re.findall(r"\bmay\('(\w+)'\)", template)}
    assert asked
    assert asked <= BY_NAME.keys()


def test_each_question_about_a_state_is_asked_somewhere() -> None:
    asked = {
        name
        for template in TEMPLATES.values()
        for pair in re.findall(r"\bis (?:not )?(\w+)|select\('(\w+)'\)", template)
        for name in pair
    }
    assert TESTS.keys() <= asked


@pytest.mark.parametrize("role", sorted(Role))
def test_what_is_in_the_bar_may_be_opened(role: Role) -> None:
    for link in links(role):
        assert opens(next(one for one in ROUTES if (one.method, one.path) == ("GET", link.path)), role), link.path


def test_each_figure_beside_an_entry_is_counted_and_none_else() -> None:
    assert {entry.route for entry in ENTRIES if entry.counted} == set(COUNTS)


def words(role: Role) -> list[str]:
    return [link.words for link in links(role)]


def test_each_role_has_its_bar() -> None:
    assert words(Role.AGENT) == ["坐席台", "通话", "我的一天", "工单", "知识库", "练习", "屏蔽名单"]
    assert words(Role.OFFICE) == ["派单箱", "工单", "外出代办"]
    assert words(Role.UNIT) == ["出勤", "工单"]
    assert words(Role.LEADER) == ["通话", "工单", "知识库", "指标", "督查"]
    assert words(Role.SUPERVISOR) == [
        "通话", "工单", "回访", "审批", "直通车", "地图", "值班台", "知识库", "练习", "通知", "屏蔽名单", "指标",
        "督查", "查看记录",
    ]  # fmt: skip
    assert words(Role.COORDINATOR) == [
        "通话", "工单", "派单箱", "无人接单", "回访", "审批", "直通车", "地图", "值班台", "知识库", "通知", "屏蔽名单",
        "指标", "督查",
    ]  # fmt: skip
    assert words(Role.ADMINISTRATOR) == [
        "通话", "工单", "派单箱", "无人接单", "直通车", "地图", "值班台", "知识库", "通知", "屏蔽名单", "指标", "账号",
        "城市数据",
        "原系统",
        "运行状态",
    ]  # fmt: skip


def test_the_bar_says_where_one_is() -> None:
    def here(path: str) -> list[str]:
        return [link.words for link in links(Role.COORDINATOR, path) if link.here]

    assert here("/orders") == here("/orders/QF20261121-00001") == ["工单"]
    assert here("/inboxes/office/street-lighting") == ["派单箱"]
    assert here("/order") == []


def test_every_entry_of_the_bar_is_a_page() -> None:
    for entry in ENTRIES:
        route = BY_NAME[entry.route]
        assert route.method == "GET"
        assert not route.is_api
        assert "{" not in route.path


def test_each_table_of_words_that_a_template_reads_is_handed_in(city: City) -> None:
    views = "\n".join(path.read_text("utf-8") for path in WEB.glob("**/*.py"))
    handed_in = set(word_tables(city)) | set(re.findall(r'"([A-Z][A-Z_]+)":', views))
    for name, template in TEMPLATES.items():
        code = re.sub(r"'[^']*'|\"[^\"]*\"", "", " ".join(CODE.findall(template)))
        read = set(re.findall(r"(?<![\w.])[A-Z][A-Z_]{2,}\b", code))
        assert read <= handed_in, (name, read - handed_in)


def test_no_attribute_holds_a_time_that_carries_its_date_for_paper() -> None:
    """`day_time` is an element; in an attribute `exact_time` stands."""
    inside = re.compile(r"<[a-z][^<>]*=\"[^\"<>]*\| day_time")
    assert [name for name, template in TEMPLATES.items() if inside.search(template)] == []


def test_what_scrolls_sideways_is_reached_by_keys_and_named() -> None:
    scrolls = re.compile(r'<div class="(?:[\w-]+ )*(?:grid|figures)"[^>]*>')
    opened = [(name, tag) for name, template in TEMPLATES.items() for tag in scrolls.findall(template)]
    assert len(opened) > 10
    assert [one for one in opened if 'tabindex="0" role="region" aria-label=' not in one[1]] == []
