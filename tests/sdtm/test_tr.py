"""Laws of TR: states and diameters of lesions, and the sum of diameters beside that of the site."""

import pytest

from raw import collect_drops

HEAD = "Subject | FolderName | TLPERF | TLREASND | TLDAT | TLNO | TLNODE | TLMETH | TLDIAM | TLSTAT | TLFROM\n"
FIRST = HEAD + """
1 | SCREENING | Y | | 01 MAR 2023 | T01 | N | CT  | 40 | PRES |
1 | SCREENING | Y | | 02 MAR 2023 | T02 | Y | MRI | 18 | PRES |
""".lstrip()
RSP = "Subject | FolderName | RSPERF | RSDAT | TLSUM\n"


def results(made, *tests):
    """Number, result and unit of the records of the tests."""
    rows = made[made["TRTESTCD"].isin(tests)]
    return rows[["TRLNKID", "TRORRES", "TRSTRESC", "TRSTRESU", "TRSTAT", "TRREASND"]].to_numpy().tolist()


def test_a_lesion_has_its_longest_diameter_a_node_its_short_axis_and_each_its_state(bat, check):
    check(bat.make("TR", bat.raw(TL=FIRST)), """
TRSEQ | TRGRPID | TRLNKID | TRLNKGRP | TRTESTCD | TRTEST                                 | TRORRES | TRORRESU | TRSTRESN | TRMETHOD | TRLOBXFL | TRDRVFL | TRDTC      | TRDY
1     | TARGET  | T01     | A1       | LDIAM    | Longest Diameter                       | 40      | mm       | 40       | CT SCAN  | Y        |         | 2023-03-01 | -5
2     | TARGET  | T02     | A1       | LPERP    | Longest Perpendicular                  | 18      | mm       | 18       | MRI      | Y        |         | 2023-03-02 | -4
3     | TARGET  |         | A1       | SUMDIAM  | Sum of Diameter                        | 58      | mm       | 58       |          | Y        | Y       | 2023-03-02 | -4
4     | TARGET  |         | A1       | SUMLPERP | Sum of Longest Perpendicular           | 18      | mm       | 18       |          | Y        | Y       | 2023-03-02 | -4
5     | TARGET  |         | A1       | SUMNLNLD | Sum Diameters of Non Lymph Node Tumors | 40      | mm       | 40       |          | Y        | Y       | 2023-03-01 | -5
6     | TARGET  | T01     | A1       | TUMSTATE | Tumor State                            | PRESENT |          |          | CT SCAN  | Y        |         | 2023-03-01 | -5
7     | TARGET  | T02     | A1       | TUMSTATE | Tumor State                            | PRESENT |          |          | MRI      | Y        |         | 2023-03-02 | -4
""")


@pytest.mark.parametrize(("state", "diameter", "expected"), [
    ("TOOSM", "5", ["5", "5", "mm", "", ""]),
    ("TOOSM", "3", ["3", "3", "mm", "", ""]),
    ("TOOSM", "", ["TOO SMALL TO MEASURE", "5", "mm", "", ""]),
    ("ABS", "0", ["0", "0", "mm", "", ""]),
    ("ABS", "", ["ABSENT", "0", "mm", "", ""]),
    ("NE", "", ["", "", "", "NOT DONE", "NOT EVALUABLE"]),
    ("PRES", "12.5", ["12.5", "12.5", "mm", "", ""]),
])
def test_too_small_counts_5_absent_0_and_not_evaluable_is_not_done(bat, state, diameter, expected):
    made = bat.make("TR", bat.raw(TL=f"{HEAD}1 | TUMOR W6 | Y | | 17 APR 2023 | T01 | N | CT | {diameter} | {state} |"))
    assert results(made, "LDIAM") == [["T01", *expected]]


def test_the_part_of_a_merged_lesion_has_a_state_and_no_diameter_and_the_whole_a_link_of_its_own(bat):
    made = bat.make("TR", bat.raw(TL=HEAD + """
1 | TUMOR W6 | Y | | 17 APR 2023 | T02 | N | CT |    | MERGED |
1 | TUMOR W6 | Y | | 17 APR 2023 | T03 | N | CT | 48 | PRES   | T02; T03
""".lstrip()))
    assert results(made, "LDIAM") == [["T02/T03", "48", "48", "mm", "", ""]]
    assert [row[:3] for row in results(made, "TUMSTATE")] == [["T02", "TUMOR MERGED", "TUMOR MERGED"],
                                                              ["T02/T03", "PRESENT", "PRESENT"]]
    assert results(made, "SUMDIAM")[0][1] == "48"


