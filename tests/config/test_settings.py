"""Settings: what a user sets is what the program gets, and a slip is told in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import SettingsError, describe, load, passed_over
from config.values import HourRange


def refused(**variables: str) -> list[str]:
    """The lines with which these variables are refused."""
    with pytest.raises(SettingsError) as caught:
        load({f"ORDERWATCH_{name}": text for name, text in variables.items()}, None)
    assert str(caught.value).splitlines() == list(caught.value.problems)
    return list(caught.value.problems)


def test_nothing_set() -> None:
    """A fresh machine needs no setting: SQLite in the user's folder, German, no Redis."""
    settings = load({}, None)
    assert settings.database_url.get_secret_value().startswith("sqlite:///")
    assert settings.database_url.get_secret_value().endswith("/orderwatch.db")
    assert settings.redis_url is None
    assert (settings.language, settings.timezone) == ("de", "Europe/Berlin")
    assert settings.hermes.base_url == "https://api.my-deliveries.de/tnt/v2/shipments/search"
    assert settings.digest.at == time(7, 30)
    assert settings.quiet_hours == HourRange(time(21), time(7))


def test_nested_names() -> None:
    """Two underscores lead into a group, down to the pace of a carrier."""
    settings = load(
        {
            "ORDERWATCH_SMTP__HOST": "mail.example.org",
            "ORDERWATCH_SMTP__FROM": "Anna Berg <anna@example.org>",
            "ORDERWATCH_HERMES__PACE__ANNOUNCED": "90",
            "ORDERWATCH_RULES__POINTS_PV": "60.5",
            "ORDERWATCH_HOLIDAYS_STATE": "by",
            "ORDERWATCH_INVOICES__MODE": "off",
        },
        None,
    )
    assert settings.smtp.host == "mail.example.org"
    assert settings.smtp.sender == "Anna Berg <anna@example.org>"
    assert settings.hermes.pace.announced == 90
    assert settings.rules.points_pv == Decimal("60.5")
    assert settings.holidays_state == "BY"
    assert settings.invoices.mode == "off"


def test_every_setting_as_file(tmp_path: Path) -> None:
    """A container hands over any setting as a file; the line break at its end is not part of it."""
    secret = tmp_path / "password"
    secret.write_text("geheim $x\n", encoding="utf-8")
    user = tmp_path / "user"
    user.write_text("anna\r\n", encoding="utf-8")
    settings = load(
        {
            "ORDERWATCH_SMTP__PASSWORD_FILE": str(secret),
            "ORDERWATCH_SMTP__USERNAME_FILE": str(user),
        },
        None,
    )
    assert settings.smtp.password is not None
    assert settings.smtp.password.get_secret_value() == "geheim $x"
    assert settings.smtp.username == "anna"


def test_file_that_is_missing(tmp_path: Path) -> None:
    """A secret that was not mounted is named with its path, not passed over."""
    lines = refused(DHL__API_KEY_FILE=str(tmp_path / "nowhere"))
    assert len(lines) == 1
    assert lines[0].startswith("ORDERWATCH_DHL__API_KEY_FILE: ")
    assert str(tmp_path / "nowhere") in lines[0]
    assert "does not exist" in lines[0]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00x", b"x" * 100_000])
def test_file_that_is_no_secret(tmp_path: Path, content: bytes) -> None:
    """A binary or huge file in the place of a secret is refused in one line without its content."""
    odd = tmp_path / "odd"
    odd.write_bytes(content)
    (line,) = refused(DHL__API_KEY_FILE=str(odd))
    assert str(odd) in line
    assert "xxxx" not in line


def test_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    """Docker makes a folder where a secret file is missing; the line says that it can't be read."""
    (line,) = refused(DHL__API_KEY_FILE=str(tmp_path))
    assert "can't be read" in line


def test_both_forms(tmp_path: Path) -> None:
    """A setting given by itself and as a file is ambiguous, so neither wins silently."""
    secret = tmp_path / "key"
    secret.write_text("a")
    (line,) = refused(DHL__API_KEY="b", DHL__API_KEY_FILE=str(secret))
    assert line.startswith("ORDERWATCH_DHL__API_KEY: set twice")


