"""Laws of TU: every lesion once, when it was first recorded, and its identity through splitting and merging."""

import pytest

LESIONS = """
Subject | FolderName | TLPERF | TLDAT       | TLNO | TLLOC | TLLAT | TLDESC    | TLNODE | TLMETH | TLDIAM | TLSTAT | TLFROM
1       | SCREENING  | Y      | 01 MAR 2023 | T01  | LUNG  | L     | lobe      | N      | CT     | 40     | PRES   |
1       | SCREENING  | Y      | 01 MAR 2023 | T02  | LIVER |       | segment 5 | N      | MRI    | 30     | PRES   |
1       | SCREENING  | Y      | 01 MAR 2023 | T03  | LIVER |       | segment 6 | N      | MRI    | 20     | PRES   |
1       | TUMOR W6   | Y      | 17 APR 2023 | T01a | LUNG  | L     | lobe      | N      | CT     | 20     | SPLIT  | T01
1       | TUMOR W6   | Y      | 17 APR 2023 | T01b | LUNG  | L     | lobe      | N      | CT     | 10     | SPLIT  | T01
1       | TUMOR W6   | Y      | 17 APR 2023 | T02  | LIVER |       | segment 5 | N      | MRI    |        | MERGED |
1       | TUMOR W6   | Y      | 17 APR 2023 | T03  | LIVER |       | segment 6 | N      | MRI    | 48     | PRES   | T02;T03
"""
OTHERS = """
Subject | FolderName | NTLPERF | NTLDAT      | NTLNO | NTLLOC | NTLLAT | NTLDESC        | NTLMETH | NTLSTAT
1       | SCREENING  | Y       | 01 MAR 2023 | NT01  | BONE   |        | vertebral body | CT      | PRES
1       | TUMOR W6   | Y       | 17 APR 2023 | NT01  | BONE   |        | vertebral body | CT      | PRES
"""
NEW = """
Subject | FolderName | NLYN | NLDAT       | NLNO | NLLOC | NLLAT | NLDESC  | NLMETH | NLSTAT
1       | TUMOR W6   | N    |             |      |       |       |         |        |
1       | TUMOR W12  | Y    | 29 MAY 2023 | N01  | BRAIN |       | frontal | MRI    | EQUIV
1       | TUMOR W18  | Y    | 10 JUL 2023 | N01  | BRAIN |       | frontal | MRI    | UNEQ
"""


def test_a_lesion_is_identified_once_when_it_is_first_recorded(bat, check):
    check(bat.make("TU", bat.raw(TL=LESIONS, NTL=OTHERS, NL=NEW)), """
TUSEQ | TUSPID | TULNKID | TUTESTCD | TUTEST               | TUORRES    | TUSTRESC   | TULOC | TULAT | TUMETHOD | TUFROM  | VISITNUM | TUDTC      | TUDY
1     | N01    | N01     | TUMIDENT | Tumor Identification | NEW        | NEW        | BRAIN |       | MRI      |         | 490      | 2023-05-29 | 85
2     | NT01   | NT01    | TUMIDENT | Tumor Identification | NON-TARGET | NON-TARGET | BONE  |       | CT SCAN  |         | 1        | 2023-03-01 | -5
3     | T01    | T01     | TUMIDENT | Tumor Identification | TARGET     | TARGET     | LUNG  | LEFT  | CT SCAN  |         | 1        | 2023-03-01 | -5
4     | T01a   | T01a    | TUSPLIT  | Tumor Split          | TARGET     | TARGET     | LUNG  | LEFT  | CT SCAN  | T01     | 290      | 2023-04-17 | 43
5     | T01b   | T01b    | TUSPLIT  | Tumor Split          | TARGET     | TARGET     | LUNG  | LEFT  | CT SCAN  | T01     | 290      | 2023-04-17 | 43
6     | T02    | T02     | TUMIDENT | Tumor Identification | TARGET     | TARGET     | LIVER |       | MRI      |         | 1        | 2023-03-01 | -5
7     | T03    | T02/T03 | TUMERGE  | Tumor Merged         | TARGET     | TARGET     | LIVER |       | MRI      | T02;T03 | 290      | 2023-04-17 | 43
8     | T03    | T03     | TUMIDENT | Tumor Identification | TARGET     | TARGET     | LIVER |       | MRI      |         | 1        | 2023-03-01 | -5
""")


def test_a_lesion_of_before_the_first_dose_is_a_baseline_record_and_every_lesion_has_its_own(bat):
    made = bat.make("TU", bat.raw(TL=LESIONS, NTL=OTHERS, NL=NEW))
    assert made.set_index("TULNKID")["TULOBXFL"].to_dict() == {
        "N01": "", "NT01": "Y", "T01": "Y", "T01a": "", "T01b": "", "T02": "Y", "T02/T03": "", "T03": "Y"}
    assert list(made["EPOCH"].unique()) == ["COMBINATION TREATMENT", "SCREENING"]


def test_lesions_keep_their_identity_however_the_export_is_sorted(bat):
    page = bat.page(LESIONS)
    made = bat.make("TU", bat.raw(TL=page, NTL=OTHERS))
    shuffled = bat.make("TU", bat.raw(TL=page.sample(frac=1, random_state=7), NTL=OTHERS))
    assert made.equals(shuffled) and len(made) == 7


def test_no_lesion_no_record(bat):
    assert len(bat.make("TU", bat.raw(NL="""
Subject | FolderName | NLYN | NLNO
1       | TUMOR W6   | N    |
"""))) == 0


def test_a_lesion_that_moves_is_a_finding_and_stays_where_it_was(bat, findings):
    made = bat.make("TU", bat.raw(NTL="""
Subject | FolderName | NTLPERF | NTLDAT      | NTLNO | NTLLOC | NTLLAT | NTLSTAT
1       | SCREENING  | Y       | 01 MAR 2023 | NT01  | LUNG   | L      | PRES
1       | TUMOR W6   | Y       | 17 APR 2023 | NT01  | LUNG   | R      | PRES
"""))
    assert made[["TULOC", "TULAT"]].to_numpy().tolist() == [["LUNG", "LEFT"]]
    found, = findings
    assert (found.rule, found.severity, found.record) == ("mapping.lesion_moved", "error", "NTL:01-1/TUMOR W6/0/0/1")
    assert "NT01 was at another place when it was first recorded: LUNG LEFT" in found.message


@pytest.mark.parametrize(("origin", "unknown"), [("T01", []), ("T09", ["T09"]), ("T01;T08", ["T08"])])
def test_a_lesion_that_came_from_an_unknown_one_is_a_finding(bat, findings, origin, unknown):
    bat.make("TU", bat.raw(TL=f"""
Subject | FolderName | TLPERF | TLDAT       | TLNO | TLLOC | TLDIAM | TLSTAT | TLFROM
1       | SCREENING  | Y      | 01 MAR 2023 | T01  | LUNG  | 40     | PRES   |
1       | TUMOR W6   | Y      | 17 APR 2023 | T01a | LUNG  | 40     | SPLIT  | {origin}
"""))
    assert [(found.rule, found.value) for found in findings] == [("mapping.unknown_lesion", name) for name in unknown]
