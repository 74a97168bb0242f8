"""Analysis values and dates that are not those of the SDTM record."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import as_text, days, differ, is_missing, iso_days
from validation.rules.registry import Hit, rule
from validation.rules.sources import sequence_domains, source_tables, values_of_source

PAIRS = (("AVAL", "STRESN"), ("AVALC", "STRESC"), ("ADT", "DTC"), ("ASTDT", "STDTC"), ("AENDT", "ENDTC"),
         ("ANRLO", "STNRLO"), ("ANRHI", "STNRHI"), ("A1LO", "STNRLO"), ("A1HI", "STNRHI"), ("ANRIND", "NRIND"))
SURE = ("AVAL", "ADT", "ASTDT", "AENDT")


@rule("error", each="ADaM", columns=("USUBJID",), any_of=("AVAL", "AVALC", "ADT", "ASTDT", "AENDT"),
      cites="ADaMIG 1.3, 3.3.4 and 3.3.9",
      fix="programmer: take the value from the SDTM record, or say in DTYPE that it is derived")
def analysis_of_result(table: Table, package: Package) -> Iterator[Hit]:
    """AVAL, AVALC, ADT, ASTDT and AENDT are result and dates of the SDTM record, as for most of the parameter."""
    parameter = table["PARAMCD"] if table.has("PARAMCD") else pd.Series("", table.frame.index)
    plain = (table["DTYPE"] == "").to_numpy() if table.has("DTYPE") else True
    for domain in sequence_domains(table):
        sources = source_tables(package, domain)
        for own, ending in PAIRS:
            name = f"{domain}{ending}"
            if not table.has(own) or not any(source.has(name) for source in sources):
                continue
            given, there = values_of_source(table, sources, domain, name)
            value = table[own]
            if ending.endswith("DTC"):
                given, value = iso_days(given), days(table, own)
            if given.dtype.kind != value.dtype.kind:
                continue
            known = there & plain & ~is_missing(given).to_numpy()
            wrong = known & differ(value, given, 1e-9 if ending.endswith("DTC") else 1e-4)
            judged = pd.Series(known, table.frame.index).groupby(parameter, sort=False).transform("sum")
            broken = pd.Series(wrong, table.frame.index).groupby(parameter, sort=False).transform("sum")
            share = 0.1 if own in SURE else 0.02
            clear = (broken <= share * judged) | (judged < 10) & (broken <= 0.5 * judged) | (broken == 1)
            at_all = wrong.sum() <= 0.02 * max(int(known.sum()), 50)
            message = f"{name} has another day" if ending.endswith("DTC") else f"{name} is " + as_text(given)
            yield Hit(table, wrong & clear.to_numpy(), (own, f"{domain}SEQ"), message,
                      "" if at_all and own in SURE else "warning")
