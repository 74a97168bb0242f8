"""What a specification says of a dataset: its variables, where each comes from, its terms.

The standard's facts (label, type, role, core, codelist) and the study's rules meet in one `DatasetSpec` a dataset. Its
verbs: `from` (as collected), `value` (a constant), `dtc` (collected parts to ISO 8601) and `derive` (a named function).
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

__all__ = [
    "AnalysisDatasetSpec",
    "AnalysisSpec",
    "AssessmentSpec",
    "CLASSES",
    "Codelist",
    "CrfField",
    "CrfForm",
    "CriterionSpec",
    "DatasetSpec",
    "DictionarySpec",
    "DisplaySpec",
    "ElementSpec",
    "FormSpec",
    "ParameterSpec",
    "PlannedVisit",
    "StudyFacts",
    "SummaryValue",
    "Term",
    "TrialDesign",
    "ResultSpec",
    "ValueSpec",
    "VariableSpec",
    "VERBS",
    "byte_length",
]

VERBS = ("from", "value", "dtc", "derive")
CLASSES = ("TRIAL DESIGN", "SPECIAL PURPOSE", "INTERVENTIONS", "EVENTS", "FINDINGS", "FINDINGS ABOUT", "RELATIONSHIP",
           "STUDY REFERENCE", "SUBJECT LEVEL ANALYSIS DATASET", "OCCURRENCE DATA STRUCTURE", "BASIC DATA STRUCTURE",
           "ADAM OTHER")
LABEL_BYTES, NAME_BYTES, TEXT_BYTES = 40, 8, 200
LOG = "LOG"                            # of the visits of a case report form: it is filled in at any time


def byte_length(text: str) -> int:
    """The bytes a text takes in a transport file (UTF-8), which is what the limits of XPT version 5 count."""
    return len(text.encode("utf-8"))


def _one_or_many(value: Any) -> Any:
    return ([value] if value else []) if isinstance(value, str) else value


TextList = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]


class Facts(BaseModel):
    """A part of a specification: never changed after it is read, and no entry is ever ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ValueSpec(Facts):
    """What is said of a variable only where another one has a certain value: of AVALC where PARAMCD is DLTA."""

    codelist: str = ""
    derive: str = ""                   # the function whose docstring is the method there
    method: str = ""                   # wording that replaces the docstring
    origin: Literal["", "Collected", "Derived", "Assigned", "Protocol", "Predecessor"] = ""
    originator: Literal["", "Subject", "Investigator", "Vendor", "Sponsor"] = ""


class VariableSpec(Facts):
    """One variable: the standard's facts, and at most one verb that says where its values come from."""

    name: str
    label: str
    type: Literal["Char", "Num"]
    role: str = ""
    core: Literal["Req", "Exp", "Perm", "Cond", ""] = ""
    codelist: str = ""                 # submission name of a codelist (NY, AESEV) or of one of the study's own
    dictionary: str = ""               # an external dictionary: MedDRA, WHODrug
    length: Annotated[int, Field(ge=1, le=TEXT_BYTES)] | None = None
    digits: Annotated[int, Field(ge=0, le=15)] | None = None     # decimals kept (and Define-XML's SignificantDigits)
    format: str = ""                   # SAS display format: DATE9., DATETIME20.
    from_: Annotated[str, Field(alias="from")] = ""
    value: str | None = None
    dtc: TextList = ()
    derive: str = ""
    source: TextList = ()              # the variables (AE.AESTDTC) or raw fields that a derivation reads
    map: Mapping[str, str] = {}
    # PARAMCD: {DLTA: ...}: what differs where PARAMCD is DLTA; or of all parameters that are `from: DLTA`
    where: Mapping[str, Mapping[str, ValueSpec]] = {}
    supp: bool = False
    origin: Literal["", "Collected", "Derived", "Assigned", "Protocol", "Predecessor"] = ""
    originator: Literal["", "Subject", "Investigator", "Vendor", "Sponsor"] = ""
    pages: str = ""                    # pages of the annotated CRF
    method: str = ""                   # wording that replaces the function's docstring in define.xml
    comment: str = ""
    model: bool = False                # a variable of the SDTM model that the guide's table does not list

    @model_validator(mode="after")
    def _limits(self) -> Self:
        problems = []
        if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", self.name) or byte_length(self.name) > NAME_BYTES:
            problems.append(f"the name {self.name!r} is not 1 to {NAME_BYTES} of A-Z, 0-9 and _ with no digit first")
        if byte_length(self.label) > LABEL_BYTES:
            problems.append(f"the label is {byte_length(self.label)} bytes long; XPT holds {LABEL_BYTES}")
        if not self.label:
            problems.append("the label is missing")
        if len(self.verbs) > 1:
            problems.append(f"one verb only, not {' and '.join(self.verbs)}")
        if self.map and self.verbs == ("value",):
            problems.append("a constant needs no map")
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def overridden(self, rule: Mapping[str, Any]) -> "VariableSpec":
        """This variable with another rule: a new verb takes the place of the old one and of its map."""
        kept = self.model_dump(by_alias=True)
        if set(VERBS) & set(rule):
            kept = {key: value for key, value in kept.items() if key not in (*VERBS, "map")}
        return VariableSpec.model_validate({**kept, **rule})

    @property
    def codelists(self) -> tuple[str, ...]:
        """The codelist of the variable, and those that it has where another variable has a value."""
        own = [self.codelist, *(value.codelist for values in self.where.values() for value in values.values())]
        return tuple(name for name in dict.fromkeys(own) if name)

    def with_value(self, told: ValueSpec) -> "VariableSpec":
        """This variable as it is where another one has a value: what is said of it there, over what is always true."""
        own = {name: entry for name, entry in told.model_dump().items() if entry}
        own |= {"method": ""} if told.derive and not told.method else {}
        return self.model_copy(update={**own, "where": {}})

    @property
    def verbs(self) -> tuple[str, ...]:
        """Which of from, value, dtc, derive are given."""
        given = (bool(self.from_), self.value is not None, bool(self.dtc), bool(self.derive))
        return tuple(verb for verb, is_given in zip(VERBS, given, strict=True) if is_given)


