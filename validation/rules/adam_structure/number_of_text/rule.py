"""A text and its number that are not one to one."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import rarer
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule

SDTM = ("PARAM", "STRESC", "STRESU")             # of PARAM tells another rule, of results none
WITHIN = ("AVISIT", "ATPT", "AVALCA", "BASECA", "CHGCAT", "SHIFT")


@rule("error", each="ADaM", cites="ADaMIG 1.3, 3.1.1 and 3.3.4", fix="programmer: give each text one number")
def number_of_text(table: Table, package: Package) -> Iterator[Hit]:
    """A text and its number (AVISIT and AVISITN, TRTP and TRTPN, AGEGR1 and AGEGR1N) are one to one."""
    for variable in table.variables:
        text, number = variable.name, f"{variable.name[:7]}N"
        number = "VISITNUM" if text == "VISIT" else number
        number = "AVALCA1N" if text == "AVALCAT1" else "CHGCAT1N" if text == "CHGCAT1" else number
        if variable.type != "Char" or not table.has(number) or text.endswith(SDTM):
            continue
        if table.by_name[number].type != "Num":
            continue
        keys = ["PARAMCD"] if text.startswith(WITHIN) and table.has("PARAMCD") else []
        names = [*keys, text, number]
        pairs = table.frame.groupby(names, sort=False, dropna=False).size().reset_index()
        if not pairs.duplicated([*keys, text]).any() and not pairs.duplicated([*keys, number]).any():
            continue
        bare = (table[text] == "") & table[number].notna()
        yield Hit(table, bare, (number, text), f"{number} has no {text}", softly(bare, len(table), 0.02) or "warning")
        several = rarer(table.frame, [*keys, text], number) & (table[text] != "").to_numpy()
        several &= ~table[text].str.upper().str.startswith("UNSCHED").to_numpy()
        yield Hit(table, several, (number, text), f"{text} has more than one {number}",
                  softly(several, len(table), 0.02, "warning"))
        shared = rarer(table.frame, [*keys, number], text) & table[number].notna().to_numpy() & ~several
        yield Hit(table, shared, (text, number), f"{number} has more than one {text}",
                  softly(shared, len(table), 0.02, "warning"))
