"""The variables stand in the order of the guide."""

from collections.abc import Iterator, Sequence

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.standard import guide


@rule("warning", each="SDTM", cites="SDTMIG 3.4, 4.1.4; CORE-000852/CG0330",
      fix="programmer: identifiers, topic, qualifiers, timing, in the order of the guide")
def variable_order(table: Table, package: Package) -> Iterator[Hit]:
    """The variables stand in the order of the guide."""
    order = {name: number for number, name in enumerate(guide(table))}
    names = [variable.name for variable in table.variables if variable.name in order]
    kept = longest_rise([order[name] for name in names])
    for number, name in enumerate(names):
        if number not in kept:
            yield Hit(table, None, name, "it stands in another place than in the guide")


def longest_rise(numbers: Sequence[int]) -> set[int]:
    """Positions of a longest rising part of the numbers: what stands elsewhere is out of order."""
    ends: list[int] = []
    before = [-1] * len(numbers)
    for position, number in enumerate(numbers):
        place = next((at for at, end in enumerate(ends) if numbers[end] >= number), len(ends))
        before[position] = ends[place - 1] if place else -1
        ends[place:place + 1] = [position]
    kept, position = set(), ends[-1] if ends else -1
    while position >= 0:
        kept.add(position)
        position = before[position]
    return kept