class ResultSpec(Facts):
    """One test of a findings domain: the raw field of its result, its standard unit, its other raw fields."""

    name: str                                           # --TEST
    from_: Annotated[str, Field(alias="from")] = ""     # --ORRES; a test without it says only that all were not done
    form: str = ""                                      # the one form that has the test, if the dataset has several
    unit: str = ""                                      # standard unit, --STRESU
    digits: Annotated[int, Field(ge=0, le=15)] | None = None  # decimals of --STRESN after a conversion
    fields: Mapping[str, str] = {}                      # VSPOS: SYSBP_VSPOS
    values: Mapping[str, str] = {}                      # VSTPTREF: END OF INFUSION (constants of this test)


class ParameterSpec(Facts):
    """One parameter of a BDS dataset: PARAMCD is its key in the YAML."""

    PARAM: str
    PARAMN: int
    PARCAT1: str = ""
    from_: Annotated[str, Field(alias="from")] = ""     # the --TESTCD it comes from; the PARAMCD itself if empty
    digits: Annotated[int, Field(ge=0, le=15)] | None = None


class DatasetSpec(Facts):
    """One dataset: the merge of the standard's layer and the study's layer."""

    name: str
    label: str
    class_: Annotated[Literal[CLASSES], Field(alias="class")]  # type: ignore[valid-type]
    subclass: str = ""
    structure: str
    standard: str                                       # SDTMIG 3.4, ADaMIG 1.3
    section: str = ""
    keys: TextList
    variables: Mapping[str, VariableSpec]               # in dataset order, supplemental qualifiers last
    form: TextList = ()
    by_form: Mapping[str, Mapping[str, Any]] = {}       # where a further form states other fields than the first
    uses: TextList = ()                                 # raw fields that only derivations read: they arrive as _FIELD
    tests: Mapping[str, ResultSpec] = {}
    parameters: Mapping[str, ParameterSpec] = {}
    omit: TextList = ()
    comment: str = ""
    reference: bool = False                             # trial design: not about subjects

    def told(self, variable: str, by: str, value: str) -> tuple[str, ValueSpec] | None:
        """What is said of a variable only where `by` has the value, and the entry of `where` that says it."""
        entries = self.variables[variable].where.get(by, {}) if variable in self.variables else {}
        of = self.parameters[value].from_ if by == "PARAMCD" and value in self.parameters else ""
        return next(((key, entries[key]) for key in (value, of) if key in entries), None)

    @property
    def is_sdtm(self) -> bool:
        return self.standard.startswith("SDTMIG")

    @property
    def columns(self) -> tuple[VariableSpec, ...]:
        """The variables of the dataset itself, in order, without the supplemental qualifiers."""
        return tuple(variable for variable in self.variables.values() if not variable.supp)

    def for_form(self, form: str) -> "DatasetSpec":
        """The specification as it stands for one of its forms: `by_form` over what is said for all of them, and the
        tests of the form.
        """
        own = dict(self.by_form.get(form, {}))
        uses = _one_or_many(own.pop("uses", self.uses))
        variables = {name: variable.overridden(own[name]) if name in own else variable
                     for name, variable in self.variables.items()}
        tests = {code: test for code, test in self.tests.items() if test.form in ("", form)}
        return self.model_copy(update={"variables": variables, "uses": tuple(uses), "tests": tests})

    def is_collected(self, name: str) -> bool:
        """Whether a form collects the variable, be it only one of the further forms (`by_form`)."""
        rules = [own.get(name, {}) for own in self.by_form.values()]
        return any({"from", "dtc"} & set(rule) for rule in [dict.fromkeys(self.variables[name].verbs), *rules])

    @property
    def supplements(self) -> tuple[VariableSpec, ...]:
        """The variables that go to SUPP--."""
        return tuple(variable for variable in self.variables.values() if variable.supp)

    @property
    def domain(self) -> str:
        """The two letters that stand for -- in variable names: AE for AE and SUPPAE."""
        return self.name.removeprefix("SUPP")[:2]


