"""Practice calls on screen: beginning one, its form, and what came of it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.models import Account
from access.accounts.sessions import Me
from core import clock
from core.errors import BadInput, Conflict, NotFound
from core.jobs import Job, defer
from dispatch.city.records import City
from dispatch.orders.completeness import complaint, missing
from dispatch.orders.labels import FIELDS
from dispatch.policy import Policy
from dispatch.practice.models import PracticeRun
from dispatch.practice.scripts import CHOICES, JudgedPractice, PracticeScript, PracticeVerdict, compare
from dispatch.workflow import TRANSITIONS, Role, State, Step
from web.desk.draft_form import ORDER, DraftField, value_name
from web.desk.presenter import find_leg_at
from web.orders.steps.step_forms import plain_fields

RING, RING_QUEUE = "practice.ring", "control"
SET_STATE = "agents.set_state"
PAUSE_REASON = "培训"
RUNS_SHOWN = 30
_NAMES = {
    "kind",
    "urgency",
    "subject",
    "title",
    "place_town",
    "place",
    "no_place",
    "matter",
    "citizen_name",
    "citizen_phone",
}
_FORM = tuple(name for name in ORDER if name in _NAMES)


@dataclass(frozen=True)
class JudgedField:
    """One line of the comparison, as people read it."""

    label: str
    filled: str
    should: str
    verdict: PracticeVerdict
    why: str


@dataclass(frozen=True)
class RunShown:
    run: PracticeRun
    title: str
    right: int
    judged: int
    """0: nothing was handed in."""


async def begin_run(session: AsyncSession, policy: Policy, me: Me, code: str, extension: str) -> PracticeRun:
    """The row and the agent's pause, in the caller's transaction. Agents begin their own only, and are called when
    their desk asks for it (`ask_to_ring`); an agent chosen by a supervisor is called at once. Raises NotFound,
    BadInput, Conflict.
    """
    script = policy.practice.get(code)
    if script is None:
        raise NotFound("没有这个练习。")
    mine = me.role is Role.AGENT
    account = await session.scalar(
        select(Account).where(
            Account.disabled_at.is_(None),
            Account.id == me.account_id if mine else (Account.extension == extension) & (Account.role == Role.AGENT),
        )
    )
    if account is None or account.extension is None:
        raise BadInput(fields={"extension": "请选择练习的接线员。"})
    if await find_leg_at(session, account.extension) is not None:
        raise Conflict(f"{account.display_name}正在接听电话，现在不能练习。")
    run = PracticeRun(
        script=script.code,
        account_id=account.id,
        display_name=account.display_name,
        extension=account.extension,
        started_by=me.display_name,
        asked_at=clock.now(),
    )
    session.add(run)
    await session.flush()
    # First no calls of citizens: the pause is asked for before the telephone rings, and stays until the agent gets
    # ready.
    pause = {"extension": account.extension, "state": "paused", "reason": PAUSE_REASON}
    await defer(session, Job(SET_STATE, queue="line", arguments=pause, lock=f"agent-{account.extension}"))
    if not mine:
        await _ring(session, run)
    return run


async def ask_to_ring(session: AsyncSession, me: Me, run_id: int) -> None:
    """The desk's telephone is there. Rung once, however often it is asked. Raises NotFound."""
    run = await get_run(session, me, run_id)
    if run.rang_at is None:
        await _ring(session, run)


async def _ring(session: AsyncSession, run: PracticeRun) -> None:
    await defer(session, Job(RING, queue=RING_QUEUE, arguments={"run_id": run.id}, key=f"{RING}:{run.id}"))


async def get_run(session: AsyncSession, me: Me, run_id: int) -> PracticeRun:
    """Raises NotFound, also for another agent's."""
    run = await session.get(PracticeRun, run_id)
    if run is None or (me.role is Role.AGENT and run.account_id != me.account_id):
        raise NotFound("没有这次练习。")
    return run


def hand_in(run: PracticeRun, filled: Mapping[str, str], at: dt.datetime) -> None:
    """Once: what is compared is what was known at the end of the call. Raises Conflict."""
    if run.filled is not None:
        raise Conflict("这次练习已经交过了，可以重新练一次。")
    run.filled = {name: filled.get(name, "").strip()[:2000] for name in _FORM}
    run.filled_at = at


def form_fields(city: City, script: PracticeScript) -> tuple[DraftField, ...]:
    """As on the desk: the caller's number is known, all else is heard. Proposals come while the citizen speaks."""
    known = {"citizen_phone": script.number, "urgency": "normal"}
    return tuple(DraftField(field, None) for field in plain_fields(_FORM, known, city))


def judged_fields(policy: Policy, run: PracticeRun) -> list[JudgedField]:
    """Nothing before it was handed in, or where the city has taken the script away."""
    script = policy.practice.get(run.script)
    if script is None or run.filled is None:
        return []
    return [_shown(policy.city, one) for one in compare(script, run.filled)]


def not_registered(run: PracticeRun) -> list[str]:
    """Why an order filled in like this would not be registered; nothing before it was handed in."""
    needs = TRANSITIONS[State.DRAFT][Step.REGISTER].needs
    return [] if run.filled is None else [complaint(name) for name in missing(needs, run.filled)]


def _shown(city: City, one: JudgedPractice) -> JudgedField:
    names = [value_name(city, one.field, value) for value in one.should]
    should = "或".join(names) if one.field in CHOICES else "写明" + "、".join(f"“{word}”" for word in names)
    filled = value_name(city, one.field, one.filled) if one.filled else ""
    return JudgedField(FIELDS[one.field], filled, should, one.verdict, one.why)


async def load_runs(session: AsyncSession, policy: Policy, me: Me) -> list[RunShown]:
    """The latest; an agent's own."""
    wanted = select(PracticeRun).order_by(PracticeRun.id.desc()).limit(RUNS_SHOWN)
    if me.role is Role.AGENT:
        wanted = wanted.where(PracticeRun.account_id == me.account_id)
    return [_run_shown(policy, run) for run in await session.scalars(wanted)]


def _run_shown(policy: Policy, run: PracticeRun) -> RunShown:
    judged = judged_fields(policy, run)
    script = policy.practice.get(run.script)
    right = sum(one.verdict is PracticeVerdict.RIGHT for one in judged)
    return RunShown(run, script.title if script else run.script, right, len(judged))


async def trainees(session: AsyncSession) -> list[Account]:
    """Agents whom a supervisor may choose."""
    wanted = select(Account).where(
        Account.role == Role.AGENT, Account.extension.is_not(None), Account.disabled_at.is_(None)
    )
    return list(await session.scalars(wanted.order_by(Account.extension)))
