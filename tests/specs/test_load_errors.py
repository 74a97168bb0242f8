"""A wrong specification stops with every error of every file: file, line, what and fix."""


import pytest

from cdisckit.errors import SpecError
from specs import standard_layer

AE, VS, DM, ADSL, ADVS = (f"specs/{name}.yaml" for name in ("sdtm/ae", "sdtm/vs", "sdtm/dm", "adam/adsl", "adam/advs"))
TERMS, STUDY_YAML, ALL = "specs/codelists.yaml", "study.yaml", "*"


@pytest.fixture
def errors(load, tmp_path):
    """`errors(change, ...)`: what is told of the study with these changes."""
    def told(*changes):
        with pytest.raises(SpecError) as error:
            load(tmp_path, *changes)
        cases = [case.replace(f"{tmp_path}/s1/", "") for case in error.value.cases]
        number = f"{len(cases)} error{'s' if len(cases) > 1 else ''}"
        assert (error.value.what, error.value.where) == (f"the specification of s1 has {number}", str(tmp_path / "s1"))
        return cases

    return told


def located(file, expected):
    """The expected errors with the changed file before those that begin with a line, or with a blank for no line."""
    return [text if text.startswith(("specs/", "study.yaml")) else f"{file}:{text}" for text in expected]


@pytest.mark.parametrize(("file", "old", "new", "expected"), [
    (AE, "{from: AETERM}", "{from: AETERM, lable: X}",
     ["4: AETERM.lable: there is no such entry; did you mean label?"]),
    (AE, "{from: AETERM}", "{from: AETERM, name: X}", ["4: AETERM.name: there is no such entry"]),
    (AE, "AESEV:   {", "AESEVV:  {",
     ["6: AESEVV is no variable of AE; did you mean AESEV?; mend the name, or put it into SUPP-- with `supp: "
      "true`, a label and a type"]),
    (AE, "supp: true, ", "", ["9: AEREL1 is no variable of AE; put it into SUPP-- with `supp: true`"]),
    (AE, "{from: AESEV, map", "{from: AESEV, supp: true, map",
     ["6: AESEV is a variable of AE itself; remove `supp: true`"]),
    (AE, "{from: AETERM}", "{from: AETERM, value: X}", ["4: AETERM: one verb only, not from and value"]),
    (AE, "  AETERM:  {from: AETERM}\n", "",
     ["3: AETERM is Required and has no value; write one of from, value, dtc, derive"]),
    (AE, "{from: AETERM}", "{value: ''}",
     ["4: AETERM is Required and has no value; write one of from, value, dtc, derive"]),
    (AE, "{from: AETERM}", "AETERM", ["4: AETERM is written as {from: FIELD} or another verb"]),
    (AE, "  EPOCH:   {derive: derive_epoch}", "  EPOCH:   {}",
     ["8: EPOCH says nothing of where it comes from; write one of from, value, dtc, derive"]),
    (AE, "omit: [AEPATT]", "omit: [AETERM]", ["11: AETERM is omitted and has a rule; remove one of the two"]),
    (AE, "omit: [AEPATT]", "omit: [AESEQ]", ["11: AESEQ is Required by SDTMIG 3.4; say where it comes from"]),
    (AE, "omit: [AEPATT]", "omit: [AEPAT]", ["11: AEPAT is no variable of AE; did you mean AEPATT?"]),
    (AE, "omit: [AEPATT]", "omit: {a: b}", ["11: omit: this is one text or a list of texts"]),
    (AE, "2: SEVERE", "2: SEVER", ["6: AESEV maps '2' to 'SEVER', which is no term of AESEV; did you mean SEVERE?"]),
    (AE, "2: SEVERE", "2: BAD",
     ["6: AESEV maps '2' to 'BAD', which is no term of AESEV; AESEV is not extensible and has MILD, MODERATE, SEVERE"]),
    (AE, "{from: AETERM}", "{from: AETERM, codelist: AESEW}",
     ["4: there is no codelist AESEW; did you mean AESEV?; define it in specs/codelists.yaml"]),
    (AE, "  AEDECOD: {from: AEPT}", "  AEDECOD: {from: AEPT}\n  AESER: {value: YES}",
     ["6: 'YES' is no term of NY; NY is not extensible and has N, NA, U, Y"]),
    (AE, "{derive: derive_epoch}", "{value: TREATMENTS}",
     ["8: 'TREATMENTS' is no term of EPOCH; did you mean TREATMENT?"]),
    (AE, "codelist: CAUSE", "codelist: CAUSES",
     ["7: there is no codelist CAUSES; did you mean CAUSE?; define it in specs/codelists.yaml",
      "specs/codelists.yaml:3: no variable uses the codelist CAUSE; name it in a `codelist:`, or remove it"]),
    (AE, "label: Related to A", "label: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
     ["9: AEREL1: the label is 41 bytes long; XPT holds 40"]),
    (AE, "label: Related to A", "label: 与药物相关的不良事件的严重度",
     ["9: AEREL1: the label is 42 bytes long; XPT holds 40"]),
    (AE, "label: Related to A", "label: ''", ["9: AEREL1: the label is missing"]),
    (AE, "AEREL1:  {", "AERELATED: {",
     ["9: AERELATED: the name 'AERELATED' is not 1 to 8 of A-Z, 0-9 and _ with no digit first"]),
    (AE, "AEREL1:  {", "aerel1: {",
     ["9: aerel1: the name 'aerel1' is not 1 to 8 of A-Z, 0-9 and _ with no digit first"]),
    (AE, "AEREL1:  {", "1REL: {", ["9: 1REL: the name '1REL' is not 1 to 8 of A-Z, 0-9 and _ with no digit first"]),
    (AE, "type: Char, codelist: NY", "type: char",
     ["9: AEREL1.type: 'char' is not 'Char' or 'Num'; did you mean Char?"]),
    (AE, "type: Char, codelist: NY", "type: Character",
     ["9: AEREL1.type: 'Character' is not 'Char' or 'Num'; did you mean Char?"]),
    (AE, "{from: AETERM}", "{from: AETERM, type: Num}",
     ["4: the type of AETERM is 'Char' by the standard, not 'Num'; remove the entry"]),
    (AE, "{from: AETERM}", "{from: AETERM, label: Event}",
     ["4: the label of AETERM is 'Reported Term for the Adverse Event' by the standard, not 'Event'; remove the "
      "entry"]),
    (AE, "{from: AETERM}", "{from: AETERM, core: Perm}",
     ["4: the core of AETERM is 'Req' by the standard, not 'Perm'; remove the entry"]),
    (AE, "{from: AETERM}", "{from: AETERM, length: 201}", ["4: AETERM.length: '201' is not less than or equal to 200"]),
    (AE, "{from: AETERM}", "{from: AETERM, length: long}", ["4: AETERM.length: 'long' is no whole number"]),
    (AE, "{from: AETERM}", "{from: [AETERM, X]}", ["4: AETERM.from: this is one text, not a list and not a mapping"]),
    (AE, "{from: AETERM}", "{from: AETERM, map: [A, B]}", ["4: AETERM.map: this is written as NAME: entry"]),
    (AE, "supp: true", "supp: maybe", ["9: AEREL1.supp: 'maybe' is not true or false"]),
    (AE, "[AESTDAT, AESTTIM]", "[AESTDAT, AESTTIM, AESTZ]",
     ["10: AESTDTC: `dtc` makes text of one date field and, behind it, one time field"]),
    (AE, "[AESTDAT, AESTTIM]", "{a: b}", ["10: AESTDTC.dtc: this is one text or a list of texts"]),
    (AE, "[AESTDAT, AESTTIM]", "AESTDAT, map: {A: B}",
     ["10: AESTDTC has a map, which works on `from` and `derive` only"]),
    (AE, "{from: AETERM}", "{value: X, map: {A: B}}", ["4: AETERM: a constant needs no map"]),
    (AE, "  EPOCH:   {derive: derive_epoch}", "  AEENDTC: {map: {A: B}}",
     ["8: AEENDTC has a map, which works on `from` and `derive` only",
      "specs/codelists.yaml:1: no variable uses the codelist EPOCH; name it in a `codelist:`, or remove it"]),
    (AE, "{derive: derive_epoch}", "{derive: derive_epoch, source: [SE.SESTDTC, EXX, AE.X, .]}",
     ["8: the source SE.SESTDTC: there is no dataset and no form SE",
      "8: the source EXX: AE has no variable EXX"]),
    (AE, "extends: AE", "extends: AF",
     ["1: there is no standard dataset AF; there are ADSL, AE, AG, BDS, BE, BS, CE, CM, CO, CP, CV, DA, DD, DM, DS, DV, EC, EG, EX, FA, FT, GF, HO, IE, IS, LB, MB, MH, MI, MK, ML, NV, OCCDS, OE, OI, OTHER, PC, PE, PP, PR, QS, RE, RELREC, RELSPEC, RELSUB, RP, RS, SC, SE, SM, SR, SS, SU, SUPPQUAL, SV, TA, TD, TE, TI, TM, TR, TS, TU, TV, UR, VS"]),
    (AE, "extends: AE", "extends: ADSL", ["1: sdtm/ae.yaml cannot extend ADSL; rename one or move the file"]),
    (AE, "extends: AE", "extends: CM", ["1: sdtm/ae.yaml cannot extend CM; rename one or move the file"]),
    (AE, "extends: AE", "extends: SUPPQUAL",
     ["1: SUPP-- is made of the variables with `supp: true`; it has no file of its own"]),
    (AE, "extends: AE\n", "", ["1: a dataset says what it extends; write `extends: AE`"]),
    (AE, "extends: AE", "extends: [AE]", ["1: a dataset says what it extends; write `extends: AE`"]),
    (AE, "form: AE", "form: AE\nlabell: x", ["3: labell is no entry of a dataset; did you mean label?"]),
    (AE, "form: AE", "form: AE\nparameters: {}", ["3: parameters is no entry of an SDTM dataset"]),
    (AE, "form: AE", "form: EA",
     ["2: study.yaml has no form EA; define it under `forms:`",
      "study.yaml:11: no dataset reads the form AE; map it in specs/sdtm, or remove it"]),
    (AE, "form: AE\n", "",
     ["1: AE takes AETERM, AEDECOD, AESEV, AEREL, AESTDTC, AEREL1 from a form; name it with `form:`",
      "study.yaml:11: no dataset reads the form AE; map it in specs/sdtm, or remove it"]),
    (AE, "form: AE", "form: AE\nkeys: [USUBJID, AETERMM, USUBJID]",
     ["3: the key AETERMM of AE is no variable of it; did you mean AETERM?",
      "3: USUBJID stands twice among the keys"]),
    (AE, "form: AE", "form: AE\nkeys: []", ["3: AE has no keys; name the variables that make a record unique"]),
    (AE, "form: AE", "form: AE\nlabel: 不良事件不良事件不良事件不良",
     ["3: the label of AE is 42 bytes long; XPT holds 1 to 40"]),
    (AE, "form: AE", "form: AE\ntests: {SYSBP: {name: Systolic Blood Pressure}}",
     ["3: AE is no findings domain: it has no tests"]),
    (AE, "{from: AEPT}", "{from: AEPT}\n  AETERM: {from: X}", ["6: AETERM stands twice, first on line 4"]),
])
def test_what_is_wrong_in_an_sdtm_specification_is_told(errors, file, old, new, expected):
    assert errors((file, old, new)) == located(file, expected)


