"""SIP messages as they really come, which pyVoIP's own parser loses."""

from __future__ import annotations

import pytest

from telephony.phone.library import SipMessage

INVITE = (
    b"INVITE sip:1001@127.0.0.1:40000 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.1:5160;rport;branch=z9hG4bKPj1\r\n"
    b'From: "\xe5\xad\x94\xe4\xbb\xa4\xe4\xbb\x81" <sip:+8613900000001@127.0.0.1>;tag=abc\r\n'
    b"To: <sip:1001@127.0.0.1>\r\n"
    b"Contact: <sip:asterisk@127.0.0.1:5160>\r\n"
    b"Call-ID: 1@x\r\nCSeq: 7 INVITE\r\nSupported:\r\nSubject: a: b: c\r\n"
    b"Content-Type: application/sdp\r\nContent-Length: 1\r\n\r\n"
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\n"
    b"m=audio 20002 RTP/AVP 107 8 0 96\r\na=rtpmap:107 opus/48000/2\r\na=rtpmap:8 PCMA/8000\r\n"
    b"a=rtpmap:0 PCMU/8000\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-16\r\na=sendrecv\r\n"
)


def test_an_invite_with_an_empty_header_and_a_chinese_name_is_read_whole() -> None:
    message = SipMessage(INVITE)
    assert (message.method, message.call_id, message.is_answer) == ("INVITE", "1@x", False)
    assert "孔令仁" in message.headers["From"]["caller"]
    assert message.headers["From"]["number"] == "+8613900000001"
    assert message.headers["Subject"] == "a: b: c"
    assert message.contact_uri == "sip:asterisk@127.0.0.1:5160"


def test_the_audio_offer_gives_address_codecs_in_order_and_the_keys_payload() -> None:
    assert SipMessage(INVITE).audio() == ("127.0.0.9", 20002, [8, 0], 96)


@pytest.mark.parametrize("method", ["OPTIONS", "NOTIFY", "INFO", "UPDATE", "MESSAGE", "REFER"])
def test_requests_that_pyvoip_does_not_know_are_read(method: str) -> None:
    request = INVITE.partition(b"\r\n\r\n")[0].replace(b"INVITE", method.encode()) + b"\r\n\r\n"
    assert SipMessage(request).method == method


def test_a_body_that_is_not_sdp_is_left_alone() -> None:
    notify = (
        INVITE.partition(b"\r\n\r\n")[0].replace(b"INVITE", b"NOTIFY").replace(b"application/sdp", b"message/sipfrag")
        + b"\r\n\r\nSIP/2.0 200 OK\r\n"
    )
    assert SipMessage(notify).method == "NOTIFY"


def test_an_answer_has_its_code_and_the_method_it_answers() -> None:
    answer = SipMessage(
        b"SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP 127.0.0.1:4;branch=z9\r\nCall-ID: 1@x\r\nCSeq: 1 INVITE\r\n"
        b'WWW-Authenticate: Digest realm="qufu",nonce="1/2=",opaque="",algorithm=MD5,qop="auth"\r\n'
        b"Content-Length:  0\r\n\r\n"
    )
    assert (answer.is_answer, answer.code, answer.cseq_method) == (True, 401, "INVITE")
    assert answer.authentication["realm"] == "qufu"
