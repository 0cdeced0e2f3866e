"""`orderwatch db`: the database."""

from __future__ import annotations

import typer

from worker.cli.output import open_house

app = typer.Typer(name="db", help="The database: upgrade.", rich_markup_mode=None)


@app.command(epilog="Example: orderwatch db upgrade")
def upgrade() -> None:
    """Create or migrate the database; every command that needs it does so too."""
    with open_house() as house:
        from models.migrate import HEAD

        where = house.db.url.render_as_string(hide_password=True)
    print(f"the database has the newest schema ({HEAD}): {where}")