@pytest.mark.parametrize(("file", "old", "new", "expected"), [
    (ADVS, "extends: BDS", "extends: BDS\nform: VS", ["2: form is no entry of an ADaM dataset"]),
    (ADSL, "{from: DM.AGEU}", "{from: DM.AGEUU}", ["8: DM has no variable AGEUU; did you mean AGEU?"]),
    (ADSL, "{from: DM.AGEU}", "{from: DMM.AGEU}",
     ["8: DMM.AGEU: there is no dataset DMM; did you mean DM?; write `from: DATASET.VARIABLE`"]),
    (ADSL, "{from: DM.AGEU}", "{from: AGEU}",
     ["8: AGEU: there is no dataset AGEU; did you mean AE?; write `from: DATASET.VARIABLE`"]),
    (ADSL, "{from: DM.AGE}", "{from: DM.AGEU}",
     ["7: AGE is Num and DM.AGEU is Char; a copy keeps its type, else write `derive`"]),
    (ADSL, "{from: DM.AGE}", "{from: ADSL.AGE}", ["7: AGE copies ADSL.AGE of its own dataset; write `derive`"]),
    (ADSL, "  AGE:     {from: DM.AGE}\n", "", ["1: AGE is Required by ADaMIG 1.3; say where it comes from"]),
    (ADSL, "TRT01P:", "TRT1P:",
     ["12: TRT1P is no variable of ADSL; did you mean TRTxxP?; mend the name, or give it a label and a type",
      "1: TRTxxP is Required by ADaMIG 1.3; say where it comes from",
      "specs/adam/advs.yaml:5: ADSL has no variable TRT01P"]),
    (ADSL, "{from: DM.AGE}", "{from: DM.AGE, supp: true}",
     ["7: ADaM has no supplemental qualifiers; remove `supp: true`"]),
    (ADSL, "{from: DM.AGE}", "{from: DM.AGE, type: Char}",
     ["7: the type of AGE is 'Num' by the standard, not 'Char'; remove the entry"]),
    (ADSL, "source: [DM.ARM]", "source: [DM.ARMM, DMM.ARM, ARM2, TRT01P]",
     ["12: the source DM.ARMM: DM has no variable ARMM; did you mean ARM?",
      "12: the source DMM.ARM: there is no dataset DMM; did you mean DM?",
      "12: the source ARM2: ADSL has no variable ARM2; did you mean ARM?"]),
    (ADVS, "  AVAL:", "  XDT: {derive: derive_xdt}\n  AVAL:", ["8: XDT.label: this entry is missing"]),
    (ADVS, "  AVAL:", "  TRTQ: {derive: d, label: Planned Treatment, type: Char}\n  AVAL:",
     ["8: TRTQ has the label of TRTP; give one of them another"]),
    (ADVS, "PARAMN: 2", "PARAMN: 1", ["11: PULSE and SYSBP are both 1; give each its own"]),
    (ADVS, "PULSE: {", "PULSERATE: {",
     ["11: the parameter code 'PULSERATE' is not 1 to 8 of A-Z, 0-9 and _ with no digit first"]),
    (ADVS, "PARAMN: 2", "PARAMN: two", ["11: parameters.PULSE.PARAMN: 'two' is no whole number"]),
    (ADSL, "extends: ADSL", "extends: ADSL\nparameters: {A: {PARAM: A, PARAMN: 1}}",
     ["2: ADSL has no PARAMCD, so that it has no parameters"]),
])
def test_what_is_wrong_in_an_adam_specification_is_told(errors, file, old, new, expected):
    assert errors((file, old, new)) == located(file, expected)


