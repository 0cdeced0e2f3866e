"""`orderwatch mail`: the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.asking import Yes, ask
from worker.cli.cards import plain
from worker.cli.output import (
    LARGEST_ID,
    Json,
    Problem,
    WrongUse,
    local,
    open_house,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from worker.bootstrap import House

app = typer.Typer(
    name="mail", help="The outbox: list, show, resend, mark-sent, test.", rich_markup_mode=None
)

MailId = Annotated[
    int, typer.Argument(max=LARGEST_ID, metavar="ID", help="As `mail list` shows it.")
]

_LEAVES = "the running program sends it at once, or `orderwatch jobs run deliver-mail --wait`"


@app.command("list", epilog="Example: orderwatch mail list --state parked")
def list_mails(
    state: Annotated[
        list[str] | None, typer.Option(help="Only this state; may be given several times.")
    ] = None,
    as_json: Json = False,
) -> None:
    """The newest 200 mails."""
    wanted = [_state(word) for word in state or ()]
    from models.mail import Mail
    from worker.cli.mail_views import mail_views

    where = (Mail.state.in_(wanted),) if wanted else ()
    with open_house() as house:
        zone = house.settings.timezone
        with house.db.read() as session:
            rows = mail_views(session, house.identity, *where)
    if as_json:
        print_json(rows)
    elif not rows:
        print("no mail is in that state" if wanted else "the outbox is empty")
    else:
        _print_mails(rows, zone)


def _state(word: str) -> str:
    from models.domain.values import MailState

    right = [state.value for state in MailState]
    if word.strip().lower() not in right:
        raise WrongUse(f"--state {plain(word)!r}: one of {', '.join(right)} would be right")
    return word.strip().lower()


def _print_mails(rows: list[dict[str, Any]], zone: str) -> None:
    table = [
        (
            row["id"],
            row["kind"],
            row["to"],
            row["subject"] or "(its facts are gone)",
            row["state"],
            local(row["sent_at"] or row["created_at"], zone),
        )
        for row in rows
    ]
    columns = ("id", "kind", "to", "subject", "state", "when")
    print_table("Mails", columns, table, spare=("to", "kind"))


@app.command(epilog="Example: orderwatch mail show 7")
def show(mail_id: MailId, as_json: Json = False) -> None:
    """One mail: headers and text, in today's words."""
    from worker.cli.mail_views import mail_card

    with open_house() as house:
        sender = house.desk.sender if house.desk else None
        with house.db.read() as session:
            card = mail_card(session, mail_id, house.identity, sender)
    if card is None:
        raise Problem(f"there is no mail {mail_id}; `orderwatch mail list` shows them")
    if as_json:
        print_json(card)
    else:
        _tell(card, house.settings.timezone)


def _tell(card: dict[str, Any], zone: str) -> None:
    for name, value in card["headers"].items():
        shown = local(value, zone) if name == "Date" else plain(value)
        print(f"{name}: {shown}")
    print(f"State: {card['state']}" + (f" ({plain(card['error'])})" if card["error"] else ""))
    for name in card["attachments"]:
        print(f"Attachment: {plain(name)}")
    print()
    print(card["text"] or "its text can't be made any more: its facts are gone")


@app.command(epilog="Example: orderwatch mail resend 7 --yes")
def resend(mail_id: MailId, yes: Yes = False) -> None:
    """Send it again under the same Message-ID; whoever has it already may get it twice."""
    from worker.cli.outbox import mail_row, queue_again

    with open_house() as house:
        if not yes:
            _ask(house, mail_id)
        now = house.clock.now()
        with house.db.write() as session:
            queue_again(session, mail_row(session, mail_id, now), now)
    print(f"mail {mail_id} is queued again; {_LEAVES}")


def _ask(house: House, mail_id: int) -> None:
    """Nothing is locked while somebody thinks. A mail that never left is not asked about."""
    from models.domain.values import MailState
    from worker.cli.outbox import mail_row

    with house.db.read() as session:
        mail = mail_row(session, mail_id, house.clock.now())
        state, to = mail.state, mail.recipient
    if state is MailState.QUEUED:
        return
    question = f"Mail {mail_id} is {state.value}; {plain(to)} could get it twice. Send it again?"
    ask(question, yes=False)


@app.command("mark-sent", epilog="Example: orderwatch mail mark-sent 7")
def mark_sent(mail_id: MailId) -> None:
    """The server has it, as you saw there: it is not sent again."""
    from worker.cli.outbox import call_it_sent, mail_row

    with open_house() as house:
        now = house.clock.now()
        with house.db.write() as session:
            call_it_sent(session, mail_row(session, mail_id, now), now)
    print(f"mail {mail_id} is marked as sent")


@app.command(epilog="Example: orderwatch mail test me@example.org")
def test(address: Annotated[str, typer.Argument(help="Where the test mail goes.")]) -> None:
    """Queue a test mail, to see whether mail leaves this program."""
    to = _address(address)
    with open_house() as house:
        mail_id = _queue_test(house, to)
        server = house.mailer is not None
    missing = "ORDERWATCH_SMTP__HOST is not set: nothing can send it yet"
    print(f"mail {mail_id} to {to} is queued; {_LEAVES if server else missing}")


def _address(text: str) -> str:
    from config.values import check_email

    try:
        return check_email(text)
    except ValueError as error:
        raise WrongUse(f"{plain(text)!r} is {error}") from None


def _queue_test(house: House, to: str) -> int:
    from models.domain.values import MailKind
    from models.outbox import queue_mail
    from worker.wrong_setting import NotSet

    if house.desk is None:
        raise NotSet("ORDERWATCH_CONSULTANT__EMAIL", "mail")
    now = house.clock.now()
    key = f"{MailKind.TEST}:{to}:{now.isoformat()}"
    with house.db.write() as session:
        return queue_mail(session, house.desk, MailKind.TEST, to, {}, key, now)
