"""The cells of a sheet as numbers: a text by its place among the texts of a batch, a whole number by itself.

Texts come up again and again, in a sheet and from file to file. So each is looked at once for what it means, and
columns of cells are looked at together. A grid is read like a list of rows of text: a row is spelt out when it is
asked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeVar, overload

import numpy as np
import numpy.typing as npt

Cells = npt.NDArray[np.int64]
Number = TypeVar("Number", int, Cells)
BLANK = 0


class Texts(dict[str, int]):
    """The distinct texts of some files, numbered as they appear; the empty text is BLANK."""

    def __init__(self) -> None:
        super().__init__({"": BLANK})
        self.list = [""]
        # What has been asked about all texts, by the question: a byte for each text.
        self._answers: dict[Callable[[str], bool], bytearray] = {}

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self.list)
        self.list.append(text)
        return number

    def numbers(self, texts: Iterable[str]) -> Cells:
        """Return the numbers of texts."""
        return np.frombuffer(array("q", map(self.__getitem__, texts)), np.int64)

    def cells(self, rows: Sequence[Sequence[str]], width: int) -> Cells:
        """Return rows of text as cells, filled up with blank ones to a width at least."""
        columns = list(zip_longest(*rows, fillvalue=""))
        found = np.zeros((len(rows), max(width, len(columns))), np.int64)
        for x, column in enumerate(columns):
            found[:, x] = self.numbers(column)
        return found

    def that(self, answer: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
        """Return for every text by its number whether a question is answered with yes."""
        answers = self._answers.setdefault(answer, bytearray())
        answers.extend(map(answer, self.list[len(answers) :]))
        return np.frombuffer(bytes(answers), np.bool_)

    def spelt(self, cell: int) -> str:
        """Return the text of a cell."""
        return self.list[cell] if cell >= 0 else str(whole_number(cell))


def whole_number(number: Number) -> Number:
    """Return the cell of a whole number that is not below zero, and the number of such a cell."""
    return -1 - number


def rows_of(found: npt.NDArray[np.bool_]) -> Cells:
    """Return the rows, from top to bottom, in which something is found; any(axis=1) is slower for few such."""
    return np.array(sorted({*(np.flatnonzero(found) // found.shape[1]).tolist()}), np.int64)


class Stack:
    """Sheets one below the other: what is asked about one of them is asked about all of them at once.

    Beyond the last column of a sheet its rows are blank.
    """

    def __init__(self, cells: Cells, texts: Texts) -> None:
        self.cells, self.texts = cells, texts
        self._rows: dict[Callable[[str], bool], Cells] = {}

    def grid(self, top: int, height: int, width: int) -> Grid:
        """Return the sheet that begins in a row."""
        return Grid(self.cells[top : top + height, :width], self.texts, (self, top))

    def rows_that_hold(self, wanted: Callable[[str], bool]) -> Cells:
        """Return the rows, from top to bottom, with a text that a question is answered with yes for."""
        if wanted not in self._rows:
            self._rows[wanted] = rows_of(self.texts.that(wanted)[np.maximum(self.cells, BLANK)])
        return self._rows[wanted]


class Grid(Sequence[list[str]]):
    """The rows of a sheet, all of one width, as cells of `texts`; `place` is its stack and its first row there."""

    def __init__(self, cells: Cells, texts: Texts, place: tuple[Stack, int] | None = None) -> None:
        self.cells, self.texts = cells, texts
        self._place = place or (Stack(cells, texts), 0)
        self._spelt: dict[int, list[str]] = {}

    def __len__(self) -> int:
        return len(self.cells)

    @overload
    def __getitem__(self, at: int) -> list[str]: ...

    @overload
    def __getitem__(self, at: slice) -> list[list[str]]: ...

    def __getitem__(self, at: int | slice) -> list[str] | list[list[str]]:
        if isinstance(at, slice):
            texts = self.texts.list
            return [
                [texts[cell] if cell >= 0 else str(-1 - cell) for cell in row] for row in self.cells[at].tolist()
            ]
        y = at + len(self) if at < 0 else at
        row = self._spelt.get(y)
        if row is None:
            (row,) = self[y : y + 1]
            self._spelt[y] = row
        return row

    def __iter__(self) -> Iterator[list[str]]:
        return map(self.__getitem__, range(len(self)))

    def rows_that_hold(self, wanted: Callable[[str], bool]) -> Cells:
        """Return the rows, from top to bottom, with a text that a question is answered with yes for.

        A whole number is no such text.
        """
        stack, top = self._place
        rows = stack.rows_that_hold(wanted)
        begin, end = rows.searchsorted((top, top + len(self)))
        return rows[begin:end] - top

    def write(self, y: int, x: int, text: str) -> None:
        """Put a text into a cell."""
        self.cells[y, x] = self.texts[text]
        self._spelt.pop(y, None)
        # What is known of the stack is no longer so of this sheet.
        self._place = Stack(self.cells, self.texts), 0
