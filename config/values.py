"""The forms a setting can have, each read from its text with one clear refusal. Pure."""

from __future__ import annotations

import re
from datetime import time
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, SecretStr

#: Least and greatest number of the cron fields minute, hour, day and month; weekdays are names.
_CRON_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12))
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")


class HourRange(NamedTuple):
    """Hours of the day by the clock on the wall; an end before the start lies past midnight."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def read_time(text: object) -> object:
    """`07:30` as a time of day; what is no text passes through."""
    if not isinstance(text, str):
        return text
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError("not a time of day; HH:MM such as 07:30 would be right")
    return time(int(match[1]), int(match[2]))


def read_hours(text: object) -> object:
    """`21:00-07:00` as a range of hours, `off` as none; what is no text passes through."""
    if not isinstance(text, str):
        return text
    if text.strip().lower() == "off":
        return None
    start, dash, end = text.partition("-")
    try:
        hours = HourRange(read_time(start), read_time(end)) if dash else None  # type: ignore[arg-type]
    except ValueError:
        hours = None
    if hours is None or hours.start == hours.end:
        raise ValueError("not a range of hours; HH:MM-HH:MM such as 21:00-07:00, or off, is right")
    return hours


def read_day_hours(text: object) -> object:
    """`08:00-20:00` as hours of one day; what is no text passes through."""
    hours = read_hours(text)
    if isinstance(text, str) and (not isinstance(hours, HourRange) or hours.start > hours.end):
        raise ValueError("not hours of one day; HH:MM-HH:MM such as 08:00-20:00 would be right")
    return hours


def check_schedule(text: str) -> str:
    """`every 30m`, `every 2h` or a cron line `40 8 * * *` with weekdays by name."""
    words = text.lower().split()
    if re.fullmatch(r"every 0*[1-9]\d{0,4} ?[smh]", " ".join(words)):
        return f"every {''.join(words[1:])}"
    if len(words) == 5 and _is_cron(words):
        return " ".join(words)
    raise ValueError(
        "not a schedule; 'every 30m', 'every 2h', or five cron fields such as '40 8 * * mon-fri'"
        " (weekdays by name, since their numbers differ by tool) would be right"
    )


def _is_cron(words: list[str]) -> bool:
    numbers = all(_is_cron_field(w, *b) for w, b in zip(words[:4], _CRON_BOUNDS, strict=True))
    return numbers and (words[4] == "*" or _are_weekdays(words[4]))


def _is_cron_field(word: str, least: int, greatest: int) -> bool:
    """Whether `word` is a list of `*`, `*/2`, `5`, `1-5` or `1-9/2` within the bounds."""
    for part in word.split(","):
        match = re.fullmatch(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/([1-9]\d?))?", part)
        if not match:
            return False
        first, last = int(match[1] or least), int(match[2] or match[1] or greatest)
        if not least <= first <= last <= greatest:
            return False
    return True


def _are_weekdays(word: str) -> bool:
    """Whether `word` is a list of `mon` or `mon-fri`, no range running backwards."""
    for part in word.split(","):
        days = part.split("-")
        if len(days) > 2 or not all(day in _WEEKDAYS for day in days):
            return False
        if _WEEKDAYS.index(days[0]) > _WEEKDAYS.index(days[-1]):
            return False
    return True


def check_email(text: str) -> str:
    """A bare e-mail address, trimmed."""
    text = text.strip()
    local = text.rpartition("@")[0]
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    if not _ADDRESS.fullmatch(text) or dotted:
        raise ValueError("not an e-mail address; name@example.org would be right")
    return text


def check_sender(text: str) -> str:
    """An address with or without a name before it: `Anna Berg <anna@example.org>`."""
    address = "" if re.search(r"[\r\n]", text.strip()) else parseaddr(text.strip())[1]
    try:
        check_email(address)
    except ValueError:
        raise ValueError("no sender; 'Anna Berg <anna@example.org>' would be right") from None
    return text.strip()


def check_member_id(text: str) -> str:
    """A member ID (backoffice.md, "Numbers")."""
    if not re.fullmatch(r"[0-9]{6,8}", text.strip()):
        raise ValueError("not a member ID; 6 to 8 digits would be right")
    return text.strip()


def check_timezone(text: str) -> str:
    """A time zone of the IANA list."""
    try:
        return ZoneInfo(text.strip()).key
    except (KeyError, ValueError, OSError):
        raise ValueError("no such time zone; one such as Europe/Berlin would be right") from None


def check_database_url(text: SecretStr) -> SecretStr:
    """An SQLAlchemy address; `postgres://` and `postgresql://` get the driver that we install."""
    url = text.get_secret_value().strip()
    scheme, mark, rest = url.partition("://")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg") and mark and rest:
        return SecretStr(f"postgresql+psycopg://{rest}")
    if scheme == "sqlite" and mark and len(rest) > 1 and rest.startswith("/"):
        return SecretStr(url)
    raise ValueError(
        "not a database address; sqlite:///orderwatch.db (a file) or"
        " postgresql://user:password@host/name would be right"
    )


def check_redis_url(text: SecretStr) -> SecretStr:
    """A Redis address, plain or over TLS."""
    if not re.match(r"rediss?://[^/\s]", text.get_secret_value().strip()):
        raise ValueError("not a Redis address; redis://host:6379/0 or rediss://… would be right")
    return SecretStr(text.get_secret_value().strip())


def check_http_url(text: str) -> str:
    """An address of the web, without a slash at its end."""
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in text.strip():
        raise ValueError("not a web address; https://host/path would be right")
    return text.strip().rstrip("/")


def check_secret_http_url(text: SecretStr) -> SecretStr:
    """An address of the web that is itself a key, such as a ping address."""
    return SecretStr(check_http_url(text.get_secret_value()))


def check_folder(path: Path) -> Path:
    """A folder's path, `~` resolved; it need not exist yet."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError("no such user; a path such as ~/inbox would be right") from None


Email = Annotated[str, AfterValidator(check_email)]
MemberId = Annotated[str, AfterValidator(check_member_id)]
Folder = Annotated[Path, AfterValidator(check_folder)]
Sender = Annotated[str, AfterValidator(check_sender)]
TimeZone = Annotated[str, AfterValidator(check_timezone)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(check_database_url)]
RedisUrl = Annotated[SecretStr, AfterValidator(check_redis_url)]
HttpUrl = Annotated[str, AfterValidator(check_http_url)]
SecretHttpUrl = Annotated[SecretStr, AfterValidator(check_secret_http_url)]
TimeOfDay = Annotated[time, BeforeValidator(read_time)]
Hours = Annotated[HourRange | None, BeforeValidator(read_hours)]
DayHours = Annotated[HourRange, BeforeValidator(read_day_hours)]
When = Annotated[str, AfterValidator(check_schedule)]
