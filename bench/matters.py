"""How well an order's fields are proposed, on matters written and labelled by hand (samples/labelled/matters-*.jsonl).

`tuning` is what words and weights were chosen on and what the model learns from here, in place of a city's own orders.
`held-out` was written before the words were extended, `fresh` after they were fixed: `fresh` is the honest figure. All
are by one writer, who also wrote the words: real callers will do worse. Each part is measured a second time with
invented recognition errors: one sign in `ERROR_EVERY` becomes another of the same sound, one in `LOST_EVERY` is lost.
"""

import datetime as dt
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.row import Row
from core.clock import CITY_ZONE
from core.texts.sounds import sounds_of
from dispatch.city.records import City
from dispatch.intake.hearing import CITIZEN, MatterHeard
from dispatch.intake.matter_model import MatterModel
from dispatch.intake.proposing import Proposal, propose, rank_offices, rank_subjects
from dispatch.kinds import Urgency
from dispatch.policy import Policy, load_policy
from hotline.bridges.learning import DecidedMatter, train

ROOT = Path(__file__).parents[1]
PARTS = ("tuning", "held-out", "fresh")
NOW = dt.datetime(2026, 11, 21, 10, tzinfo=CITY_ZONE)
"""When the labelled calls are taken to come in: a Saturday."""
ERROR_EVERY = 12
LOST_EVERY = 50
SEED = 20261121


@dataclass(frozen=True)
class LabelledMatter:
    text: str
    kind: str
    subject: str | None
    lead_office: str | None
    co_offices: tuple[str, ...]
    urgency: Urgency
    town: str | None
    place: str
    name: str
    happened: str
    """ISO, a date or an instant in the city's zone."""
    cause: str


@dataclass
class ShareRight:
    """Right ones among those that were asked for."""

    right: int = 0
    asked: int = 0

    def count(self, *, right: bool) -> None:
        self.right += right
        self.asked += 1

    @property
    def value(self) -> float:
        return self.right / self.asked if self.asked else 1.0


def load_labelled(part: str) -> list[LabelledMatter]:
    lines = (ROOT / "samples/labelled" / f"matters-{part}.jsonl").read_text("utf-8").splitlines()
    return [_labelled(json.loads(line)) for line in lines]


def qufu() -> Policy:
    return load_policy(ROOT / "deploy/city/qufu")


def trained(city: City, matters: Iterable[LabelledMatter]) -> MatterModel:
    return train(city, [as_matter(one) for one in matters if one.subject], "bench")


def as_matter(one: LabelledMatter) -> DecidedMatter:
    return DecidedMatter(one.text, one.subject or "", one.kind, one.town)


def scores(policy: Policy, matters: Iterable[LabelledMatter], model: MatterModel | None) -> dict[str, ShareRight]:
    """Measure → share. `emergency` and `urgent` are recalls (at least so urgent), `alarms` the share of right ones."""
    found: dict[str, ShareRight] = defaultdict(ShareRight)
    for one in matters:
        proposals = {
            p.field: p
            for p in propose(
                policy.city, policy.hearing, policy.urgency, [MatterHeard(CITIZEN, 0, 9, one.text)], at=NOW, model=model
            )
        }
        _judge_office(found, policy.city, one, proposals, model)
        found["kind"].count(right=_value(proposals, "kind") == one.kind)
        _judge_urgency(found, one, Urgency(_value(proposals, "urgency") or "normal"))
        if one.town:
            found["town"].count(right=_value(proposals, "place_town") == one.town)
        if one.place:
            found["place"].count(right=one.place in _value(proposals, "place"))
        if one.name:
            found["name"].count(right=_value(proposals, "citizen_name") == one.name)
        if one.happened:
            found["time"].count(right=_value(proposals, "happened_at").startswith(one.happened))
        if one.cause:
            found["cause"].count(right=one.cause in _value(proposals, "cause"))
    return dict(found)


def misheard(matters: Sequence[LabelledMatter]) -> list[LabelledMatter]:
    """The same with invented recognition errors, the same at every run."""
    dice = random.Random(SEED)  # noqa: S311  # no secret
    by_sound: dict[str, list[str]] = defaultdict(list)
    for sign in sorted({sign for one in matters for sign in one.text if "\u4e00" <= sign <= "\u9fff"}):
        by_sound[sounds_of(sign)[0]].append(sign)
    return [replace(one, text=_mishear(one.text, by_sound, dice)) for one in matters]


