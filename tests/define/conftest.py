"""Two small studies for the tests of define: specifications made of the standard's layers, and a few records."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from lxml import etree

from define import DefineSource, write_define
from define.model import (
    Alias,
    AnalysisDataset,
    AnalysisResult,
    CodeListDef,
    CommentDef,
    Define,
    Documentation,
    DocumentRef,
    Expression,
    External,
    ItemDef,
    ItemGroupDef,
    ItemRef,
    LeafDef,
    ListTerm,
    MethodDef,
    Origin,
    PageRef,
    ProgrammingCode,
    RangeCheck,
    ResultDisplay,
    Shape,
    StandardDef,
    SubClass,
    Translated,
    ValueListDef,
    WhereClauseDef,
)
from specs import (
    Codelist,
    DatasetSpec,
    StudyFacts,
    Term,
    standard_codelists,
    standard_layer,
    summarise,
    supplement_spec,
)
from specs.contract import is_date

NAMESPACES = {"odm": "http://www.cdisc.org/ns/odm/v1.3", "def": "http://www.cdisc.org/ns/def/v2.1",
              "xlink": "http://www.w3.org/1999/xlink", "arm": "http://www.cdisc.org/ns/arm/v1.0"}
FACTS = StudyFacts.model_validate({
    "STUDYID": "DEMO-01", "title": "A demonstration study of drug A", "protocol": "Protocol DEMO-01",
    "description": "Demo", "created": "2025-06-30T12:00:00", "subject_form": "DM", "SITEID": "SITE", "SUBJID": "SUBJ",
    "USUBJID": ["STUDY", "SUBJ"], "forms": {"DM": {"file": "dm.csv"}},
})


def make_spec(name: str, rules: Mapping[str, Mapping[str, Any]], extends: str = "", **facts: Any) -> DatasetSpec:
    """A dataset's specification: the standard's facts of the variables that `rules` names, and the rules over them."""
    layer = standard_layer(extends or name).content
    known = layer["variables"]
    variables = {}
    for variable, rule in rules.items():
        template = re.sub(r"^[A-Z]{2}(?=(TERM|DECOD|SEQ|SEV|STDTC)$)", "--", variable)
        template = re.sub(r"^TRT\d\d", "TRTxx", template)
        standard = dict(known.get(variable) or known.get(template) or {})
        if set(rule) & {"from", "value", "dtc", "derive"}:
            standard = {key: value for key, value in standard.items() if key not in ("from", "value", "dtc", "derive")}
        variables[variable] = {**standard, **rule, "name": variable}
    content = {key: value for key, value in layer.items() if key not in ("dataset", "variables")}
    return DatasetSpec.model_validate({**content, "name": name, "variables": variables, **facts})


def make_frame(spec: DatasetSpec, rows: Iterable[tuple[Any, ...]], columns: str) -> pd.DataFrame:
    """Records of a dataset; variables that `columns` does not name are missing."""
    frame = pd.DataFrame(list(rows), columns=columns.split())
    for variable in spec.columns:
        if variable.name not in frame:
            frame[variable.name] = float("nan") if variable.type == "Num" else ""
        kind = "datetime64[s]" if is_date(variable) else "float64" if variable.type == "Num" else "str"
        frame[variable.name] = frame[variable.name].astype(kind)
    return frame


def make_source(model: str, data: Iterable[tuple[DatasetSpec, pd.DataFrame]],
                parents: Mapping[str, DatasetSpec] | None = None,
                methods: Mapping[tuple[str, str], str] | None = None, codelists: Mapping[str, Any] | None = None,
                facts: StudyFacts = FACTS) -> DefineSource:
    data = list(data)
    return DefineSource(facts, model, tuple(spec for spec, _ in data), parents or {},
                        {spec.name: summarise(frame, spec) for spec, frame in data},
                        {**standard_codelists(), **(codelists or {})}, methods or {})


AE_RULES: Mapping[str, Mapping[str, Any]] = {
    "STUDYID": {}, "DOMAIN": {}, "USUBJID": {}, "AESEQ": {},
    "AETERM": {"from": "AETERM", "length": 200},
    "AEDECOD": {"from": "AEDECOD"},
    "AESOCCD": {},
    "AEBODSYS": {"from": "AESOC", "comment": "The body system of the primary path."},
    "AELOC": {"from": "AELOC"},
    "AESEV": {"from": "AESEV", "map": {"1": "MILD", "2": "MODERATE", "3": "SEVERE"}, "pages": "12, 14"},
    "AESER": {"from": "AESER"},
    "AEREL": {"derive": "derive_aerel", "codelist": "RELATED"},
    "AESTDTC": {"dtc": ["AESTDAT"]},
    "AEENDTC": {"dtc": ["AEENDAT", "AEENTIM"]},
    "AESTDY": {"derive": "derive_study_day"},
    "AEREL1": {"from": "AEREL1", "label": "Related to Drug A", "type": "Char", "codelist": "NY", "supp": "true"},
    "AETRTEM": {"derive": "derive_trtem", "label": "Treatment Emergent Flag", "type": "Char", "codelist": "NY",
                "supp": "true"},
    "AEDLT": {"from": "AEDLT", "label": "Dose Limiting Toxicity", "type": "Char", "codelist": "NY", "supp": "true"},
}
VS_RULES: Mapping[str, Mapping[str, Any]] = {
    "STUDYID": {}, "DOMAIN": {}, "USUBJID": {}, "VSSEQ": {}, "VSTESTCD": {}, "VSTEST": {}, "VSPOS": {},
    "VSORRES": {}, "VSORRESU": {}, "VSSTRESC": {"derive": "derive_result"}, "VSSTRESN": {"derive": "derive_result"},
    "VSSTRESU": {"derive": "derive_result"}, "VISITNUM": {"derive": "derive_visit"},
    "VSDTC": {"dtc": ["VSDAT", "VSTIM"]},
}
VS_TESTS = {
    "SYSBP": {"name": "Systolic Blood Pressure", "from": "SYSBP", "unit": "mmHg", "fields": {"VSORRESU": "SYSBP_U"},
              "values": {"VSPOS": "SITTING"}},
    "TEMP": {"name": "Temperature", "from": "TEMP", "unit": "C", "digits": "1", "fields": {"VSORRESU": "TEMP_U"}},
    "FRMSIZE": {"name": "Body Frame Size", "from": "FRAME"},
}
S, U1, U2 = "DEMO-01", "DEMO-01-001", "DEMO-01-002"


def ae_and_suppae() -> tuple[DatasetSpec, pd.DataFrame, DatasetSpec, pd.DataFrame]:
    ae = make_spec("AE", AE_RULES)
    rows = [(U1, 1, "HEADACHE", "Headache", "Nervous system", "HEAD", "MILD", "N", "YES", "2025-03", "2025-04-02T10:30",
             4),
            (U2, 1, "RASH", "Rash", "Skin", "LEFT ELBOW", "SEVERE", "Y", "NO", "2025-04-01", "", 5)]
    frame = make_frame(ae, [(S, "AE", *row) for row in rows],
                       "STUDYID DOMAIN USUBJID AESEQ AETERM AEDECOD AEBODSYS AELOC AESEV AESER AEREL AESTDTC AEENDTC "
                       "AESTDY")
    suppae = supplement_spec(ae)
    qualifiers = [(S, "AE", U1, "AESEQ", "1", "AEREL1", "Related to Drug A", "Y", "CRF"),
                  (S, "AE", U1, "AESEQ", "1", "AETRTEM", "Treatment Emergent Flag", "Y", "Derived")]
    return ae, frame, suppae, make_frame(suppae, qualifiers,
                                         "STUDYID RDOMAIN USUBJID IDVAR IDVARVAL QNAM QLABEL QVAL QORIG")


def vs_data() -> tuple[DatasetSpec, pd.DataFrame]:
    vs = make_spec("VS", VS_RULES, tests=VS_TESTS)
    day = "2025-04-01"
    rows = [(1, "SYSBP", "Systolic Blood Pressure", "SITTING", "120", "mmHg", "120", 120, "mmHg", 1, day),
            (2, "TEMP", "Temperature", "", "98.6", "F", "37.0", 37.05, "C", 1, day),
            (3, "FRMSIZE", "Body Frame Size", "", "MEDIUM", "", "MEDIUM", None, "", 1, day)]
    return vs, make_frame(vs, [(S, "VS", U1, *row) for row in rows],
                          "STUDYID DOMAIN USUBJID VSSEQ VSTESTCD VSTEST VSPOS VSORRES VSORRESU VSSTRESC VSSTRESN "
                          "VSSTRESU VISITNUM VSDTC")


def ta_data() -> tuple[DatasetSpec, pd.DataFrame]:
    names = ("ARMCD", "ARM", "TAETORD", "ETCD", "ELEMENT", "EPOCH")
    ta = make_spec("TA", {"STUDYID": {}, "DOMAIN": {}, **{name: {"derive": "derive_arms"} for name in names}})
    return ta, make_frame(ta, [(S, "TA", "A", "Drug A", 1, "SCRN", "Screening", "SCREENING")],
                          "STUDYID DOMAIN ARMCD ARM TAETORD ETCD ELEMENT EPOCH")


def adam_data() -> list[tuple[DatasetSpec, pd.DataFrame]]:
    adsl = make_spec("ADSL", {
        "STUDYID": {"from": "DM.STUDYID"}, "USUBJID": {"from": "DM.USUBJID"}, "AGE": {"from": "DM.AGE"},
        "SEX": {"from": "DM.SEX"}, "TRT01P": {"from": "DM.ARM", "label": "Planned Treatment for Period 01"},
        "TRTSDT": {"derive": "derive_treatment_dates", "format": "DATE9."},
        "SAFFL": {"derive": "derive_safety_flag", "codelist": "NY"}})
    adae = make_spec("ADAE", {
        "STUDYID": {"from": "ADSL.STUDYID"}, "USUBJID": {"from": "ADSL.USUBJID"},
        "AESEQ": {"from": "AE.AESEQ"}, "AETERM": {"from": "AE.AETERM"}, "AESTDTC": {"from": "AE.AESTDTC"},
        "ASTDT": {"derive": "impute_start", "format": "DATE9."}, "ASTDTF": {"derive": "impute_start"},
        "TRTEMFL": {"derive": "derive_trtem", "codelist": "NY"}},
        extends="OCCDS", label="Adverse Event Analysis Dataset", subclass="ADVERSE EVENT",
        keys=["STUDYID", "USUBJID", "AESEQ"])
    advs = make_spec("ADVS", {
        "STUDYID": {"from": "ADSL.STUDYID"}, "USUBJID": {"from": "ADSL.USUBJID"}, "PARAMCD": {}, "PARAM": {},
        "PARAMN": {}, "AVAL": {"derive": "derive_aval"}, "DTYPE": {"derive": "derive_dtype"}},
        extends="BDS", label="Vital Signs Analysis Dataset",
        parameters={"SYSBP": {"PARAM": "Systolic Blood Pressure (mmHg)", "PARAMN": "1"},
                    "TEMP": {"PARAM": "Temperature (C)", "PARAMN": "2", "digits": "1"}})
    day = pd.Timestamp("2025-04-01")
    return [
        (advs, make_frame(advs, [(S, U1, "SYSBP", "Systolic Blood Pressure (mmHg)", 1, 120, "AVERAGE"),
                                 (S, U1, "TEMP", "Temperature (C)", 2, 36.55, "")],
                          "STUDYID USUBJID PARAMCD PARAM PARAMN AVAL DTYPE")),
        (adae, make_frame(adae, [(S, U1, 1, "HEADACHE", "2025-03", day, "D", "Y")],
                          "STUDYID USUBJID AESEQ AETERM AESTDTC ASTDT ASTDTF TRTEMFL")),
        (adsl, make_frame(adsl, [(S, U1, 64, "F", "Drug A", day, "Y")], "STUDYID USUBJID AGE SEX TRT01P TRTSDT SAFFL"))]


RELATED = Codelist(name="RELATED", label="Relation to Study Drug", terms={
    "YES": Term(value="YES", decode="Related"), "NO": Term(value="NO", decode="Not related")})


def every_method(specs: Iterable[DatasetSpec]) -> dict[tuple[str, str], str]:
    return {(spec.name, variable.name): f"How {variable.name} is made."
            for spec in specs for variable in spec.variables.values() if variable.derive}


def with_pages(spec: DatasetSpec) -> DatasetSpec:
    """The specification with a page of the annotated CRF for everything that may be collected."""
    return spec.model_copy(update={"variables": {
        name: variable.model_copy(update={"pages": variable.pages or "7"})
        for name, variable in spec.variables.items()}})


@pytest.fixture
def kit() -> SimpleNamespace:
    """Makers of specifications, frames and sources, for tests with a study of their own."""
    return SimpleNamespace(spec=make_spec, frame=make_frame, source=make_source, FACTS=FACTS,
                           supplement=supplement_spec,
                           NAMESPACES=NAMESPACES, with_pages=with_pages, every_method=every_method, RELATED=RELATED,
                           sdtm_data=sdtm_data, adam_data=adam_data)


def sdtm_data() -> list[tuple[DatasetSpec, pd.DataFrame]]:
    ae, ae_frame, suppae, suppae_frame = ae_and_suppae()
    vs, vs_frame = vs_data()
    return [(suppae, suppae_frame), (with_pages(vs), vs_frame), ta_data(), (with_pages(ae), ae_frame)]


@pytest.fixture
def sdtm() -> DefineSource:
    """TA, AE with SUPPAE, and VS; every page of the CRF and every method is known."""
    data = sdtm_data()
    specs = {spec.name: spec for spec, _ in data}
    methods = every_method([specs["AE"], specs["VS"], specs["SUPPAE"]])
    return make_source("SDTM", data, {"SUPPAE": specs["AE"]}, methods, {"RELATED": RELATED})


@pytest.fixture
def adam() -> DefineSource:
    """ADSL, ADAE and ADVS."""
    data = adam_data()
    return make_source("ADaM", data, methods=every_method(spec for spec, _ in data))


class Xml:
    """A define.xml that was written, and what XPath finds in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = etree.parse(path).getroot()

    def all(self, path: str) -> list[Any]:
        return self.root.xpath(path, namespaces=NAMESPACES)

    def one(self, path: str) -> Any:
        (found,) = self.all(path)
        return found

    def get(self, path: str, attribute: str) -> str | None:
        prefix, _, name = attribute.rpartition(":")
        return self.one(path).get(f"{{{NAMESPACES[prefix]}}}{name}" if prefix else name)

    def item(self, oid: str) -> dict[str, str]:
        """The attributes of an ItemDef, without their namespaces."""
        return {etree.QName(name).localname: value for name, value in self.one(f"//odm:ItemDef[@OID='{oid}']").items()}


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """Writes a source and reads the define.xml again."""
    def write(source: DefineSource) -> Xml:
        write_define(source, tmp_path / "define.xml")
        return Xml(tmp_path / "define.xml")
    return write