def test_dotenv(tmp_path: Path) -> None:
    """`.env` is read, the environment wins over it, and other programs' variables are ignored."""
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "ORDERWATCH_LANGUAGE=en\nORDERWATCH_DIGEST__AT='06:15'\nPOSTGRES_PASSWORD=x\n"
        "ORDERWATCH_BACKOFFICE__PASSWORD='a${HOME}#b'\n",
        encoding="utf-8-sig",
    )
    settings = load({"ORDERWATCH_LANGUAGE": "de"}, dotenv)
    assert settings.language == "de"
    assert settings.digest.at == time(6, 15)
    assert settings.backoffice.password is not None
    assert settings.backoffice.password.get_secret_value() == "a${HOME}#b"


def test_environment_file_wins_over_dotenv(tmp_path: Path) -> None:
    """A secret mounted as a file replaces the one that a left-over `.env` holds."""
    dotenv, secret = tmp_path / ".env", tmp_path / "key"
    dotenv.write_text("ORDERWATCH_DHL__API_KEY=old\n")
    secret.write_text("new")
    settings = load({"ORDERWATCH_DHL__API_KEY_FILE": str(secret)}, dotenv)
    assert settings.dhl.api_key is not None
    assert settings.dhl.api_key.get_secret_value() == "new"


def test_unknown_variable_in_dotenv(tmp_path: Path) -> None:
    """A slip in `.env` is told with the file's name and the setting that was probably meant."""
    dotenv = tmp_path / ".env"
    dotenv.write_text("ORDERWATCH_SMPT__HOST=x\n")
    with pytest.raises(SettingsError) as caught:
        load({}, dotenv)
    assert str(dotenv) in str(caught.value)
    assert "did you mean ORDERWATCH_SMTP__HOST?" in str(caught.value)


def test_lines_of_dotenv_that_cannot_be_read(tmp_path: Path) -> None:
    """Such a line is told by its number, not skipped; its value, maybe a password, is not shown."""
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "# mail\n\nORDERWATCH_SMTP__HOST geheim.example.org\nORDERWATCH_LANGUAGE=en\n"
        "\n\nORDERWATCH_SMTP__PASSWORD='geheim\nORDERWATCH_TIMEZONE\n",
        encoding="utf-8-sig",
    )
    with pytest.raises(SettingsError) as caught:
        load({}, dotenv)
    places = [line.partition(": ")[0] for line in caught.value.problems]
    assert places == [
        f"{dotenv}, line 3", f"{dotenv}, line 7", f"ORDERWATCH_TIMEZONE (in {dotenv})"
    ]  # fmt: skip
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["ORDERWACH_SMTP__HOST", "ORDER_WATCH_SMTP__HOST", "orderwtach_smtp__host_file",
     "ORDERWATCHSMTP__HOST", "ODERWATCH_SMTP__HOST", "ORDERWATCH-SMTP__HOST"],
)  # fmt: skip
def test_a_slip_in_the_prefix(tmp_path: Path, name: str) -> None:
    """A variable that only nearly begins as ours do is told with the one that was meant."""
    dotenv = tmp_path / ".env"
    dotenv.write_text(f"{name}=geheim\n")
    for lines in (passed_over({name: "geheim"}, None), passed_over({}, dotenv)):
        (line,) = lines
        assert line.startswith(name)
        assert "did you mean ORDERWATCH_SMTP__HOST?" in line
        assert "geheim" not in line


def test_other_programs_are_left_alone() -> None:
    """Only what looks like ours is spoken of; right names least of all."""
    others = ("PATH", "ORDER_STATUS", "WATCH_FOLDER", "POSTGRES_PASSWORD", "ORDER_MATCHING")
    assert passed_over(dict.fromkeys((*others, "ORDERWATCH_SMTP__HOST"), "x"), None) == []


