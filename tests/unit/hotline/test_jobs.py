"""One table has all durable jobs: what is registered, what is deferred and what is written about them agree with it."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector

from hotline.bridges import upkeep
from hotline.jobs import (
    EVERY_5_SECONDS,
    EVERY_HOUR,
    EVERY_MINUTE,
    EVERY_NIGHT,
    JOBS,
    LINE_QUEUES,
    WORKER_QUEUES,
    jobs_of,
)
from hotline.runtime.durable_jobs import JobSpec, register
from hotline.runtime.job_tools import LineTools, WorkerTools
from telephony.monitoring.processes import BACKUP_CRON, PROOF_CRON

ROOT = Path(__file__).parents[3]
PRODUCT = ("access", "core", "dispatch", "hotline", "ivr", "knowledge", "recordings", "telephony", "web")
PERIODS = {
    EVERY_5_SECONDS: "every 5 s",
    EVERY_MINUTE: "every minute",
    EVERY_HOUR: "every hour",
    EVERY_NIGHT: "every night (19:20 UTC)",
    BACKUP_CRON: "every night (18:40 UTC)",
    PROOF_CRON: "every Saturday (20:10 UTC)",
}


def test_what_is_registered_is_the_table() -> None:
    app = App(connector=InMemoryConnector())
    own = set(app.tasks)
    register(app, jobs_of(*LINE_QUEUES), None)
    register(app, jobs_of(*WORKER_QUEUES), None)
    periods = {one.task.name: one.cron for one in app.periodic_registry.periodic_tasks.values()}
    registered = {
        (task.name, task.queue, task.queueing_lock, task.lock, periods.get(task.name), retry_of(task.retry_strategy))
        for name, task in app.tasks.items()
        if name not in own
    }
    assert registered == {(job.name, job.queue, job.key, job.lock, job.period, retry_of(job.retry)) for job in JOBS}
    assert len(registered) == len(JOBS)


def retry_of(retry: object) -> object:
    """Of a number of attempts Procrastinate makes a strategy of its own."""
    return getattr(retry, "max_attempts", retry), getattr(retry, "wait", 0), getattr(retry, "exponential_wait", 0)


def test_no_job_is_registered_elsewhere() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path, call in calls_in_product(re.compile(r"\b(?:task|periodic)\b"))
        if ast.unparse(call.func) in ("app.task", "app.periodic")
    }
    assert found == {"hotline/runtime/durable_jobs.py"}


def test_whatever_is_deferred_is_in_the_table_with_its_queue_and_arguments() -> None:
    table = {job.name: job for job in JOBS}
    deferred = list(jobs_deferred())
    assert len(deferred) > 10
    for where, name, queue, arguments in deferred:
        assert name in table, where
        assert table[name].queue == queue, where
        if arguments is not None:
            assert arguments <= set(inspect.signature(table[name].handler).parameters), where


def jobs_deferred() -> Iterator[tuple[str, str, str, set[str] | None]]:
    """Where, name, queue, and the arguments' names where they are written in that place."""
    for path, call in calls_in_product(re.compile(r"\bJob\b")):
        if ast.unparse(call.func) != "Job":
            continue
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        given = dict(zip(("name", "queue", "arguments"), call.args, strict=False))
        given |= {keyword.arg or "": keyword.value for keyword in call.keywords}
        arguments = given.get("arguments")
        names = None
        if isinstance(arguments, ast.Dict):
            names = {str(key.value) for key in arguments.keys if isinstance(key, ast.Constant)}
        yield f"{path}:{call.lineno}", value(module, given["name"]), value(module, given["queue"]), names


def value(module: object, node: ast.expr) -> str:
    found = node.value if isinstance(node, ast.Constant) else getattr(module, ast.unparse(node))
    assert isinstance(found, str)
    return found


def calls_in_product(word: re.Pattern[str]) -> Iterator[tuple[Path, ast.Call]]:
    """Every call in the modules that hold `word`, a name without which the call that is looked for cannot be written:
    parsing all modules takes a second."""
    for room in PRODUCT:
        for path in sorted((ROOT / room).rglob("*.py")):
            if word.search(text := path.read_text("utf-8")):
                yield from ((path, node) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_handler_takes_the_tools_of_the_process_that_does_its_queue(job: JobSpec) -> None:
    tools, *arguments = inspect.signature(job.handler).parameters.values()
    assert tools.annotation is (LineTools if job.queue in LINE_QUEUES else WorkerTools)
    assert (job.period is None) == bool(arguments)


def test_what_is_done_again_and_again_waits_once_only() -> None:
    assert all(job.key for job in JOBS if job.period)
    handlers = {job.handler for job in JOBS}
    defined = {
        one for _, one in inspect.getmembers(upkeep, inspect.iscoroutinefunction) if one.__module__ == upkeep.__name__
    }
    assert defined <= handlers


def test_the_architecture_page_lists_these_jobs_and_no_others() -> None:
    section = (ROOT / "docs/architecture.md").read_text("utf-8").split("## Durable jobs")[1].split("\n## ")[0]
    written = {
        name: (queue, arguments if arguments.startswith("every ") else "deferred")
        for name, queue, arguments in re.findall(r"^\| `([a-z_.]+)` \| (\w+) \| ([^|]+) \|", section, re.MULTILINE)
    }
    assert written == {job.name: (job.queue, PERIODS[job.period] if job.period else "deferred") for job in JOBS}
