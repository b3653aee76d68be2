"""A browser speaks in its own telephone's name only, and says one plain message at a time."""

import time

import pytest

from web.sip.digest import ForeignAccount
from web.sip.identity import check_speaker

OTHERS = frozenset({"trunk", "1002", "1002-web", "citizen-1", "watch", "1001"})
OWN = "<sip:1001-web@qufu>;tag=a"


def message(
    *lines: str,
    first: str = "INVITE sip:12345@qufu SIP/2.0",
    sender: str = OWN,
    to: str = "<sip:12345@qufu>",
    body: str = "v=0\r\n",
) -> str:
    head = (first, f"From: {sender}", f"To: {to}", *lines, f"Content-Length: {len(body.encode())}")
    return "\r\n".join(head) + "\r\n\r\n" + body


@pytest.mark.parametrize(
    "said",
    [
        message(),
        message(sender='"王 <sip:trunk@x> 小明" <sip:1001-web@qufu>;tag=a', body=""),
        message(sender="sip:1001-web@qufu;tag=a"),
        message(first="REGISTER sip:qufu SIP/2.0", to="<sip:1001-web@qufu>"),
        message(first="BYE sip:12345@qufu SIP/2.0", sender="<sip:k3j2h1@d8f7.invalid>;tag=b", to="<sip:1@x>;tag=c"),
        message(first="SIP/2.0 200 OK", sender="<sip:trunk@qufu>", to="<sip:k3j2h1@d8f7.invalid>;tag=c"),
        "\r\n\r\n",
        "",
    ],
)
def test_the_page_may_say_what_a_telephone_says(said: str) -> None:
    check_speaker(said, "1001-web", OTHERS)


@pytest.mark.parametrize(
    "said",
    [
        *(message(sender=f"<sip:{name}@x>;tag=a") for name in ("trunk", "1002", "1001", "watch", "%74runk", "")),
        *(message(sender=f"<sip:1001-web{more}@x>;tag=a") for more in (":pw", ";x", "?x", "x", " ")),
        message(sender="<sip:1001-WEB@x>;tag=a"),
        message(sender='"<sip:1001-web@qufu>" <sip:trunk@x>;tag=a'),
        message(sender="<sip:1001-web@qufu> <sip:trunk@x>;tag=a"),
        message(sender="sip:trunk@x;tag=<sip:1001-web@qufu>"),
        message(sender="<tel:12345>;tag=a"),
        message(sender='"unended <sip:1001-web@qufu>;tag=a'),
        message(sender="<sip:trunk@x>;tag=b", to="<sip:1@x>;tag=c"),
        message(sender="<sip:trunk@x>;tag=b", to='"x;tag=c" <sip:1@x>'),
        message(sender="<sip:stranger@x>;tag=b", to="<sip:1@x;tag=c>"),
        message("From: <sip:trunk@x>"),
        message("f: <sip:trunk@x>"),
        message("FROM : <sip:trunk@x>"),
        message("X: y\nFrom: <sip:trunk@x>"),
        message("X: y\rFrom: <sip:trunk@x>"),
        message("X: y\r\n From: <sip:trunk@x>"),
        message("l: 0"),
        message() + message(sender="<sip:trunk@x>"),
        message(body="").replace("Content-Length: 0\r\n", "") + "INVITE sip:1@x SIP/2.0\r\n",
        message().replace("\r\n", "\n"),
        message().replace("From: ", "X: "),
        "\r\n" + message(sender="<sip:trunk@x>"),
        message("nonsense"),
        "INVITE",
    ],
)  # fmt: skip
def test_in_nobody_elses_name_and_no_second_message(said: str) -> None:
    with pytest.raises(ForeignAccount):
        check_speaker(said, "1001-web", OTHERS)


@pytest.mark.parametrize("odd", [" " * 60_000, '"' + '\\"' * 30_000, "<" * 60_000, ";" * 60_000, "a " * 30_000])
def test_no_address_takes_long_to_read(odd: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(ForeignAccount):
        check_speaker(message(sender=odd), "1001-web", OTHERS)
    assert time.perf_counter() - begun < 0.5