@pytest.mark.parametrize(("file", "old", "new", "expected"), [
    (AE, ALL, "extends: AE\nform: AE\nvariables: [AETERM]\n", ["3: variables are written as NAME: {from: FIELD}"]),
    ("specs/sdtm/cm.yml", ALL, "extends: CM\n",
     [" this file is not read; write specs/codelists.yaml, specs/sdtm/<dataset>.yaml or specs/adam/<dataset>.yaml"]),
    ("specs/ae.yaml", ALL, "extends: AE\n",
     [" this file is not read; write specs/codelists.yaml, specs/sdtm/<dataset>.yaml or specs/adam/<dataset>.yaml"]),
    ("specs/sdtm/AE2 x.yaml", ALL, "extends: AE\n",
     [" the file's name is the dataset's: 2 to 8 small letters or digits"]),
    ("specs/adam/ae.yaml", ALL, "extends: ADSL\n", [" there is a second file of AE; give one of them another name"]),
    (AE, "extends: AE", "\textends: AE",
     ["1: this is not valid YAML: found character '\\t' that cannot start any token; indent with spaces, not with "
      "tabs"]),
    (AE, ALL, "- a", ["1: the file is not one YAML mapping; write `name: value`"]),
    (STUDY_YAML, ALL, "x: [",
     ["1: this is not valid YAML: expected the node content, but found '<stream end>'; close the bracket, or "
      "write the entry out"]),
    ("specs/sdtm/ds.yaml", ALL,
     "extends: DS\nform: AE\nkeys: [DSSEQ]\nvariables:\n  DSTERM: {from: A}\n  DSDECOD: {from: B}\n",
     ["6: DSDECOD may use NCOMPLT or PROTMLST or OTHEVENT; choose with `codelist:`"]),
])
def test_a_file_that_cannot_be_read_is_told(errors, file, old, new, expected):
    assert errors((file, old, new)) == located(file, expected)