@pytest.fixture
def xml(sdtm: DefineSource, written: Any) -> Xml:
    return written(sdtm)


@pytest.fixture
def adam_xml(adam: DefineSource, written: Any) -> Xml:
    return written(adam)


@pytest.fixture
def changed() -> Any:
    """A source with one variable's specification changed: changed(source, "AE.AETERM", comment="...")."""
    def change(source: DefineSource, place: str, **facts: Any) -> DefineSource:
        dataset, _, name = place.partition(".")

        def mend(spec: DatasetSpec) -> DatasetSpec:
            if spec.name != dataset:
                return spec
            if not name:
                return spec.model_copy(update=facts)
            variables = {**spec.variables, name: spec.variables[name].model_copy(update=facts)}
            return spec.model_copy(update={"variables": variables})

        parents = {supplement: mend(spec) for supplement, spec in source.parents.items()}
        return replace(source, datasets=tuple(map(mend, source.datasets)), parents=parents)
    return change


BOTH = (Translated("English", "en"), Translated("中文", "zh"))
PAGES = (DocumentRef("LF.doc", (PageRef(refs="1 2", title="Pages"), PageRef(first="3", last="5"),
                                PageRef("NamedDestination", "chapter"))),)
ALIASES = (Alias("Sponsor", "ours"),)
EVERYTHING = Define(
    study="S", description="D", protocol="P", model="ADaM", created="2025-01-01T00:00:00", file_oid="F", study_oid="ST",
    version_oid="V", name="N", version_description="VD", comment="COM.1", context="Other", originator="O",
    source_system="SS", source_version="1.0", as_of="2024-12-31T00:00:00", prior_file="F0", file_description="FD",
    language="en", stylesheet="style.xsl", title="T", synthetic=True,
    standards=(StandardDef("STD.1", "ADaMIG", "IG", "1.3", status="Draft", comment="COM.1"),
               StandardDef("STD.2", "CDISC/NCI", "CT", "2025-03-28", "ADaM")),
    annotated_crf=(DocumentRef("LF.crf"),), supplemental=(DocumentRef("LF.doc"),),
    value_lists=(ValueListDef("VL.1", (ItemRef("IT.3", 1, False, where=("WC.1", "WC.2"), method="MT.1", no_data=True),
                                       ), "English", BOTH),),
    where_clauses=(WhereClauseDef("WC.1", (RangeCheck("IT.1", "IN", ("a", "b", "")), RangeCheck("IT.2", "GE", ("5",))),
                                  "COM.1"),
                   WhereClauseDef("WC.2", (RangeCheck("IT.1", "NOTIN", ("a", "b"), "Hard"),))),
    groups=(ItemGroupDef(
        "IG.1", "ADX", "English", "Analysis", "One record", "BASIC DATA STRUCTURE", repeating=True, domain="AX",
        subclasses=(SubClass("TIME-TO-EVENT", "BASIC DATA STRUCTURE"),), reference=True, standard="STD.1",
        comment="COM.1", no_data=True, aliases=ALIASES, leaf=LeafDef("LF.ADX", "adx.xpt", "adx.xpt"), archive="LF.ADX",
        sas_name="ADX", translations=BOTH, non_standard=True,
        refs=(ItemRef("IT.1", 1, True, key=1, role="Topic", role_codelist="CL.1", non_standard=True),
              ItemRef("IT.2", None, False))),),
    items=(ItemDef("IT.1", "PARAMCD", "English", Shape("text", 8), "$8.", "CL.1",
                   (Origin("Assigned", "Sponsor", "English", PAGES, BOTH), Origin("Predecessor", "", "AE.X")), "COM.1",
                   "VL.1", "PARAMCD", ALIASES, BOTH),
           ItemDef("IT.2", "AVAL", "", Shape("float", 8, 0)), ItemDef("IT.3", "A", "Label", Shape("date"))),
    codelists=(CodeListDef("CL.1", "List", "text", (
                   ListTerm("a", "English", "C1", False, 1, "1.5", ALIASES, "Meaning", BOTH),
                   ListTerm("b", "B", "", True, 2, "2")), "C0", "STD.2", True, None, False, "COM.1", "$LIST", "English",
                   ALIASES, BOTH),
               CodeListDef("CL.2", "Plain", "integer", (ListTerm("1", order=1, rank="1", text="One"),),
                           non_standard=True),
               CodeListDef("CL.3", "MedDRA", "text", external=External("MedDRA", "27.0", "pt", "https://example.org"))),
    methods=(MethodDef("MT.1", "M", "Computation", "English", (Expression("Python", "a < b"), Expression("R", "a<b")),
                       PAGES, ALIASES, BOTH),),
    comments=(CommentDef("COM.1", "English", PAGES, BOTH),),
    leaves=(LeafDef("LF.crf", "acrf.pdf", "CRF"), LeafDef("LF.doc", "guide.pdf", "Guide")),
    displays=(ResultDisplay("RD.1", "Table 1", "English", (AnalysisResult(
        "AR.1", "English", "SPECIFIED IN SAP", "PRIMARY OUTCOME MEASURE",
        (AnalysisDataset("IG.1", "WC.1", ("IT.2",)), AnalysisDataset("IG.1")), "IT.1", "COM.1",
        Documentation("English", PAGES, BOTH), ProgrammingCode("Python", "x = 1", PAGES), BOTH),), PAGES, BOTH),),
)


@pytest.fixture
def everything() -> Define:
    """A document in which every field of the model is filled somewhere."""
    return EVERYTHING