def test_the_parts_of_a_split_lesion_both_count(bat):
    made = bat.make("TR", bat.raw(TL=HEAD + """
1 | TUMOR W6 | Y | | 17 APR 2023 | T01a | N | CT | 20 | SPLIT | T01
1 | TUMOR W6 | Y | | 17 APR 2023 | T01b | N | CT | 11 | SPLIT | T01
""".lstrip()))
    assert results(made, "SUMDIAM", "SUMNLNLD") == [["", "31", "31", "mm", "", ""]] * 2


def test_lesions_that_were_not_evaluated_are_left_out_of_the_sum_and_counted(bat):
    made = bat.make("TR", bat.raw(TL=HEAD + """
1 | TUMOR W6 | Y | | 17 APR 2023 | T01 | N | CT | 20 | PRES |
1 | TUMOR W6 | Y | | 17 APR 2023 | T02 | N | CT |    | NE   |
1 | TUMOR W6 | Y | | 17 APR 2023 | T03 | Y | CT | 12 | PRES |
""".lstrip()))
    assert made.loc[made["TRDRVFL"] == "Y", ["TRTESTCD", "TRSTRESN", "TRNOTEVL"]].to_numpy().tolist() == [
        ["SUMDIAM", 32.0, "1"], ["SUMLPERP", 12.0, ""], ["SUMNLNLD", 20.0, "1"]]


def test_a_lesion_that_was_entered_twice_alike_counts_once_and_otherwise_twice(bat, findings):
    made = bat.make("TR", bat.raw(TL=HEAD + """
1 | TUMOR W6  | Y | | 17 APR 2023 | T01 | N | CT | 20 | PRES |
1 | TUMOR W6  | Y | | 17 APR 2023 | T01 | N | CT | 20 | PRES |
1 | TUMOR W12 | Y | | 29 MAY 2023 | T01 | N | CT | 20 | PRES |
1 | TUMOR W12 | Y | | 29 MAY 2023 | T01 | N | CT | 21 | PRES |
""".lstrip()))
    assert [row[1] for row in results(made, "SUMDIAM")] == ["20", "41"]


def test_an_assessment_in_which_nothing_was_measured_has_no_sum(bat):
    made = bat.make("TR", bat.raw(TL=f"{HEAD}1 | TUMOR W6 | Y | | 17 APR 2023 | T01 | N | CT | | NE |"))
    assert set(made["TRTESTCD"]) == {"LDIAM", "TUMSTATE"}


@pytest.mark.parametrize(("state", "term"), [("UPD", "UNEQUIVOCAL PROGRESSION"), ("ABS", "ABSENT"), ("NE", "NE")])
def test_a_non_target_lesion_has_a_state_and_no_diameter(bat, state, term):
    made = bat.make("TR", bat.raw(NTL=f"""
Subject | FolderName | NTLPERF | NTLDAT      | NTLNO | NTLMETH | NTLSTAT
1       | TUMOR W6   | Y       | 17 APR 2023 | NT01  | CT      | {state}
"""))
    assert made[["TRGRPID", "TRTESTCD", "TRSTRESC"]].to_numpy().tolist() == [["NON-TARGET", "TUMSTATE", term]]


def test_a_new_lesion_is_equivocal_until_it_is_not_and_no_new_lesion_is_no_record(bat):
    with collect_drops() as drops:
        made = bat.make("TR", bat.raw(NL="""
Subject | FolderName | NLYN | NLDAT       | NLNO | NLSTAT
1       | TUMOR W6   | N    |             |      |
1       | TUMOR W12  | Y    | 29 MAY 2023 | N01  | EQUIV
1       | TUMOR W18  | Y    | 10 JUL 2023 | N01  | UNEQ
"""))
    assert made[["TRGRPID", "TRLNKGRP", "TRSTRESC"]].to_numpy().tolist() == [
        ["NEW", "A490", "EQUIVOCAL"], ["NEW", "A690", "UNEQUIVOCAL"]]
    assert drops == {"NL:01-1/TUMOR W6/0/0/1": "NLYN is N: the form says that there was no new lesion"}


