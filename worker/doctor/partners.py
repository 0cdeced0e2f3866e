"""The doctor at our partners: back office, Hermes, mail server; each is asked once, politely."""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.exc import DatabaseError

from models.migrate import HEAD, current_revision
from models.politeness import free_requests, reserve
from models.source import Source
from tasks.mail.smtp import SmtpMailer
from tasks.ports import (
    CarrierBlocked,
    CarrierBusy,
    CarrierError,
    LoginCodeWanted,
    LoginRefused,
    MailUnavailable,
    NumberRefused,
    PageChanged,
    SourceError,
)
from tasks.shipments.hermes import Hermes
from worker.doctor.check import PATIENCE, Visit
from worker.doctor.own import sqlite_file
from worker.doctor.result import Fault, Well
from worker.wrong_setting import NotSet

#: An invented number with a right check digit: Hermes knows no parcel of that name.
NOBODYS_PARCEL = "99000000000004"

#: When the running program asks Hermes until later than this, we don't stand in its way.
LONGEST_QUEUE = timedelta(seconds=4)

#: A page is asked for twice before it counts as silent.
OFFICE_PATIENCE = 5.0

_PROFILE = "adapt the profile in a file of your own: ORDERWATCH_BACKOFFICE__PROFILE=my.toml"

_LOGIN = "ORDERWATCH_BACKOFFICE__MEMBER_ID and ORDERWATCH_BACKOFFICE__PASSWORD"


def backoffice(visit: Visit) -> Well:
    """Log in and read one page of each kind, to see which parts of the profile still fit."""
    if not visit.house.settings.backoffice.enabled:
        return Well(
            "switched off: orders come from files only",
            "ORDERWATCH_BACKOFFICE__ENABLED=true reads them by itself",
        )
    try:
        with visit.client("the back office") as client:
            office = visit.house.make_back_office(
                client=client, timeout=OFFICE_PATIENCE, back_off=0
            )
            today = visit.house.clock.now().astimezone(visit.house.timezone).date()
            with_ledger = visit.house.settings.backoffice.ledger
            parts = office.probe(today, with_ledger=with_ledger)
    except NotSet as error:
        raise Fault(str(error), "docs/settings.md lists what BACKOFFICE__… needs") from None
    except SourceError as error:
        raise Fault(str(error), _office_remedy(error)) from None
    if changed := [f"{part.page}: {part.detail}" for part in parts if part.ok is False]:
        raise Fault(f"pages have changed: {'; '.join(changed)}", _PROFILE)
    return Well("logged in; " + "; ".join(f"{part.page}: {part.detail}" for part in parts))


def _office_remedy(error: SourceError) -> str:
    if isinstance(error, LoginRefused):
        return f"check {_LOGIN} in a browser first: more tries lock the account"
    if isinstance(error, LoginCodeWanted):
        return "log in with a browser and set ORDERWATCH_BACKOFFICE__COOKIE to its session cookie"
    if isinstance(error, PageChanged):
        return _PROFILE
    return "is the network up, and does ORDERWATCH_BACKOFFICE__BASE_URL open in a browser?"


def hermes(visit: Visit) -> Well:
    """Ask for a parcel that does not exist, in our turn."""
    if not visit.house.settings.hermes.enabled:
        return Well("switched off: no parcel is followed", "ORDERWATCH_HERMES__ENABLED=true does")
    return _turn(visit) or _ask_hermes(visit)


def _turn(visit: Visit) -> Well | None:
    """Wait for our place among the requests of all processes; Well when there is none soon."""
    if not _has_schema(visit):
        return None
    house, now = visit.house, visit.house.clock.now()
    today = now.astimezone(house.timezone).date()
    manners = next(p.manners for n, p in house.carriers.items() if n == Hermes.name)
    with visit.db.write() as session:
        source = session.get(Source, Hermes.name.value)
        if source and source.paused_until and source.paused_until > now:
            raise _pausing(source, visit)
        plan = free_requests(session, Hermes.name.value, manners, now, today, 1)
        if not plan.count or plan.first_at > now + LONGEST_QUEUE:
            return Well(_busy(source), "not asked now: today's requests are used or reserved")
        reserve(session, Hermes.name.value, plan, 1, today)
    house.clock.sleep((plan.first_at - now).total_seconds())
    return None


