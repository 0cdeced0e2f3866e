"""Tracking links and parcel numbers: which carrier, which number. Pure; no link is ever fetched.

- Link forms and number shapes: reference page on Hermes, "Numbers and links".
- Hosts are matched exactly, because look-alike addresses are a known fraud.
- Digits alone never prove a carrier: 14 digits also fit DPD. The caller may know better.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from models.domain.values import CarrierName, TrackingRef

MAX_LENGTH = 2_000
"""Longest text that is looked at; real tracking links have less than 200 characters."""

_LINK = re.compile(r"(?i)^www\.|[/?#@\\]")
_NUMBER = re.compile(r"(?=(?:[A-Z]*[0-9]){4})[A-Z0-9]{4,40}")
_HERMES_SHAPE = re.compile(r"[0-9]{14}|H[0-9]{19}")
#: The link of nearly every order: read so often that its short way counts.
_USUAL_LINK = re.compile(r"https://www\.myhermes\.de/(?:[a-z]+/)*\?(?:trackID|TrackID)=([0-9]{14})")
_SEPARATORS = re.compile(r"[\s.\u200b\u2060\ufeff\u2010-\u2015-]+")
_STANDARD_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class _LinkForm:
    """Where one carrier's links hold the number: query names, paths, the fragment."""

    carrier: CarrierName
    query_names: frozenset[str]
    path: re.Pattern[str] | None = None
    in_fragment: bool = False


_HERMES = _LinkForm(
    CarrierName.HERMES,
    frozenset({"trackid", "trackingid", "trackingnumber", "sendungsid"}),
    re.compile(
        r"(?i)/(?:empfangen/sendungsverfolgung/suchen/sendungsinformation|tracking)/([^/]+)/?"
    ),
    in_fragment=True,
)
_DHL = _LinkForm(CarrierName.DHL, frozenset({"piececode", "idc", "tracking-id"}))
_DPD = _LinkForm(
    CarrierName.DPD,
    frozenset({"query", "parcelno"}),
    re.compile(r"(?i)/status/[a-z]{2}_[a-z]{2}/parcel/([^/]+)/?"),
)
_GLS = _LinkForm(CarrierName.GLS, frozenset({"match"}))
_UPS = _LinkForm(CarrierName.UPS, frozenset({"tracknum"}))

_HOSTS: dict[str, _LinkForm] = {
    "www.myhermes.de": _HERMES,
    "myhermes.de": _HERMES,
    "tracking.hermesworld.com": _HERMES,
    "dhl.de": _DHL,
    "www.dhl.de": _DHL,
    "nolp.dhl.de": _DHL,
    "dhl.com": _DHL,
    "www.dhl.com": _DHL,
    "tracking.dpd.de": _DPD,
    "my.dpd.de": _DPD,
    "gls-group.com": _GLS,
    "www.gls-group.com": _GLS,
    "gls-group.eu": _GLS,
    "www.gls-group.eu": _GLS,
    "ups.com": _UPS,
    "www.ups.com": _UPS,
}

_SHOWN_LINKS = {
    CarrierName.HERMES: (
        "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#{}"
    ),
    CarrierName.DHL: "https://www.dhl.de/de/privatkunden.html?piececode={}",
    CarrierName.DPD: "https://tracking.dpd.de/status/de_DE/parcel/{}",
    CarrierName.GLS: "https://gls-group.com/DE/de/paketverfolgung?match={}",
    CarrierName.UPS: "https://www.ups.com/track?tracknum={}",
}


def clean_number(text: str) -> str:
    """The number as carriers want it: upper case, without blanks, dots and dashes."""
    compact = _SEPARATORS.sub("", text)
    return compact.upper() if compact.isascii() else compact


def mask_number(number: str) -> str:
    """A number for logs and messages: its last four characters. It opens the whole history."""
    return f"…{number[-4:]}" if len(number) > 4 else "…"


def hermes_check_digit_ok(number: str) -> bool | None:
    """Whether the last of 14 digits is right (Mod 10, weights 3 and 1 from the right).

    None for any other shape: no check digit is known for `H` + 19 digits. A wrong one is a
    warning only; the number is still asked for.
    """
    if not re.fullmatch(r"[0-9]{14}", number):
        return None
    weighted = sum(
        int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(number[:-1]))
    )
    return (10 - weighted % 10) % 10 == int(number[-1])


