"""The case report forms of a study as an EDC system hands them over: ODM 1.3 or 2.0 metadata, read into the catalogue.

A form is a FormDef, or in ODM 2.0 an ItemGroupDef of type Form. Forms and fields get the names that the study's
specification calls them by, wherever the ODM has these: as OID, as OID without its prefix, as name or as alias.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lxml import etree

from cdisckit.errors import SpecError
from specs.collected import FieldUse
from specs.model import LOG, CrfField, CrfForm, StudyFacts

__all__ = ["read_odm_forms"]

KINDS = {"date": "date", "partialDate": "date", "incompleteDate": "date", "datetime": "date", "partialDatetime": "date",
         "incompleteDatetime": "date", "time": "time", "partialTime": "time", "incompleteTime": "time",
         "integer": "number", "float": "number", "double": "number", "decimal": "number"}
YES_NO = {"true": "Yes", "false": "No"}


def read_odm_forms(path: Path, facts: StudyFacts,
                   mapped: Mapping[str, Mapping[str, list[FieldUse]]]) -> dict[str, CrfForm]:
    """The forms of an ODM file in its order, by the names of study.yaml; their fields by the names that are mapped.

    SpecError where the file is missing, is no ODM, or has no form.
    """
    root = _read(path)
    defined = {element.get("OID", ""): element for element in root.iter("{*}FormDef", "{*}ItemGroupDef", "{*}ItemDef",
                                                                        "{*}CodeList", "{*}MeasurementUnit")}
    forms: dict[str, CrfForm] = {}
    for form in [*root.iter("{*}FormDef"), *root.iter("{*}ItemGroupDef")]:
        if form.tag.endswith("}FormDef") or form.get("Type") == "Form":
            name = _called(form, facts.forms)
            fields = {_called(item, mapped.get(name, {})): _field(item, defined) for item in _items(form, defined, ())}
            forms[name] = CrfForm(title=form.get("Name", name), visits=_visits(form, root, facts), fields=fields)
    if not forms:
        raise SpecError(f"{path.name} has no case report form", where=str(path), fix="export the metadata of the study")
    return forms


def _read(path: Path) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(path.read_bytes(), parser)
    except OSError as error:
        raise SpecError(f"{path.name} cannot be read: {error.strerror}", where=str(path)) from None
    except etree.XMLSyntaxError as error:
        raise SpecError(f"{path.name} is no well-formed XML: {error.msg}", where=f"{path}:{error.lineno}") from None


def _called(element: etree._Element, known: Iterable[str]) -> str:
    """The name by which the study knows the element; its OID without the prefix (IT.AETERM) where it knows none."""
    oid = str(element.get("OID", ""))
    aliases = [alias.get("Name", "") for alias in element.iterfind("{*}Alias")]
    names = [oid, oid.partition(".")[2], oid.rpartition(".")[2], element.get("Name", ""),
             element.get("SASFieldName", ""), *aliases]
    return next((str(name) for name in names if name and name in known), oid.partition(".")[2] or oid)


def _items(part: etree._Element, defined: Mapping[str, etree._Element],
           above: tuple[str, ...]) -> Iterator[etree._Element]:
    """The items of a form or item group, those of the groups within it too; a group within itself ends."""
    for ref in part:
        oid = ref.get("ItemOID") or ref.get("ItemGroupOID") if isinstance(ref.tag, str) else None
        found = defined.get(oid or "")
        if found is None or not oid:
            continue
        if ref.tag.endswith("}ItemRef"):
            yield found
        elif oid not in above:
            yield from _items(found, defined, (*above, oid))


def _field(item: etree._Element, defined: Mapping[str, etree._Element]) -> CrfField:
    """The question, and how it is answered."""
    text = _said(item, "Question") or _said(item, "Description") or item.get("Name", "")
    ref = item.find("{*}CodeListRef")
    codelist = None if ref is None else defined.get(ref.get("CodeListOID", ""))
    codes = {} if codelist is None else _codes(codelist)
    codes = codes or (YES_NO if item.get("DataType") == "boolean" else {})
    unit = item.find("{*}MeasurementUnitRef")
    found = None if unit is None else defined.get(unit.get("MeasurementUnitOID", ""))
    kind = "code" if codes else KINDS.get(item.get("DataType", ""), "text")
    return CrfField.model_validate({"text": text, "kind": kind, "codes": codes,
                                    "unit": "" if found is None else _said(found, "Symbol") or found.get("Name", "")})


def _codes(codelist: etree._Element) -> dict[str, str]:
    terms = [*codelist.iterfind("{*}CodeListItem"), *codelist.iterfind("{*}EnumeratedItem")]
    return {term.get("CodedValue", ""): _said(term, "Decode") or term.get("CodedValue", "") for term in terms}


def _said(element: etree._Element, part: str) -> str:
    found = element.find(f"{{*}}{part}/{{*}}TranslatedText")
    return " ".join((found.text or "").split()) if found is not None else ""


def _visits(form: etree._Element, root: etree._Element, facts: StudyFacts) -> tuple[str, ...]:
    """The events that refer to the form, as the study calls these visits; running records where none does."""
    known = {visit.casefold(): visit for visit in facts.visits}
    events = [event for event in root.iter("{*}StudyEventDef") for ref in event.iter("{*}FormRef", "{*}ItemGroupRef")
              if form.get("OID") in (ref.get("FormOID"), ref.get("ItemGroupOID"))]
    names = [known.get(event.get(key, "").casefold(), "") for event in events for key in ("Name", "OID")]
    return tuple(name for name in dict.fromkeys(names) if name) or (LOG,)
