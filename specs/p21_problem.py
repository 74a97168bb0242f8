"""A problem of a Pinnacle 21 workbook: what is wrong at which sheet, row and column."""

from dataclasses import dataclass

from cdisckit.findings import Finding

__all__ = ["CellProblem"]


@dataclass(frozen=True, order=True)
class CellProblem:
    """What is wrong at one place of a workbook. Row 0: the sheet as a whole."""

    sheet: str
    row: int
    column: str
    rule: str
    severity: str
    what: str
    fix: str = ""
    value: str = ""

    def __str__(self) -> str:
        place = ", ".join(
            [
                *([self.sheet] if self.sheet else []),
                *([f"row {self.row}"] if self.row else []),
                *([self.column] if self.column else []),
            ]
        )
        return f"{place}: {self.what}{f'; {self.fix}' if self.fix else ''}"

    def as_finding(self, file: str = "") -> Finding:
        key = "; ".join(
            part
            for part in (f"sheet {self.sheet}" if self.sheet else "", f"row {self.row}" if self.row else "")
            if part
        )
        return Finding(
            "define",
            self.rule,
            self.severity,
            self.sheet,
            key,
            self.column,
            self.value,
            self.what,
            self.fix,
            file=file,
            line=self.row,
        )
