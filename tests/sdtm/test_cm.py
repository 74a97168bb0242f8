"""Laws of CM, PR, MH and DV of the demo study: running records of several forms, and lines that say that there was none."""

import pandas as pd
import pytest

from raw import collect_drops
from sdtm.occurrence import derive_dose, drop_nothing

LOG = "LOG"
MEDICINES = """
Subject | FolderName | CMYN | CMSPID | CMTRT      | CMDECOD     | CMCLAS | CMCLASCD | CMINDC  | CMDOSE | CMDOSTXT | CMDOSU | CMFRQ | CMROUTE | CMSTDAT     | CMENDAT     | CMONGO | CMAENO | CMPREM
1       | LOG        | Y    | 1      | Aspirin    | ACETYLSALIC | NSAID  | N02BA    | Pain    | 100    |          | MG     | QD    | PO      | UN MAR 2019 |             | Y      |        | N
1       | LOG        | Y    | 2      | Prednisone | PREDNISONE  | STEROID | H02AB   | Rash    | 0.5    |          | TAB    | QW    | INH     | 08 MAR 2023 | 12 MAR 2023 | N      | 1;3    | Y
2       | LOG        | N    |        |            |             |        |          |         |        |          |        |       |         |             |             |        |        |
"""
THERAPIES = """
Subject | FolderName | CTYN | CTSPID | CTWHEN | CTTRT       | CTDECOD    | CTCLAS | CTLINE | CTSTDAT     | CTENDAT     | CTONGO | CTBOR | CTREASD
1       | LOG        | Y    | 1      | PRIOR  | Carboplatin | CARBOPLATIN | PLATINUM | 1    | UN UNK 2021 | 04 MAY 2022 | N      | PR    | PD
1       | LOG        | Y    | 2      | SUBS   | Docetaxel   | DOCETAXEL  | TAXANES | 2      | 01 SEP 2023 |             | Y      | UN    |
2       | LOG        | N    |        |        |             |            |        |        |             |             |        |       |
"""


def test_medication_and_anticancer_therapy_are_one_domain_told_apart_by_category(bat, check):
    made = bat.make("CM", bat.raw(CM=MEDICINES, CT=THERAPIES))
    check(made, """
CMSEQ | CMSPID | CMTRT       | CMCAT                         | CMDECOD     | CMDOSE | CMDOSTXT | CMDOSU | CMDOSFRQ   | CMROUTE
1     | 1      | Aspirin     | CONCOMITANT/PRIOR MEDICATION  | ACETYLSALIC | 100    |          | mg     | QD         | ORAL
2     | 2      | Prednisone  | CONCOMITANT/PRIOR MEDICATION  | PREDNISONE  | 0.5    |          | TABLET | EVERY WEEK | RESPIRATORY (INHALATION)
3     | 1      | Carboplatin | PRIOR ANTICANCER THERAPY      | CARBOPLATIN |        |          |        |            |
4     | 2      | Docetaxel   | SUBSEQUENT ANTICANCER THERAPY | DOCETAXEL   |        |          |        |            |
""")
    check(made, """
CMTRT       | CMLINE | CMBOR   | CMRSDISC            | CMPREM | CMAENO | CMINDC | _record
Aspirin     |        |         |                     | N      |        | Pain   | CM:01-1/LOG/0/0/1
Prednisone  |        |         |                     | Y      | 1;3    | Rash   | CM:01-1/LOG/0/0/2
Carboplatin | 1      | PR      | PROGRESSIVE DISEASE |        |        |        | CT:01-1/LOG/0/0/1
Docetaxel   | 2      | UNKNOWN |                     |        |        |        | CT:01-1/LOG/0/0/2
""")


def test_what_goes_on_has_the_cut_off_as_its_reference_and_partial_dates_stay_partial(bat, check):
    check(bat.make("CM", bat.raw(CM=MEDICINES, CT=THERAPIES)), """
CMTRT       | CMSTDTC    | CMENDTC    | CMSTDY | CMENDY | CMENRTPT | CMENTPT    | EPOCH
Aspirin     | 2019-03    |            |        |        | ONGOING  | 2025-06-30 |
Prednisone  | 2023-03-08 | 2023-03-12 | 3      | 7      |          |            | COMBINATION TREATMENT
Carboplatin | 2021       | 2022-05-04 |        | -306   |          |            |
Docetaxel   | 2023-09-01 |            | 180    |        | ONGOING  | 2025-06-30 | COMBINATION TREATMENT
""")