@pytest.mark.parametrize(("file", "old", "new", "expected"), [
    (VS, "keys: [STUDYID, USUBJID, VSTESTCD, VSDTC]\n", "",
     ["1: the key VSTPTNUM of VS is no variable of it; it is a key by the standard: write the study's own `keys:`",
      "1: the key VSPOS of VS is no variable of it; it is a key by the standard: write the study's own `keys:`"]),
    (VS, "SYSBP: {name", "SYSPB: {name", ["8: 'SYSPB' is no term of VSTESTCD; did you mean SYSBP?"]),
    (VS, "Systolic Blood Pressure", "Diastolic Blood Pressure",
     ["8: SYSBP and 'Diastolic Blood Pressure' are two different tests; SYSBP is Systolic Blood Pressure"]),
    (VS, "Systolic Blood Pressure", "Systolic Pressure",
     ["8: 'Systolic Pressure' is no term of VSTEST; did you mean Systolic Blood Pressure?"]),
    (VS, "unit: mmHg", "unit: mmhg", ["8: 'mmhg' is no term of VSRESU; did you mean mmHg?"]),
    (VS, "values: {VSORRESU: beats/min}", "values: {VSORRESU: bpm}",
     ["9: 'bpm' is no term of VSRESU; add it in specs/codelists.yaml"]),
    (VS, "fields: {VSORRESU", "fields: {VSORESU", ["8: VSORESU is no variable of VS; did you mean VSORRESU?"]),
    (VS, "from: PULSE", "fromm: PULSE", ["9: tests.PULSE.fromm: there is no such entry; did you mean from?"]),
    (VS, "unit: mmHg, fields: {VSORRESU: SYSBPU}", "fields: {VSORRESU: A}, values: {VSORRESU: mmHg}",
     ["8: VSORRESU has a field and a constant; remove one of the two"]),
    (VS, "name: Pulse Rate, ", "", ["9: tests.PULSE.name: this entry is missing"]),
])
def test_what_is_wrong_in_the_tests_of_a_findings_domain_is_told(errors, file, old, new, expected):
    assert errors((file, old, new)) == located(file, expected)