@pytest.mark.parametrize("name", ["FOO", "SMTP__HOSTS", "SMTP", "RULES__X_FILE", "SMTP__HOST__X"])
def test_unknown_variable(name: str) -> None:
    """A variable that no setting has is refused: silence would let a slip look like a setting."""
    (line,) = refused(**{name: "x"})
    assert line.startswith(f"ORDERWATCH_{name}: ")


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [
        ("SMTP__PORT", "abc", "587"),
        ("SMTP__PORT", "70000", "65535"),
        ("SMTP__SECURITY", "ssl", "starttls"),
        ("SMTP__FROM", "Anna Berg", "<anna@example.org>"),
        ("SMTP__FROM", "a@example.org\r\nBcc: b@example.org", "<anna@example.org>"),
        ("LANGUAGE", "fr", "'de' or 'en'"),
        ("TIMEZONE", "Europe/Bärlin", "Europe/Berlin"),
        ("TIMEZONE", "../etc/passwd", "Europe/Berlin"),
        ("HOLIDAYS_STATE", "XX", "'BY'"),
        ("CONSULTANT__EMAIL", "anna", "name@example.org"),
        ("CONSULTANT__MEMBER_ID", "12", "6 to 8 digits"),
        ("QUIET_HOURS", "21-7", "21:00-07:00"),
        ("QUIET_HOURS", "07:00-07:00", "21:00-07:00"),
        ("DIGEST__AT", "24:00", "07:30"),
        ("HERMES__ENABLED", "perhaps", "true"),
        ("HERMES__BASE_URL", "api.my-deliveries.de", "https://"),
        ("DATABASE_URL", "mysql://u:geheim@h/d", "postgresql://"),
        ("DATABASE_URL", "orderwatch.db", "sqlite:///"),
        ("REDIS_URL", "localhost:6379", "redis://"),
        ("SCHEDULE__SYNC", "hourly", "every 30m"),
        ("SCHEDULE__SYNC", "every 0m", "every 30m"),
        ("SCHEDULE__SYNC", "40 25 * * *", "five cron fields"),
        ("SCHEDULE__SYNC", "40 8 * * 1", "weekdays by name"),
        ("INVOICES__MODE", "some", "'consented'"),
        ("RULES__FAMILIES", '{"VO": "gold"}', "loyalty"),
        ("RULES__FAMILIES", "VO=loyalty", "JSON"),
        ("RULES__INACTIVE_MONTHS", "6,3", "3,6,11"),
        ("RULES__PRODUCT_DAY", "31", "28"),
        ("RULES__NEAR_POINTS_PV", "51", "POINTS_PV, 50"),
        ("SMTP__USERNAME", "anna", "SMTP__PASSWORD"),
        ("LOG_FORMAT", "xml", "'console' or 'json'"),
    ],
)
def test_wrong_value(name: str, text: str, remedy: str) -> None:
    """One line names the variable and says what would be right."""
    (line,) = refused(**{name: text})
    group = name.partition("__")[0]
    assert line.startswith((f"ORDERWATCH_{name}: ", f"ORDERWATCH_{group}: "))
    assert remedy in line
    assert "geheim" not in line


def test_all_faults_at_once() -> None:
    """Somebody who sets up the program sees every fault in the first run."""
    lines = refused(SMTP__PORT="x", LANGUAGE="fr", FOO="1")
    assert {line.partition(":")[0] for line in lines} == {
        "ORDERWATCH_SMTP__PORT",
        "ORDERWATCH_LANGUAGE",
        "ORDERWATCH_FOO",
    }


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgres_addresses(scheme: str) -> None:
    """The address that a hosting service shows works as it is."""
    settings = load({"ORDERWATCH_DATABASE_URL": f"{scheme}://u:p@h:5432/d"}, None)
    assert settings.database_url.get_secret_value() == "postgresql+psycopg://u:p@h:5432/d"


def test_secrets_are_not_shown() -> None:
    """Whoever prints the settings or sends a report of an error gives no secret away."""
    settings = load(
        {
            "ORDERWATCH_BACKOFFICE__PASSWORD": "geheim1",
            "ORDERWATCH_BACKOFFICE__COOKIE": "geheim2",
            "ORDERWATCH_DATABASE_URL": "postgresql://u:geheim3@h/d",
            "ORDERWATCH_REDIS_URL": "redis://:geheim4@h:6379/0",
            "ORDERWATCH_HEARTBEAT_URL": "https://hc.example.org/geheim5",
        },
        None,
    )
    assert "geheim" not in repr(settings)
    assert "geheim" not in str(settings.model_dump())
    assert "geheim" not in settings.model_dump_json()


def test_empty_text_is_not_set() -> None:
    """A compose file passes on what is not set as an empty text; that is no mistake."""
    assert load({"ORDERWATCH_REDIS_URL": "", "ORDERWATCH_DIGEST__AT": ""}, None) == load({}, None)


def test_off() -> None:
    """Quiet hours and the night pause can be switched off."""
    settings = load(
        {"ORDERWATCH_QUIET_HOURS": "off", "ORDERWATCH_HERMES__PACE__NIGHT": "OFF"}, None
    )
    assert settings.quiet_hours is None
    assert settings.hermes.pace.night is None


