"""Which fields of the raw files a specification speaks of."""

from specs.load import StudySpecs

__all__ = ["used_fields"]


def used_fields(specs: StudySpecs) -> dict[str, set[str]]:
    """The raw fields of each form that the specification speaks of: mapped, read by a derivation, or a key."""
    facts = specs.facts
    used: dict[str, set[str]] = {form: {facts.SITEID, facts.SUBJID, *spec.keys} for form, spec in facts.forms.items()}

    def add(source: str) -> None:
        form, _, fields = source.partition(".")
        if form in used:
            used[form].update(fields.split("/"))

    for spec in specs.datasets.values():
        if not spec.is_sdtm:
            continue
        for form in spec.form:
            own = spec.for_form(form)
            for test in own.tests.values():
                named = (test.from_, *test.fields.values())
                used[form] |= {part for field in named if field for part in field.split("/")}
            used[form] |= set(own.uses)
            for variable in own.variables.values():
                used[form] |= {field for field in (variable.from_, *variable.dtc) if field}
        for variable in spec.variables.values():
            for source in variable.source:
                add(source)
    for form, field in facts.visit_dates.items():
        add(f"{form}.{facts.VISIT}/{field}")
    for element in facts.elements.values():
        for source in element.starts:
            add(source)
    return used