def test_an_assessment_that_was_not_done_is_one_record_a_form(bat):
    made = bat.make("TR", bat.raw(TL=f"{HEAD}1 | TUMOR W6 | N | Subject travelled | | | | | | |", NTL="""
Subject | FolderName | NTLPERF | NTLREAS
1       | TUMOR W6   | N       | Subject travelled
"""))
    assert made[["TRGRPID", "TRTESTCD", "TRSTAT", "TRREASND", "TRLNKGRP"]].to_numpy().tolist() == [
        ["NON-TARGET", "TRALL", "NOT DONE", "Subject travelled", "A290"],
        ["TARGET", "TRALL", "NOT DONE", "Subject travelled", "A290"]]


@pytest.mark.parametrize(("site", "found"), [("58", []), ("58.0", []), ("57", ["57"]), ("", [""])])
def test_a_sum_of_the_site_that_is_not_the_sum_of_the_diameters_is_a_finding(bat, findings, site, found):
    lesions = FIRST.replace("SCREENING", "TUMOR W6")
    made = bat.make("TR", bat.raw(TL=lesions, RSP=f"{RSP}1 | TUMOR W6 | Y | 17 APR 2023 | {site}"))
    assert [one.value for one in findings if one.rule == "mapping.sum_of_diameters_differs"] == found == [
        one.value for one in findings]
    total = made[made["TRTESTCD"] == "SUMDIAM"].iloc[0]
    assert (total["TRSTRESN"], total["TRSITSUM"]) == (58.0, site)
    assert total["_record"] == "TL:01-1/TUMOR W6/0/0/1; TL:01-1/TUMOR W6/0/0/2; RSP:01-1/TUMOR W6/0/0/1"
    assert all(one.record == "RSP:01-1/TUMOR W6/0/0/1" for one in findings)


def test_a_response_without_lesions_and_a_response_that_was_not_done_are_told_apart(bat, findings):
    bat.make("TR", bat.raw(RSP=RSP + "1 | TUMOR W6 | Y | 17 APR 2023 | 30\n1 | TUMOR W12 | N | |"))
    found, = findings
    assert (found.rule, found.value) == ("mapping.sum_of_diameters_differs", "30")
    assert "add up to nothing mm" in found.message


@pytest.mark.parametrize(("line", "rule"), [
    ("Y | | 17 APR 2023 | T01 | N | CT | | PRES |", "mapping.diameter_missing"),
    ("Y | | 17 APR 2023 | T01 | N | CT | big | PRES |", "mapping.not_a_number"),
    ("Y | | 17 APR 2023 |     | N | CT | 12 | PRES |", "mapping.lesion_without_number"),
    ("N | Ill | 17 APR 2023 | T01 | N | CT | 12 | PRES |", "mapping.done_and_not_done"),
])
def test_a_line_that_contradicts_itself_is_a_finding_and_no_value_is_lost(bat, findings, line, rule):
    made = bat.make("TR", bat.raw(TL=f"{HEAD}1 | TUMOR W6 | {line}"))
    found, = findings
    assert (found.rule, found.severity, found.record) == (rule, "error", "TL:01-1/TUMOR W6/0/0/1")
    collected = line.split("|")[6].strip()
    assert results(made, "LDIAM")[0][1] == collected
    assert "TUMSTATE" in set(made["TRTESTCD"])


def test_a_new_lesion_on_a_line_that_denies_it_is_submitted_with_a_finding(bat, findings):
    made = bat.make("TR", bat.raw(NL="""
Subject | FolderName | NLYN | NLDAT       | NLNO | NLSTAT
1       | TUMOR W12  | N    | 29 MAY 2023 | N01  | UNEQ
"""))
    assert list(made["TRLNKID"]) == ["N01"]
    assert [found.rule for found in findings] == ["mapping.event_and_no_event"]


def test_results_do_not_depend_on_the_order_of_the_export(bat):
    page = bat.page(FIRST + FIRST.replace(HEAD, "").replace("SCREENING", "TUMOR W6"))
    made = bat.make("TR", bat.raw(TL=page))
    assert made.equals(bat.make("TR", bat.raw(TL=page.sample(frac=1, random_state=3)))) and len(made) == 14


def test_no_lesions_no_records(bat):
    made = bat.make("TR", bat.raw())
    assert len(made) == 0 and made["TRSTRESN"].dtype == "float64"
