"""Takes personal data and secrets out of what is logged or kept as a sample. Pure.

- E-mail addresses, credentials and long numbers are masked wherever they stand in a text.
- Names can't be told from words, so values are masked by their key.
- Order numbers (9 digits) and member IDs (6 to 8) stay: without them no log line helps.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

MASK = "***"
_DEEPEST = 8

_PERSONAL_KEYS = frozenset(
    [
        "name",
        "customer_name",
        "consultant_name",
        "owner_name",
        "first_name",
        "last_name",
        "full_name",
        "ship_to",
        "street",
        "email",
        "e_mail",
        "mail_to",
        "customer_email",
        "operator_email",
        "to",
        "from",
        "sender",
        "recipient",
        "recipients",
        "address",
        "phone",
        "telephone",
        "password",
        "passwort",
        "pwd",
        "secret",
        "token",
        "cookie",
        "cookies",
        "set_cookie",
        "set-cookie",
        "api_key",
        "apikey",
        "dhl-api-key",
        "authorization",
        "body",
        "html",
        "username",
    ]
)
_NUMBER_KEYS = frozenset(
    [
        "tracking",
        "tracking_number",
        "tracking_url",
        "shipment",
        "parcel",
        "parcel_number",
        "barcode",
    ]
)

# All signs that a mailbox may have; `***@host` is what is left of a login and shows its host.
_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]"
_EMAIL = re.compile(rf"(?<!{_LOCAL})(?!\*\*\*@){_LOCAL}+@[\w-]+(?:\.[\w-]+)*")
# Parcel numbers have 11 (GLS) to 20 digits (DHL, Hermes: 14, or H and 19), order numbers 9.
_LONG_NUMBER = re.compile(r"H?\d{7,}(\d{4})(?!\d)")
_URL = re.compile(r"https?://[^\s<>\"']+")
_URL_TOKEN = re.compile(r"(?<=[/#=])(?=(?:[A-Za-z]*\d){6})[A-Za-z0-9]{6,}([A-Za-z0-9]{4})\b")
_LOGIN = re.compile(r"(://[^\s:/@]{0,200}):[^\s/@]{1,400}@(?=[\w\[])")
_WHOLE_LINE = re.compile(r"(?i)\b((?:set-)?cookie|authorization)(['\"]?\s*[:=]\s*)[^\r\n]+")
_ASSIGNED = re.compile(
    r"(?i)\b([\w-]*(?:password|passwort|api[-_]?key|token|secret))(['\"]?\s*[:=]\s*['\"]?)[^\s'\"&,;]+"
)


def redact_text(text: str) -> str:
    """`text` without credentials, e-mail addresses and all but the last 4 of parcel numbers."""
    text = _WHOLE_LINE.sub(rf"\1\2{MASK}", text)
    text = _ASSIGNED.sub(rf"\1\2{MASK}", text)
    text = _LOGIN.sub(rf"\1:{MASK}@", text)
    text = _URL.sub(lambda url: _URL_TOKEN.sub(r"…\1", url[0]), text)
    text = _EMAIL.sub(f"{MASK}@{MASK}", text)
    return _LONG_NUMBER.sub(r"…\1", text)


def redact_value(value: Any, key: str = "", depth: int = 0) -> Any:
    """A loggable copy of `value`; `key` is the name it is logged under."""
    plain = key.lower()
    if value is None or isinstance(value, bool):
        return value
    if plain in _PERSONAL_KEYS:
        return MASK
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return _redact_mapping(value, depth)
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value(item, key, depth + 1) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return _redact_mapping(fields, depth)
    if isinstance(value, int | float):
        return value if redact_text(str(value)) == str(value) else redact_text(str(value))
    return _redact_word(str(value), plain)


def _redact_mapping(values: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    return {
        redact_text(str(key)): redact_value(item, str(key), depth + 1)
        for key, item in values.items()
    }


def _redact_word(text: str, key: str) -> str:
    if key in _NUMBER_KEYS and len(text) > 9 and "://" not in text:
        return f"…{text[-4:]}"
    return redact_text(text)


def redact_event(
    _logger: Any, _method: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A structlog processor, to stand last before the renderer: exceptions are text by then."""
    return {key: redact_value(value, key) for key, value in event_dict.items()}
