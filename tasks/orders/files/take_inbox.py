"""The job `import-inbox`: imports the whole files of the inbox and puts them away, with a note."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.system_alerts import close_system_alert, open_system_alert
from tasks.orders.files.importing import import_file, imported
from tasks.orders.files.inbox import SETTLED_AFTER, TRY_AGAIN_AFTER, Inbox
from tasks.orders.files.intake import FileResult, Intake, OtherImport, turn
from tasks.orders.files.outside import shown_name
from tasks.orders.files.refusal import FileRefused
from tasks.orders.files.refused_files import files_good, files_told
from tasks.run import Counts, JobFailed

#: Files of which the operator is told: refused, or with rows that were.
Told = list[tuple[Path, FileResult]]

#: The subject of the alert about the folder itself.
SUBJECT = "inbox"


def import_inbox(intake: Intake, inbox: Inbox) -> Counts:
    """Import what is whole. Raises JobFailed, once for each trouble with the folder."""
    _check(intake, inbox)
    counts: Counts = Counts()
    try:
        with turn(intake), _telling(intake, inbox) as told:
            for path in _whole(intake, inbox):
                if intake.run.stopping():
                    break
                counts += _take(intake, inbox, path, told)
    except OtherImport:
        inbox.wait(intake.clock.now() + SETTLED_AFTER)
    except OSError as error:
        _trouble(intake, inbox, f"a file can't be put away: {error.strerror} ({inbox.folder})")
    return counts


def _check(intake: Intake, inbox: Inbox) -> None:
    trouble = inbox.trouble()
    if trouble is not None:
        _trouble(intake, inbox, trouble)
    elif inbox.tell(None):
        with intake.db.write() as session:
            close_system_alert(session, "sync-failing", SUBJECT, intake.clock.now())


def _trouble(intake: Intake, inbox: Inbox, trouble: str) -> None:
    now = intake.clock.now()
    inbox.tell(trouble)
    if inbox.trouble() is None:
        inbox.wait(now + TRY_AGAIN_AFTER)  # nothing to be seen of it: only trying tells
    with intake.db.write() as session:
        open_system_alert(session, "sync-failing", SUBJECT, trouble, now)
    raise JobFailed(trouble)


def _whole(intake: Intake, inbox: Inbox) -> list[Path]:
    """The whole files; whoever asks at the first look waits for the second one."""
    found = inbox.whole(intake.clock.now())
    if not found and inbox.any_file():
        intake.clock.sleep(SETTLED_AFTER.total_seconds())
        found = inbox.whole(intake.clock.now())
    return found


@contextmanager
def _telling(intake: Intake, inbox: Inbox) -> Iterator[Told]:
    """At the end the operator hears of all such files at once; then they are put away.

    In that order: killed between the two, the next look finds them once more and tells no news.
    """
    told: Told = []
    try:
        yield told
    finally:
        files_told(intake, [(result, inbox.version(path)) for path, result in told])
        for path, result in told:
            if inbox.same(path):  # else it was mended meanwhile, or taken out
                inbox.put_away(path, result.refused is None, _note(intake, result))


def _take(intake: Intake, inbox: Inbox, path: Path, told: Told) -> Counts:
    if not inbox.same(path):
        return Counts()
    result = _import(intake, path)
    if not inbox.same(path):
        return result.counts  # it is being written still: the next looks take it again
    if result.refused is not None:
        told.append((path, result))
        return result.counts + Counts(files=1, refused=1)
    imported(intake)
    if result.rejected:
        told.append((path, result))
    else:
        inbox.put_away(path, True, _note(intake, result))
        files_good(intake, [result.name])
    return result.counts + Counts(files=1, refused=0)


def _import(intake: Intake, path: Path) -> FileResult:
    if path.is_symlink():
        result = FileResult(shown_name(path))
        result.refused = FileRefused("a link; the file itself would be right")
        return result
    return import_file(intake, path)


def _note(intake: Intake, result: FileResult) -> str:
    """What became of the file, for whoever dropped it."""
    at = intake.clock.now().astimezone(intake.options.timezone)
    lines = [f"{result.name}, {at:%Y-%m-%d %H:%M}"]
    if result.refused is not None:
        lines.append(f"refused: {result.refused}")
    if result.refused is None or result.counts:
        lines.append(result.summary())
    lines += [f"note: {note}" for note in result.notes]
    lines += [f"rejected: {row.where}: {row.reason}" for row in result.rejected]
    return "\n".join(lines) + "\n"
