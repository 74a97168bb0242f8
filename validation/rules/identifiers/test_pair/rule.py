"""A short name and the name of a test or parameter go together one to one in a domain."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.groups import of_domain, unlike_most
from validation.rules.registry import Hit, rule


@rule("error", cites="SDTMIG 3.4, 4.2.1; CORE-000303/FB0901, CORE-000179/CG0307",
      fix="programmer: one name for one short name of a test")
def test_pair(package: Package) -> Iterator[Hit]:
    """A short name and the name of a test or parameter go together one to one in a domain."""
    for domain in sorted({table.prefix for table in package.of_model("SDTM")}):
        for code, name in (("--TESTCD", "--TEST"), ("--PARMCD", "--PARM"), ("IETESTCD", "IETEST")):
            tables = [table for table in of_domain(package, domain) if table.has(code, name)]
            for key, value in ((code, name), (name, code)) if tables else ():
                for table, odd, usual in unlike_most(tables, (key,), value):
                    yield Hit(table, odd, (value, key), "others have: " + usual.fillna("several"))
