"""What a made-up citizen has said so far, and what the form may hold by that: as on a real call, but stored nowhere.

The words are the script's, as each sentence is over (the dialplan says PRACTICE_SAID): nobody is recorded, and no
recogniser is kept from real calls.
"""

import asyncio

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.intake.hearing import CITIZEN, MatterHeard
from dispatch.intake.proposals import model_in_use
from dispatch.intake.proposing import propose
from dispatch.policy import Policy
from dispatch.practice.models import PracticeRun
from dispatch.practice.scripts import PracticeScript
from telephony.calls.events import FactKind
from telephony.calls.models import Call, CallEvent
from telephony.dialplan_words import DialplanWord
from web.desk.draft_form import ProposalAnswer, unstored_answer


async def said_so_far(session: AsyncSession, script: PracticeScript, run: PracticeRun) -> list[MatterHeard]:
    """By time; empty before the first sentence is over. Seconds count from the call's beginning."""
    call = await session.get(Call, run.linkedid)
    if call is None:
        return []
    said = select(CallEvent.at).where(
        CallEvent.linkedid == run.linkedid,
        CallEvent.kind == FactKind.USER_DEFINED,
        CallEvent.fields["user_kind"].as_string() == DialplanWord.PRACTICE_SAID.value,
    )
    ends = [(at - call.started_at).total_seconds() for at in await session.scalars(said.order_by(CallEvent.at))]
    return [MatterHeard(CITIZEN, end, end, line.text) for end, line in zip(ends, script.lines, strict=False)]


async def proposals_for(session: AsyncSession, policy: Policy, run: PracticeRun) -> list[ProposalAnswer]:
    """Nothing where the city has taken the script away."""
    script = policy.practice.get(run.script)
    if script is None:
        return []
    heard = await said_so_far(session, script, run)
    model = await model_in_use(session)
    found = await asyncio.to_thread(
        propose, policy.city, policy.hearing, policy.urgency, heard, at=run.asked_at, model=model
    )
    return [unstored_answer(policy, one, model.version if model else "") for one in found]
