"""What a study's documents may say: the displays of its report, and its case report forms.

specs/analysis_results.yaml becomes the Analysis Results Metadata of define.xml, specs/crf.yaml the annotated CRF.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from cdisckit.errors import suggest
from specs.collected import collected_fields
from specs.model import LOG, AnalysisSpec, CrfForm, DatasetSpec, DisplaySpec, StudyFacts
from specs.references import Reading
from specs.text_yaml import TextYaml

__all__ = ["check_crf", "check_displays"]


def check_displays(displays: Mapping[str, DisplaySpec], text: TextYaml | None, reading: Reading) -> Iterator[str]:
    """A result is made from datasets and variables that there are, and from values that they can have."""
    if text is None or reading.broken:
        return
    names = [display.name for display in displays.values()]
    for key, display in displays.items():
        if names.count(display.name) > 1:
            yield f"{text.where(key, 'name')}: there are two displays {display.name}; give one another name"
        if not display.results:
            yield f"{text.where(key)}: {key} shows no result; write one under `results:`"
        for number, result in display.results.items():
            yield from _check_result(result, (key, "results", number), text, reading)


def _check_result(result: AnalysisSpec, at: tuple[str, ...], text: TextYaml, reading: Reading) -> Iterator[str]:
    place = text.where(*at)
    if not result.datasets:
        yield f"{place}: {at[-1]} is made from no dataset; write one under `datasets:`"
    if len(result.datasets) > 1 and not result.join:
        yield f"{place}: {at[-1]} has several datasets; write how they are put together as `join:`"
    for name, own in result.datasets.items():
        spec = reading.datasets.get(name)
        if spec is None or spec.is_sdtm:
            near = suggest(name, [known for known, one in reading.datasets.items() if not one.is_sdtm])
            yield f"{place}: there is no analysis dataset {name}{near}"
            continue
        for variable in [*own.where, *own.variables]:
            if variable not in spec.variables:
                yield f"{place}: {name} has no variable {variable}{suggest(variable, spec.variables)}"
        for variable, values in own.where.items():
            known = _known_values(variable, spec, reading)
            yield from (f"{place}: {value!r} is no value of {name}.{variable}{suggest(value, known)}"
                        for value in values if known and value not in known)


def _known_values(variable: str, spec: DatasetSpec, reading: Reading) -> list[str]:
    """The values that the specification lets a variable have; none where it does not say."""
    if variable == "PARAMCD":
        return list(spec.parameters)
    codelist = reading.codelists.get(spec.variables[variable].codelist) if variable in spec.variables else None
    return list(codelist.terms) if codelist else []


def check_crf(crf: Mapping[str, CrfForm], text: TextYaml | None, facts: StudyFacts | None,
              reading: Reading) -> Iterator[str]:
    """A form is one of study.yaml, and it has the fields that are mapped as collected."""
    if text is None or facts is None or reading.broken:
        return
    mapped = collected_fields(reading.datasets.values())
    header = {facts.SITEID, facts.SUBJID, facts.VISIT}
    for form, page in crf.items():
        if form not in facts.forms:
            yield f"{text.where(form)}: study.yaml has no form {form}{suggest(form, facts.forms)}"
            continue
        yield from (f"{text.where(form, 'visits')}: no visit is called {pattern!r}{suggest(pattern, facts.visits)}"
                    for pattern in page.visits
                    if pattern != LOG and not any(fnmatchcase(visit, pattern) for visit in facts.visits))
        missing = [field for field, uses in mapped.get(form, {}).items() if field not in page.fields
                   and field not in header and not all(use.coded or use.derived for use in uses)]
        yield from (f"{text.where(form)}: {form}.{field} is mapped and {form} has no such field"
                    f"{suggest(field, page.fields)}" for field in missing)