def test_order_types_are_added() -> None:
    """A user who learns what a code means names that one; the others stay known."""
    settings = load({"ORDERWATCH_RULES__FAMILIES": '{"vo": "loyalty", "LO": "loyalty"}'}, None)
    assert settings.rules.families["VO"] == "loyalty"
    assert settings.rules.families["LO"] == "loyalty"
    assert settings.rules.families["AS"] == "loyalty"
    assert settings.rules.families["IN"] == "enrolment"


@pytest.mark.parametrize(
    ("security", "port", "expected"),
    [("starttls", "", 587), ("tls", "", 465), ("none", "", 25), ("tls", "2465", 2465)],
)
def test_port_by_security(security: str, port: str, expected: int) -> None:
    """Who does not know the port gets the usual one of the security chosen."""
    settings = load({"ORDERWATCH_SMTP__SECURITY": security, "ORDERWATCH_SMTP__PORT": port}, None)
    assert settings.smtp.effective_port == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("every 30m", "every 30m"),
        (" Every 2 h ", "every 2h"),
        ("40 8 * * *", "40 8 * * *"),
        ("*/15  7-22 1,15 * MON-fri", "*/15 7-22 1,15 * mon-fri"),
    ],
)
def test_schedules(text: str, expected: str) -> None:
    """A schedule is a pause or a cron line, however it is spaced."""
    assert load({"ORDERWATCH_SCHEDULE__SYNC": text}, None).schedule.sync == expected


@given(st.text(max_size=40).filter(lambda text: "\0" not in text))
def test_any_text_is_taken_or_refused(text: str) -> None:
    """No text, however odd, ends in anything but a value or one line a variable."""
    names = [info.variable for info in describe()]
    lines: tuple[str, ...] = ("ORDERWATCH_ was taken",)
    try:
        load(dict.fromkeys(names, text), None)
    except SettingsError as error:
        lines = error.problems
    assert lines
    assert all(line.startswith("ORDERWATCH_") and "\n" not in line for line in lines)


def test_every_setting_is_described() -> None:
    """The table of settings in the docs has a sentence for each, and shows no secret."""
    infos = describe()
    assert len({info.variable for info in infos}) == len(infos)
    for info in infos:
        assert info.description.endswith("."), info.variable
        assert not info.secret or info.default in (None, "SQLite in the user's data folder")


def test_defaults_can_be_typed() -> None:
    """Every default shown in the docs is itself a right value and changes nothing."""
    shown = {info.variable: info.default for info in describe() if info.default and not info.secret}
    assert load(shown, None) == load({}, None)


def test_promised_names() -> None:
    """The names that users have in their files stay."""
    promised = """
        DATABASE_URL REDIS_URL TIMEZONE HOLIDAYS_STATE LANGUAGE CONSULTANT__NAME CONSULTANT__EMAIL
        CONSULTANT__MEMBER_ID OPERATOR_EMAIL PHONES__HERMES PHONES__DOTERRA BACKOFFICE__ENABLED
        BACKOFFICE__BASE_URL BACKOFFICE__LOGIN_URL BACKOFFICE__MEMBER_ID BACKOFFICE__PASSWORD
        BACKOFFICE__COOKIE BACKOFFICE__PROFILE INBOX_DIR HERMES__ENABLED HERMES__BASE_URL
        HERMES__MIN_SPACING_SECONDS HERMES__DAILY_BUDGET HERMES__CONCURRENCY DHL__API_KEY SMTP__HOST
        SMTP__PORT SMTP__SECURITY SMTP__USERNAME SMTP__PASSWORD SMTP__FROM INVOICES__MODE DIGEST__AT
        QUIET_HOURS SCHEDULE__SYNC SCHEDULE__POLL HEARTBEAT_URL LOG_FORMAT
    """.split()
    assert {f"ORDERWATCH_{name}" for name in promised} <= {info.variable for info in describe()}


def test_operator_is_the_consultant_by_default() -> None:
    """A consultant alone hears of the program's own troubles too."""
    alone = load({"ORDERWATCH_CONSULTANT__EMAIL": "anna@example.org"}, None)
    assert alone.effective_operator_email == "anna@example.org"


def test_import_is_light() -> None:
    """Reading settings loads neither the database nor the network libraries."""
    code = "import sys, config.settings; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ).stdout.split()
    assert not {"sqlalchemy", "dramatiq", "httpx2", "structlog", "redis"} & set(loaded)
