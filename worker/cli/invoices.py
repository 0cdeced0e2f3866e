"""`orderwatch invoices`: what became of each copy, an invoice as a file, a copy by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.cards import plain
from worker.cli.output import (
    Json,
    Problem,
    WrongUse,
    local,
    open_house,
    print_json,
    print_table,
    rows_wanted,
)
from worker.cli.targets import check_target, writing

if TYPE_CHECKING:
    from worker.bootstrap import House

app = typer.Typer(
    name="invoices", help="Invoices and their copies: list, save, send.", rich_markup_mode=None
)

Number = Annotated[str, typer.Argument(metavar="ORDER", help="Order number.")]


@app.command("list", epilog="Example: orderwatch invoices list")
def list_invoices(as_json: Json = False) -> None:
    """What became of each invoice's copy: sent, waiting, or why not."""
    from worker.cli.invoice_views import invoice_views

    with open_house() as house:
        zone = house.settings.timezone
        with house.db.read() as session:
            rows = invoice_views(session, rows_wanted(as_json))
    if as_json:
        print_json(rows)
    elif not rows:
        print("no invoices yet; they are judged as soon as a new order has one")
    else:
        table = [
            (
                row["order"], row["customer_name"], row["invoice_number"], row["state"],
                row["reason"] or row["to"], local(row["sent_at"], zone),
            )
            for row in rows
        ]  # fmt: skip
        columns = ("order", "customer", "invoice", "copy", "to, or why not", "sent")
        print_table("Invoices", columns, table, spare=("invoice", "sent"))


@app.command(epilog="Example: orderwatch invoices save 185204417 invoice.pdf")
def save(
    number: Number,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the PDF is written.")],
    yes: Annotated[bool, typer.Option("--yes", help="Overwrite without asking.")] = False,
) -> None:
    """Write an order's invoice into a file."""
    from tasks.invoices.by_hand import invoice_of

    target = file.expanduser()
    check_target(target, yes)
    with open_house() as house, _told():
        pdf = invoice_of(house.db, house.back_office, number.strip())
    with writing(target):
        target.write_bytes(pdf)
    print(f"the invoice of order {plain(number)} is in {plain(target)} ({len(pdf):,} bytes)")


@app.command(epilog="Example: orderwatch invoices send 185204417 --to office@example.org")
def send(
    number: Number,
    to: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="To this address, whatever the customer agreed to."),
    ] = None,
) -> None:
    """Send a copy: to the customer if she agreed, or to an address you name."""
    from tasks.invoices.by_hand import send_by_hand
    from tasks.invoices.copies import CopyOptions
    from worker.wrong_setting import NotSet

    address = _address(to) if to is not None else None
    with open_house() as house, _told():
        if house.desk is None:
            raise NotSet("ORDERWATCH_CONSULTANT__EMAIL", "mail")
        options = CopyOptions(house.settings.invoices.mode, house.desk, house.timezone, house.lease)
        queued = send_by_hand(
            house.db, house.clock, house.back_office, options, number.strip(), address
        )
        when = _when(house, address)
    print(f"mail {queued.mail_id} to {plain(queued.recipient)} is queued; {when}")


def _address(text: str) -> str:
    from config.values import check_email

    try:
        return check_email(text)
    except ValueError as error:
        raise WrongUse(f"--to {plain(text)!r} is {error}") from None


def _when(house: House, to: str | None) -> str:
    """When the copy leaves, in words."""
    from models.domain.values import MailKind
    from models.finding_facts import utc_text

    hours, now = house.sending_hours, house.clock.now()
    until = None if to else hours.held_until(MailKind.INVOICE_COPY, now)
    if until is not None:
        leaves = local(utc_text(until), house.settings.timezone)
        return f"customers are not mailed at this hour, so it leaves on {leaves}"
    if house.mailer is None:
        return "ORDERWATCH_SMTP__HOST is not set: nothing can send it yet"
    return "the running program sends it at once, or `orderwatch jobs run deliver-mail --wait`"


@contextmanager
def _told() -> Iterator[None]:
    """What is refused, or goes wrong outside, is one line."""
    from tasks.invoices.by_hand import CopyRefused
    from tasks.ports import SourceError

    try:
        yield
    except (CopyRefused, SourceError) as error:
        raise Problem(plain(error)) from None