def test_a_line_that_says_that_there_was_none_is_dropped_for_that_reason(bat):
    with collect_drops() as drops:
        made = bat.make("CM", bat.raw(CM=MEDICINES, CT=THERAPIES))
    assert len(made) == 4
    assert drops == {"CM:01-2/LOG/0/0/1": "CMYN is N: the form says that there was none",
                     "CT:01-2/LOG/0/0/1": "CTYN is N: the form says that there was none"}


def test_an_end_before_the_start_is_a_finding(bat, findings):
    bat.make("CM", bat.raw(CM=MEDICINES.replace("12 MAR 2023", "07 MAR 2023")))
    found, = findings
    assert (found.rule, found.dataset, found.value, found.record) == (
        "mapping.end_before_start", "CM", "2023-03-07", "CM:01-1/LOG/0/0/2")


DOMAINS = {
    "CM": {"CM": MEDICINES, "CT": THERAPIES},
    "PR": {"PR": """
Subject | FolderName | PRYN | PRSPID | PRTYPE | PRWHEN | PRTRT        | PRINDC      | PRLOC | PRDOSE | PRDOSU | PRSTDAT     | PRENDAT     | PRAENO
1       | LOG        | Y    | 1      | SURG   | PRIOR  | Lobectomy    | Lung cancer |       |        |        | UN SEP 2020 |             |
1       | LOG        | Y    | 2      | RT     | SUBS   | Radiotherapy | Cancer pain | Bone  | 30     | Gy     | 06 JUL 2023 | 20 JUL 2023 |
1       | LOG        | Y    | 3      | PROC   | ON     | Colonoscopy  | Colitis     |       |        |        | 08 MAR 2023 |             | 4
2       | LOG        | N    |        |        |        |              |             |       |        |        |             |             |
"""},
    "MH": {"MH": """
Subject | FolderName | MHYN | MHSPID | MHTERM | MHDECOD      | MHLLTCD  | MHSOC | MHSOCCD  | MHSTDAT     | MHENDAT     | MHONGO | MHTOXGR
1       | LOG        | Y    | 1      | 高血压  | Hypertension | 90400045 | Vascular disorders | 90000016 | UN MAR 2020 |  | Y      | 2
1       | LOG        | Y    | 2      | Cough  | Cough        | 90400001 | Respiratory | 90000004 | 01 MAR 2023 | 02 MAR 2023 | N |
2       | LOG        | N    |        |        |              |          |       |          |             |             |        |
""", "CH": """
Subject | FolderName | CHDIAG | CHHIST         | CHSTDAT     | CHSTAGE | CHMETDAT    | CHMETSIT   | CHDECOD
1       | SCREENING  | NSC    | Adenocarcinoma | 17 MAY 2020 | IV      | UN OCT 2020 | Liver;Bone | Non-small cell lung cancer
"""},
    "DV": {"DV": """
Subject | FolderName | DVYN | DVSPID | DVTERM                  | DVDECOD | DVCAT | DVSTDAT
1       | LOG        | Y    | 1      | C2D1 out of its window  | VIS     | MIN   | 08 MAR 2023
1       | LOG        | Y    | 2      | Part of a dose was lost | DOSE    | MAJ   | UN MAR 2023
2       | LOG        | N    |        |                         |         |       |
"""}}


def test_procedures_have_their_kind_their_time_and_the_dose_of_radiotherapy(bat, check):
    check(bat.make("PR", bat.raw(**DOMAINS["PR"])), """
PRSEQ | PRCAT           | PRSCAT                 | PRTRT        | PRLOC | PRDOSE | PRDOSU | PRSTDTC    | PRENDTC    | PRSTDY | EPOCH                 | PRAENO
1     | OTHER PROCEDURE | ON STUDY               | Colonoscopy  |       |        |        | 2023-03-08 |            | 3      | COMBINATION TREATMENT | 4
2     | RADIOTHERAPY    | AFTER STUDY TREATMENT  | Radiotherapy | BONE  | 30     | Gy     | 2023-07-06 | 2023-07-20 | 123    | COMBINATION TREATMENT |
3     | SURGERY         | BEFORE STUDY TREATMENT | Lobectomy    |       |        |        | 2020-09    |            |        |                       |
""")


