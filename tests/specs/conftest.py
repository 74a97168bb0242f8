"""A small study of AE, VS, DM, ADSL and ADVS, and how the tests load it with changes."""

import pytest

from specs import load_specs

ALL = "*"                # the whole text of a file
STUDY = {
    "study.yaml": """\
STUDYID: S1
title: A study
protocol: P1
created: 2025-01-31T00:00:00
subject_form: DM
SITEID: SITE
SUBJID: SUBJ
USUBJID: [S1, SITE, SUBJ]
forms:
  DM: {file: dm.csv}
  AE: {file: ae.csv, keys: [AESPID]}
  VS: {file: vs.csv, keys: [VISIT]}
visits:
  BASELINE: 1
  WEEK 2: 2
arms: {A: Drug A}
elements:
  SCRN: {ELEMENT: Screening, EPOCH: SCREENING, starts: [DM.ICDAT]}
arm_elements: {A: [SCRN]}
""",
    "specs/codelists.yaml": """\
EPOCH:
  add: {EXTENSION: Extension}
CAUSE:
  label: Causality
  terms: {RELATED: Related, NOT RELATED: Not related}
""",
    "specs/sdtm/dm.yaml": """\
extends: DM
form: DM
variables:
  SUBJID:  {from: SUBJ}
  SITEID:  {from: SITE}
  AGE:     {from: AGE}
  AGEU:    {value: YEARS}
  SEX:     {from: SEX, map: {1: M, 2: F}}
  RACE:    {from: RACE}
  ARM:     {value: Drug A}
  COUNTRY: {from: COUNTRY}
""",
    "specs/sdtm/ae.yaml": """\
extends: AE
form: AE
variables:
  AETERM:  {from: AETERM}
  AEDECOD: {from: AEPT}
  AESEV:   {from: AESEV, map: {1: MILD, 2: SEVERE}}
  AEREL:   {from: AEREL, codelist: CAUSE}
  EPOCH:   {derive: derive_epoch}
  AEREL1:  {from: AEREL1, supp: true, label: Related to A, type: Char, codelist: NY}
  AESTDTC: {dtc: [AESTDAT, AESTTIM]}
omit: [AEPATT]
""",
    "specs/sdtm/vs.yaml": """\
extends: VS
form: VS
keys: [STUDYID, USUBJID, VSTESTCD, VSDTC]
variables:
  VSORRESU: {map: {mmhg: mmHg}}
  VSDTC:    {dtc: VSDAT}
tests:
  SYSBP: {name: Systolic Blood Pressure, from: SYSBP, unit: mmHg, fields: {VSORRESU: SYSBPU}}
  PULSE: {name: Pulse Rate, from: PULSE, unit: beats/min, values: {VSORRESU: beats/min}}
""",
    "specs/adam/adsl.yaml": """\
extends: ADSL
variables:
  STUDYID: {from: DM.STUDYID}
  USUBJID: {from: DM.USUBJID}
  SUBJID:  {from: DM.SUBJID}
  SITEID:  {from: DM.SITEID}
  AGE:     {from: DM.AGE}
  AGEU:    {from: DM.AGEU}
  SEX:     {from: DM.SEX}
  RACE:    {from: DM.RACE}
  ARM:     {from: DM.ARM}
  TRT01P:  {derive: derive_trt01p, source: [DM.ARM]}
""",
    "specs/adam/advs.yaml": """\
extends: BDS
variables:
  STUDYID: {from: VS.STUDYID}
  USUBJID: {from: VS.USUBJID}
  TRTP:    {from: ADSL.TRT01P}
  PARAM:   {derive: derive_param, source: [VS.VSTEST]}
  PARAMCD: {derive: derive_param, source: [VS.VSTESTCD]}
  AVAL:    {derive: derive_aval, source: [VS.VSSTRESN]}
parameters:
  SYSBP: {PARAM: Systolic Blood Pressure (mmHg), PARAMN: 1}
  PULSE: {PARAM: Pulse Rate (beats/min), PARAMN: 2}
""",
}


@pytest.fixture(scope="session")
def load():
    """`load(folder, (file, old, new), ...)`: the study with changes: a file, a text in it (ALL of it, or a new file), and
    what stands there instead.
    """
    def loaded(tmp_path, *changes):
        texts = dict(STUDY)
        for file, old, new in changes:
            assert old == ALL or old in texts[file]
            texts[file] = new if old == ALL else texts[file].replace(old, new, 1)
        folder = tmp_path / "s1"
        for file, text in texts.items():
            if text:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_text(text, encoding="utf-8")
        return load_specs(folder)

    return loaded


@pytest.fixture(scope="session")
def study_texts():
    """The text of each file of the small study."""
    return dict(STUDY)
