"""How a process logs; and that a test which starts a command in its own process leaves the next test's logs alone."""

import logging

import pytest
import structlog
from structlog.testing import capture_logs

from hotline.runtime.logs import set_up_logs

log = structlog.get_logger()


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_a_command_sets_up_for_its_logs_ends_with_the_test_that_ran_it(turn: str) -> None:
    with capture_logs() as logs:
        log.info("told", turn=turn)
    assert [line["turn"] for line in logs] == [turn]
    assert logging.getLogger().level != logging.CRITICAL
    set_up_logs(json=True, level=logging.CRITICAL)
    logging.getLogger().setLevel(logging.CRITICAL)
    log.info("a logger that is used now may remember how it was set up")


def test_a_line_below_the_level_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(json=True, level=logging.WARNING)
    log.info("quiet")
    log.warning("loud")
    said = capsys.readouterr().err
    assert "loud" in said
    assert "quiet" not in said
