"""Which columns of a table a terminal has room for. Pure.

Numbers, dates and states stay whole: a folded order number can't be copied. What is long (names,
subjects, reasons) is folded, but not below the width at which it can be read; where that is not
enough, columns that the caller can spare are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

#: A column whose longest cell has at most so many characters is never folded.
WHOLE = 22

#: A longer one is folded to no fewer than these.
READABLE = 30

#: Blanks between two columns.
GAP = 2


def widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column would be if nothing were folded."""
    return [max(len(cell) for cell in each) for each in zip(columns, *rows, strict=True)]


def fits(needed: Sequence[int], width: int) -> bool:
    """Whether columns of these widths have room, the long ones folded as far as is readable."""
    least = [min(each, READABLE) for each in needed]
    return sum(least) + GAP * (len(least) - 1) <= width


def left_out(
    columns: Sequence[str], needed: Sequence[int], spare: Sequence[str], width: int
) -> tuple[str, ...]:
    """The columns of `spare`, the first ones first, that have to go so that the rest fits."""
    wide = dict(zip(columns, needed, strict=True))
    for number in range(len(spare) + 1):
        if fits([wide[name] for name in columns if name not in spare[:number]], width):
            return tuple(spare[:number])
    return tuple(spare)