def measure_matters() -> Row:
    """`ours` is the lead office right at the first place with rules and model; the floor has the rules alone."""
    policy = qufu()
    model = trained(policy.city, load_labelled("tuning"))
    said = []
    for part in PARTS[1:]:
        matters = load_labelled(part)
        for name, heard in ((part, matters), (f"{part}, misheard", misheard(matters))):
            for how, used in (("rules", None), ("rules+model", model)):
                said.append(f"{name}, {how}: {_said(scores(policy, heard, used))}")
    fresh = load_labelled("fresh")
    ours, floor = (scores(policy, fresh, used)["office"].value for used in (model, None))
    return Row(
        name="matters",
        what="lead office right at the first place, fresh part: rules and model against the rules alone",
        ours=round(ours, 3),
        floor=round(floor, 3),
        ratio=round(ours / floor, 3),
        unit="share",
        runs=1,
        note="; ".join(said),
    )


def _judge_office(
    found: dict[str, ShareRight],
    city: City,
    one: LabelledMatter,
    proposals: dict[str, Proposal],
    model: MatterModel | None,
) -> None:
    if one.lead_office is None:
        return
    subjects = rank_subjects(city, one.text, model)
    # As in the call: the town is the one that was understood, not the one that was meant.
    town = _value(proposals, "place_town") or None
    offices = [office.value for office in rank_offices(city, subjects, town=town)[:3]]
    found["office"].count(right=offices[:1] == [one.lead_office])
    found["office of three"].count(right=one.lead_office in offices)
    found["office or co-office"].count(right=bool(offices) and offices[0] in (one.lead_office, *one.co_offices))
    found["subject"].count(right=bool(subjects) and subjects[0].value == one.subject)


def _judge_urgency(found: dict[str, ShareRight], one: LabelledMatter, proposed: Urgency) -> None:
    if one.urgency is Urgency.EMERGENCY:
        found["emergency"].count(right=proposed is Urgency.EMERGENCY)
    if one.urgency is not Urgency.NORMAL:
        found["urgent"].count(right=proposed is not Urgency.NORMAL)
    if proposed is not Urgency.NORMAL:
        found["alarms"].count(right=one.urgency is not Urgency.NORMAL)


def _value(proposals: dict[str, Proposal], field: str) -> str:
    return proposals[field].value if field in proposals else ""


def _mishear(text: str, by_sound: dict[str, list[str]], dice: random.Random) -> str:
    signs = []
    for sign in text:
        if not "\u4e00" <= sign <= "\u9fff" or dice.randrange(LOST_EVERY):
            alike = [other for other in by_sound.get(sounds_of(sign)[0], ()) if other != sign]
            signs.append(dice.choice(alike) if alike and not dice.randrange(ERROR_EVERY) else sign)
    return "".join(signs)


def _labelled(row: dict[str, Any]) -> LabelledMatter:
    return LabelledMatter(
        text=row["text"],
        kind=row["kind"],
        subject=row["subject"],
        lead_office=row["lead_office"],
        co_offices=tuple(row["co_offices"]),
        urgency=Urgency(row["urgency"]),
        town=row["town"],
        place=row["place"],
        name=row.get("name", ""),
        happened=row.get("happened", ""),
        cause=row.get("cause", ""),
    )


def _said(found: dict[str, ShareRight]) -> str:
    return ", ".join(f"{name} {share.value:.2f} (n={share.asked})" for name, share in found.items())


def show() -> None:
    """All measures by part, as a table: `python -m bench.matters`."""
    policy = qufu()
    model = trained(policy.city, load_labelled("tuning"))
    table = Table("part", "how")
    columns = (
        "office", "office of three", "office or co-office", "subject", "kind", "emergency", "urgent", "alarms",
        "town", "place", "name", "time", "cause",
    )  # fmt: skip
    for column in columns:
        table.add_column(column, justify="right")
    for part in PARTS:
        matters = load_labelled(part)
        for name, heard in ((f"{part} ({len(matters)})", matters), (f"{part}, misheard", misheard(matters))):
            for how, used in (("rules", None), ("+ model", model)):
                found = scores(policy, heard, used)
                shares = [found.get(column, ShareRight()) for column in columns]
                table.add_row(name, how, *(f"{s.value:.2f}" if s.asked else "–" for s in shares))
        table.add_section()
    Console(width=180).print(table)


if __name__ == "__main__":
    show()
