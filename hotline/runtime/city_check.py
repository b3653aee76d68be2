"""The one check of a city's folder: every file that any process reads, and whether they fit together.

`hotline city check` shows what it finds, and every process refuses to start on the same words.
"""

from collections.abc import Iterator
from pathlib import Path

from core.folder.dialling_file import load_dialling
from core.folder.faults import Fault, Faults, meant
from core.folder.reading import read_optional
from core.folder.retention_file import FILE as RETENTION
from core.folder.retention_file import load_retention, unknown_words
from dispatch.city.posts import FILE as POSTS
from dispatch.city.records import City, OfficeEntry, UnitEntry
from dispatch.duties.checks import gaps
from dispatch.duties.rules_file import FILE as DUTIES
from dispatch.policy import Policy, read_policy
from hotline.runtime.retention_words import WORDS
from ivr.announcement_file import load_announcements
from ivr.announcements import FILE as ANNOUNCEMENTS
from ivr.voice.city_prompts import FOLDER, RECORDED, RecordedFile
from knowledge.samples import load_samples
from telephony.monitoring.roster import FILE as ROSTER
from telephony.monitoring.roster import load_shifts

COMPULSORY = (
    "city.toml", "offices.csv", "units.csv", "subjects.toml", "places.csv", "calendar.toml", "limits.toml",
    "urgency.toml", "desk.toml", "units.toml", "hearing.toml", "notifications.toml", "follow-up.toml",
)  # fmt: skip
OPTIONAL = (
    "evasive.toml", "callbacks.toml", "crews.toml", "replies.toml", "reachability.toml", "practice.toml",
    "dialling.toml", "dispatch.toml", "knowledge.toml", DUTIES, ROSTER,
    ANNOUNCEMENTS, RETENTION, POSTS,
)  # fmt: skip
TO_FILL = "待填"
"""Stands where a new city's people and numbers are still to be entered."""
_TABLES = (".toml", ".csv", ".txt")


def check_folder(folder: Path) -> tuple[Policy | None, Faults]:
    """The policy, where it can be read, and all that is wrong."""
    faults = Faults()
    if not folder.is_dir():
        mend = "把 HOTLINE_CITY 改成城市文件夹的路径，或运行 hotline city new 生成"
        faults.append(Fault("", f"没有这个文件夹：{folder}", mend))
        return None, faults
    policy = read_policy(folder, faults)
    with faults.gathered():
        load_dialling(folder)
    with faults.gathered():
        load_shifts(folder)
    with faults.gathered():
        load_announcements(folder)
    with faults.gathered():
        faults.extend(unknown_words(load_retention(folder), WORDS))
    with faults.gathered():
        faults.extend(_strange_articles(folder, policy.city if policy else None))
    with faults.gathered():
        read_optional(folder / FOLDER / RECORDED, RecordedFile)
    faults.extend(_unknown_files(folder))
    return policy, faults


def reminders(policy: Policy) -> Iterator[str]:
    """What is no mistake, and yet may not be meant: Chinese, a line each."""
    city = policy.city
    needed = {subject.trade for subject in city.subjects.values() if subject.trade}
    had = {unit.trade for unit in city.units.values()}
    for code, name in city.trades.items():
        if code in needed - had:
            yield f"事项类别要出动“{name}”，没有这个行业的{city.words.crew}：这些工单只派到单位。"
        if code in had - needed:
            crews = "、".join(unit.name for unit in city.units.values() if unit.trade == code)
            yield f"没有事项类别要出动“{name}”，{crews}不会自动派到单（subjects.toml 的 trade）。"
    everybody: list[OfficeEntry | UnitEntry] = [*city.offices.values(), *city.units.values()]
    open_lines = [one.name for one in everybody if TO_FILL in _people(one)]
    if open_lines:
        named = "、".join(open_lines[:5])
        yield f"还有{len(open_lines)}个单位、{city.words.crew}的责任人或电话写着“{TO_FILL}”：{named}……"
    if policy.evasive is None:
        yield "没有 evasive.toml：答复不会标记“神回复”。"
    yield from gaps(policy.duties, city)
    if not city.units:
        yield f"还没有{city.words.crew}：工单只派到单位。"


def _people(one: OfficeEntry | UnitEntry) -> tuple[str, ...]:
    return (one.phone, one.leader) if isinstance(one, UnitEntry) else (one.head, one.deputy, one.phone, one.duty_phone)


def _strange_articles(folder: Path, city: City | None) -> Iterator[Fault]:
    for article in load_samples(folder / "knowledge.toml"):
        if city is None:
            continue
        named = [("单位", article.office, "offices.csv", city.offices)] if article.office else []
        named += [("事项类别", code, "subjects.toml", city.subjects) for code in article.subjects]  # type: ignore[misc]
        for what, code, file, known in named:
            if code not in known:
                said = f"{file} 里没有这个{what} {code}（“{article.title}”）{meant(code, known)}"
                yield Fault("knowledge.toml", said, f"改成 {file} 里有的代码", article.line_in_file)


def _unknown_files(folder: Path) -> Iterator[Fault]:
    """A misspelt name would be a file that nobody reads."""
    known = (*COMPULSORY, *OPTIONAL)
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name in known or path.suffix.lower() not in _TABLES or path.name.startswith("."):
            continue
        near = meant(path.name.lower().removesuffix(".txt"), known)
        if near or path.suffix.lower() != ".txt":
            yield Fault(path.name, f"没有程序会读这个文件{near}", "改正文件名，或移到别处")
