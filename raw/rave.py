"""Medidata Rave: views of an EDC export, with their fixed header and the companion columns of every field.

A field stands in several columns: what was entered is the one that counts (a date with unknown parts and the digits of
a number are only there), and of a coded field the code. The companions are folded into the field they belong to.
"""

from collections.abc import Sequence

import pandas as pd

from cdisckit.findings import Finding, report_findings

__all__ = ["DELETED", "DELIMITER", "END_MARKER", "HEADER", "KEYS", "NEEDED", "QUOTE", "fold_columns", "fold_companions"]

HEADER = ("userid", "projectid", "project", "studyid", "environmentName", "subjectId", "StudySiteId", "Subject",
          "siteid", "Site", "SiteNumber", "SiteGroup", "instanceId", "InstanceName", "InstanceRepeatNumber", "folderid",
          "Folder", "FolderName", "FolderSeq", "TargetDays", "DataPageId", "DataPageName", "PageRepeatNumber",
          "RecordDate", "RecordId", "recordposition", "RecordActive", "SaveTs", "MinCreated", "MaxUpdated")
KEYS = ("Folder", "InstanceRepeatNumber", "PageRepeatNumber", "recordposition")
NEEDED = (*KEYS, "RecordId", "RecordActive")         # of the header: what names a record, and whether it counts
END_MARKER = "EOF"
DELIMITER = ","
QUOTE = '"'                                        # around every value, so that an apostrophe is never one
DELETED = "deleted in the EDC system (RecordActive is 0)"
DATE_PARTS = ("_YYYY", "_MM", "_DD")


def fold_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that stay: the header and the fields without their companions."""
    fields = set(columns) - set(HEADER)
    return tuple(name for name in columns if name in HEADER or _base(name, fields) == name)


def _base(name: str, fields: set[str]) -> str:
    """The field that a column belongs to: itself, or the one that it is a companion of."""
    for ending in ("_RAW", "_STD", "_INT", *DATE_PARTS):
        if name.endswith(ending) and name.removesuffix(ending) in fields:
            return name.removesuffix(ending)
    return name


def fold_companions(rows: pd.DataFrame, form: str, file: str) -> pd.DataFrame:
    """The records with every field as it was entered (X_RAW), or as its code (X_STD), and without the companions.

    A field with a value and an empty companion keeps its value; a date whose year is not that of its text is a finding.
    """
    columns = fold_columns([name for name in rows.columns if name != "_line"])
    folded = {name: rows[name] for name in [*columns, "_line"]}
    for name in columns:
        for ending in ("_RAW", "_STD"):
            if name not in HEADER and f"{name}{ending}" in rows:
                entered = rows[f"{name}{ending}"]
                folded[name] = entered.where(entered.str.strip() != "", rows[name])
        if f"{name}_YYYY" in rows:
            _report_years(folded[name].rename(name), rows[f"{name}_YYYY"].str.strip(), rows["_line"], form, file)
    return pd.DataFrame(folded, copy=False)


def _report_years(texts: pd.Series, years: pd.Series, lines: pd.Series, form: str, file: str) -> None:
    wrong = {pair for pair in set(zip(texts.tolist(), years.tolist(), strict=True)) if pair[1] not in pair[0]}
    for text, year in sorted(wrong):
        report_findings(Finding("raw", "raw.companion_differs", "error", form, variable=str(texts.name), value=text,
                                file=file, line=line, message=f"{texts.name} was entered as {text!r} and its year is "
                                                              f"given as {year}; the entered text is used",
                                fix="ask for a new export of the view; the columns of a field must agree")
                        for line in lines[(texts == text) & (years == year)].tolist())
