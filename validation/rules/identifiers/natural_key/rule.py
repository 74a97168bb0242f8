"""No two records are about the same thing: the same test, event, dose or visit of a subject at the same time."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import filled, group_of
from validation.rules.registry import Hit, rule

RESULTS = ("--SEQ", "--SPID", "--ORRES", "--ORRESU", "--STRESC", "--STRESN", "--STRESU", "--STAT", "--REASND",
           "--ORNRLO", "--ORNRHI", "--STNRLO", "--STNRHI", "--STNRC", "--NRIND", "--BLFL", "--LOBXFL", "--CLSIG",
           "--TOX", "--TOXGR", "--DY", "--ENDY", "VISIT", "VISITDY", "EPOCH", "TAETORD", "_record")
EVENTS = ("--CAT", "--SCAT", "--PRESP", "--OCCUR", "--LOC", "--LAT", "--DIR", "--STDTC", "--ENDTC", "--DOSE", "--LOT",
          "--EVDTYP", "--INDC", "--MOOD", "--ROUTE", "--DECOD", "--LNKID")


@rule("warning", each="SDTM", columns=("USUBJID",),
      never=("DM", "SUPP*", "SQ*", "RELREC", "CO", "RELSPEC", "RELSUB", "SE", "PC"),
      cites="SDTMIG 3.4, 3.2.1.1; FDA Technical Conformance Guide, 4.1",
      fix="data management: two records for the same thing: which is right?")
def natural_key(table: Table, package: Package) -> Iterator[Hit]:
    """No two records are about the same thing: the same test, event, dose or visit of a subject at the same time."""
    if table.name == "SV":
        names = ["USUBJID", "VISITNUM"]
    elif table.has("--TESTCD"):
        names = [name for name in table.frame.columns if name not in {table.named(own) for own in RESULTS}]
    else:
        topic = [name for name in ("--TERM", "--TRT") if table.has(name)]
        names = ["USUBJID", *topic, *(name for name in EVENTS if table.has(name))] if topic else []
    if names and table.has(*names):
        group = group_of(table, names)
        dated = [filled(table, name) for name in ("--DTC", "--STDTC", "VISITNUM") if table.has(name)]
        known = np.any(dated, axis=0) if dated else np.zeros(len(table), dtype=bool)
        twice = np.bincount(group, minlength=1)[group] > 1
        key = next((name for name in ("--TESTCD", "--TERM", "--TRT", "VISITNUM") if table.has(name)), "USUBJID")
        date, twice = "--STDTC" if table.has("--STDTC") else "--DTC", twice & known
        if twice.sum() > max(10, 0.1 * len(twice)):
            yield Hit(table, None, key, f"{twice.sum():,} records are about the same as another", "notice")
        else:
            yield Hit(table, twice, (key, date), "another record is about the same")
