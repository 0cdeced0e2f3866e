"""The inbox: whoever drops a file there finds it put away, and told what became of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.alert import Alert
from models.domain.values import AlertState
from models.page import PageSample
from models.session import Database
from models.turns import take_turn
from tasks.orders.files import take_inbox
from tasks.orders.files.importing import import_files
from tasks.orders.files.inbox import SETTLED_AFTER, Inbox
from tasks.orders.files.intake import FileResult, Intake
from tasks.orders.files.refusal import FileRefused
from tasks.orders.files.refused_files import files_told
from tasks.run import Counts, JobFailed
from tests.orders.order_files import HEAD, ROW, csv_file, intake, orders


class Desk:
    """An inbox folder, the program that watches it, and time."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db, self.folder = db, folder
        self.inbox, self.intake = Inbox(folder), intake(db)

    def drop(self, name: str = "orders.csv", *lines: str) -> Path:
        """Put a file there."""
        return csv_file(self.folder, HEAD, *(lines or (ROW,)), name=name)

    def tick(self, seconds: float = SETTLED_AFTER.total_seconds()) -> Counts | None:
        """Time passes; the job runs when it is due. None: it was not."""
        self.intake.clock.sleep(seconds)
        if not self.inbox.due(self.intake.clock.now()):
            return None
        return self.run()

    def run(self) -> Counts:
        """The job, as the runner starts it."""
        now = self.intake
        self.intake = Intake(now.db, now.clock, now.options, now.run)
        return take_inbox.import_inbox(self.intake, self.inbox)

    def files(self, folder: str = ".") -> list[str]:
        """What is there."""
        return sorted(p.name for p in (self.folder / folder).iterdir() if not p.is_dir())

    def told(self) -> tuple[int, list[str]]:
        """How often the alert was told, and which files it names."""
        with self.db.read() as session:
            alert = session.query(Alert).one()
        return alert.episode, sorted(name for name, *_ in alert.details["files"])

    def alerts(self) -> list[tuple[str, AlertState]]:
        """The system's alerts."""
        with self.db.read() as session:
            found = session.query(Alert).where(Alert.customer_id.is_(None))
            return [(alert.rule, alert.state) for alert in found.order_by(Alert.id)]


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """An empty inbox that was looked at once."""
    db, folder = Database(sqlite_url), tmp_path / "inbox"
    folder.mkdir()
    found = Desk(db, folder)
    found.tick()
    yield found
    db.close()


def test_a_file_is_imported_within_a_minute_and_put_away(desk: Desk) -> None:
    """The user drops it and goes; the note beside it says what became of it."""
    desk.drop()
    assert desk.tick(1) is None
    done = desk.tick()
    assert done is not None
    assert (done["files"], done["new"], desk.files()) == (1, 1, [])
    assert desk.files("done") == ["orders.csv", "orders.csv.txt"]
    assert "1 new, 0 changed" in (desk.folder / "done/orders.csv.txt").read_text()
    assert len(orders(desk.db)) == 1
    assert desk.tick() is None


def test_a_half_written_file_waits(desk: Desk) -> None:
    """As long as it grows, or has the name of a download, nobody touches it."""
    for name in ("a.csv.part", "b.csv.crdownload", "~$c.xlsx", ".d.csv"):
        desk.drop(name)
    path = desk.drop()
    for line in range(3):
        assert desk.tick() is None
        path.write_text(f"{path.read_text()}{ROW}{line}\n")
    assert desk.tick() is None
    assert len(desk.files()) == 5
    assert desk.tick() is not None
    assert desk.files("done") == ["orders.csv", "orders.csv.txt"]
    assert len(desk.files()) == 4


def test_a_refused_file_tells_the_operator_once(desk: Desk) -> None:
    """Its text is kept without personal data; only its own good successor ends the alert."""
    head, row = HEAD.replace("Quelle", "Sorte"), "184145362;20.10.2026;7654321;Anna Beispiel;IO;1;"
    (desk.folder / "bad.csv").write_text(f"{head}\n{row}\n")
    desk.drop("good.csv")
    desk.tick()
    desk.tick()
    assert desk.alerts() == [("source-changed", AlertState.OPEN)]
    assert desk.files("failed") == ["bad.csv", "bad.csv.txt"]
    assert "no column order_type (Quelle)" in (desk.folder / "failed/bad.csv.txt").read_text()
    with desk.db.read() as session:
        sample = session.query(PageSample).one()
    assert "Bestellnummer" in sample.text
    assert "Anna" not in sample.text
    desk.drop("good.csv")
    desk.tick()
    desk.tick()
    assert desk.alerts() == [("source-changed", AlertState.OPEN)]
    desk.drop("bad.csv")
    desk.tick()
    desk.tick()
    assert desk.alerts() == [("source-changed", AlertState.RESOLVED)]


def test_each_refused_file_is_named(desk: Desk) -> None:
    """Several are one alert with all names, told anew when another comes, be it of an old name."""

    def spoil(*names: str) -> tuple[int, list[str]]:
        for name in names:
            (desk.folder / name).write_text(f"{HEAD.replace('Quelle', 'Sorte')}\n{ROW}\n")
        desk.tick()
        desk.tick()
        return desk.told()

    assert spoil("a.csv", "b.csv") == (1, ["a.csv", "b.csv"])
    assert spoil("b.csv") == (2, ["a.csv", "b.csv"])
    assert spoil("c.csv") == (3, ["a.csv", "b.csv", "c.csv"])
    desk.drop("a.csv")
    assert spoil() == (3, ["b.csv", "c.csv"])
    assert import_files(desk.intake, [desk.drop("../c.csv")])[0].refused is None
    desk.drop("b.csv")
    assert spoil()[1] == ["b.csv"]
    assert desk.alerts() == [("source-changed", AlertState.RESOLVED)]


