"""Imports a page of the back office that was saved in the browser, by the parsers of the sync."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.order import Order
from tasks.orders import document
from tasks.orders.customer_pages import CARD, TEAM, customer_card, team_list
from tasks.orders.customers import CustomerRecord, store_customers, store_volume
from tasks.orders.detail_page import DETAIL, order_detail
from tasks.orders.exchange import Answer
from tasks.orders.files.intake import FileResult, Intake
from tasks.orders.files.outside import OutsideFile
from tasks.orders.files.refusal import FileRefused, TooLarge
from tasks.orders.order_pages import HISTORY, MONTH, OLDER, History, month_orders, order_history
from tasks.orders.order_pages import older_rows as read_older_rows
from tasks.orders.page_kind import page_kind
from tasks.orders.parts import differing_lines, store_details
from tasks.orders.store import Stored, store_orders
from tasks.orders.tables import Header
from tasks.ports import OrderPage, OrderRecord, OwnerPage, TeamPage

#: A cursor that is later than any page's: saved rows were not asked for.
_ANY = "999912"

_WANTED = "a saved order history, month, customer card, team list or order detail would be right"


def import_page(intake: Intake, file: OutsideFile, result: FileResult) -> None:
    """Take what the page shows. Raises FileRefused, PageChanged."""
    if file.size > document.LARGEST_PAGE:
        raise TooLarge("a page of", document.LARGEST_PAGE)
    html = Answer("", 200, file.rewind().read()).text
    kind = page_kind(html, intake.options.profile)
    if kind == "login":
        raise FileRefused("a saved login page, no orders; log in, open the page, save it again")
    if kind is None:
        raise FileRefused(f"a page without orders; {_WANTED}", document.sample(html))
    _IMPORTS[kind](intake, html, result)
    if not result.counts and not result.notes:
        result.notes.append(f"no orders: an empty page ({kind})")
    intake.progress(file.name, file.size, file.size)


def _history(intake: Intake, html: str, result: FileResult) -> None:
    profile = intake.options.profile
    history = order_history(html, profile)
    pages: list[OwnerPage] = [history.page]
    # Rows that were called up by "older orders" stand in the saved page too.
    if document.first(document.open_page(html, HISTORY), profile.orders.fragment_table):
        pages.append(read_older_rows(html, profile, history, _ANY))
    _owned(intake, pages, history.page.owner_name, result)


def _older(intake: Intake, html: str, result: FileResult) -> None:
    nothing = History(OwnerPage(()), Header({}, 0))
    page = read_older_rows(html, intake.options.profile, nothing, _ANY)
    if page.rejected and not page.orders:
        raise FileRefused("older rows without their headings; the whole page would be right")
    _owned(intake, [page], "", result)


def _owned(intake: Intake, pages: Sequence[OrderPage], name: str, result: FileResult) -> None:
    """Rows of these pages belong to the account's owner; their ship-to is only a name."""
    owner = intake.options.owner_member_id
    orders = [replace(order, customer_id=owner) for page in pages for order in page.orders]
    _refuse(pages, result)
    _store(intake, [CustomerRecord(owner, name or None, is_owner=True)], orders, result)


def _month(intake: Intake, html: str, result: FileResult) -> None:
    page = month_orders(html, intake.options.profile)
    people = {o.customer_id: CustomerRecord(o.customer_id, o.customer_name) for o in page.orders}
    _refuse([page], result)
    _store(intake, list(people.values()), page.orders, result)


def _team(intake: Intake, html: str, result: FileResult) -> None:
    page = team_list(html, intake.options.profile)
    people = [
        CustomerRecord(row.member_id, row.name, row.email, None, row.kind, row.enrolled_on)
        for row in page.rows
    ]
    _refuse([page], result)
    _store(intake, people, (), result)
    many = "1 customer" if len(people) == 1 else f"{len(people)} customers"
    result.notes.append(f"a team list: {many}")


def _card(intake: Intake, html: str, result: FileResult) -> None:
    card = customer_card(html, intake.options.profile)
    person = CustomerRecord(
        card.member_id, card.name, card.email, card.phone, card.kind, card.enrolled_on,
        card.enroller, card.sponsor,
    )  # fmt: skip

    def volume(session: Session, row_id: int) -> None:
        store_volume(session, row_id, card.volume)

    _store(intake, [person], (), result, volume)
    result.notes.append("a customer's card: 1 customer")


def _detail(intake: Intake, html: str, result: FileResult) -> None:
    detail = order_detail(html, intake.options.profile)
    with intake.step() as (session, moment):
        order = session.scalar(select(Order).where(Order.number == detail.number))
        if order is None:
            raise FileRefused(
                f"it details order {detail.number}, which is not known; the list comes first"
            )
        before = (order.lines_known, order.total, order.invoice_number)
        other = differing_lines(session, {order.id: detail.lines})
        if not order.lines_known or other or None in before:
            store_details(session, [detail], moment.now)
            session.refresh(order)
        changed = bool(other) or before != (order.lines_known, order.total, order.invoice_number)
        stored = Stored(touched={order.customer_id} if changed else set())
        stored.counts["changed" if changed else "unchanged"] += 1
        intake.note(session, stored, moment, result)


def _store(
    intake: Intake,
    people: Sequence[CustomerRecord],
    orders: Sequence[OrderRecord],
    result: FileResult,
    more: Callable[[Session, int], None] | None = None,
) -> None:
    with intake.step() as (session, moment):
        refs = store_customers(session, people, moment.now)
        stored = store_orders(session, orders, refs, moment)
        if more is not None:
            for ref in refs.values():
                more(session, ref.row_id)
        intake.greet(session, list(refs.values()), stored)
        intake.note(session, stored, moment, result)


def _refuse(pages: Sequence[OrderPage | TeamPage], result: FileResult) -> None:
    for page in pages:
        for row in page.rejected:
            result.reject(f"{result.name}, {row.where.rpartition(', ')[2]}", row.reason)


_IMPORTS: Mapping[str, Callable[[Intake, str, FileResult], None]] = {
    HISTORY: _history,
    OLDER: _older,
    MONTH: _month,
    TEAM: _team,
    CARD: _card,
    DETAIL: _detail,
}
