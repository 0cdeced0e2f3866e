"""docs/settings.md, made from the settings class: `python -m tests.house.settings_page`."""

from __future__ import annotations

from pathlib import Path

from config.settings import describe

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"

_HEAD = """# Settings

Environment variables, or lines of a file `.env` in the folder where orderwatch starts. Each can
also be given as a file: add `_FILE` to its name and name the file. A wrong or unknown one ends any
command with one line that says what would be right.

| variable | default | meaning |
|---|---|---|
"""


def page() -> str:
    """The whole page as it should be."""
    rows = (
        f"| `{info.variable}` | {_cell(info.default)} | {_plain(info.description)} |"
        for info in describe()
    )
    return _HEAD + "\n".join(rows) + "\n"


def _cell(default: object) -> str:
    text = "" if default is None else str(default)
    home = str(Path.home())
    return f"`{_plain(text.replace(home, '~'))}`" if text else ""


def _plain(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
