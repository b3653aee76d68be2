"""Count docstrings and comments whose English makes a native engineer stop and read twice. Part of `make check`.

    python deploy/english.py            the count of each top folder; exit status 1 when the sum is above CEILING
    python deploy/english.py --lines    the same, and each text with its place and the phrase found
    python deploy/english.py FOLDER …   only these folders or files

Three kinds of phrase are counted: a person called he or she (name the role), private metaphors (deed, rung, mend), and
word orders that are not English (`so long may …`, `who has …` as a subject). A text that holds several counts once.
Code between backquotes is not read.
"""

import io
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

CEILING = 20

PHRASES = (
    # A person: write the role (the agent, the caller), or they.
    r"\b(?:he|him|his|himself|she|her|hers|herself)\b",
    # Metaphors and what to write: command, action · notify, show, say · assign, offer · status · status, facts ·
    # fix, correct · process, installation, test rig · without success · character · another one of its kind.
    r"\bdeeds?\b",
    r"\btold\b|\btell(?:s|ing)? (?!(?:\w+ ){1,7}(?:apart|from)\b)",
    r"\b(?:laid|lay|lays|laying) (?:\w+ )?before\b",
    r"\b(?:an?|the|this|that|which|each|every|whatever|forgotten|same|next) rung\b|\brungs\b|\brung (?:out )?of\b",
    r"\bstanding (?:of|is|as)\b",
    r"\bmend(?:s|ed|ing)?\b",
    r"\bhouses?\b(?! (?:numbers?|is named))",
    r"\bin vain\b",
    r"\bsigns\b(?! (?:in\b(?! it)|out|up|links|the|this|that it|with)\b)|\bsigns? long\b",
    r"\bbrothers?\b",
    r"\blet go\b|\blets go\b",
    r"\bcome to know\b|\bbecome known to\b",
    r"\bof late\b",
    r"\banew\b",
    r"\bhitherto\b|\bthereupon\b|\bwhereupon\b|\btherewith\b",
    # Word order and constructions.
    r"\bso (?:long|many|often|far|much|soon) (?!as\b|that\b|long\b|of the\b)(?:\w+\s)?"
    r"(?:may|has|have|is|are|does|do|must|can|we|it|a|the|an|of|each|every|after|before|at|in|to|for|on|digits|people|days|"
    r"seconds|minutes|hours|times|tries|calls|signs|characters|working|bytes|words|rows|jobs)\b",
    r"\bwhose (?:it|they|that) (?:is|are|was|were)\b|\bis nobody's\b|\bnobody's (?:yet|any)\b",
    r"(?:^|[.:;!?] )[Ww]ho (?!(?:\w+[ ,]*){1,14}\?)\w+",
    r"(?:^|[.;!?] )Whom\b(?![^.]*\?)",
    r"\b(?:for|to|by|of) who(?:ever)? (?:is|has|was|does|did|may|can|asks?|waits?|calls?|reads?|takes?|comes?)\b",
    r"\bit is said\b|\bis said (?:to|of|by|once|in|as)\b",
    r"\bthat there be\b|\blest\b",
    r"\bis (?:it )?told of\b|\bheard nothing of\b",
)
WORDS = re.compile("|".join(PHRASES), re.IGNORECASE)
CODE = re.compile(r"`[^`]*`")
BLOCKS = re.compile(r"\{#(.*?)#\}|/\*(.*?)\*/|(?m:^[ \t]*(?://|--|;)[^\n]*(?:\n[ \t]*(?://|--|;)[^\n]*)*)", re.DOTALL)
SUFFIXES = {".py", ".ts", ".css", ".html", ".sql", ".j2"}
NO_CODE = {tokenize.NL, tokenize.COMMENT, tokenize.ENCODING}
STARTS = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


class Text(NamedTuple):
    line: int
    """Its first line, from 1."""
    text: str
    """In one line, without its marks."""


def plain(raw: str) -> str:
    return " ".join(re.sub(r"^[ \t]*(?:#+|//+|--+|;+|\*)", " ", raw, flags=re.MULTILINE).strip('"/*{}').split())


def python_texts(source: str) -> Iterator[Text]:
    """Docstrings, also those below a field, and comments; comments on consecutive lines are one text."""
    before = tokenize.NEWLINE
    block: list[tokenize.TokenInfo] = []

    def closed() -> Iterator[Text]:
        if block:
            yield Text(block[0].start[0], plain("\n".join(one.string for one in block)))
            block.clear()

    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if block and block[-1].start != (token.start[0] - 1, token.start[1]):
                yield from closed()
            block.append(token)
        elif token.type == tokenize.STRING and before in STARTS:
            yield Text(token.start[0], plain(token.string))
        if token.type not in NO_CODE:
            yield from closed()
            before = token.type
    yield from closed()


def other_texts(source: str) -> Iterator[Text]:
    for match in BLOCKS.finditer(source):
        yield Text(source.count("\n", 0, match.start()) + 1, plain(match[1] or match[2] or match[0]))


def texts(path: Path) -> Iterator[Text]:
    source = path.read_text("utf-8")
    return python_texts(source) if path.suffix == ".py" else other_texts(source)


def phrase(text: str) -> str:
    """The first phrase in `text` to be written otherwise; empty: none."""
    match = WORDS.search(CODE.sub("`", text))
    return match[0].strip() if match else ""


def tracked(wanted: list[str]) -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", "--", *wanted], check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        path = Path(name)
        if path.suffix in SUFFIXES and path.is_file() and path != Path("deploy/english.py"):
            yield path


def main(arguments: list[str]) -> int:
    counted: Counter[str] = Counter()
    for path in tracked([one for one in arguments if one != "--lines"]):
        for line, text in texts(path):
            if found := phrase(text):
                counted[path.parts[0]] += 1
                if "--lines" in arguments:
                    sys.stdout.write(f"{path}:{line}: [{found}] {text}\n")
    for folder, count in sorted(counted.items()):
        sys.stdout.write(f"{count:5}  {folder}/\n")
    sys.stdout.write(f"{counted.total():5}  in all; at most {CEILING} are allowed\n")
    return int(counted.total() > CEILING)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
