"""SDTM variables in analysis datasets that are not what SDTM has."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import as_text, differ
from validation.rules.registry import Hit, rule
from validation.rules.sources import sequence_domains, source_tables, values_of_source


@rule("error", each="ADaM", columns=("USUBJID",),
      cites="ADaMIG 1.3, 3.1.1",
      fix="programmer: carry the value unchanged, or rename the variable")
def carried_values(table: Table, package: Package) -> Iterator[Hit]:
    """A variable that comes from SDTM by --SEQ has the value of the SDTM record."""
    subject = set(package["ADSL"].frame.columns) if "ADSL" in package.tables else set()
    for domain in sequence_domains(table):
        sources = source_tables(package, domain)
        names = [name for name in table.frame.columns if name not in subject and not name.endswith("SEQ")
                 and name not in NEVER
                 and name[:2] in (domain, "VI", "EP") and any(source.has(name) for source in sources)]
        for name in names:
            given, there = values_of_source(table, sources, domain, name)
            own = table[name]
            if own.dtype.kind != given.dtype.kind:
                own, given = as_text(own), as_text(given)
            wrong = there & differ(own, given)
            wrong &= (table["DTYPE"] == "").to_numpy() if table.has("DTYPE") else True
            if wrong.any():
                share = wrong.sum() / max(int(there.sum()), 1)
                severity = "" if share <= 0.002 or wrong.sum() <= 2 else "warning" if share <= 0.02 else "notice"
                message = f"{domain} has " + as_text(given[wrong]).replace("", "nothing")
                yield Hit(table, wrong, (name, f"{domain}SEQ"), message.reindex(table.frame.index), severity)


NEVER = ("VISITDY", "DOMAIN")
