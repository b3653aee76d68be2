"""Prepares the installation: database up to date, organisation in it, exchange configured and running.

Doing it again costs a second and changes nothing that is right already.
"""

import asyncio

import structlog

from core import clock
from core.database import make_engine, make_sessions, transaction
from core.push_contact import wrong_contact
from core.settings import Settings
from dispatch.city.organisation import import_city
from dispatch.notifications.web_push import load_vapid
from hotline.bridges.crew_push import contact_of
from hotline.bridges.recordings.search_covers import index_all_missing
from hotline.operations.number_keys import make_number_keys
from hotline.operations.prompts import put_together
from hotline.operations.schema import upgrade
from hotline.runtime.policy_in_force import policy_in_force, take_over_versions, with_city_in_force
from hotline.runtime.runtime import database_url
from knowledge.samples import import_samples, load_samples
from telephony.pbx.process import PbxProcess
from telephony.pbx.render import install_configuration
from telephony.pbx.settings import pbx_settings

log = structlog.get_logger()

_INDEXED_BEFORE_OPENING = 5
"""Batches of orders and calls, where an update left them to be indexed."""


def prepare(settings: Settings) -> None:
    """Database, organisation, exchange, in this order. Raises ConfigurationError and similar errors with the
    correction."""
    prepare_database(settings)
    settings = with_city_in_force(settings)
    load_vapid(settings.vapid_key_file)
    if why := wrong_contact(contact_of(settings)):
        log.warning("push_contact_is_refused", contact=contact_of(settings), why=why, mend="HOTLINE_WEB__PUSH_CONTACT")
    prepare_pbx(settings)


def prepare_database(settings: Settings) -> str:
    """Returns the database's URL."""
    url = database_url(settings)
    upgrade(url)
    asyncio.run(import_organisation(settings, url))
    return url


async def import_organisation(settings: Settings, url: str) -> None:
    engine = make_engine(url, pool_size=1)
    try:
        await take_over_versions(settings, make_sessions(engine))
        settings = with_city_in_force(settings)
        async with transaction(make_sessions(engine)) as session:
            city = policy_in_force(settings).city
            await import_city(session, city)
            if city.sample:
                await import_samples(session, load_samples(settings.city / "knowledge.toml"), at=clock.now())
        await make_number_keys(make_sessions(engine), at=clock.now())
        # A small archive is searchable at once; the workers index the rest of a large one
        # (hotline.bridges.recordings.search_covers).
        await index_all_missing(make_sessions(engine), batches=_INDEXED_BEFORE_OPENING)
    finally:
        await engine.dispose()


def prepare_pbx(settings: Settings) -> PbxProcess:
    """Render what changed, then start the exchange, or have it take the changes over while calls go on."""
    # What citizens said is nobody else's on this machine.
    settings.recordings.mkdir(parents=True, exist_ok=True)
    settings.recordings.chmod(0o700)
    put_together(settings)
    pbx = pbx_settings(settings)
    changed = install_configuration(pbx)
    process = PbxProcess(pbx)
    ran = process.pid() is not None
    process.start()
    if ran and changed:
        process.reload()
    log.info("pbx_ready", changed=[path.name for path in changed])
    return process
