"""The job `import-inbox`: imports the whole files of the inbox and puts them away, with a note."""

from __future__ import annotations

from pathlib import Path

from models.system_alerts import close_system_alert, open_system_alert
from tasks.orders.files.importing import file_refused, import_file, imported, mended
from tasks.orders.files.inbox import SETTLED_AFTER, TRY_AGAIN_AFTER, Inbox
from tasks.orders.files.intake import FileResult, Intake, OtherImport, turn
from tasks.orders.files.outside import shown_name
from tasks.orders.files.refusal import FileRefused
from tasks.run import Counts, JobFailed

#: The subject of the alert about the folder itself.
SUBJECT = "inbox"


def import_inbox(intake: Intake, inbox: Inbox) -> Counts:
    """Import what is whole. Raises JobFailed, once for each trouble with the folder."""
    _check(intake, inbox)
    counts: Counts = Counts()
    try:
        with turn(intake):
            for path in _whole(intake, inbox):
                if intake.run.stopping():
                    break
                counts += _take(intake, inbox, path)
        # Not sooner: whoever is to hear of a refused file hears of it, whatever came beside it.
        if counts["files"] and not counts["refused"]:
            mended(intake)
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


def _take(intake: Intake, inbox: Inbox, path: Path) -> Counts:
    if not inbox.same(path):
        return Counts()
    result = _import(intake, path)
    if not inbox.same(path):
        return result.counts  # it is being written still: the next looks take it again
    inbox.put_away(path, result.refused is None, _note(intake, result))
    if result.refused is None:
        imported(intake)
    else:
        file_refused(intake, result)
    return result.counts + Counts(files=1, refused=int(result.refused is not None))


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
