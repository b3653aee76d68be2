"""Sentences such as a city line hears: from templates, from free text, and from strings of dictionary words.

Pure but for reading the phrase table; the same seed gives the same sentences.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from speech.city import CityNames

HERE = Path(__file__).resolve().parent
DIGITS = "零一二三四五六七八九"
SPOKEN_DIGITS = "零幺二三四五六七八九"
"""One is said 幺 in numbers that are read figure by figure."""


@cache
def phrases() -> dict[str, Any]:
    """The phrase table."""
    return tomllib.loads((HERE / "phrases.toml").read_text("utf-8"))


def number(n: int) -> str:
    """0 to 9999 as spoken in Mandarin."""
    if n < 10:
        return DIGITS[n]
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十")):
        if n >= unit:
            head, rest = divmod(n, unit)
            start = "" if n < 20 else DIGITS[head]
            if not rest:
                return start + sign
            gap = "零" if rest < unit // 10 else ""
            return start + sign + gap + ("一" if 10 <= rest < 20 else "") + number(rest)
    raise ValueError(n)


def figures(rng: random.Random, count: int) -> str:
    """`count` figures read one by one."""
    return "".join(rng.choice(SPOKEN_DIGITS) for _ in range(count))


class SentenceMaker:
    """Draws the pieces of one sentence."""

    def __init__(self, rng: random.Random, city: CityNames) -> None:
        self.rng, self.city = rng, city

    def one(self, key: str) -> str:
        """One of the phrase table's list `key`."""
        return self.rng.choice(str(phrases()[key]).split())

    def problem(self, subject: str | None = None) -> str:
        """What is wrong; of one subject or any."""
        table: dict[str, str] = phrases()["problem"]
        return self.rng.choice(table[subject or self.rng.choice(list(table))].split())

    def agent(self, key: str) -> str:
        """One of an agent's or a crew's phrases."""
        return self.rng.choice(str(phrases()["agent"][key]).split("|"))

    def office(self) -> str:
        """An office's usual name, now and then its full one."""
        usual = str(phrases()["office"]["names"]).split()
        return self.rng.choice(self.city.offices if self.rng.random() < 0.3 else usual)

    def place(self) -> str:
        """A place as people say it, coarse or fine."""
        town, village = self.rng.choice(self.city.towns), self.rng.choice(self.city.villages)
        road, spot = self.rng.choice(self.city.roads), self.one("spot")
        n = number(self.rng.randint(1, 300))
        forms = (
            f"{town}{road}{spot}",
            f"{town}{village}",
            f"{road}{spot}",
            f"{village}",
            f"{town}",
            f"{road}{n}号",
            f"{town}{road}",
        )
        return self.rng.choice((*forms, f"{road}和{self.rng.choice(self.city.roads)}路口", f"{village}{spot}"))

    def name(self) -> str:
        """How callers give their names."""
        sur = self.one("surname")
        return self.rng.choice((f"我姓{sur}", f"我叫{sur}{self.one('given')}", f"我是{sur}{self.one('title')}"))

    def date(self) -> str:
        """A day, with or without an hour."""
        day = f"{number(self.rng.randint(1, 12))}月{number(self.rng.randint(1, 31))}{self.rng.choice('日号')}"
        hour = f"{self.rng.choice(('早上', '上午', '下午', '晚上'))}{number(self.rng.randint(1, 12))}点{self.rng.choice(('', '半', '多', '二十分'))}"
        return self.rng.choice((day, hour, day + hour))


def _report(s: SentenceMaker) -> str:
    return f"{s.one('hello')}，{s.one('open')}，{s.place()}的{s.problem()}，{s.one('urge')}"


def _demo(s: SentenceMaker) -> str:
    return f"{s.rng.choice(('您好', '你好'))}，我要反映一个问题，{s.place()}的路灯{s.one('when')}不亮了，{s.one('urge')}，{s.name()}，{s.one('thanks')}"


def _home(s: SentenceMaker) -> str:
    return f"我家这里{s.one('when')}{s.problem(s.rng.choice(('water', 'power', 'heating', 'gas')))}，{s.place()}，{s.one('urge')}"


def _danger(s: SentenceMaker) -> str:
    return f"{s.place()}{s.problem(s.rng.choice(('covers', 'roads', 'drains', 'gas')))}，路上很危险，{s.one('urge')}"


def _hesitant(s: SentenceMaker) -> str:
    return f"{s.one('hesitation')}，我们{s.place()}{s.one('hesitation')}，{s.problem()}，{s.one('urge')}"


def _enquiry(s: SentenceMaker) -> str:
    end = s.rng.choice(
        (
            f"{s.problem()}归哪个部门管",
            f"{s.office()}的电话是多少",
            f"{s.office()}几点上班",
            s.problem("insurance"),
            s.problem("household"),
            s.problem("school"),
        )
    )
    return f"{s.one('hello')}，{s.one('ask')}，{end}"


