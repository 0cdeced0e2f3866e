"""Real processes with wrong settings end in a line; with servers away they keep trying."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.heartbeat import last_beat
from models.session import Database
from tests.services.postgres_server import PostgresServer
from tests.services.processes import Program, wait_until
from tests.services.redis_server import RedisServer, free_port

MAIL = {
    "ORDERWATCH_SMTP__HOST": "127.0.0.1",
    "ORDERWATCH_SMTP__FROM": "a@example.org",
    "ORDERWATCH_CONSULTANT__EMAIL": "a@example.org",
    "ORDERWATCH_HERMES__ENABLED": "false",
}
OFFICE = {
    "ORDERWATCH_BACKOFFICE__ENABLED": "true",
    "ORDERWATCH_BACKOFFICE__MEMBER_ID": "1234567",
    "ORDERWATCH_BACKOFFICE__PASSWORD": "secret-7",
}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ORDERWATCH_SMTP__PORT": "abc"}, "SMTP__PORT"),
        ({"ORDERWATCH_SMTP__PASSWORD_FILE": "/nowhere"}, "/nowhere does not exist"),
        ({"ORDERWATCH_SMPT__HOST": "x"}, "did you mean ORDERWATCH_SMTP__HOST"),
        (OFFICE | {"ORDERWATCH_BACKOFFICE__PROFILE": "nowhere.toml"}, "no such profile"),
        (OFFICE | {"ORDERWATCH_BACKOFFICE__COOKIE": "bad"}, "cookie"),
        ({"ORDERWATCH_SMTP__FROM": ""}, "SMTP__FROM not set"),
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_2(
    sqlite_url: str, tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    """Type, missing file, unknown name, what can't be used: told at start, not at night."""
    settings = MAIL | {"ORDERWATCH_DATABASE_URL": sqlite_url} | wrong
    program = Program("run", settings, tmp_path).start()
    assert program.wait() == 2
    (line,) = program.output().splitlines()
    assert said in line
    assert "secret-7" not in line


def test_a_program_whose_servers_are_away_waits_for_them(
    postgres_server: PostgresServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    """Started before its database and its Redis: it tries again, and works when they are there."""
    url, away = postgres_server.empty(), free_port()
    nowhere = {"ORDERWATCH_DATABASE_URL": f"postgresql://x@127.0.0.1:{away}/x"}
    with Program("run", MAIL | nowhere, tmp_path) as program:
        program.wait_for("trying again")
        assert program.terminate(20) == 0
    settings = {"ORDERWATCH_DATABASE_URL": url, "ORDERWATCH_REDIS_URL": redis_server.url}
    redis_server.kill()
    with Program("run", MAIL | settings, tmp_path) as program:
        program.wait_for("broker can't be reached")
        redis_server.start()
        db = Database(url)

        def beats() -> bool:
            with db.read() as session:
                return last_beat(session) is not None

        wait_until(beats, "the loop turns once Redis is there")
        assert program.terminate(60) == 0
        db.close()
    postgres_server.drop(url)
