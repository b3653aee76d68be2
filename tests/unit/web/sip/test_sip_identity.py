"""A browser speaks in its own telephone's name only, and says one plain message at a time."""

import time

import pytest

from web.sip.digest import ForeignAccount
from web.sip.identity import check_speaker

OTHERS = frozenset({"trunk", "1002", "1002-web", "citizen-1", "probe", "1001"})
OWN = "<sip:1001-web@qufu>;tag=a"
PLAIN = "<sip:k3j2h1@d8f7.invalid;transport=ws>"
REGISTERED = f'{PLAIN};+sip.ice;reg-id=1;+sip.instance="<urn:uuid:8a>";expires=120'


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
        *(
            message(f"Contact: {contact}", first="REGISTER sip:qufu SIP/2.0", to="<sip:1001-web@qufu>", body="")
            for contact in (REGISTERED, f"{PLAIN};expires=0", "*", f"{PLAIN} ; expires=0")
        ),
        message("Contact: <sip:k3j2h1@d8f7.invalid;transport=ws;ob>"),
        message(
            f"Contact: {PLAIN}", first="SIP/2.0 200 OK", sender="<sip:trunk@qufu>", to="<sip:k3j2h1@d8f7.invalid>;tag=c"
        ),
    ],
)
def test_the_page_may_say_what_a_telephone_says(said: str) -> None:
    check_speaker(said, "1001-web", OTHERS)


@pytest.mark.parametrize(
    "said",
    [
        *(message(sender=f"<sip:{name}@x>;tag=a") for name in ("trunk", "1002", "1001", "probe", "%74runk", "")),
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
        message("Call-ID: one", "i: two"),
        message("CSeq: 1 INVITE", "cseq: 2 INVITE"),
        message(sender="<sip:stranger@x>;tag=b", to='<sip:1@x>;x=";tag=c"'),
        message("nonsense"),
        "INVITE",
    ],
)  # fmt: skip
def test_in_nobody_elses_name_and_no_second_message(said: str) -> None:
    with pytest.raises(ForeignAccount):
        check_speaker(said, "1001-web", OTHERS)


@pytest.mark.parametrize("first", ["REGISTER sip:qufu SIP/2.0", "INVITE sip:12345@qufu SIP/2.0", "SIP/2.0 200 OK"])
@pytest.mark.parametrize(
    "lines",
    [
        ["Contact: <sip:0085212345678@d8f7.invalid;transport=ws;maddr=10.0.0.1>"],
        ["Contact: <sip:k3@d8f7.invalid;MADDR=10.0.0.1;transport=ws>"],
        ["Contact: <sip:k3@d8f7.invalid;transport=ws?Route=%3csip:10.0.0.1%3blr%3e>"],
        ["Contact: <sip:0085212345678@10.0.0.1>"],
        ["Contact: sip:k3@d8f7.invalid;transport=ws"],
        [f"Contact: {PLAIN}, <sip:0085212345678@10.0.0.1>"],
        [f'Contact: {PLAIN};x="a, <sip:0085212345678@10.0.0.1>"'],
        [f'Contact: {PLAIN};x="\\"'],
        [f"Contact: {PLAIN};expires=0", "Contact: <sip:0085212345678@10.0.0.1>"],
        [f"Contact: {PLAIN};expires=0", "m: <sip:0085212345678@10.0.0.1>"],
        [f"m : {PLAIN}", "CONTACT: *"],
        ["Contact: *, *"],
        ['Contact: "x" <sip:k3@d8f7.invalid;transport=ws>'],
        ["Record-Route: <sip:10.0.0.1;lr>"],
    ],
)
def test_the_page_is_to_be_found_at_its_socket_and_nowhere_else(first: str, lines: list[str]) -> None:
    with pytest.raises(ForeignAccount):
        check_speaker(message(*lines, first=first), "1001-web", OTHERS)


@pytest.mark.parametrize("odd", [" " * 60_000, '"' + '\\"' * 30_000, "<" * 60_000, ";" * 60_000, "a " * 30_000])
def test_no_address_takes_long_to_read(odd: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(ForeignAccount):
        check_speaker(message(sender=odd), "1001-web", OTHERS)
    with pytest.raises(ForeignAccount):
        check_speaker(message(f"Contact: {PLAIN}{odd}!"), "1001-web", OTHERS)
    assert time.perf_counter() - begun < 0.5