def _phone(s: SentenceMaker) -> str:
    return f"{s.name()}，{s.rng.choice(('电话是', '我的手机号是', '联系电话是'))}幺{s.rng.choice('三五七八九')}{figures(s.rng, 9)}"


def _address(s: SentenceMaker) -> str:
    n = [number(s.rng.randint(1, top)) for top in (30, 6, 2004)]
    return f"{s.rng.choice(('我住在', '地址是', ''))}{s.rng.choice(s.city.towns)}{s.rng.choice(s.city.villages)}{n[0]}号楼{n[1]}单元{n[2]}室"


def _refused(s: SentenceMaker) -> str:
    how = s.rng.choice(
        ("没有人接", "说不归他们管", "让我打热线", "一直占线", "也不管", "让我们再等等", "答应了也没有修")
    )
    return f"{s.one('when')}{s.place()}{s.problem()}，给{s.office()}打电话{how}"


def _complaint(s: SentenceMaker) -> str:
    return f"我要{s.rng.choice(('投诉', '举报', '表扬'))}{s.office()}，{s.problem()}，{s.one('urge')}"


def _lasting(s: SentenceMaker) -> str:
    return f"{s.place()}{s.problem()}，已经{number(s.rng.randint(2, 30))}{s.rng.choice(('天', '个月', '个小时'))}了，{s.one('urge')}"


def _when(s: SentenceMaker) -> str:
    return f"{s.date()}，{s.place()}{s.problem()}"


def _reply(s: SentenceMaker) -> str:
    return f"{s.one('reply')}，{s.one('reply')}，{s.one('thanks')}"


def _order(s: SentenceMaker) -> str:
    end = s.rng.choice(
        ("现在处理到哪一步了", "什么时候能办完", "为什么还没有处理", "我对处理结果不满意", "已经解决了谢谢")
    )
    return f"办理单编号{figures(s.rng, s.rng.randint(4, 8))}，{end}"


def _word(s: SentenceMaker) -> str:
    return f"{s.place()}{s.rng.choice(('', '有', '这里', '那边'))}{s.rng.choice(s.city.words)}{s.rng.choice(('', '了'))}，{s.one('urge')}"


def _agent_opens(s: SentenceMaker) -> str:
    return f"{s.agent('open')}，{s.agent('ask')}"


def _agent_asks(s: SentenceMaker) -> str:
    return f"{s.agent('ask')}，{s.agent('confirm')}，{s.place()}{s.problem()}"


def _agent_closes(s: SentenceMaker) -> str:
    return f"{s.agent('confirm')}，{s.agent('close')}，{s.agent('close')}"


def _crew(s: SentenceMaker) -> str:
    return f"{s.agent('crew')}，{s.place()}{s.problem()}，{s.agent('crew')}"


TEMPLATES: tuple[Callable[[SentenceMaker], str], ...] = (
    _report, _report, _demo, _home, _danger, _hesitant, _enquiry, _phone, _address, _refused, _complaint, _lasting,
    _when, _reply, _order, _agent_opens, _agent_asks, _agent_closes, _crew, _word,
)  # fmt: skip


def template(rng: random.Random, city: CityNames) -> str:
    """One sentence from a template."""
    return rng.choice(TEMPLATES)(SentenceMaker(rng, city))


def salad(rng: random.Random, words: list[str]) -> str:
    """A string of dictionary words without sense: every syllable in many neighbourhoods."""
    return "，".join("".join(rng.choice(words) for _ in range(rng.randint(2, 4))) for _ in range(rng.randint(2, 3)))


@cache
def free(part: str) -> tuple[str, ...]:
    """Hand-written sentences outside the templates: `train` or `test`."""
    return tuple(phrases()["free"][part])


@cache
def fixed() -> tuple[str, ...]:
    """Sentences that the line and the demo really say: prompts.toml and speech.toml."""
    root = HERE.parent / "deploy"
    prompts = tomllib.loads((root / "prompts/prompts.toml").read_text("utf-8"))
    demo = tomllib.loads((root / "demo/speech/speech.toml").read_text("utf-8"))
    city = tomllib.loads((root / "city/qufu/prompts/recorded.toml").read_text("utf-8"))["recorded"]
    own = (text for name, text in city.items() if not name.startswith("town-"))
    return (*own, *prompts["sentence"].values(), *(row["text"] for row in demo["speech"]))


@cache
def short() -> tuple[str, ...]:
    """Texts spoken by themselves: the prompts' pieces and plain answers."""
    root = HERE.parent / "deploy"
    prompts = tomllib.loads((root / "prompts/prompts.toml").read_text("utf-8"))
    city = tomllib.loads((root / "city/qufu/prompts/recorded.toml").read_text("utf-8"))["recorded"]
    towns = (text for name, text in city.items() if name.startswith("town-"))
    return tuple(word for word in (*prompts["piece"].values(), *towns, *str(phrases()["reply"]).split()) if word > "Z")


def clean(text: str) -> str:
    """Only the Chinese characters: what is scored."""
    return re.sub("[^\u4e00-\u9fff]", "", text)
