"""Laws of CO: a comment points to the record that it is about, and no part of it is lost."""

import pandas as pd
import pytest

LONG = "该事件最初由当地医院处理，" * 20                            # 13 characters of 3 bytes, 20 times
WORDS = "word " * 90 + "end"
COMMENTS = f"""
Subject | FolderName | COSPID | CODAT       | COFORM | COREF | COVAL
1       | LOG        | 1      | 08 MAR 2023 | AE     | 2     | seen by the doctor
1       | LOG        | 2      | 09 MAR 2023 | CT     | 1     | letter received
1       | LOG        | 3      | UN MAR 2023 |        |       | {LONG}
1       | LOG        | 4      | 10 MAR 2023 | CM     | 1     | {WORDS}
"""
ADVERSE = "USUBJID | AESPID | AESEQ | _record\nBAT4706-1308-01-1 | 1 | 2 | AE:1\nBAT4706-1308-01-1 | 2 | 1 | AE:2"
MEDICINES = "USUBJID | CMSPID | CMSEQ | _record\nBAT4706-1308-01-1 | 1 | 1 | CM:1\nBAT4706-1308-01-1 | 1 | 2 | CT:1"
TEXTS = ["COVAL", "COVAL1", "COVAL2", "COVAL3"]


@pytest.fixture
def comments(bat, table):
    def make(text=COMMENTS, ae=ADVERSE):
        frames = {"AE": ae, "CM": MEDICINES} | {name: f"USUBJID | {name}SPID | {name}SEQ | _record" for name in ("PR", "MH", "DV")}
        numbered = {name: table(rows).astype({f"{name}SEQ": "float64"}) for name, rows in frames.items()}
        return bat.make("CO", bat.raw(**({"COM": text} if text is not None else {})), **numbered)

    return make


def test_a_comment_points_to_the_record_of_its_form_and_line(comments, check):
    check(comments(), """
COSEQ | RDOMAIN | IDVAR | IDVARVAL | COEVAL
1     |         |       |          | INVESTIGATOR
2     | AE      | AESEQ | 1        | INVESTIGATOR
3     | CM      | CMSEQ | 1        | INVESTIGATOR
4     | CM      | CMSEQ | 2        | INVESTIGATOR
""")


def test_only_a_comment_that_is_about_no_record_has_a_date_of_its_own(comments, check):
    check(comments(COMMENTS.replace("UN MAR", "07 MAR")), """
RDOMAIN | IDVAR | CODTC      | CODY
        |       | 2023-03-07 | 2
AE      | AESEQ |            |
CM      | CMSEQ |            |
CM      | CMSEQ |            |
""")


def test_a_long_comment_goes_on_and_put_together_is_what_was_written(comments):
    made = comments()
    assert made[TEXTS].agg("".join, axis=1).tolist() == [LONG, "seen by the doctor", WORDS, "letter received"]
    assert all(len(text.encode()) <= 200 for name in TEXTS for text in made[name])
    assert not any(text != text.rstrip() for name in TEXTS for text in made[name])


def test_what_the_variables_cannot_hold_stays_in_the_last_one_for_the_transport_to_report(comments):
    made = comments(COMMENTS.replace(LONG, LONG * 3))
    assert made[TEXTS].agg("".join, axis=1).isin([LONG * 3]).any()


@pytest.mark.parametrize("form, line, rule, domain", [
    ("AE", "9", "mapping.comment_without_record", "AE"), ("CM", "", "mapping.comment_without_record", "CM"),
    ("LBC", "1", "mapping.comment_on_unknown_form", "")])
def test_a_comment_on_a_line_that_is_not_there_is_a_finding_and_stays(comments, findings, form, line, rule, domain):
    made = comments(f"Subject | FolderName | COFORM | COREF | COVAL\n1 | LOG | {form} | {line} | x")
    assert made[["RDOMAIN", "IDVAR", "IDVARVAL", "COVAL"]].to_numpy().tolist() == [[domain, "", "", "x"]]
    found, = findings
    assert (found.rule, found.severity, found.record) == (rule, "warning", "COM:01-1/LOG/0/0/1")


def test_a_line_that_stands_twice_is_no_record_to_point_to(comments, findings):
    made = comments("Subject | FolderName | COFORM | COREF | COVAL\n1 | LOG | AE | 2 | x", ae=f"{ADVERSE}\nBAT4706-1308-01-1 | 2 | 3 | AE:3")
    assert (list(made["IDVARVAL"]), [found.rule for found in findings]) == ([""], ["mapping.comment_without_record"])


def test_another_subjects_line_is_not_meant(comments, findings):
    comments("Subject | FolderName | COFORM | COREF | COVAL\n2 | LOG | AE | 2 | x")
    assert [found.rule for found in findings] == ["mapping.comment_without_record"]


def test_without_comments_there_are_all_variables(comments, bat):
    made = comments(None)
    assert (len(made), list(made.columns)) == (0, [*bat.specs["CO"].variables, "_record"])


def test_shuffled_rows_give_the_same_records(bat, comments):
    turned = comments(bat.page(COMMENTS).iloc[::-1])
    pd.testing.assert_frame_equal(turned, comments())


def test_the_continued_variables_have_the_label_and_the_place_of_the_guide(bat):
    names = list(bat.specs["CO"].variables)
    at = names.index("COVAL")
    assert names[at:at + 4] == TEXTS
    assert bat.specs["CO"].variables["COVAL2"].label == "Comment 2"
