"""Every colour has one place, web/browser/tokens.css; other style sheets, scripts and pages name its token."""

import re
from collections import Counter
from pathlib import Path

import pytest

WEB = Path(__file__).parents[3] / "web"
TOKENS = WEB / "browser/tokens.css"
SHEETS = sorted(path for path in WEB.glob("**/browser/*.css") if path != TOKENS)
OTHERS = sorted(path for path in (*WEB.glob("**/*.ts"), *WEB.glob("**/*.html"), *WEB.glob("**/*.py")))
HEX = re.compile(r"(?<![\w&/'\"#-])#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b", re.IGNORECASE)
FUNCTION = re.compile(r"\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\(", re.IGNORECASE)
NAME = re.compile(
    r"\b(?:white|black|silver|gr[ae]y|red|maroon|orange|yellow|green|lime|teal|navy|blue|purple|pink|brown|gold)\b"
)
DEFINED = re.compile(r"^\s*(--[\w-]+):\s*([^;]+);", re.MULTILINE)
USED = re.compile(r"var\((--[\w-]+)|(?:getPropertyValue|colour)\(\"(--[\w-]+)")


def declared(sheet: str) -> list[str]:
    """The values of the sheet's declarations, without comments, selectors and tokens' names."""
    plain = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    values = re.findall(r"[\w-]+:\s*([^;{}]+);", plain)
    return [re.sub(r"--[\w-]+", "", value) for value in values]


def colours(value: str) -> list[str]:
    return [found.group() for rule in (HEX, FUNCTION, NAME) for found in rule.finditer(value)]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("1px solid #c3ced6", ["#c3ced6"]),
        ("0 0 0 3px rgb(0 0 0 / 20%)", ["rgb("]),
        ("white", ["white"]),
        ("var()", []),
        ("pre-wrap", []),
        ("transparent", []),
        ("currentcolor", []),
    ],
)
def test_a_colour_is_recognised_in_each_way_of_writing_one(value: str, found: list[str]) -> None:
    assert colours(value) == found


def test_no_style_sheet_but_the_tokens_names_a_colour() -> None:
    named = {
        str(sheet.relative_to(WEB)): found
        for sheet in SHEETS
        if (found := [one for value in declared(sheet.read_text("utf-8")) for one in colours(value)])
    }
    assert SHEETS
    assert not named


def test_a_token_is_defined_once_and_used() -> None:
    sheets = [TOKENS, *SHEETS]
    tokens = Counter(name for name, _ in DEFINED.findall(TOKENS.read_text("utf-8")))
    assert [name for name, times in tokens.items() if times > 1] == []
    measures = {name for sheet in SHEETS for name, _ in DEFINED.findall(sheet.read_text("utf-8"))}
    assert measures.isdisjoint(tokens)
    defined = measures | set(tokens)
    used = {
        name
        for path in (*sheets, *WEB.glob("**/browser/**/*.ts"))
        for pair in USED.findall(path.read_text("utf-8"))
        for name in pair
        if name
    }
    assert used - defined == set(), "used, and defined nowhere"
    assert defined - used == set(), "defined, and used nowhere"


def test_no_page_carries_a_style_of_its_own() -> None:
    pages = {str(path.relative_to(WEB)): path.read_text("utf-8") for path in WEB.glob("**/*.html")}
    assert [path for path, page in pages.items() if re.search(r"<style|\sstyle=", page)] == []


def test_the_tokens_come_first() -> None:
    imports = re.findall(r'@import "([^"]+)"', (WEB / "browser/app.css").read_text("utf-8"))
    assert imports[0] == "./tokens.css"


def test_what_a_page_or_a_program_must_spell_out_is_a_tokens_colour() -> None:
    """A browser takes the colour of its own frame from the page and the manifest, where no variable counts."""
    tokens = {value for _, value in DEFINED.findall(TOKENS.read_text("utf-8"))}
    literal = re.compile(r"[\"'](#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8}))[\"']", re.IGNORECASE)
    spelt = {
        (str(path.relative_to(WEB)), colour) for path in OTHERS for colour in literal.findall(path.read_text("utf-8"))
    }
    assert {colour for _, colour in spelt} <= tokens
    assert {path.rpartition(".")[2] for path, _ in spelt} <= {"html", "py"}, "a script asks the page for its tokens"
