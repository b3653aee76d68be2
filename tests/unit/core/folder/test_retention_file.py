"""How long recordings are kept: by the city's file, where it has one, else by the settings."""

from pathlib import Path

import pytest

from core.folder.faults import FaultyFolder
from core.folder.retention_file import FILE, load_retention, retention_in_force, unknown_words
from core.sections.recordings import RetentionSettings

SETTINGS = RetentionSettings(months=12, by_word={"kind.report": 0})


def test_a_city_without_the_file_keeps_by_the_settings(tmp_path: Path) -> None:
    found = retention_in_force(tmp_path, SETTINGS)
    assert (found.months, found.by_word) == (12, {"kind.report": 0})


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n"])
def test_an_empty_file_is_none(tmp_path: Path, text: str) -> None:
    """As its page says, which else would name nothing that the next change destroys."""
    (tmp_path / FILE).write_text(text, "utf-8")
    assert retention_in_force(tmp_path, SETTINGS) == SETTINGS


def test_the_citys_file_stands_for_all_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('months = 36\n\n[by_word]\n"outcome.abandoned" = 6\n', "utf-8")
    found = retention_in_force(tmp_path, SETTINGS)
    assert (found.months, found.by_word, found.spoken_days) == (36, {"outcome.abandoned": 6}, 30)


@pytest.mark.parametrize(
    "text", ["months = -1\n", "months = 1201\n", "month = 6\n", '[by_word]\n"kind.report" = "x"\n']
)
def test_what_cannot_be_kept_by_is_a_fault_and_nothing_is_destroyed(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, "utf-8")
    with pytest.raises(FaultyFolder):
        retention_in_force(tmp_path, SETTINGS)


def test_a_mistyped_kind_of_call_is_named_with_the_one_that_is_meant(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('[by_word]\n"kind.reprot" = 6\n', "utf-8")
    (fault,) = unknown_words(load_retention(tmp_path), {"kind.report", "kind.help"})
    assert "kind.report" in fault.text
    assert not list(unknown_words(None, set()))