@pytest.mark.parametrize(("file", "old", "new", "expected"), [
    (TERMS, "EXTENSION:", "SCREENING:", ["2: SCREENING is in EPOCH already; remove it"]),
    (TERMS, "CAUSE:\n", "CAUSE:\n  lable: x\n",
     ["3: CAUSE is written as {add: {TERM: decode}}, which extends a CDISC codelist, or as {label: ..., terms: "
      "{TERM: decode}}"]),
    (TERMS, "CAUSE:", "SEX:",
     ["3: SEX is a CDISC codelist; add terms with `add:`, or name your own list otherwise",
      "specs/sdtm/ae.yaml:7: there is no codelist CAUSE; did you mean AESEV?; define it in specs/codelists.yaml"]),
    (TERMS, "CAUSE:\n", "NY:\n  add: {X: X}\nCAUSE:\n", ["3: NY (C66742) is not extensible; map to one of its terms"]),
    (TERMS, "EPOCH:\n", "EPOK:\n",
     ["1: EPOK is no CDISC codelist; did you mean EPOCH?; a list of your own has a label and terms"]),
    (TERMS, "add: {EXTENSION: Extension}", "add: [EXTENSION]", ["2: the terms of EPOCH are written as TERM: decode"]),
    (TERMS, "EXTENSION: Extension", "EXTENSION: [Extension]", ["2: 'EXTENSION' of EPOCH is written as TERM: decode"]),
    (TERMS, "EXTENSION: Extension", "X" * 201 + ": Extension", ["2: a term of EPOCH is 201 bytes long; XPT holds 200"]),
    (TERMS, "label: Causality", "label: [Causality]", ["4: CAUSE needs a label"]),
    (TERMS, "CAUSE:\n", "UNUSED:\n  label: x\n  terms: {A: a}\nCAUSE:\n",
     ["3: no variable uses the codelist UNUSED; name it in a `codelist:`, or remove it"]),
    (TERMS, "CAUSE:\n", "UNIT:\n  add: {XX: xx}\nCAUSE:\n",
     ["3: no variable uses the codelist UNIT; name it in a `codelist:`, or remove it"]),
    (TERMS, "EPOCH:\n", "EPOCH: *x\n",
     ["1: the alias *x is not allowed; write the entry out, or quote a text that begins with *",
      "2: this is not valid YAML: expected <block end>, but found '<block mapping start>'; indent all entries of "
      "one level by the same number of spaces"]),
])
def test_what_is_wrong_in_the_study_s_codelists_is_told(errors, file, old, new, expected):
    assert errors((file, old, new)) == located(file, expected)


