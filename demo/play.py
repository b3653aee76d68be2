"""`make demo`: starts a separate installation, plays the scenario, proves it, and leaves nothing running."""

import asyncio
import time

from rich.console import Console

from core.database import make_engine, make_sessions
from core.settings import Settings
from demo.accounts import sample_accounts, store_accounts
from demo.installation import DemoInstallation, close, demo_installation, kill
from demo.matters import two_matters
from demo.proofs import DemoProof, Stored, load, prove, until_quiet
from demo.report import print_proofs, print_timelines, print_transcripts, write_report
from demo.scenario import Say, Story, gather_cast
from demo.speech import speech_of
from hotline.runtime.policy_in_force import policy_in_force
from recordings.recognition.speech_models import find_model

_QUIET_SECONDS = 90.0


def play(base: Settings) -> bool:
    """True when every proof holds."""
    console = Console(width=150)
    begun = time.monotonic()

    def say(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:6.1f} s[/dim]  {line}", highlight=False)

    folder = base.var / "demo"
    say("making an installation of its own: PostgreSQL, Asterisk, organisation")
    with demo_installation(base, folder / "site") as installation:
        stored, proofs = asyncio.run(_play_in(installation, say))
    console.rule("timelines")
    print_timelines(console, stored)
    console.rule("transcripts")
    model = find_model(installation.settings)
    console.print(f"speech model: {model.title if model else 'none installed; transcripts wait for one'}")
    print_transcripts(console, stored)
    print_proofs(console, proofs)
    write_report(folder / "report.json", stored, proofs)
    ok = all(proof.ok for proof in proofs)
    verdict = "[green]✓ all proven[/green]" if ok else "[red]✗ not all proven[/red]"
    seconds = time.monotonic() - begun
    console.print(f"{verdict} in {seconds:.0f} s; written: {folder / 'report.json'}", highlight=False)
    return ok


async def _play_in(installation: DemoInstallation, say: Say) -> tuple[Stored, list[DemoProof]]:
    city = policy_in_force(installation.settings).city
    matters = two_matters(city)
    speech = await speech_of(installation.settings, city, matters)
    offices = dict.fromkeys(code for matter in matters for code in matter.offices)
    accounts = sample_accounts(2, offices, dict.fromkeys(code for matter in matters for code in matter.units))
    await store_accounts(installation.database_url, accounts)
    say("starting: line, web, workers")
    process = installation.open()
    engine = make_engine(installation.database_url)
    try:
        await installation.until_ready()
        async with gather_cast(installation, accounts, city, speech["agent-hello"]) as cast:
            say(
                f"open at {installation.web_url}; {len(cast.agents)} agents at the desk, {len(cast.inboxes)} inboxes "
                f"on WebSocket, {len(cast.crews)} crew phones"
            )
            story = Story(installation, cast, say, process, matters, speech, city.area_code)
            ended = await _play_to_its_end(story, say)
            process = story.process
            await until_quiet(make_sessions(engine), _QUIET_SECONDS)
        async with make_sessions(engine)() as session:
            stored = await load(session)
        proofs = [ended, *await asyncio.to_thread(prove, stored, story.played, installation.settings.recordings)]
        say("stopping")
        await asyncio.to_thread(close, process)
        return stored, proofs
    finally:
        await asyncio.to_thread(kill, process)
        await engine.dispose()


async def _play_to_its_end(story: Story, say: Say) -> DemoProof:
    """A story that breaks off is a proof that failed; what was stored till then is still looked at."""
    name = "the story played to its end"
    try:
        await story.play()
    except ExceptionGroup as failures:
        reasons = "; ".join(repr(failure) for failure in failures.exceptions)
        say(f"the story broke off: {reasons}")
        return DemoProof(name, False, reasons)
    say("all citizens have hung up; waiting for recordings, transcripts, crews")
    return DemoProof(name, True, f"{len(story.played.calls)} calls")
