"""Allowed push services, and the contact that they may ask."""

import pytest
from pydantic import ValidationError

from core.push_contact import wrong_contact
from core.sections.web import WebSettings
from dispatch.notifications.contacts import wrong_address
from dispatch.notifications.push_services import wrong_endpoint
from dispatch.notifications.rules import NotificationChannel

SERVICES = WebSettings().push_services


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://wns2-par02p.notify.windows.com/w/?token=abc",
        "https://web.push.apple.com/QABC",
        "https://FCM.googleapis.com:443/x",
    ],
)
def test_a_push_service_may_be_asked(endpoint: str) -> None:
    assert wrong_endpoint(endpoint, SERVICES) == ""


@pytest.mark.parametrize(
    "endpoint",
    [
        "", "nonsense", "/relative", "https://", "http://fcm.googleapis.com/x", "https://fcm.googleapis.com:8443/x",
        "https://user:pw@fcm.googleapis.com/x", "https://fcm.googleapis.com@evil.cn/", "https://evil.cn/fcm.googleapis.com",
        "https://fcm.googleapis.com.evil.cn/", "https://evilnotify.windows.com/", "https://notify.windows.com/",
        "https://127.0.0.1:18443/", "https://169.254.169.254/latest", "https://[::1]/", "https://2130706433/", "https://127.1/",
        "https://0x7f.1/", "https://localhost/", "https://evil.cn\\@fcm.googleapis.com/", "https://fcm.googleapis.com\\.evil.cn/",
        "https://fcm.googleapis.com/\r\nX: 1", "ftp://fcm.googleapis.com/", "https://fcm.googleapis.com./x",
        "https://ｆcm.googleapis.com.evil.cn/",
    ],
)  # fmt: skip
def test_nowhere_else(endpoint: str) -> None:
    assert wrong_endpoint(endpoint, SERVICES)


def test_a_push_service_of_ones_own_is_named_with_its_whole_origin() -> None:
    own = ("http://10.0.0.5:8080",)
    assert wrong_endpoint("http://10.0.0.5:8080/push/abc", own) == ""
    assert wrong_endpoint("http://10.0.0.5:8081/push/abc", own)
    assert wrong_endpoint("http://u@10.0.0.5:8080/push/abc", own)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:18998/a\r\nX-E: 1", "http://a b.cn/", "http://good.cn\\@evil.cn/", "http://u:p@good.cn/",
        "javascript:alert(1)", "http:///x", "http://good.cn/\u202e",
    ],
)  # fmt: skip
def test_a_contacts_address_is_read_the_same_by_everybody(address: str) -> None:
    assert wrong_address(NotificationChannel.WEBHOOK, address)


def test_whom_push_services_may_ask_is_somebody_in_public() -> None:
    for good in ("mailto:line@city.gov.cn", "https://line.city.gov.cn", "https://曲阜.中国"):
        assert wrong_contact(good) == ""
        assert WebSettings(push_contact=good).push_contact == good
    for bad in (
        "mailto:hotline@localhost",
        "line@city.gov.cn",
        "http://line.city.gov.cn",
        "mailto:city.gov.cn",
        "https://box.local",
        "https://192.168.1.5",
        "mailto:line@10.0.0.1",
        "mailto:@city.gov.cn",
        "mailto:a@city.gov.cn,b@city.gov.cn",
        "mailto:line@city.gov.cn\n",
        "mailto:line@city..cn",
        "https://name:word@city.gov.cn",
        "https://[::1]",
    ):
        assert wrong_contact(bad)
        with pytest.raises(ValidationError):
            WebSettings(push_contact=bad)
