"""Which calls pass by, and what may pass when the session has ended."""

import pytest

from web.sip.calls import SipCalls

OK = "SIP/2.0 200 OK"


def sip(
    start: str,
    call_id: str = "one@browser",
    cseq: str = "1 INVITE",
    name: str = "Call-ID",
    to: str = "<sip:1001@qufu>;tag=c",
) -> str:
    head = start, "Via: SIP/2.0/WSS x.invalid", f"To: {to}", f"{name}: {call_id}", f"CSeq: {cseq}"
    return "\r\n".join(head) + "\r\n\r\nv=0\r\n"


def test_a_call_is_in_progress_from_its_answer_to_its_end() -> None:
    calls = SipCalls()
    calls.saw(sip("INVITE sip:1001 SIP/2.0"))
    calls.saw(sip("SIP/2.0 180 Ringing"))
    assert not calls.in_progress
    calls.saw(sip(OK))
    assert calls.in_progress
    calls.saw(sip("BYE sip:1001 SIP/2.0", cseq="2 BYE"))
    assert not calls.in_progress


def test_the_end_of_one_call_is_not_the_end_of_another() -> None:
    calls = SipCalls()
    calls.saw(sip(OK))
    calls.saw(sip(OK, "two@browser"))
    calls.saw(sip("BYE sip:1001 SIP/2.0", "two@browser", "3 BYE"))
    assert calls.in_progress


def test_a_call_that_the_exchange_knows_no_more_has_ended() -> None:
    calls = SipCalls()
    calls.saw(sip(OK))
    calls.saw(sip("SIP/2.0 481 Call/Transaction Does Not Exist", cseq="5 INVITE"))
    assert not calls.in_progress


def test_other_answers_begin_no_call_and_a_compact_header_is_read() -> None:
    calls = SipCalls()
    calls.saw(sip(OK, cseq="7 REGISTER"))
    calls.saw("rubbish")
    calls.saw("")
    assert not calls.in_progress
    calls.saw(sip(OK, cseq="7   invite", name="i"))
    assert calls.in_progress


@pytest.mark.parametrize("name", ["Call-ID", "i", "CALL-ID "])
@pytest.mark.parametrize(
    ("start", "call_id", "passes"),
    [
        ("BYE sip:x SIP/2.0", "one@browser", True),
        ("INVITE sip:x SIP/2.0", "one@browser", True),
        ("ACK sip:x SIP/2.0", "one@browser", True),
        ("REGISTER sip:x SIP/2.0", "another", True),
        ("SIP/2.0 486 Busy Here", "another", True),
        ("INVITE sip:00861390000 SIP/2.0", "another", False),
        ("REFER sip:x SIP/2.0", "one@browser", False),
        ("MESSAGE sip:x SIP/2.0", "", False),
    ],
)
def test_without_a_session_only_the_call_in_progress_goes_on(start: str, call_id: str, passes: bool, name: str) -> None:
    calls = SipCalls()
    calls.saw(sip(OK))
    assert calls.may_pass(sip(start, call_id, f"9 {start.split(' ')[0]}", name)) is passes


@pytest.mark.parametrize(
    "to",
    ["<sip:1@qufu>", '<sip:1@qufu>;x=">;tag=c"', "<sip:1@qufu;tag=c>", '"a>;tag=c" <sip:1@qufu>', "sip:1@qufu;tag=c"],
)
def test_without_a_session_nobody_begins_another_call_under_the_name_of_one_in_progress(to: str) -> None:
    calls = SipCalls()
    calls.saw(sip(OK))
    assert not calls.may_pass(sip("INVITE sip:00861390000 SIP/2.0", to=to))


def test_a_page_answers_only_a_call_that_came() -> None:
    calls = SipCalls()
    calls.saw(sip("INVITE sip:00861390000 SIP/2.0"), from_page=True)
    calls.saw(sip(OK), from_page=True)
    calls.saw(sip("INVITE sip:1001 SIP/2.0", "two"))
    calls.saw(sip("SIP/2.0 486 Busy Here", "two"), from_page=True)
    calls.saw(sip(OK, "two"), from_page=True)
    assert not calls.in_progress
    calls.saw(sip("INVITE sip:1001 SIP/2.0", "three"))
    calls.saw(sip("SIP/2.0 180 Ringing", "three"), from_page=True)
    calls.saw(sip(OK, "three"), from_page=True)
    assert calls.in_progress
