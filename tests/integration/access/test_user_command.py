"""`hotline user …` says in English what it did, or what is wrong and how to fix it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.settings import Settings
from hotline.cli.installation import user

FIRST = "erstes Wort 41 Kran"


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> "Run":
    return Run(Settings(database_url=database_url, var=tmp_path, city=Path("deploy/city/qufu").resolve()))


class Run:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(user, words, obj=self.settings)

    def refused(self, *words: str) -> str:
        result = self(*words)
        assert result.exit_code != 0
        error = str(result.exception)
        assert error.isascii() or "deploy" in error, error
        return error


def test_an_account_is_made_changed_closed_and_its_history_told(run: "Run") -> None:
    made = run(
        "add", "li.na", "--role", "agent", "--display-name", "李示例", "--extension", "1002", "--password", FIRST
    )
    assert "✓ li.na may sign in as agent" in made.output, made.exception
    shown = run("list")
    assert shown.exit_code == 0, shown.exception
    listed = shown.output
    assert "li.na" in listed
    assert "1002" in listed
    assert "0 signed in" in listed
    unsaid = run("change", "li.na")
    assert unsaid.exit_code == 2
    assert "say what is to change" in unsaid.output
    assert "✓" in run("change", "li.na", "--role", "supervisor", "--extension", "").output
    assert "✓" in run("password", "li.na", "--password", FIRST + " neu").output
    assert "✓ li.na is closed" in run("close", "li.na").output
    assert "closed" in run("list").output
    assert "✓" in run("reopen", "li.na").output
    assert "0 sign-ins" in run("sessions", "li.na", "--end").output
    history = run("history", "li.na").output.splitlines()
    assert [line.split()[2] for line in history] == ["reopened", "closed", "password_reset", "changed", "added"]
    assert "role: agent → supervisor" in history[3]
    assert "(by command line" in history[0]


def test_what_is_wrong_is_said_in_english_with_the_mend(run: "Run") -> None:
    def add(*more: str, name: str = "wang", role: str = "leader", password: str = FIRST) -> str:
        return run.refused("add", name, "--role", role, "--display-name", "王示例", "--password", password, *more)

    result = add(role="citizen")
    assert result == "no role 'citizen': one of administrator, agent, coordinator, leader, office, supervisor, unit"
    assert "easily guessed" in add(password="Password123")
    assert "at least 10" in add(password="short")
    assert "a-z" in add(name="王")
    assert "--extension" in add(role="agent")
    assert "--office" in add(role="office")
    assert "there is no office 'hausing' (housing" in add("--office", "hausing", role="office")
    assert "hotline user list" in run.refused("close", "nobody-here")
    run("add", "chef", "--role", "administrator", "--display-name", "吕示例", "--password", FIRST)
    assert "taken" in add(name="chef")
    assert "last administrator" in run.refused("close", "chef")


def test_a_telephone_is_one_that_is_there_and_nobody_elses_and_for_a_role_that_has_one(run: "Run") -> None:
    def add(name: str, role: str, *more: str) -> list[str]:
        return ["add", name, "--role", role, "--display-name", "赵示例", "--password", FIRST, *more]

    assert "1001 to 1008" in run.refused(*add("tel.a", "agent", "--extension", "9999"))
    assert run(*add("tel.a", "agent", "--extension", "1005")).exit_code == 0
    assert "telephone 1005 is tel.a's" in run.refused(*add("tel.b", "agent", "--extension", "1005"))
    assert "a leader has no telephone" in run.refused(*add("tel.b", "leader", "--extension", "1006"))
    assert run(*add("tel.b", "supervisor", "--extension", "1006")).exit_code == 0
    assert "telephone 1005 is tel.a's" in run.refused("change", "tel.b", "--extension", "1005")
    assert "1001 to 1008" in run.refused("change", "tel.b", "--extension", "1009")
    assert "a leader has no telephone" in run.refused("change", "tel.b", "--role", "leader")
    # A closed account gives its telephone back, and does not take it again from whoever has it now.
    assert run("close", "tel.a").exit_code == 0
    assert run("change", "tel.b", "--extension", "1005").exit_code == 0
    assert "telephone 1005 is tel.b's" in run.refused("reopen", "tel.a")
    assert run("change", "tel.a", "--extension", "1007").exit_code == 0
    assert run("reopen", "tel.a").exit_code == 0
