"""Subject-level values that are not those of ADSL."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import as_text, differ_from_subject, subject_positions, values_of_subject
from validation.rules.registry import Hit, rule

NOT_OF_SUBJECT = ("USUBJID", "DOMAIN", "ASEQ", "VISIT", "VISITNUM", "DTYPE", "APHASE", "APHASEN", "APERIOD", "APERIODC",
                  "DOSEP",
                  "DOSEA", "DOSEU", "TRTDUR")


@rule("error", needs=("ADSL.USUBJID",), each="ADaM", columns=("USUBJID",), never=("ADSL",), cites="ADaMIG 1.3, 3.1.1",
      fix="programmer: merge the variable from ADSL")
def adsl_values(table: Table, package: Package) -> Iterator[Hit]:
    """A variable of ADSL has the same value in all other datasets."""
    adsl, known = package["ADSL"], subject_positions(table, package) >= 0
    for name in table.frame.columns:
        if name in NOT_OF_SUBJECT or name.endswith("SEQ") or name.startswith("_") or not adsl.has(name):
            continue
        wrong = differ_from_subject(table, package, name)
        if not wrong.any():
            continue
        message = "ADSL has " + as_text(values_of_subject(table, package, name)[wrong]).replace("", "nothing")
        often = wrong.sum() > 0.05 * max(int(known.sum()), 1) and len(table) > 20
        yield Hit(table, wrong, (name, "USUBJID"), message.reindex(table.frame.index), "warning" if often else "")
