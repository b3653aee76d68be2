"""Names of settings, files and commands are for administrators: nobody else's screen shows one."""

import re

import pytest

from access.accounts.roles import ADMINISTRATORS
from tests.support.shown import shown
from web.status import status_page

NAMED = re.compile(r"HOTLINE_[A-Z]|\{SETTING\[|\b\w+\.toml\b|\bhotline [a-z]+")
FOR_ADMINISTRATORS = re.compile(r"\{% if operates %\}.*?\{% endif %\}", re.DOTALL)
CODE = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
FOR_OTHERS = ("web/status/metrics_views.py", "web/evidence/pdf.py")
"""An answer to programs; the paper that says with which command its checksum is proved."""
ADMINISTRATORS_OWN = (
    "web/status/city_parts.py",
    "web/status/line_parts.py",
    "web/status/machine_parts.py",
    "dispatch/channels/trying.py",
)
"""Rows and buttons of a page that is open to nobody else."""
FAULTS_OF_FILES = ("core/folder/reading.py", "dispatch/city/checks.py", "dispatch/policy.py")
"""What is wrong in a city's folder, shown to administrators and operators."""
COMMANDS = ("hotline/cli/", "hotline/operations/", "hotline/runtime/")
"""What operators read at a terminal."""
LINE = re.compile(r"(\"[^\"\n]*[\u4e00-\u9fff][^\"\n]*\")")
"""A Chinese message in a program."""


def named(page: str) -> list[str]:
    return NAMED.findall(CODE.sub("", FOR_ADMINISTRATORS.sub("", page)))


def test_no_page_names_a_setting_but_to_administrators() -> None:
    pages = {path: text for path, text in shown().items() if path.endswith(".html")}
    assert len(pages) > 50
    assert {path: found for path, text in pages.items() if (found := named(text))} == {}


def test_no_message_of_a_screen_names_a_setting() -> None:
    said = {
        path: found
        for path, text in shown().items()
        if path.endswith(".py") and not path.startswith((*COMMANDS, *FOR_OTHERS, *ADMINISTRATORS_OWN, *FAULTS_OF_FILES))
        if (found := [one for message in LINE.findall(text) for one in NAMED.findall(message)])
    }
    assert said == {}


def test_the_administrators_own_page_is_open_to_nobody_else() -> None:
    assert {route.roles for route in status_page.ROUTES} == {ADMINISTRATORS}


@pytest.mark.parametrize(
    "page", ["<p>请设置 HOTLINE_WEB__X</p>", "<p>填写 calendar.toml</p>", "<p>启动 hotline live</p>"]
)
def test_a_setting_on_a_page_is_found(page: str) -> None:
    assert named(page)
    assert not named(f"{{% if operates %}}{page}{{% endif %}}")
