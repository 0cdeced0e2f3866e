"""The doctor at the places where our rows and messages are: database, schema, broker."""

from __future__ import annotations

import os
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.migrate import HEAD, current_revision
from worker.doctor.check import PATIENCE, Visit
from worker.doctor.own import nearest_folder, sqlite_file
from worker.doctor.result import Fault, Well

_URL = "ORDERWATCH_DATABASE_URL"


def database(visit: Visit) -> Well:
    """Whether it can be read and written."""
    file = sqlite_file(visit)
    if file is not None and not file.exists():
        return _will_be_made(visit)
    try:
        return _sqlite(visit) if visit.db.is_sqlite else _postgresql(visit)
    except DBAPIError as error:
        raise Fault(_first_line(error), _remedy(visit, str(error.orig).lower())) from None


def _will_be_made(visit: Visit) -> Well:
    file = sqlite_file(visit)
    assert file is not None, "asked for a file only"
    folder = nearest_folder(file)
    if blocked := next((p for p in file.parents if p.exists() and not p.is_dir()), None):
        raise Fault(f"{file} can't be made: {blocked} is no folder", f"name another file in {_URL}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Fault(
            f"{file} can't be made: {folder} may not be written",
            f"give that folder to the user who runs orderwatch, or set {_URL}",
        )
    return Well(f"{file} is not there yet", "the first command that needs it makes it")


def _sqlite(visit: Visit) -> Well:
    with visit.db.engine.connect() as connection:
        fault = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    if fault != "ok":
        raise Fault(f"the file is damaged: {' '.join(str(fault).split())[:200]}", _RESTORE)
    # Begins a writing transaction, and leaves it without a trace.
    with visit.db.write() as session:
        session.rollback()
    return Well(f"SQLite, can be read and written: {visit.db.url.database}")


_RESTORE = "restore a backup: `orderwatch db restore FILE`"


def _postgresql(visit: Visit) -> Well:
    with visit.db.engine.connect() as connection:
        asked = "SELECT clock_timestamp(), current_setting('server_version'), pg_is_in_recovery()"
        moment, release, standby = connection.execute(text(asked)).one()
    assert isinstance(moment, datetime)
    visit.compare("the database server", moment)
    shown = visit.db.url.render_as_string(hide_password=True)
    if standby:
        raise Fault(f"{shown} is a standby that can't be written", f"name the primary in {_URL}")
    return Well(f"PostgreSQL {release} answers: {shown}")


def _first_line(error: DBAPIError) -> str:
    line = next(filter(None, (line.strip() for line in str(error.orig).splitlines())), "no answer")
    return f"can't be used: {line[:300]}"


def _remedy(visit: Visit, said: str) -> str:
    url = visit.db.url
    if visit.db.is_sqlite:
        if "locked" in said:
            return "another program holds it for long: end that one"
        if "not a database" in said or "malformed" in said:
            return _RESTORE
        return f"give {url.database} and its folder to the user who runs orderwatch"
    if "password" in said or "authentication" in said:
        return f"check user and password in {_URL}"
    if "does not exist" in said:
        return f"create it (createdb {url.database}), or check the name in {_URL}"
    return f"is PostgreSQL running at {url.host or 'localhost'}:{url.port or 5432}? (see {_URL})"


def migrations(visit: Visit) -> Well:
    """Whether the schema is the one that this program knows."""
    file = sqlite_file(visit)
    if file is not None and not file.exists():
        return Well(f"none yet; the first command makes schema {HEAD}")
    try:
        with visit.db.engine.connect() as connection:
            found = current_revision(connection)
    except DBAPIError:
        return Well("not known", "see `database`: it can't be used")
    if found is None:
        return Well(f"none yet; the first command makes schema {HEAD}")
    if found != HEAD:
        raise Fault(f"the database has schema {found}, this orderwatch knows {HEAD}", _way(found))
    return Well(f"schema {found}, the newest")


def _way(found: str) -> str:
    if found > HEAD:
        return "install the newer orderwatch again, or restore an older backup"
    return "`orderwatch db upgrade`, or any other command: a copy is kept before"


def broker(visit: Visit) -> Well:
    """Whether Redis answers, where there is one."""
    url = visit.house.settings.redis_url
    if url is None:
        return Well(
            "embedded: none is needed for `orderwatch run`",
            "ORDERWATCH_REDIS_URL would allow several processes",
        )
    return _redis(url.get_secret_value())


def _redis(url: str) -> Well:
    from redis import Redis
    from redis.exceptions import AuthenticationError, RedisError

    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or 6379}"
    client = Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)
    try:
        release = client.info("server")["redis_version"]
    except AuthenticationError:
        raise Fault(
            f"Redis at {where} refuses the login", "check the password in ORDERWATCH_REDIS_URL"
        ) from None
    except (RedisError, OSError) as error:
        raise Fault(
            f"Redis at {where} can't be used: {' '.join(str(error).split())[:200]}",
            "is it running there? (see ORDERWATCH_REDIS_URL; `orderwatch run` works without any)",
        ) from None
    finally:
        client.close()
    return Well(f"Redis {release} answers at {where}")
