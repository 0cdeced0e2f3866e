"""`orderwatch jobs`: the list, and what may be started at all."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from models.job import JobRun, Slot
from tests.cli.rows import Cli, Rows


@pytest.mark.parametrize("wait", [(), ("--wait",)])
@pytest.mark.parametrize(
    ("job", "setting"),
    [
        ("sync-orders", "ORDERWATCH_BACKOFFICE__ENABLED"),
        ("import-inbox", "ORDERWATCH_INBOX_DIR"),
        ("deliver-mail", "ORDERWATCH_SMTP__HOST"),
        ("daily-digest", "ORDERWATCH_CONSULTANT__EMAIL"),
    ],
)
def test_a_job_that_cannot_work_is_not_begun(
    cli: Cli, rows: Rows, job: str, setting: str, wait: tuple[str, ...]
) -> None:
    """What the settings switch off is wrong use: nothing is queued, nothing recorded."""
    assert setting in cli("jobs", "run", job, *wait).refused(2)
    with rows.db.read() as session:
        for model in (Slot, JobRun):
            assert session.scalar(select(func.count()).select_from(model)) == 0
    listed = {row["name"]: row["schedule"] for row in cli("jobs", "list", "--json").json}
    assert listed[job] == "off"
