"""E-mail through the city's SMTP server."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Literal

import aiosmtplib

from core.clock import Clock
from dispatch.channels.port import Letter, Unasked
from dispatch.notifications.fitting import fitted, utf8_bytes
from dispatch.notifications.rules import Delivery

_TITLE_BYTES = 400
"""No mail program shows more; a header may have 998 characters, encoded."""

Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True)
class Mail(Unasked):
    host: str
    port: int
    security: Security
    user: str
    password: str
    sender: str
    """From; `一线通 <line@example.cn>` or the address alone."""
    seconds: float
    clock: Clock

    async def send(self, letter: Letter) -> Delivery:
        try:
            message = self._message(letter)
        except ValueError as error:
            return Delivery(False, f"收件地址或发件地址写得不对：{error}", lasting=True)
        try:
            _, answer = await aiosmtplib.send(
                message,
                hostname=self.host,
                port=self.port,
                username=self.user or None,
                password=self.password or None,
                use_tls=self.security == "tls",
                start_tls=self.security == "starttls",
                timeout=self.seconds,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            return Delivery(False, f"{first.code} {first.message}", lasting=first.code >= 500)
        except aiosmtplib.SMTPResponseException as error:
            return Delivery(False, f"{error.code} {error.message}", lasting=error.code >= 500)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            return Delivery(False, f"连接不上：{error or type(error).__name__}")
        return Delivery(True, answer)

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, letter.address, _one_line(letter.title)
        domain = parseaddr(self.sender)[1].partition("@")[2]
        message["Message-ID"] = f"<{letter.id}@{domain}>"
        message["Date"] = format_datetime(self.clock())
        message.set_content(letter.text)
        return message


def _one_line(title: str) -> str:
    """A header is one line (RFC 5322, 2.1.1): breaks, tabs and control characters of any script become a blank."""
    seen = "".join(sign if sign.isprintable() else " " for sign in title)
    return fitted(" ".join(seen.split()), _TITLE_BYTES, utf8_bytes, hint="…")