def tracking_url(carrier: CarrierName | None, number: str) -> str | None:
    """A link to show to a person, or None when the carrier is not known."""
    return _SHOWN_LINKS[carrier].format(quote(number, safe="")) if carrier else None


def parse_tracking(text: str) -> TrackingRef:
    """Read a tracking link or a bare parcel number.

    A link proves the carrier. A bare number is taken for Hermes when it has one of its shapes
    (14 digits, or `H` and 19 digits), whatever its check digit; else its carrier is None.
    Raises ValueError with one clear line: no number in it, or an address of nobody we know.
    """
    if match := _USUAL_LINK.fullmatch(text):
        return TrackingRef(match[1], CarrierName.HERMES)
    text = text.strip().strip("\u200b\u2060\ufeff<>\"'").strip()
    if len(text) > MAX_LENGTH:
        raise ValueError(f"too long for a tracking link or number: {len(text)} characters")
    if _LINK.search(text):
        return _from_link(text)
    number = clean_number(text)
    if not _NUMBER.fullmatch(number):
        raise ValueError(
            f"not a parcel number or tracking link: {text[:60]!r} "
            "(14 digits, H and 19 digits, or a carrier's tracking link would be)"
        )
    is_hermes = _HERMES_SHAPE.fullmatch(number) is not None
    return TrackingRef(number, CarrierName.HERMES if is_hermes else None)


def _from_link(text: str) -> TrackingRef:
    link = _split(text)
    host = _safe_host(link)
    form = _HOSTS.get(host)
    if form is None:
        raise ValueError(_stranger(host))
    return TrackingRef(_number_in(link, form), form.carrier)


def _split(text: str) -> SplitResult:
    """The link's parts; a missing scheme is https. Control characters and `\\` are tricks."""
    if re.search(r"[\s\\\x00-\x1f\x7f]", text):
        raise ValueError("the tracking link holds blanks, backslashes or control characters")
    if not re.match(r"(?i)[a-z][a-z0-9+.-]*://", text):
        text = "https://" + text.removeprefix("//")
    try:
        return urlsplit(text)
    except ValueError:
        raise ValueError("the tracking link is malformed (https://host/… would be right)") from None


def _safe_host(link: SplitResult) -> str:
    """The host in lower case, once scheme, user name and port hide nothing."""
    if link.scheme not in _STANDARD_PORTS:
        raise ValueError("the tracking link must start with https://")
    if "@" in link.netloc:
        raise ValueError("the tracking link hides its address behind a user name: refused")
    host, _, port = link.netloc.lower().partition(":")
    if port and port != str(_STANDARD_PORTS[link.scheme]):
        raise ValueError("the tracking link names an unusual port: refused")
    return host


def _stranger(host: str) -> str:
    for name in CarrierName:
        if name.value in host:
            return (
                f"{host[:80]!r} looks like {name.value.upper()} but is not its tracking address: "
                "refused"
            )
    return f"{host[:80]!r} is no known tracking address (Hermes, DHL, DPD, GLS and UPS are)"


def _number_in(link: SplitResult, form: _LinkForm) -> str:
    """The one number of a link: in its fragment, else in its query, else in its path."""
    for place in (_in_fragment, _in_query, _in_path):
        cleaned = map(clean_number, place(link, form))
        numbers = list(dict.fromkeys(filter(_NUMBER.fullmatch, cleaned)))
        if len(numbers) > 1:
            raise ValueError(f"the {form.carrier.value.upper()} link names several parcels")
        if numbers:
            return numbers[0]
    raise ValueError(f"the {form.carrier.value.upper()} link holds no parcel number")


def _in_fragment(link: SplitResult, form: _LinkForm) -> list[str]:
    return [unquote(link.fragment).strip("/")] if form.in_fragment else []


def _in_query(link: SplitResult, form: _LinkForm) -> list[str]:
    pairs = parse_qsl(link.query)
    return [value for name, value in pairs if name.lower() in form.query_names]


def _in_path(link: SplitResult, form: _LinkForm) -> list[str]:
    match = form.path.fullmatch(link.path) if form.path else None
    return [unquote(match[1])] if match else []
