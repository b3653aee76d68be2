"""A style hits what it is written for: no class of one screen is hit by another screen's rule, none is without a rule
and no rule is without a user. 派单箱 was broken at every width by a rule of the list of orders for a class called so.

Shared sheets stand in web/browser; a screen's own sheet stands with the screen, in web/<screen>/browser.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

WEB = Path(__file__).parents[3] / "web"
SHARED = "browser"
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\$\{.*?\}", re.DOTALL)
CLASSES = re.compile(r"class(?:Name)?\s*=\s*([\"'`])(.*?)\1", re.DOTALL)
LISTED = re.compile(r"classList\.\w+\(([^)]*)\)")
MAIN = re.compile(r"block main_class %\}(.*?)\{% endblock", re.DOTALL)
NAME = re.compile(r"[A-Za-z_][\w-]*")


def room(path: str) -> str:
    return path.split("/")[0]


def selectors(sheet: str) -> Iterator[str]:
    """Each selector of each rule, media queries looked into."""
    plain = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    plain = re.sub(r'url\("[^"]*"\)', "", plain)
    for prelude in re.findall(r"([^{};]+)\{", plain):
        if prelude.strip().startswith("@") or re.match(r"\s*(?:\d+%|from|to)\s*$", prelude):
            continue
        yield from (one.strip() for one in re.split(r",(?![^()]*\))", prelude))


def named(selector: str) -> set[str]:
    """Classes, ids (`#x`) and attributes of our own (`[data-x]`) in a selector."""
    plain = re.sub(r'"[^"]*"', "", selector)
    classes = set(re.findall(r"\.([A-Za-z_][\w-]*)", plain))
    ids = {f"#{one}" for one in re.findall(r"#([A-Za-z][\w-]*)", plain)}
    return classes | ids | {f"[{one}]" for one in re.findall(r"\[(data-[\w-]+)", plain)}


def uses(page: str) -> set[str]:
    """What a template or a program names; `state-*`: a word that is put together."""
    found: set[str] = set()
    for value in [value for _, value in CLASSES.findall(page)] + MAIN.findall(page) + LISTED.findall(page):
        for inserted in JINJA.findall(value):
            found |= {word for text in re.findall(r"['\"]([^'\"]*)['\"]", inserted) for word in text.split()}
        # What is put in at the end of a word makes it a family; a word that is put in whole can be anything.
        found |= {f"{word}*" if word.endswith("-") else word for word in NAME.findall(JINJA.sub(" ", value))}
    found |= {f"#{one}" for one in re.findall(r"\bid=[\"']([\w-]+)[\"']", page)}
    return found | {f"[{one}]" for one in re.findall(r"\b(data-[\w-]+)", page)} | _data_of_programs(page)


def _data_of_programs(page: str) -> set[str]:
    spelt = re.findall(r"dataset\.(\w+)", page)
    return {"[data-" + re.sub(r"[A-Z]", lambda found: "-" + found[0].lower(), one) + "]" for one in spelt}


def offences(sheets: dict[str, str], pages: dict[str, str]) -> list[str]:
    """Rules of a screen that may hit another screen."""
    used = {path: uses(page) for path, page in pages.items()}

    def rooms(name: str) -> set[str]:
        return {room(path) for path, names in used.items() for one in names if one == name or _of_family(name, one)}

    return [
        f"{path}: {selector}"
        for path, sheet in sheets.items()
        if room(path) != SHARED
        for selector in selectors(sheet)
        if not any(rooms(name) == {room(path)} for name in named(selector))
    ]


def _of_family(name: str, used: str) -> bool:
    return used.endswith("*") and name.startswith(used[:-1])


def read(*patterns: str) -> dict[str, str]:
    return {
        str(path.relative_to(WEB)): path.read_text("utf-8")
        for pattern in patterns
        for path in sorted(WEB.glob(pattern))
        if "static" not in path.parts
    }


SHEETS = read("**/browser/*.css", "browser/*.css")
PAGES = read("*/templates/**/*.html", "**/browser/**/*.ts")
TESTS = {path.name: path.read_text("utf-8") for path in (WEB.parent / "tests/acceptance").glob("*.py")}
LITERALS = {
    word
    for package in ("web", "dispatch", "telephony", "recordings")
    for path in (WEB.parent / package).rglob("*.py")
    for word in re.findall(r"\"([a-z_]+)\"", path.read_text("utf-8"))
}
"""Members of enums and kinds of entries: classes that a page inserts whole (`class="{{ entry.kind }}"`)."""


def test_a_screens_rule_names_something_that_only_this_screen_has() -> None:
    assert offences(SHEETS, PAGES) == [], "a class of its own, or the rule into web/browser"


@pytest.mark.parametrize(
    ("sheet", "page", "hit"),
    [
        (".waiting { display: flex }", '<div class="table waiting">', True),
        ("#many .waiting { display: flex }", '<div class="table waiting">', True),
        (".orders-waiting { display: flex }", '<div class="table waiting">', False),
        (".lists .waiting { display: flex }", '<div class="table waiting">', False),
        (".state-open { color: red }", '<div class="state-{{ one.state }}">', True),
        ("@media print { .waiting { display: flex } }", "<b class=\"{{ 'waiting' if a else 'b' }}\">", True),
    ],
)
def test_a_rule_that_hits_another_screen_is_found(sheet: str, page: str, hit: bool) -> None:
    """The first is what broke 派单箱."""
    own = '<ul class="waiting lists orders-waiting state-open">'
    found = offences(
        {"orders/browser/lists.css": sheet}, {"orders/templates/o.html": own, "office/templates/i.html": page}
    )
    assert bool(found) is hit


def test_no_class_of_a_page_is_without_a_rule_or_a_program_that_looks_for_it() -> None:
    styled = {name for sheet in SHEETS.values() for selector in selectors(sheet) for name in named(selector)}
    asked = [one for page in PAGES.values() for one in re.findall(r"hx-[a-z-]+=\"([^\"]*)\"", page)]
    programs = [page for path, page in PAGES.items() if path.endswith(".ts")]
    looking = "\n".join([*asked, *programs, *TESTS.values()])
    sought = set(re.findall(r"\.([A-Za-z_][\w-]*)", looking))
    unknown = {
        f"{path}: {name}"
        for path, page in PAGES.items()
        for name in uses(page) - styled - sought - LITERALS
        if name[0] not in "#[" and not any(_of_family(one, name) for one in styled)
    }
    assert sorted(unknown) == []


def test_no_rule_is_without_a_user() -> None:
    used = {name for page in PAGES.values() for name in uses(page)}
    idle = {
        f"{path}: {selector}"
        for path, sheet in SHEETS.items()
        for selector in selectors(sheet)
        for name in named(selector) - used - LITERALS
        if not any(_of_family(name, one) for one in used)
    }
    assert sorted(idle) == []
