"""Tracking links and parcel numbers: what the user pastes is read, look-alikes are refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.tracking import (
    hermes_check_digit_ok,
    mask_number,
    parse_tracking,
    tracking_url,
)
from models.domain.values import CarrierName, TrackingRef

N = "99000000000011"
H = "H1000730000000000000"
HERMES, DHL, DPD, GLS, UPS = CarrierName

PLAIN = st.text("0123456789", min_size=8, max_size=30)


@pytest.mark.parametrize(
    ("link", "carrier"),
    [
        (f"https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#{N}", HERMES),
        (f"https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation/#{N}", HERMES),
        (
            "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation/"
            f"?wt_cc1=abc123456#{N}",
            HERMES,
        ),
        (
            "https://www.myhermes.de/empfangen/sendungsverfolgung/suchen/sendungsinformation/" + N,
            HERMES,
        ),
        (f"https://tracking.hermesworld.com/?TrackID={N}", HERMES),
        (f"https://www.myhermes.de/tracking/{N}", HERMES),
        (f"https://www.myhermes.de/tracking/{N}/", HERMES),
        (f"https://tracking.hermesworld.com/?trackingid={N}", HERMES),
        (f"https://www.myhermes.de/x?lang=de&trackingNumber={N}", HERMES),
        (f"https://www.myhermes.de/x?sendungsId={N}#top", HERMES),
        (f"https://www.dhl.de/de/privatkunden.html?piececode={N}&cid=c_dhl", DHL),
        (f"https://nolp.dhl.de/nextt-online-public/set_identcodes.do?lang=de&idc={N}", DHL),
        (f"https://www.dhl.com/de-de/home/tracking.html?tracking-id={N}&submit=1", DHL),
        (f"https://tracking.dpd.de/status/de_DE/parcel/{N}", DPD),
        (f"https://tracking.dpd.de/parcelstatus?query={N}&locale=de_DE", DPD),
        (f"https://my.dpd.de/redirect.aspx?action=1&parcelno={N}", DPD),
        (f"https://gls-group.com/DE/de/paketverfolgung?match={N}", GLS),
        (f"https://gls-group.eu/DE/de/paketverfolgung?match={N}", GLS),
        (f"https://www.ups.com/track?loc=de_DE&tracknum={N}", UPS),
        (f"https://ups.com/track?tracknum={N}", UPS),
    ],
)
def test_every_known_link_form_names_carrier_and_number(link: str, carrier: CarrierName) -> None:
    """Whatever link the back office or a mail holds, the parcel is found."""
    assert parse_tracking(link) == TrackingRef(N, carrier)


@pytest.mark.parametrize(
    "link",
    [
        f"www.myhermes.de/tracking/{N}",
        f"//www.myhermes.de/tracking/{N}",
        f"  HTTPS://WWW.MYHERMES.DE/tracking/{N}\n",
        f"http://www.myhermes.de:80/tracking/{N}",
        f"https://www.myhermes.de:443/tracking/{N}",
        f"<https://www.myhermes.de/tracking/{N}>",
        "https://www.myhermes.de/tracking/9900%200000%200000-11",
        f"www.myhermes.de/x?next=https://example.org/#{N}",
    ],
)
def test_sloppy_spellings_of_a_link_are_read(link: str) -> None:
    """A link copied from a mail, without scheme or with blanks around it, still works."""
    assert parse_tracking(link) == TrackingRef(N, HERMES)


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        (f"https://www.myhermes.de.example.com/#{N}", "looks like HERMES but is not"),
        (f"https://www-myhermes.de/#{N}", "looks like HERMES but is not"),
        (f"https://dhl.de.paket-info.com/?piececode={N}", "looks like DHL but is not"),
        (f"https://evil.ups.com/track?tracknum={N}", "looks like UPS but is not"),
        (f"https://www.myhermes.de./#{N}", "looks like HERMES but is not"),
        (f"https://www.myherm\u0435s.de/#{N}", "no known tracking address"),
        (f"https://example.org/?TrackID={N}", "no known tracking address"),
        (f"https://www.myhermes.de@example.org/#{N}", "behind a user name"),
        (f"https://example.org@www.myhermes.de/#{N}", "behind a user name"),
        (f"https://www.myhermes.de:8443/#{N}", "unusual port"),
        (f"https://www.myhermes.de\\@example.org/#{N}", "backslashes"),
        (f"https://www.myher\tmes.de/#{N}", "control characters"),
        (f"ftp://www.myhermes.de/#{N}", "must start with https"),
        (f"javascript://www.myhermes.de/#{N}", "must start with https"),
        (f"https://[::1]/#{N}", "unusual port|no known tracking address"),
        (f"https://[/#{N}", "malformed"),
        ("https://www.myhermes.de/empfangen/sendungsverfolgung/", "holds no parcel number"),
        ("https://www.myhermes.de/tracking/login", "holds no parcel number"),
        (f"https://www.ups.com/track?tracknum={N}&tracknum=99000000000028", "several parcels"),
    ],
)
def test_look_alikes_and_tricks_are_refused_with_the_reason(link: str, reason: str) -> None:
    """A phishing link in a mail is called one, and never taken for the carrier."""
    with pytest.raises(ValueError, match=reason) as refused:
        parse_tracking(link)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "number", "carrier"),
    [
        (N, N, HERMES),
        ("9900 0000 0000 11", N, HERMES),
        ("99.000.000-000.011", N, HERMES),
        ("\u20079900\u00a00000\u200b000011 ", N, HERMES),
        ("99000000000012", "99000000000012", HERMES),  # wrong check digit: still asked
        (H.lower(), H, HERMES),
        ("00340434161094022115", "00340434161094022115", None),
        ("123456789012", "123456789012", None),
        ("1Z999AA10123456784", "1Z999AA10123456784", None),
        ("JJD000390007882823476", "JJD000390007882823476", None),
    ],
)
def test_a_bare_number_is_hermes_only_in_one_of_its_shapes(
    text: str, number: str, carrier: CarrierName | None
) -> None:
    """Digits alone prove no carrier; a Hermes shape is taken for Hermes."""
    assert parse_tracking(text) == TrackingRef(number, carrier)


@pytest.mark.parametrize(
    "text", ["", "   ", "abc", "keine", "12", "myhermes.de", "mailto:a", "٩٩٠٠٠٠٠٠٠٠٠٠١١", "9" * 41]
)
def test_what_is_no_number_is_refused_saying_what_would_be(text: str) -> None:
    """A wrong paste gives one clear line."""
    with pytest.raises(ValueError, match="would be"):
        parse_tracking(text)


def test_endless_text_is_refused_unread() -> None:
    """A whole mail pasted by mistake costs nothing."""
    with pytest.raises(ValueError, match="too long"):
        parse_tracking("www.myhermes.de/#" + "9" * 100_000)


@given(st.sampled_from(CarrierName), PLAIN)
def test_a_shown_link_leads_back_to_its_parcel(carrier: CarrierName, number: str) -> None:
    """The link in an alert opens the very parcel that the alert is about."""
    url = tracking_url(carrier, number)
    assert url is not None
    assert parse_tracking(url) == TrackingRef(number, carrier)


def test_no_link_is_shown_without_a_carrier() -> None:
    """Better no link than one to the wrong carrier."""
    assert tracking_url(None, N) is None


@given(st.text(max_size=60) | st.builds("https://www.myhermes.de/{}".format, st.text(max_size=40)))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    """Nothing that a user or a page holds crashes the import."""
    try:
        found = parse_tracking(text)
    except ValueError as refused:
        said = str(refused)
    else:
        assert re.fullmatch("[A-Z0-9]{4,40}", found.number)
        said = found.number
    assert said.isprintable()


@given(
    st.from_regex(r"[a-z0-9.-]{1,30}", fullmatch=True),
    st.sampled_from([".example", ".de.example", "-myhermes.de", "myhermes.de.example"]),
)
def test_a_strange_host_never_becomes_a_carrier(start: str, end: str) -> None:
    """Only the exact addresses count, however close another one looks."""
    with pytest.raises(ValueError, match=r"refused|no known tracking address"):
        parse_tracking(f"https://{start}{end}/?TrackID={N}&match={N}&idc={N}#{N}")


@pytest.mark.parametrize(
    ("number", "ok"),
    [
        (N, True),
        ("99000000000097", True),
        ("99000000000226", True),
        ("12345678901234", False),
        (H, None),
        ("123456789012", None),
        ("", None),
    ],
)
def test_the_check_digit_is_judged_where_one_is_known(number: str, ok: bool | None) -> None:
    """A mistyped number is warned of."""
    assert hermes_check_digit_ok(number) is ok


@given(st.text("0123456789", min_size=13, max_size=13))
def test_exactly_one_check_digit_is_right(stem: str) -> None:
    """A wrong last digit is always noticed."""
    assert sum(bool(hermes_check_digit_ok(stem + digit)) for digit in "0123456789") == 1


@given(st.text("0123456789", min_size=14, max_size=14), st.integers(0, 13), st.integers(1, 9))
def test_one_mistyped_digit_is_always_noticed(number: str, place: int, by: int) -> None:
    """Both weights catch any single wrong digit."""
    wrong = f"{number[:place]}{(int(number[place]) + by) % 10}{number[place + 1 :]}"
    assert not (hermes_check_digit_ok(number) and hermes_check_digit_ok(wrong))


@given(st.text("0123456789", min_size=0, max_size=30))
def test_a_masked_number_shows_four_digits_at_most(number: str) -> None:
    """A log never opens somebody's delivery history."""
    assert sum(map(str.isdigit, mask_number(number))) <= 4
    if len(number) > 4:
        assert mask_number(number).endswith(number[-4:])
