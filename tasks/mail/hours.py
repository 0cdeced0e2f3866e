"""At which hours which kind of mail leaves. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.domain.hours import CourtesyHours, QuietHours
from models.domain.values import MailKind

#: The operator's mails are urgent, the digest has an hour of its own, a test was asked for.
_AT_ANY_HOUR = (MailKind.OPERATOR, MailKind.DIGEST, MailKind.TEST)


@dataclass(frozen=True)
class SendingHours:
    """The consultant's quiet hours and the hours for customers; None = no such hours."""

    quiet: QuietHours | None = None
    courtesy: CourtesyHours | None = None

    def held_until(self, kind: MailKind, now: datetime) -> datetime | None:
        """When a mail of `kind` may leave (UTC); None = now (aware)."""
        if kind in _AT_ANY_HOUR:
            return None
        hours = self.courtesy if kind is MailKind.INVOICE_COPY else self.quiet
        return hours.until(now) if hours else None
