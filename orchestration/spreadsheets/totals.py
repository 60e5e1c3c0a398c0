"""Total rows check the rows above them and are never counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from orchestration.spreadsheets import transfers
from orchestration.spreadsheets.columns import Run
from orchestration.spreadsheets.headers import Header
from orchestration.spreadsheets.layouts import MONEY, fields
from orchestration.spreadsheets.values import BAHT, READ_AS, BadCell, is_blank

ZERO = Decimal(0)
# 12 โครงการ and ร้อยละ 45 in a total row are figures of something else.
_MAY_BE_MONEY = re.compile(r"(?!.*(?:โครงการ|กิจกรรม|รายการ|ร้อยละ|%)).*\d", re.DOTALL)


class Totals:
    """Running sums of one kind of table on one sheet.

    A subtotal covers the rows since some total before it, a grand total all of them; which, nobody writes. So
    a figure is right when it is the sum of all rows since any of the totals above, or since the beginning.
    """

    def __init__(self, kind: str) -> None:
        self.names = [f.name for f in fields()[kind] if f.is_read and f.type in MONEY]
        self._running: dict[str, list[Decimal]] = {name: [ZERO, ZERO] for name in self.names}
        # Sums as they were at the totals above; two of each, before and after transfers.
        self._begins: dict[str, list[tuple[Decimal, Decimal]]] = {name: [(ZERO, ZERO)] for name in self.names}

        self._not_yet_added: list[Run] = []

    def add_later(self, run: Run) -> None:
        """Add rows once a total asks for them: most tables have none."""
        self._not_yet_added.append(run)

    def add(self, row: dict[str, Any]) -> None:
        for name in self.names:
            value = row.get(name) or ZERO
            moved = ZERO
            if name == "budget_ordinance_baht":
                moved = row.get("transfer_in_baht", ZERO) - row.get("transfer_out_baht", ZERO)
            running = self._running[name]
            running[0] += value
            running[1] += value + moved

    def forget(self) -> None:
        """A row was refused: no sum that begins before it can be judged."""
        for name in self.names:
            self._begins[name] = []

    def check(self, header: Header, cells: dict[str, str]) -> Iterator[tuple[str, Decimal | None, Decimal]]:
        """Yield (field, as stated, as added up) for every figure of a total row that its rows do not give.

        One that cannot be read is stated as None: nobody can say that its rows give it.
        """
        for name in self.names:
            for run in self._not_yet_added:
                value = run.amounts(name)
                self._running[name] = [so_far + value for so_far in self._running[name]]
        self._not_yet_added.clear()
        for name in self.names:
            begins, running = self._begins[name], self._running[name]
            text = cells.get(name, "")
            stated = _amount(text, header.units.get(name, BAHT))
            sums = [running[n] - begin[n] for begin in begins for n in (0, 1)]
            if stated is None and sums and not is_blank(text) and _MAY_BE_MONEY.match(text):
                yield name, None, sums[0]
            elif stated is not None and sums and stated not in sums:
                # Nobody writes which rows it is of: those to which it comes nearest.
                yield name, stated, min((s for s in sums if s), key=lambda s: abs(s - stated), default=sums[0])
            now = (running[0], running[1])
            if now not in begins:
                begins.append(now)


def _amount(text: str, unit: Decimal) -> Decimal | None:
    try:
        # The transfers of the rows above may be summed up beside their ordinance.
        return READ_AS["balance"](transfers.split_amount(text)[0], unit)
    except BadCell:
        return None
