"""`make pictures`: every page with no, one and many rows, at the sizes that its roles use; a sheet for each role.

`python -m tests.support.pages [none|one|many] [role …] [route …]` takes only those.
"""

import asyncio
import shutil
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

import psycopg
from playwright.async_api import Browser, Page, async_playwright

from bench.chromium import find_chromium
from dispatch.policy import load_policy
from hotline.operations.schema import upgrade
from hotline.runtime.cluster import DATABASE, Cluster, find_cluster
from tests.support.browser import FLAGS, PICTURES
from tests.support.pages.catalogue import SIZES, Shown, Size, survey
from tests.support.pages.looking import faults, go, unfold, window
from tests.support.pages.rigs import PagesRig, Rows, open_rig
from tests.support.web_rig import QUFU

FOLDER = PICTURES.parent / "pictures"
LONGEST_SECONDS = 40 * 60
HEAD = (
    "<!doctype html><meta charset=utf-8><style>body{font:12px sans-serif;background:#ddd}"
    "figure{display:inline-block;margin:6px;vertical-align:top;width:420px}img{max-width:100%;border:1px solid #888}"
    "p{color:#a00;margin:2px}</style>"
)


class Pictures:
    """Where they lie, what is wrong on each, and how long all takes."""

    def __init__(self, only: set[str]) -> None:
        self.only = only
        self.begun = time.monotonic()
        self.sheets: dict[str, list[str]] = defaultdict(list)

    def wanted(self, *names: str | None) -> bool:
        kinds = {*Rows}, {str(role) for role in SIZES}
        for name, kind in zip(names, kinds, strict=False):
            if self.only & kind and str(name) not in self.only:
                return False
        routes = self.only - {*Rows} - kinds[1]
        return not routes or len(names) < 3 or names[2] in routes

    def tell(self, what: str) -> None:
        print(f"{time.monotonic() - self.begun:5.0f} s  {what}", flush=True)

    async def of_rig(self, rig: PagesRig, browser: Browser) -> None:
        pages = (await survey(rig, all_roles=True)).pages
        self.tell(f"{rig.rows} rows: {len(pages)} pages")
        for role, sizes in SIZES.items():
            mine = [one for one in pages if one.role is role and self.wanted(rig.rows, role, one.route)]
            for size in sizes if mine else ():
                async with window(browser, rig, role, size) as page:
                    for one in mine:
                        await go(page, rig, one)
                        await self.take(page, one, rig.rows, size)
                self.tell(f"{rig.rows} rows, {role or 'citizen'}, {size[0]} px: {len(mine)} pages")

    async def take(self, page: Page, one: Shown, rows: Rows, size: Size) -> None:
        """As it opens, and with all that opens on it opened."""
        name, who = f"{one.role or 'citizen'}-{one.name}-{rows}-{size[0]}", str(one.role or "citizen")
        wrong: list[str] = []
        for suffix in ("", "-open"):
            if suffix:
                await unfold(page)
            await page.screenshot(path=FOLDER / f"{name}{suffix}.png", full_page=True, animations="disabled")
            wrong += [said for said in await faults(page) if said not in wrong]
        said = "".join(f"<p>{escape(words)}</p>" for words in wrong)
        self.sheets[who].append(
            f"<figure><a href='{name}.png'><img loading=lazy src='{name}.png'></a>"
            f"<a href='{name}-open.png'>{escape(name)}</a>{said}</figure>\n"
        )

    def write(self) -> None:
        for who, figures in self.sheets.items():
            (FOLDER / f"{who}.html").write_text(HEAD + "".join(figures), "utf-8")
        links = "".join(f"<p><a href='{who}.html'>{who}: {len(all_of)}</a></p>" for who, all_of in self.sheets.items())
        (FOLDER / "index.html").write_text(HEAD + links, "utf-8")
        self.tell(str(FOLDER / "index.html"))


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL that goes away afterwards, with every table in its first database."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-pictures-"))
    folder.chmod(0o755)
    found = find_cluster(folder / "pg")
    found.start("-c fsync=off", "-c synchronous_commit=off")
    try:
        upgrade(found.url)
        yield found
    finally:
        found.stop()
        shutil.rmtree(folder)


def copied(found: Cluster) -> str:
    name = f"pictures_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(found.url.replace(f"/{DATABASE}?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {DATABASE}")
    return found.url.replace(f"/{DATABASE}?", f"/{name}?")


async def main(pictures: Pictures) -> None:
    policy = load_policy(QUFU)
    with cluster() as found, tempfile.TemporaryDirectory() as var:
        async with async_playwright() as playwright, asyncio.timeout(LONGEST_SECONDS):
            browser = await playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=FLAGS)
            for rows in (one for one in Rows if pictures.wanted(one)):
                async with open_rig(rows, copied(found), policy, Path(var) / rows, many=30) as rig:
                    await pictures.of_rig(rig, browser)
            await browser.close()
    pictures.write()


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    asyncio.run(main(Pictures({*sys.argv[1:]})))