@pytest.mark.parametrize(("file", "old", "new", "expected"), [
    (STUDY_YAML, "STUDYID: S1", "STUDYID: ''", ["1: STUDYID is empty; write it out"]),
    (STUDY_YAML, "STUDYID: S1\n", "", ["1: STUDYID: this entry is missing"]),
    (STUDY_YAML, "STUDYID: S1", "STUDYYID: S1",
     ["1: STUDYID: this entry is missing",
      "1: STUDYYID: there is no such entry; did you mean STUDYID?"]),
    (STUDY_YAML, "[S1, SITE, SUBJ]", "[]", ["8: USUBJID is empty; write it out"]),
    (STUDY_YAML, "2025-01-31T00:00:00", "31JAN2025",
     ["4: created: '31JAN2025' is no date and time; write 2025-07-31T00:00:00"]),
    (STUDY_YAML, "arms:", "cutoff: 30.06.2025\narms:", ["16: cutoff: '30.06.2025' is no date; write 2025-06-30"]),
    (STUDY_YAML, "subject_form: DM", "subject_form: DMM",
     ["5: study.yaml has no form DMM; did you mean DM?; define it under `forms:`"]),
    (STUDY_YAML, "  AE: {file: ae.csv", "  EX: {file: ex.csv}\n  AE: {file: ae.csv",
     ["11: no dataset reads the form EX; map it in specs/sdtm, or remove it"]),
    (STUDY_YAML, "file: ae.csv", "fil: ae.csv",
     ["11: forms.AE.file: this entry is missing",
      "11: forms.AE.fil: there is no such entry; did you mean file?"]),
    (STUDY_YAML, "file: ae.csv", "file: ae.csv, shape: xlsx", ["11: forms.AE.shape: 'xlsx' is not 'csv' or 'rave'"]),
    (STUDY_YAML, "arms:", "visit_dates: {VSS: VSDAT}\narms:",
     ["16: study.yaml has no form VSS; did you mean VS?; define it under `forms:`"]),
    (STUDY_YAML, "starts: [DM.ICDAT]", "starts: [DMM.ICDAT]",
     ["18: study.yaml has no form DMM; did you mean DM?; define it under `forms:`"]),
    (STUDY_YAML, "WEEK 2: 2", "WEEK 2: two", ["15: VISITNUM of WEEK 2 is 'two', which is no number"]),
    (STUDY_YAML, "WEEK 2: 2", "WEEK 2: 1.0", ["15: WEEK 2 and BASELINE both have the number 1.0; give each its own"]),
    (STUDY_YAML, "arms:", "baseline_visits: [BASE]\narms:", ["16: there is no visit BASE; did you mean BASELINE?"]),
    (STUDY_YAML, "arms:", "baseline_by: {VS: [VSPOSS], VX: [A]}\narms:",
     ["16: VS has no variable VSPOSS; did you mean VSORRES?",
      "16: there is no dataset VX"]),
    (STUDY_YAML, "EPOCH: SCREENING", "EPOCH: SCREEN", ["18: 'SCREEN' is no term of EPOCH; did you mean SCREENING?"]),
    (STUDY_YAML, "{A: [SCRN]}", "{A: [SCR], B: [SCRN]}",
     ["19: there is no element SCR; did you mean SCRN?",
      "19: there is no arm B"]),
    (STUDY_YAML, "arms: {A: Drug A}", "arms: {A: Drug A, B: Drug B}", ["16: arm_elements says nothing of the arm B"]),
    (STUDY_YAML, "arm_elements", "  FUP: {ELEMENT: F, EPOCH: FOLLOW-UP}\narm_elements",
     ["19: no arm has the element FUP; name it in arm_elements, or remove it"]),
    (STUDY_YAML, "starts: [DM.ICDAT]", "start: [DM.ICDAT]",
     ["18: elements.SCRN.start: there is no such entry; did you mean starts?"]),
])
def test_what_is_wrong_in_study_yaml_is_told(errors, file, old, new, expected):
    assert errors((file, old, new)) == located(file, expected)


