"""Small studies for the tests of define: specifications made of the standard's layers, and frames of a few records."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd
import pytest

from define import DefineSource
from specs import DatasetSpec, StudyFacts, standard_codelists, standard_layer, summarise, supplement_spec
from specs.contract import is_date

FACTS = StudyFacts.model_validate({
    "STUDYID": "DEMO-01", "title": "A demonstration study of drug A", "protocol": "Protocol DEMO-01", "description": "Demo",
    "created": "2025-06-30T12:00:00", "subject_form": "DM", "SITEID": "SITE", "SUBJID": "SUBJ", "USUBJID": ["STUDY", "SUBJ"],
    "forms": {"DM": {"file": "dm.csv"}},
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


def make_source(model: str, data: Iterable[tuple[DatasetSpec, pd.DataFrame]], parents: Mapping[str, DatasetSpec] | None = None,
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
    "VSSTRESU": {"derive": "derive_result"}, "VISITNUM": {"derive": "derive_visit"}, "VSDTC": {"dtc": ["VSDAT", "VSTIM"]},
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
    rows = [(S, "AE", U1, 1, "HEADACHE", "Headache", "Nervous system disorders", "HEAD", "MILD", "N", "YES", "2025-03",
             "2025-04-02T10:30", 4.0),
            (S, "AE", U2, 1, "RASH", "Rash", "Skin disorders", "LEFT ELBOW", "SEVERE", "Y", "NO", "2025-04-01", "", 5.0)]
    frame = make_frame(ae, rows, "STUDYID DOMAIN USUBJID AESEQ AETERM AEDECOD AEBODSYS AELOC AESEV AESER AEREL AESTDTC "
                                 "AEENDTC AESTDY")
    suppae = supplement_spec(ae)
    qualifiers = [(S, "AE", U1, "AESEQ", "1", "AEREL1", "Related to Drug A", "Y", "CRF"),
                  (S, "AE", U1, "AESEQ", "1", "AETRTEM", "Treatment Emergent Flag", "Y", "Derived")]
    return ae, frame, suppae, make_frame(suppae, qualifiers, "STUDYID RDOMAIN USUBJID IDVAR IDVARVAL QNAM QLABEL QVAL QORIG")


def vs_data() -> tuple[DatasetSpec, pd.DataFrame]:
    vs = make_spec("VS", VS_RULES, tests=VS_TESTS)
    rows = [(S, "VS", U1, 1, "SYSBP", "Systolic Blood Pressure", "SITTING", "120", "mmHg", "120", 120, "mmHg", 1, "2025-04-01"),
            (S, "VS", U1, 2, "TEMP", "Temperature", "", "98.6", "F", "37.0", 37.05, "C", 1, "2025-04-01"),
            (S, "VS", U1, 3, "FRMSIZE", "Body Frame Size", "", "MEDIUM", "", "MEDIUM", None, "", 1, "2025-04-01")]
    return vs, make_frame(vs, rows, "STUDYID DOMAIN USUBJID VSSEQ VSTESTCD VSTEST VSPOS VSORRES VSORRESU VSSTRESC VSSTRESN "
                                    "VSSTRESU VISITNUM VSDTC")


def ta_data() -> tuple[DatasetSpec, pd.DataFrame]:
    ta = make_spec("TA", {name: {"derive": "derive_arms"} for name in ("ARMCD", "ARM", "TAETORD", "ETCD", "ELEMENT", "EPOCH")}
                   | {"STUDYID": {}, "DOMAIN": {}})
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
        "TRTEMFL": {"derive": "derive_trtem", "codelist": "NY"}}, extends="OCCDS", label="Adverse Event Analysis Dataset",
        subclass="ADVERSE EVENT", keys=["STUDYID", "USUBJID", "AESEQ"])
    advs = make_spec("ADVS", {
        "STUDYID": {"from": "ADSL.STUDYID"}, "USUBJID": {"from": "ADSL.USUBJID"}, "PARAMCD": {}, "PARAM": {}, "PARAMN": {},
        "AVAL": {"derive": "derive_aval"}, "DTYPE": {"derive": "derive_dtype"}}, extends="BDS", label="Vital Signs Analysis Dataset",
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