def _has_schema(visit: Visit) -> bool:
    file = sqlite_file(visit)
    if file is not None and not file.exists():
        return False
    try:
        with visit.db.engine.connect() as connection:
            return current_revision(connection) == HEAD
    except DatabaseError:
        return False  # its own check says so


def _pausing(source: Source, visit: Visit) -> Fault:
    assert source.paused_until is not None, "asked of a source that pauses"
    until = _local(source.paused_until, visit)
    return Fault(
        f"paused until {until}: {source.error or 'it asked for that'}",
        "nothing to do: polling goes on by itself then",
    )


def _busy(source: Source | None) -> str:
    last = source.last_ok_at if source else None
    return f"answered last at {last:%Y-%m-%d %H:%M} UTC" if last else "has not answered yet"


def _local(moment: datetime, visit: Visit) -> str:
    return f"{moment.astimezone(visit.house.timezone):%Y-%m-%d %H:%M}"


def _ask_hermes(visit: Visit) -> Well:
    house = visit.house
    client = visit.client("Hermes")
    carrier = Hermes(house.settings.hermes.base_url, house.user_agent, client=client)
    try:
        carrier.ask(NOBODYS_PARCEL, house.clock.now())
    except NumberRefused:
        return Well("answers, and refuses an invented number as it should")
    except CarrierError as error:
        raise Fault(str(error), _hermes_remedy(error)) from None
    finally:
        carrier.close()
    return Well("answers")


def _hermes_remedy(error: CarrierError) -> str:
    if isinstance(error, CarrierBlocked | CarrierBusy):
        return "ask less: wait some hours, and raise ORDERWATCH_HERMES__MIN_SPACING_SECONDS"
    return "is the network up? (address: ORDERWATCH_HERMES__BASE_URL)"


def smtp(visit: Visit) -> Well:
    """Connect and log in; nothing is sent."""
    mailer = visit.house.mailer
    if mailer is None:
        return Well("not set: nobody hears of anything", "set ORDERWATCH_SMTP__HOST and …__FROM")
    server = mailer.server
    try:
        with SmtpMailer(replace(server, timeout=PATIENCE)).session():
            pass
    except MailUnavailable as error:
        raise Fault(str(error), _smtp_remedy(error.__context__)) from None
    login = f"as {server.username}" if server.username else "without a login"
    return Well(f"{server.name} lets us in {login} ({server.security})")


def _smtp_remedy(cause: BaseException | None) -> str:
    """What would help; the more special reasons come first."""
    known: tuple[tuple[type[BaseException], str], ...] = (
        (smtplib.SMTPAuthenticationError,
         "check ORDERWATCH_SMTP__USERNAME and ORDERWATCH_SMTP__PASSWORD (many providers want an "
         "app password)"),
        (ssl.SSLCertVerificationError,
         "ORDERWATCH_SMTP__HOST must be the name on the server's certificate"),
        (ssl.SSLError,
         "ORDERWATCH_SMTP__SECURITY does not fit the port: starttls goes with 587, tls with 465"),
        (smtplib.SMTPNotSupportedError,
         "the server has no such thing: try ORDERWATCH_SMTP__SECURITY=tls (465), none (a server on "
         "this machine), or no login"),
        (socket.gaierror, "is ORDERWATCH_SMTP__HOST spelled right, and the network up?"),
    )  # fmt: skip
    told = (hint for kind, hint in known if isinstance(cause, kind))
    return next(
        told, "check ORDERWATCH_SMTP__HOST, ORDERWATCH_SMTP__PORT and ORDERWATCH_SMTP__SECURITY"
    )