def test_every_error_of_every_file_is_told_at_once_in_the_order_of_the_files(errors):
    assert errors((STUDY_YAML, "STUDYID", "STUDYYID"), (TERMS, "CAUSE:", "EPOCH:"),
                  (AE, "from: AETERM", "frm: A"), (AE, "label: Related to A", f"value: X, label: {'x' * 41}"),
                  (DM, "SEX:", "SEXX:"), (ADSL, "{from: DM.AGE}", "{}")) == [
        "study.yaml:1: STUDYID: this entry is missing",
        "study.yaml:1: STUDYYID: there is no such entry; did you mean STUDYID?",
        "specs/codelists.yaml:3: EPOCH stands twice, first on line 1",
        "specs/sdtm/ae.yaml:4: AETERM.frm: there is no such entry; did you mean from?",
        "specs/sdtm/ae.yaml:9: AEREL1: the label is 41 bytes long; XPT holds 40",
        "specs/sdtm/ae.yaml:9: AEREL1: one verb only, not from and value",
        "specs/sdtm/dm.yaml:8: SEXX is no variable of DM; did you mean SEX?; mend the name, or put it into SUPP-- with "
        "`supp: true`, a label and a type",
        "specs/sdtm/dm.yaml:3: SEX is Required and has no value; write one of from, value, dtc, derive",
        "specs/adam/adsl.yaml:7: AGE is Required and has no value; write one of from, value, dtc, derive",
    ]