def test_history_and_the_diagnosis_of_the_cancer_are_one_domain(bat, check):
    check(bat.make("MH", bat.raw(**DOMAINS["MH"])), """
MHSEQ | MHSPID | MHCAT                   | MHTERM                     | MHEVDTYP  | MHTOXGR | MHSTDTC    | MHENDTC    | MHENRTPT | MHENTPT    | MHSTDY
1     |        | CANCER HISTORY          | Non-small cell lung cancer | DIAGNOSIS |         | 2020-05-17 |            |          |            | -1023
2     | 2      | GENERAL MEDICAL HISTORY | Cough                      |           |         | 2023-03-01 | 2023-03-02 |          |            | -5
3     | 1      | GENERAL MEDICAL HISTORY | 高血压                      |           | 2       | 2020-03    |            | ONGOING  | 2025-06-30 |
""")
    check(bat.make("MH", bat.raw(**DOMAINS["MH"])), """
MHSEQ | MHHIST         | MHSTAGE  | MHMETDTC | MHMETSIT   | MHSOC              | MHLLTCD
1     | Adenocarcinoma | STAGE IV | 2020-10  | Liver;Bone |                    |
2     |                |          |          |            | Respiratory        | 9.04e+07
3     |                |          |          |            | Vascular disorders | 9.04e+07
""")


def test_deviations_have_their_coded_term_and_category(bat, check):
    check(bat.make("DV", bat.raw(**DOMAINS["DV"])), """
DVSEQ | DVSPID | DVTERM                  | DVDECOD                 | DVCAT | DVSTDTC    | DVSTDY | EPOCH
1     | 2      | Part of a dose was lost | DOSING ERROR            | MAJOR | 2023-03    |        |
2     | 1      | C2D1 out of its window  | VISIT OUTSIDE OF WINDOW | MINOR | 2023-03-08 | 3      | COMBINATION TREATMENT
""")


@pytest.mark.parametrize("name", DOMAINS)
def test_shuffled_rows_give_the_same_records(bat, name):
    pages = {form: bat.page(text) for form, text in DOMAINS[name].items()}
    turned = {form: page.iloc[::-1] for form, page in pages.items()}
    pd.testing.assert_frame_equal(bat.make(name, bat.raw(**turned)), bat.make(name, bat.raw(**pages)))


@pytest.mark.parametrize("name", DOMAINS)
def test_a_domain_without_records_has_all_its_variables(bat, name):
    made = bat.make(name, bat.raw())
    assert (len(made), list(made.columns)) == (0, [*bat.specs[name].variables, "_record"])


@pytest.mark.parametrize("name", DOMAINS)
def test_every_term_is_of_its_codelist(bat, name):
    made = bat.make(name, bat.raw(**DOMAINS[name]))
    for variable in bat.specs[name].variables.values():
        if variable.codelist:
            assert set(made[variable.name]) <= {"", *bat.specs.codelists[variable.codelist].terms}, variable.name


# ---- lines that say that there was none ----------------------------------------------------------------------------

def test_what_is_named_is_not_lost_to_a_tick_that_says_there_was_none(study, table, findings):
    spec = study(CM={"CMTRT": {}})["CM"]
    with collect_drops() as drops:
        kept = drop_nothing(table("CMTRT | _CMYN | _record\nAspirin | N | CM:1\n | N | CM:2\n | Y | CM:3\nX | | CM:4"),
                            spec, "CMTRT", "CMYN", "CTYN")
    assert (list(kept["_record"]), list(drops)) == (["CM:1", "CM:3", "CM:4"], ["CM:2"])
    found, = findings
    assert (found.rule, found.severity, found.dataset, found.variable, found.value, found.record) == (
        "mapping.named_and_none", "error", "CM", "CMTRT", "Aspirin", "CM:1")


# ---- dose ----------------------------------------------------------------------------------------------------------

def test_a_dose_is_a_number_or_words_and_never_both(study, table, check):
    data = table("""
_CMDOSE | _CMDOSTXT     | _record
100     |               | CM:1
 0.5    |               | CM:2
1-2     |               | CM:3
        | half a tablet | CM:4
        |               | CM:5
""")
    check(derive_dose(data, study(CM={"CMTRT": {}})["CM"]), """
CMDOSE | CMDOSTXT
100    |
0.5    |
       | 1-2
       | half a tablet
       |
""")


def test_a_number_with_other_words_beside_it_is_a_finding(study, table, findings):
    made = derive_dose(table("USUBJID | _CMDOSE | _CMDOSTXT | _record\nS1-1 | 100 | two drops | CM:1"), study(CM={"CMTRT": {}})["CM"])
    assert (list(made["CMDOSE"]), list(made["CMDOSTXT"])) == ([100.0], [""])
    found, = findings
    assert (found.rule, found.severity, found.value, found.record) == ("mapping.two_doses", "warning", "two drops", "CM:1")


def test_a_form_without_a_dose_keeps_what_the_specification_took(study, table):
    data = table("CMDOSE | _record\n7 | CM:1")
    assert derive_dose(data, study(CM={"CMTRT": {}})["CM"]) is data