class Term(Facts):
    """One term of a codelist: its C-code, or none where it is the sponsor's own."""

    value: str
    decode: str = ""
    code: str = ""


class Codelist(Facts):
    """A codelist: CDISC's own (with a C-code) as the study uses it, or the sponsor's."""

    name: str                                           # submission name: NY, AESEV
    label: str
    code: str = ""
    extensible: bool = True
    package: str = ""                                   # SDTM CT, ADaM CT; empty for the sponsor's own
    version: str = ""                                   # the date of the package
    terms: Mapping[str, Term]

    @property
    def standard(self) -> bool:
        return bool(self.code)


class FormSpec(Facts):
    """One raw file: its shape, the fields that identify a record, and the fields that are not submitted."""

    file: str
    shape: Literal["csv", "rave"] = "csv"
    rename: Mapping[str, str] = {}                      # the file's name of a field: the study's name of it
    keys: TextList = ()                                 # beside the subject: what makes a record of this form unique
    not_submitted: TextList = ()
    encoding: str = ""
    delimiter: str = ""
    end_marker: str = ""
    optional: bool = False
    originator: Literal["", "Subject", "Investigator", "Vendor"] = ""     # who collects it; the investigator if empty


class DictionarySpec(Facts):
    """An external dictionary that the study codes with. Its name in the variables' `dictionary` is its key."""

    version: Annotated[str, Field(min_length=1)]
    name: str = ""                                      # as define.xml calls it; the key if empty
    ref: str = ""
    href: str = ""


class ElementSpec(Facts):
    """One element of the trial design: what starts it. Its code is its key in study.yaml."""

    ELEMENT: str
    EPOCH: str
    starts: TextList = ()                               # raw dates (DM.DMDAT): the element starts on the first of them
    doses: Mapping[str, TextList] = {}                  # EXTRT: [XANOMELINE], EXDOSE: [54]: doses that make the element
    follows: bool = False                               # starts with the last dose, if the subject took part beyond it
    rule_start: str = ""                                # TESTRL in words
    rule_end: str = ""                                  # TEENRL


class StudyFacts(Facts):
    """study.yaml: the numbers and names of the protocol, and how the raw files identify a subject."""

    STUDYID: str
    title: str
    protocol: str
    description: str = ""
    created: str                                        # the time that stands inside files, never the clock
    synthetic: bool = False
    subject_form: str                                   # the form with one record for every subject
    SITEID: str                                         # raw field
    SUBJID: str                                         # raw field
    VISIT: str = "VISIT"                                # raw field with the visit's name
    USUBJID: TextList                                   # parts joined by "-": raw fields or literal text
    unknown_date_parts: TextList = ("UN", "UNK", "NK", "ND", "XX", "XXX", "--", "---")
    date_order: Literal["DMY", "MDY", "YMD"] = "DMY"
    cutoff: str = ""
    sponsor: str = ""                                   # who made the files, in the headers of define.xml
    dictionaries: Mapping[str, DictionarySpec] = {}     # MedDRA, WHODrug, CTCAE: with the version used
    crf: str = ""                                       # an ODM file with the forms; else specs/crf.yaml has them
    ct: TextList = ()                                   # files with whole packages of CDISC terms, from this folder
    forms: Mapping[str, FormSpec]
    visits: Mapping[str, str] = {}                      # VISIT: VISITNUM, in the protocol's order
    baseline_visits: TextList = ()                      # a record of these on the day of first dose precedes the dose
    baseline_timepoints: TextList = ()                  # and of these time points, where a visit has several
    baseline_by: Mapping[str, TextList] = {}            # beside subject and test: VS: [VSPOS] (the default is --POS)
    visit_dates: Mapping[str, str] = {}                 # FORM: the field with the date of its visit
    elements: Mapping[str, ElementSpec] = {}            # ETCD: element, in the order of the protocol
    arm_elements: Mapping[str, TextList] = {}           # ARMCD: its elements, in order
    arms: Mapping[str, str] = {}                        # ARMCD: ARM
    terms: Mapping[str, Any] = {}                       # whatever the study's own rules need: windows, levels, lists


