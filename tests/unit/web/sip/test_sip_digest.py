"""A browser's SIP request gets the digest that its telephone's password makes."""

import pytest

from web.sip.digest import ForeignAccount, sign


def register(credentials: str) -> str:
    head = (
        "REGISTER sip:qufu SIP/2.0",
        "Via: SIP/2.0/WS x",
        f"Authorization: Digest {credentials}",
        "CSeq: 2 REGISTER",
    )
    return "\r\n".join((*head, "", ""))


def test_the_response_is_that_of_the_standards_example() -> None:
    # RFC 2617, 3.5, with the method that it names.
    said = (
        'username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", response="00", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    message = register(said).replace("REGISTER sip:qufu", "GET sip:qufu", 1)
    signed = sign(message, "Mufasa", "Circle Of Life")
    assert signed == message.replace('response="00"', 'response="6629fae49393a05397450978507c4ef1"')


def test_a_challenge_of_old_without_qop_is_answered_too() -> None:
    said = 'username="1001-web", realm="qufu", nonce="n", uri="sip:qufu", response="1"'
    assert 'response="1"' not in sign(register(said), "1001-web", "secret")
    assert sign(register(said), "1001-web", "a") != sign(register(said), "1001-web", "b")


def test_what_bears_no_credentials_passes_as_it_is() -> None:
    message = "INVITE sip:1002@qufu SIP/2.0\r\nTo: <sip:1002@qufu>\r\n\r\nv=0\r\nAuthorization: Digest x\r\n"
    assert sign(message, "1001-web", "secret") == message


@pytest.mark.parametrize(
    "said",
    [
        'username="1002-web", realm="qufu", nonce="n", uri="sip:qufu", response="1"',
        'username="1001-web", realm="qufu", nonce="n", uri="sip:qufu", response="1", algorithm=SHA-256',
        'username="1001-web", realm="qufu", nonce="n", uri="sip:qufu", response="1", qop=auth',
        'username="1001-web", realm="qufu", nonce="n", uri="sip:qufu", response="1", qop=auth, nc=00000001',
        'username="1001-web", realm="qufu", nonce="n", uri="sip:qufu", response="1", qop=auth, cnonce="c", nc=nc=1',
        'username="1001-web", nonce="n", uri="sip:qufu", response="1", qop=auth-int, nc=00000001, cnonce=c',
        'username="1001-web", "1nc=nc=00000001',
        'username="1001-web", =',
        'username="1001-web", qop=',
        "nonsense",
        "",
        ",",
        '"',
    ],
)
def test_nobody_elses_telephone_is_signed_for(said: str) -> None:
    with pytest.raises(ForeignAccount):
        sign(register(said), "1001-web", "secret")
