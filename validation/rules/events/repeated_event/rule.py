"""Events and treatments that were recorded twice."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("AE", "MH", "CM", "DS", "CE", "DV", "PR", "EX"), columns=("USUBJID", "--SEQ"),
      cites="SDTMIG 3.4, 3.2.1.1 (keys tell the records apart)",
      fix="data management: delete the copy, or say what differs")
def repeated_event(table: Table, package: Package) -> Iterator[Hit]:
    """No event, treatment or dose of a subject is there twice: the records differ in more than their number."""
    own = [table.named(name) for name in ("--SEQ", "--SPID", "--REFID", "--LNKID", "--GRPID")]
    names = [name for name in table.frame.columns if name not in (*own, "_record")]
    again = table.frame.duplicated(names, keep=False)
    share = again.mean() if len(table) > 50 else 0
    yield Hit(table, again, ("--SEQ", "USUBJID"), "another record of the subject says the same",
              "notice" if share > 0.02 else "")
    topic = next((name for name in ("--TERM", "--TRT") if table.has(name)), "")
    if topic and table.has("--STDTC") and table.name in ("AE", "CE"):
        short = [name for name in ("USUBJID", table.named(topic), table.named("--STDTC"), table.named("--ENDTC"))
                 if name in names]
        near = table.frame.duplicated(short, keep=False) & ~again & (table["--STDTC"].str.len() >= 10)
        yield Hit(table, near, ("--SEQ", topic, "--STDTC"), "another event of the subject has the same term and dates",
                  "notice" if near.mean() > 0.02 and len(table) > 50 else "")
