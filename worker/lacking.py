"""What the settings lack for a job: one line with the remedy each, None when nothing is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.bootstrap import House

NO_OFFICE = "the back office is switched off: set ORDERWATCH_BACKOFFICE__ENABLED=true"
NO_INBOX = "no inbox: set ORDERWATCH_INBOX_DIR to a folder"
NO_READER = "nobody to write to: ORDERWATCH_CONSULTANT__EMAIL is not set"
NO_SERVER = "no mail server: ORDERWATCH_SMTP__HOST is not set"


def for_sync(house: House) -> str | None:
    """Reading the back office needs one."""
    return None if house.settings.backoffice.enabled else NO_OFFICE


def for_inbox(house: House) -> str | None:
    """Taking files from the inbox needs a folder."""
    return None if house.settings.inbox_dir is not None else NO_INBOX


def for_writing(house: House) -> str | None:
    """Queueing a mail needs somebody to write to."""
    return None if house.desk is not None else NO_READER


def for_sending(house: House) -> str | None:
    """Mail leaves by a server, and its sender is known."""
    return NO_SERVER if house.mailer is None else for_writing(house)