def test_rows_that_were_left_out_are_told(desk: Desk) -> None:
    """The good ones are in, and nobody has to look into done/ to hear of the others."""
    bad = ROW.replace("184145362", "184145363").replace("57,00", "1.234")
    (desk.folder / "a.csv").write_text(f"{HEAD}\n{ROW}\n{bad}\n")
    desk.tick()
    desk.tick()
    assert [order.number for order in orders(desk.db)] == ["184145362"]
    assert desk.files("done") == ["a.csv", "a.csv.txt"]
    assert desk.told() == (1, ["a.csv"])
    with desk.db.read() as session:
        detail = session.query(Alert).one().details["detail"]
    assert detail.startswith("a.csv: a row was left out, the others are in (line 3: ")
    desk.drop("a.csv")
    desk.tick()
    desk.tick()
    assert desk.alerts() == [("source-changed", AlertState.RESOLVED)]


def test_what_was_dismissed_is_not_told_again(desk: Desk) -> None:
    """The same file, seen once more after a crash, stays dismissed; another one is news."""
    result = FileResult("a.csv", refused=FileRefused("no column Quelle"))
    for version, told in (("1", 1), ("1", 1), ("2", 2)):
        files_told(desk.intake, [(result, version)])
        assert desk.told() == (told, ["a.csv"])
        with desk.db.write() as session:
            session.query(Alert).one().state = AlertState.DISMISSED


def test_same_names_do_not_overwrite(desk: Desk) -> None:
    """The list that is saved under one name each week is kept each week."""
    for _ in range(2):
        desk.drop()
        desk.tick()
        desk.tick()
    assert desk.files("done") == [
        "orders (2).csv", "orders (2).csv.txt", "orders.csv", "orders.csv.txt",
    ]  # fmt: skip


def test_nothing_leaves_the_folder(desk: Desk, tmp_path: Path) -> None:
    """A link is not followed, and a name is only a name, however it is spelt."""
    outside = csv_file(tmp_path, HEAD, ROW, name="secret.csv")
    (desk.folder / "link.csv").symlink_to(outside)
    (desk.folder / os.fsdecode(b"\xff\n.csv")).symlink_to(outside)
    odd = os.fsdecode(b"..\\ \xff\n;x.csv")
    desk.drop(odd, ROW.replace("184145362", "184145363"))
    desk.drop("x" * 240 + ".csv", ROW.replace("184145362", "184145364"))
    desk.tick()
    desk.tick()
    assert [order.number for order in orders(desk.db)] == ["184145363", "184145364"]
    assert desk.files("failed")[:2] == ["link.csv", "link.csv.txt"]
    assert len(desk.files("failed")) == 4
    assert desk.files() == []
    assert len(desk.files("done")) == 4
    assert outside.read_text().startswith(HEAD)


def test_invoices_wait_for_the_lists_beside_them(desk: Desk) -> None:
    """Dropped together, the list comes first, whatever the names."""
    desk.drop("a.pdf")
    desk.drop("b.csv")
    desk.tick(1)
    now = desk.intake.clock.now() + SETTLED_AFTER
    assert [path.name for path in desk.inbox.whole(now)] == ["b.csv", "a.pdf"]


def test_a_missing_folder_is_told_once(desk: Desk) -> None:
    """One alert and one line, not one each minute; it ends when the folder is back."""
    moved = desk.folder.rename(desk.folder.with_name("elsewhere"))
    with pytest.raises(JobFailed, match="is no folder"):
        desk.tick()
    assert desk.alerts() == [("sync-failing", AlertState.OPEN)]
    assert [desk.tick() for _ in range(5)] == [None] * 5
    moved.rename(desk.folder)
    assert desk.tick() is not None
    assert desk.alerts() == [("sync-failing", AlertState.RESOLVED)]


def test_a_folder_that_takes_no_files_is_told_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a file can't be put away it is not imported each second: the trouble is told."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    desk.drop()
    desk.tick()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", full)
        with pytest.raises(JobFailed, match="No space left"):
            desk.tick()
        assert [desk.tick() for _ in range(5)] == [None] * 5
    assert desk.alerts() == [("sync-failing", AlertState.OPEN)]
    assert desk.tick(600) is not None
    assert desk.alerts() == [("sync-failing", AlertState.RESOLVED)]
    assert desk.files() == []


def test_killed_in_the_middle_it_starts_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows were written, the file was not put away: the next program takes it again, harmlessly."""
    desk.drop()
    desk.tick()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Inbox, "put_away", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.tick()
    assert len(orders(desk.db)) == 1
    again = Desk(desk.db, desk.folder)
    counts = again.tick()
    assert counts is not None
    assert (counts["unchanged"], counts["new"]) == (1, 0)
    assert again.files("done") == ["orders.csv", "orders.csv.txt"]


def test_another_import_is_waited_for(desk: Desk) -> None:
    """Somebody imports by hand: the inbox comes after her, without an alarm."""
    desk.drop()
    desk.tick()
    with desk.db.write() as session:
        take_turn(session, "import", desk.intake.clock.now(), SETTLED_AFTER * 1.5)
    assert desk.tick() == Counts()
    assert desk.tick() is not None
    assert desk.files("done") == ["orders.csv", "orders.csv.txt"]
    assert desk.alerts() == []
