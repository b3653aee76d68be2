"""`make run`: keeps an installation with sample people up until Ctrl-C; a simulated agent answers its calls. With
`EMPTY=yes` it has nothing but the city's folder and a first administrator, as on a city's first day."""

import asyncio
from contextlib import AsyncExitStack

from rich.console import Console
from rich.table import Table

from access.accounts.one_time import one_time_password
from core.settings import Settings
from core.tasks import cancel, spawn
from demo.accounts import (
    FIRST_ADMINISTRATOR,
    SampleAccount,
    add_first_administrator,
    load_accounts,
    sample_accounts,
    save_accounts,
    store_accounts,
)
from demo.installation import DemoInstallation, close
from demo.matters import two_matters
from demo.people import SPEECH, DemoAgent, open_agent, open_crew_phone
from demo.speech import speech_of
from dispatch.city.records import City
from hotline.processes.prepare import prepare_database, prepare_pbx
from hotline.runtime.cluster import find_cluster
from hotline.runtime.policy_in_force import policy_in_force
from hotline.runtime.runtime import until_stopped
from telephony.phone import PhoneSilent

_TEST_PHONES = 8


def run_settings(settings: Settings) -> Settings:
    """The operator's own settings, with test phones."""
    return settings.model_copy(update={"pbx": settings.pbx.model_copy(update={"test_phones": _TEST_PHONES})})


def keep_up(base: Settings, *, empty: bool = False) -> None:
    """`empty`: with nothing but a first administrator, and nobody who answers calls."""
    console = Console()
    settings = run_settings(base)
    console.print("starting: database, Asterisk, line, web, workers …")
    url = prepare_database(settings)
    pbx = prepare_pbx(settings)
    installation = DemoInstallation(settings, url, pbx)
    city = policy_in_force(settings).city
    try:
        if empty:
            asyncio.run(_keep_empty(installation, console))
        else:
            asyncio.run(_keep(installation, _accounts(settings, city), city, console))
    finally:
        console.print("stopping")
        pbx.stop()
        if not settings.database_url:
            find_cluster(settings.var / "postgres").stop()


async def _keep(installation: DemoInstallation, accounts: list[SampleAccount], city: City, console: Console) -> None:
    speech = await speech_of(installation.settings, city, two_matters(city))
    await store_accounts(installation.database_url, accounts)
    process = installation.open()
    try:
        await installation.until_ready()
        async with AsyncExitStack() as people:
            agent = next(account for account in accounts if account.extension)
            simulated = await people.enter_async_context(
                open_agent(installation.web_url, agent, installation.phone(str(agent.extension)), speech["agent-hello"])
            )
            for unit in (city.units[account.unit_code] for account in accounts if account.unit_code):
                await people.enter_async_context(open_crew_phone(installation.phone(unit.extension), listen_seconds=8))
            answering = spawn(_answer_for_ever(simulated), name="simulated agent")
            _print_welcome(console, installation, accounts)
            await until_stopped()
            await cancel(answering)
    finally:
        await asyncio.to_thread(close, process)


async def _keep_empty(installation: DemoInstallation, console: Console) -> None:
    password = one_time_password()
    first = await add_first_administrator(installation.database_url, password)
    # Before anything else can fail: it is shown once.
    if first:
        console.print(f"sign in as {FIRST_ADMINISTRATOR}, one-time password {password}", highlight=False)
    process = installation.open()
    try:
        await installation.until_ready()
        console.print(f"open at {installation.web_url}")
        if not first:
            console.print("this installation has accounts already: sign in with yours, or set another HOTLINE_VAR")
        console.print("Ring the line from another terminal with `make call`. End with Ctrl-C.")
        await until_stopped()
    finally:
        await asyncio.to_thread(close, process)


async def _answer_for_ever(agent: DemoAgent) -> None:
    while True:
        try:
            call = await agent.answer(2)
        except PhoneSilent:
            continue
        await agent.phone.play(call, SPEECH / "agent-where.wav")
        if not await agent.phone.wait_ended(call, 60):
            await agent.phone.hang_up(call)


def _accounts(settings: Settings, city: City) -> list[SampleAccount]:
    """The same accounts and passwords every time, kept where only their owner reads; others for another city."""
    file = settings.var / "sample-accounts.json"
    matters = two_matters(city)
    offices = dict.fromkeys(code for matter in matters for code in matter.offices)
    units = dict.fromkeys(code for matter in matters for code in matter.units)
    if not file.exists() or not {one.unit_code for one in load_accounts(file)} - {None} <= city.units.keys():
        save_accounts(file, sample_accounts(3, offices, units))
    return load_accounts(file)


def _print_welcome(console: Console, installation: DemoInstallation, accounts: list[SampleAccount]) -> None:
    table = Table(title=f"open at {installation.web_url}", title_justify="left")
    for column in ("sign in as", "password", "role", "sees"):
        table.add_column(column)
    for account in accounts:
        where = account.extension or account.office_code or account.unit_code or "everything of the role"
        table.add_row(account.name, account.password, account.role, where)
    console.print(table)
    console.print(
        "agent1 is played by the machine: it answers calls. Sample people only; never use these accounts in earnest."
    )
    console.print("Ring the line from another terminal with `make call`. End with Ctrl-C.")
