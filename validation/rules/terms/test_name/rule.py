"""Short name and name of a test or parameter are the same concept of the terminology."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import distinct
from validation.rules.registry import Hit, rule
from validation.rules.standard import codelists_of


@rule("warning", each="SDTM", cites="SDTM CT; SDTMIG 3.4, 4.2.1",
      fix="programmer: the short name and the name of a test are of the same concept")
def test_name(table: Table, package: Package) -> Iterator[Hit]:
    """Short name and name of a test or parameter are the same concept of the terminology."""
    for code, name in (("--TESTCD", "--TEST"), ("--PARMCD", "--PARM"), ("TSPARMCD", "TSPARM")):
        if not table.has(code, name) or (code[:2] == "--" and table.named(code) == "TSPARMCD"):
            continue
        short, long = (codelists_of(table, table.named(variable)) for variable in (code, name))
        codes_of = {term: known.code for codelist in short for term, known in codelist.terms.items()}
        names_of = {}
        for codelist in long:
            for term, known in codelist.terms.items():
                names_of.setdefault(known.code, set()).add(term)
        concepts = {term for terms in names_of.values() for term in terms}
        pairs, group = distinct(table, (code, name))
        wrong = [bool(codes_of.get(short_name)) and long_name not in names_of.get(codes_of[short_name], {long_name})
                 for short_name, long_name in zip(pairs[code], pairs[name], strict=True)]
        other, rare = pairs[name].isin(concepts).to_numpy() & np.array(wrong, dtype=bool), pairs["_n"].to_numpy() <= 20
        yield Hit(table, (other & rare)[group], (name, code), "the terminology has this name for another test", "error")
        yield Hit(table, (np.array(wrong, dtype=bool) & ~other & rare)[group], (name, code), "it has another name")
        for short_name, long_name in pairs[[code, name]][np.array(wrong, dtype=bool) & ~rare].itertuples(index=False):
            yield Hit(table, None, name, f"the terminology has another name for {short_name} than {long_name}")