@pytest.mark.parametrize(("file", "old", "new"), [
    (DM, "AGE:     {from: AGE}", "AGE:     {frm: AGE}"),               # ADSL.AGE copies it
    (DM, "extends: DM", "extends: DMM"),                               # ADSL copies all of it
    (DM, "extends: DM", "extends: DM\n- x"),
    (AE, "AETERM:  {from: AETERM}", "AETERM:  {from: [A]}"),           # a key of AE
    (TERMS, "label: Causality", "label: ''"),                          # AE.AEREL names the list
    (VS, "VSDTC:    {dtc: VSDAT}", "VSDTC:    {dtc: {a: b}}"),         # a key of VS
])
def test_what_an_error_breaks_elsewhere_is_not_told_again(errors, file, old, new):
    assert len(errors((file, old, new))) == 1


def test_adam_datasets_that_copy_from_each_other_are_told_as_a_circle(errors, study_texts):
    other = study_texts[ADVS].replace("{from: ADSL.TRT01P}", "{from: ADVS.TRTP}")
    found = errors(("specs/adam/adaa.yaml", ALL, other), (ADVS, "{from: ADSL.TRT01P}", "{from: ADAA.TRTP}"))
    assert len(found) == 1
    assert "datasets copy variables from each other in a circle: " in found[0]
    assert found[0].endswith("; derive the variable in one of them")


def test_a_study_without_datasets_is_told(errors):
    changes = [(file, ALL, "") for file in (AE, VS, DM, ADSL, ADVS, TERMS)]
    study = (STUDY_YAML, "  AE: {file: ae.csv, keys: [AESPID]}\n  VS: {file: vs.csv, keys: [VISIT]}\n", "")
    assert errors(*changes, study) == ["specs: the study specifies no dataset; write specs/sdtm/dm.yaml"]


def test_a_missing_study_file_is_told_with_the_other_errors(errors):
    assert errors((STUDY_YAML, ALL, ""), (AE, "2: SEVERE", "2: SEVER")) == [
        "study.yaml: there is no such file",
        "specs/sdtm/ae.yaml:6: AESEV maps '2' to 'SEVER', which is no term of AESEV; did you mean SEVERE?"]


def test_an_unknown_standard_dataset_is_told_with_the_near_one():
    with pytest.raises(SpecError, match="there is no standard dataset OCDS; did you mean OCCDS?") as error:
        standard_layer("OCDS")
    assert "OCCDS" in error.value.cases and "_MODEL" not in error.value.cases


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("{derive: derive_aval, source: [VS.VSSTRESN]}", "{derive: derive_aval, where: {PARAMC: {SYSBP: {method: X}}}}",
     "8: PARAMC is no other variable of ADVS; did you mean PARAMCD?"),
    ("{derive: derive_aval, source: [VS.VSSTRESN]}", "{derive: derive_aval, where: {PARAMCD: {SYSBB: {method: X}}}}",
     "8: ADVS has no PARAMCD SYSBB; did you mean SYSBP?"),
    ("{derive: derive_aval, source: [VS.VSSTRESN]}",
     "{derive: derive_aval, where: {PARAMCD: {SYSBP: {method: X}}, PARAM: {X: {method: X}}}}",
     "8: AVAL depends on PARAMCD and PARAM; name one variable"),
    ("{derive: derive_param, source: [VS.VSTESTCD]}",
     "{derive: derive_param, where: {AVAL: {X: {method: X}}}}", "7: AVAL is Num; name a text variable"),
    ("{derive: derive_aval, source: [VS.VSSTRESN]}",
     "{derive: derive_aval, where: {PARAMCD: {SYSBP: {codelist: NYY}}}}",
     "8: there is no codelist NYY; did you mean NY?; mend `where:`"),
])
def test_what_holds_under_a_value_names_a_variable_a_value_and_a_codelist_that_there_are(errors, old, new, expected):
    assert errors((ADVS, old, new)) == [f"{ADVS}:{expected}"]
