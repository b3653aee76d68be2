"""The log of the web process keeps our own faults, with their stack, and none of what strangers send."""

import logging

from aiohttp.http_exceptions import BadStatusLine, LineTooLong

from hotline.processes.webserver import strangers_are_no_trouble


def record(error: Exception) -> logging.LogRecord:
    return logging.LogRecord("aiohttp.server", logging.ERROR, "", 1, "", (), (type(error), error, None))


def test_only_our_own_faults_are_kept() -> None:
    assert not strangers_are_no_trouble(record(LineTooLong(b"GET /aaaa", 8190)))
    assert not strangers_are_no_trouble(record(BadStatusLine("x")))
    assert strangers_are_no_trouble(record(KeyError("ours")))
