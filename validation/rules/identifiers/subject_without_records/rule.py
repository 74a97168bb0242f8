"""A subject who started has records where nearly all who started have some: SE, SV, DS, EX and the like."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.groups import filled, of_domain, texts
from validation.rules.registry import Hit, rule


@rule("warning", needs=("DM.USUBJID", "DM.RFSTDTC"), cites="SDTMIG 3.4, 5.3 and 6.2.3; CORE-000296/CG0540",
      fix="data management: are the records missing?")
def subject_without_records(package: Package) -> Iterator[Hit]:
    """A subject who started has records where nearly all who started have some: SE, SV, DS, EX and the like."""
    dm = package["DM"]
    started = filled(dm, "RFXSTDTC" if dm.has("RFXSTDTC") else "RFSTDTC")
    for domain in ("DS", "SE", "SV", "VS", "LB", "EX"):
        tables = [table for table in of_domain(package, domain) if table.has("USUBJID")]
        subjects = {subject for table in tables for subject in texts(table, "USUBJID")[1]}
        lacking = started & ~dm["USUBJID"].isin(subjects).to_numpy()
        if subjects and lacking.sum() <= max(1, 0.05 * started.sum()):
            yield Hit(dm, lacking, "USUBJID", f"{domain} has no record of the subject",
                      "" if domain in ("DS", "SE", "SV", "EX") else "notice")