class AnalysisDatasetSpec(Facts):
    """A dataset that a result is made from: which of its records (all of `where`), which of its variables."""

    where: Mapping[str, TextList] = {}                  # PARAMCD: BOR, or one of several: [BOR, CBOR]
    variables: TextList = ()


class AnalysisSpec(Facts):
    """One result of a display, for the Analysis Results Metadata of define.xml."""

    title: str
    reason: str                                         # SPECIFIED IN PROTOCOL, SPECIFIED IN SAP, DATA DRIVEN ...
    purpose: str                                        # PRIMARY OUTCOME MEASURE, SECONDARY ..., EXPLORATORY ...
    datasets: Mapping[str, AnalysisDatasetSpec]
    join: str = ""                                      # how several datasets are put together
    documentation: str
    program: str = ""                                   # the function that makes it: adam.estimates.make_estimates


class DisplaySpec(Facts):
    """One table, figure or listing of the report. Its short name is its key in specs/analysis_results.yaml."""

    name: str                                           # Table 14.2.1
    title: str
    results: Mapping[str, AnalysisSpec]


class CrfField(Facts):
    """One field of a case report form, as the site sees it."""

    text: str                                           # the question
    kind: Literal["text", "number", "date", "time", "code"] = "text"
    codes: Mapping[str, str] = {}                       # Y: Yes
    unit: str = ""


def _question(value: Any) -> Any:
    """`AETERM: Adverse event` is short for a text field."""
    return {"text": value} if isinstance(value, str) else value


class CrfForm(Facts):
    """One case report form, as specs/crf.yaml lists it. Its name in study.yaml is its key."""

    title: str
    visits: TextList                                    # where it is filled in
    fields: Mapping[str, Annotated[CrfField, BeforeValidator(_question)]]
    note: str = ""


class CriterionSpec(Facts):
    """One inclusion or exclusion criterion (TI). Its short name is its key."""

    IETEST: str
    IECAT: Literal["INCLUSION", "EXCLUSION"]
    IESCAT: str = ""
    TIRL: str = ""                                      # the rule a computer could check


class PlannedVisit(Facts):
    """What the protocol says of a visit (TV): its planned study day, and what starts and ends it."""

    day: str = ""                                       # empty where it hangs on an event, such as the last dose
    start: str                                          # TVSTRL
    end: str = ""                                       # TVENRL


class AssessmentSpec(Facts):
    """One period of a schedule of disease assessments (TD); the values are ISO 8601 durations."""

    anchor: str                                         # the variable of ADSL that the schedule counts from
    offset: str
    interval: str
    minimum: str
    maximum: str
    number: int


class SummaryValue(Facts):
    """One value of a trial summary parameter (TS), or why there is none (a null flavor of ISO 21090)."""

    value: str = ""
    null: Literal["", "NI", "INV", "OTH", "NINF", "PINF", "UNC", "DER", "UNK", "ASKU", "NAV", "NASK", "QS", "TRC",
                  "MSK", "NA"] = ""
    code: str = ""                                      # where the value is of no CDISC list: SNOMED, UNII, ISO 3166
    ref: str = ""
    version: str = ""
    group: str = ""                                     # TSGRPID: values that belong together (a drug and its doses)


def _summary_values(value: Any) -> Any:
    """`ADDON: N` and `TTYPE: [SAFETY, EFFICACY]` are short for values without anything else to say."""
    values = value if isinstance(value, list) else [value]
    return [{"value": entry} if isinstance(entry, str) else entry for entry in values]


SummaryValues = Annotated[tuple[SummaryValue, ...], BeforeValidator(_summary_values)]


class TrialDesign(Facts):
    """trial_design.yaml: what the protocol plans beyond the arms, elements and visits of study.yaml."""

    branch: str = ""                                    # ETCD of the element at whose end the subjects part into arms
    transitions: Mapping[str, str] = {}                 # ETCD: TATRANS, where the next element is not the usual one
    durations: Mapping[str, str] = {}                   # ETCD: TEDUR
    criteria_version: str = ""                          # TIVERS
    criteria: Mapping[str, CriterionSpec] = {}          # IETESTCD
    visits: Mapping[str, PlannedVisit] = {}             # VISIT
    assessments: tuple[AssessmentSpec, ...] = ()
    summary: Mapping[str, SummaryValues] = {}           # TSPARMCD
