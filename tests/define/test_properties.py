"""Whatever a specification and its data say, the define.xml is valid and the define.html is made."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from define import DefineSource, check_define, define_xml, read_define, write_define, write_define_html
from define.checklist import CHECKLIST
from define.model import LeafDef, Program
from define.published import PUBLISHED
from specs import Codelist, DatasetSpec, StudyFacts, Term, VariableSpec, standard_codelists, summarise, supplement_spec
from specs.model import DisplaySpec

FACTS = {"created": "2025-01-01T00:00:00", "subject_form": "DM", "SITEID": "S", "SUBJID": "U", "USUBJID": ["S"],
         "forms": {"DM": {"file": "dm.csv"}}}
MAX_EXAMPLES = 60
TEXT = st.text(max_size=20)                                   # any character of Unicode, forbidden ones too
CODES = st.text("ABC12 _/<&\"'\x01\u00e9", min_size=1, max_size=6)
NAMES = st.from_regex(r"[A-Z_][A-Z0-9_]{0,7}", fullmatch=True)
FORM = {"define.XSD", *(f"define.{check.name}" for check in (*PUBLISHED, *CHECKLIST))}      # not what the guides say
# what may be wrong with such a specification, beside the odd characters themselves
FORM = {"define.XSD", *(f"define.{check.name}" for check in (*PUBLISHED, *CHECKLIST))}      # not what the guides say
ODD = {"define.Forbidden_Character", "define.ItemRef_Method_Derived", "define.ItemDef_Origin_Missing",
       "define.AnnotatedCRF_Missing", "define.ItemDef_Origin_Collected", "define.ItemDef_Origin_Source",
       "define.ItemRef_Role_Missing", "define.ItemDef_Origin_Predecessor", "define.ItemDef_SASFieldName",
       "define.ItemGroupDef_ItemRef_KeySequence", "define.CodeList_Term_Unmarked", "define.ItemGroupDef_Description",
       "define.ItemRef_Label", "define.SUPPQUAL_ValueList", "define.RangeCheck_CodeList", "define.CodeList_DataType"}


@st.composite
def variables(draw, sdtm):
    name = draw(NAMES)
    verb = draw(st.sampled_from(["from", "value", "dtc", "derive", ""]))
    rule = {"from": "DM.X", "value": draw(TEXT), "dtc": ["D", "T"], "derive": "derive_x"}
    facts = {"name": name, "label": draw(st.text(min_size=1, max_size=10)),
             "type": draw(st.sampled_from(["Char", "Num"])),
             "core": draw(st.sampled_from(["Req", "Exp", "Perm"])), "comment": draw(TEXT), "method": draw(TEXT),
             "codelist": draw(st.sampled_from(["", "", "NY", "LOC", "OWN"])),
             "pages": draw(st.sampled_from(["", "1", "2-3", "p x"])),
             "dictionary": draw(st.sampled_from(["", "MedDRA"])), "supp": sdtm and draw(st.booleans()),
             "digits": draw(st.sampled_from([None, 0, 2])), "format": draw(st.sampled_from(["", "DATE9.", "8.2"])),
             "length": draw(st.sampled_from([None, 1, 200])), "role": draw(TEXT),
             "origin": draw(st.sampled_from(["", "", "Predecessor", "Collected", "Derived"]))}
    return VariableSpec.model_validate(facts | ({verb: rule[verb]} if verb else {}))


@st.composite
def datasets(draw, sdtm):
    made = {variable.name: variable for variable in draw(st.lists(variables(sdtm), min_size=1, max_size=6))}
    name = draw(st.sampled_from(["AE", "VS", "XX"] if sdtm else ["ADSL", "ADX"]))
    code = f"{name}TESTCD" if sdtm else "PARAMCD"
    results = [(code, "Char", ""), (f"{name}STRESN", "Num", ""), (f"{name}STRESU", "Char", "UNIT")] if sdtm else [
        (code, "Char", ""), ("AVAL", "Num", ""), ("AVALC", "Char", "")]
    if draw(st.booleans()):
        made |= {result: VariableSpec(name=result, label=result, type=kind, codelist=codelist, derive="d")
                 for result, kind, codelist in results}
    return DatasetSpec.model_validate({
        "name": name, "label": draw(st.text(min_size=1, max_size=10)), "structure": draw(TEXT), "comment": draw(TEXT),
        "class": draw(st.sampled_from(["EVENTS", "FINDINGS", "TRIAL DESIGN"])) if sdtm else "BASIC DATA STRUCTURE",
        "standard": "SDTMIG 3.4" if sdtm else "ADaMIG 1.3",
        "keys": draw(st.lists(st.sampled_from(sorted(made)), max_size=2)),
        "variables": made, "reference": draw(st.booleans())})


def values(variable):
    if variable.type == "Num" and variable.format == "DATE9.":
        return st.just(pd.Timestamp("2025-01-01")) | st.none()
    if variable.type == "Num":
        return st.sampled_from([float("nan"), 0.0, 1.0, -12.5, 0.1 + 0.2, 1e15, 1e-7])
    if variable.codelist in ("NY", "LOC", "UNIT"):
        return st.sampled_from(["", "Y", "HEAD", "mg", "<odd>", "\x02"])
    return CODES | st.just("") | st.sampled_from(["2025-01", "2025-01-02"])


@st.composite
def frames(draw, spec):
    rows = draw(st.integers(0, 4))
    frame = pd.DataFrame(index=range(rows))
    for variable in spec.columns:
        column = [draw(values(variable)) for _ in range(rows)]
        dates = variable.type == "Num" and variable.format == "DATE9."
        frame[variable.name] = pd.Series(column, dtype="datetime64[s]" if dates else
                                         "float64" if variable.type == "Num" else "str")
    return frame


@st.composite
def sources(draw):
    sdtm = draw(st.booleans())
    made = {spec.name: spec for spec in draw(st.lists(datasets(sdtm), min_size=1, max_size=3))}
    parents = {f"SUPP{name}": spec for name, spec in made.items() if spec.supplements}
    specs = [*made.values(), *(supplement_spec(parent) for parent in parents.values())]
    own = Codelist(name="OWN", label=draw(TEXT), terms={
        value: Term(value=value, decode=draw(TEXT)) for value in draw(st.lists(CODES, min_size=1, max_size=3))})
    dictionaries = {"MedDRA": {"version": draw(st.text(min_size=1, max_size=9)), "name": draw(TEXT)}} if draw(st.booleans()) else {}
    facts = StudyFacts.model_validate({**FACTS, "dictionaries": dictionaries, "sponsor": draw(TEXT), "STUDYID": draw(st.text(min_size=1, max_size=8)), "title": draw(TEXT),
                                       "protocol": draw(TEXT)})
    methods = {(spec.name, name): draw(TEXT) for spec in specs for name in spec.variables}
    summaries = {spec.name: summarise(draw(frames(spec)), spec) for spec in specs}
    programs = {place: Program("x.f", draw(TEXT)) for place in methods if draw(st.booleans())}
    pages = {place: tuple(draw(st.lists(st.integers(1, 99), max_size=3, unique=True))) for place in methods}
    guides = (LeafDef("LF.guide", "guide.pdf", draw(st.text(min_size=1, max_size=9))),) if draw(st.booleans()) else ()
    return DefineSource(facts, "SDTM" if sdtm else "ADaM", tuple(specs), parents, summaries,
                        {**standard_codelists(), "OWN": own}, methods, programs, draw(displays(specs)),
                        {"p": Program("x.p", draw(TEXT))}, pages, guides)


@st.composite
def displays(draw, specs):
    """Up to two displays with results from the datasets, and one from a dataset that was not made."""
    made = {}
    for number in range(draw(st.integers(0, 2))):
        chosen = draw(st.lists(st.sampled_from([*specs, None]), min_size=1, max_size=2, unique_by=lambda s: s and s.name))
        own = {spec.name if spec else "ADNONE": {
            "where": {draw(st.sampled_from(sorted(c.name for c in spec.columns))): draw(st.lists(CODES, min_size=1, max_size=2))}
            if spec and spec.columns and draw(st.booleans()) else {},
            "variables": draw(st.lists(st.sampled_from(sorted(spec.variables)), unique=True)) if spec else []} for spec in chosen}
        made[f"D{number}"] = DisplaySpec.model_validate({
            "name": f"D{number}", "title": draw(st.text(min_size=1, max_size=9)), "results": {"R": {
                "title": draw(st.text(min_size=1, max_size=9)), "reason": "DATA DRIVEN", "purpose": "EXPLORATORY OUTCOME MEASURE",
                "datasets": own, "join": draw(st.text(min_size=1, max_size=9)), "program": draw(st.sampled_from(["", "p"])),
                "documentation": draw(st.text(min_size=1, max_size=9))}}})
    return made


def said(document: bytes) -> list[str]:
    """The lines of a document without the blanks around a text, and without a text that is nothing but blanks."""
    root = etree.fromstring(document)
    names = ("TranslatedText", "CheckValue", "title", "StudyName", "StudyDescription", "ProtocolName")
    for element in root.iter(*(f"{{*}}{name}" for name in names)):
        element.text = (element.text or "").strip(" \t\r\n")
    for element in list(root.iter("{*}Description")):
        if not "".join(element.itertext()).strip(" \t\r\n"):
            element.getparent().remove(element)
    return [line.strip() for line in etree.tostring(root, encoding="unicode").splitlines() if line.strip()]


class Drawn:
    """A source whose repr is short enough to read: the specifications and summaries, not the terminology."""

    def __init__(self, source):
        self.source = source

    def __repr__(self):
        return f"{self.source.datasets!r}\n{dict(self.source.summaries)!r}\n{self.source.facts.STUDYID!r}"[:20000]


@settings(max_examples=MAX_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate],
          derandomize=True)
@given(sources().map(Drawn))
def test_every_define_is_valid_and_nothing_in_it_dangles(drawn):
    source = drawn.source
    with TemporaryDirectory() as folder:
        path = Path(folder) / "define.xml"
        write_define(source, path)
        write_define_html(source, path.with_suffix(".html"))
        unexpected = [finding for finding in check_define(path)
                      if finding.rule in FORM and finding.rule not in ODD]
        assert unexpected == []
        first = path.read_bytes()
        write_define(source, path)
        assert path.read_bytes() == first
        assert said(define_xml(read_define(path))) == said(first)
