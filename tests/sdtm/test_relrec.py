"""Laws of RELREC: records are related with adverse events by the numbers of the site, datasets by their links."""

import pandas as pd
import pytest

from cdisckit.blocks import rows_of_block
from sdtm.identifiers import check_subjects
from sdtm.relrec import relate_datasets, relate_events

EVENTS = """
USUBJID | AESPID | AESEQ | _record
S1      | 3      | 1     | AE:1/3
S1      | 5      | 2     | AE:1/5
S2      | 3      | 1     | AE:2/3
S2      | 7      | 2     | AE:2/7
S2      | 7      | 3     | AE:2/7#2
"""


@pytest.fixture
def relate(table):
    """The rows that relate the medication of these lines with the events."""
    def rows(lines):
        given = table("USUBJID | CMSEQ | CMAENO | _record\n" + lines)
        events = table(EVENTS)
        made = relate_events(events.assign(AESEQ=events["AESEQ"].astype("float64")),
                             given.assign(CMSEQ=pd.to_numeric(given["CMSEQ"]).astype("float64")), "CM", "CMAENO")
        return sorted(made[["USUBJID", "RELID", "RDOMAIN", "IDVAR", "IDVARVAL", "_record"]].to_numpy().tolist())
    return rows


def test_a_record_and_the_event_that_it_names_are_one_relationship_by_their_sequence_numbers(relate):
    assert relate("S1 | 4 | 5 | CM:1/4") == [
        ["S1", "AE-CM-4", "AE", "AESEQ", "2", "AE:1/5"], ["S1", "AE-CM-4", "CM", "CMSEQ", "4", "CM:1/4"]]


@pytest.mark.parametrize("numbers", ["3;5", "3; 5", "5,3", "3 5;3"])
def test_a_record_that_names_several_events_is_in_one_relationship_with_all_of_them(relate, numbers):
    assert [row[2:5] for row in relate(f"S1 | 4 | {numbers} | CM:1/4")] == [
        ["AE", "AESEQ", "1"], ["AE", "AESEQ", "2"], ["CM", "CMSEQ", "4"]]


def test_two_records_for_one_event_are_two_relationships(relate):
    assert [row[1:3] for row in relate("S1 | 4 | 3 | CM:1/4\nS1 | 5 | 3 | CM:1/5")] == [
        ["AE-CM-4", "AE"], ["AE-CM-4", "CM"], ["AE-CM-5", "AE"], ["AE-CM-5", "CM"]]


def test_the_number_of_another_subject_relates_nothing(relate, findings):
    assert relate("S2 | 1 | 5 | CM:2/1") == []
    found, = findings
    assert (found.rule, found.severity, found.dataset, found.variable, found.value, found.record) == (
        "mapping.unknown_ae_number", "error", "CM", "CMAENO", "5", "CM:2/1")


def test_the_numbers_that_are_known_relate_beside_one_that_is_not(relate, findings):
    assert [row[2:5] for row in relate("S1 | 4 | 3;9 | CM:1/4")] == [["AE", "AESEQ", "1"], ["CM", "CMSEQ", "4"]]
    assert [found.value for found in findings] == ["9"]


def test_a_number_that_two_events_have_relates_both(relate):
    assert [row[2:5] for row in relate("S2 | 1 | 7 | CM:2/1")] == [
        ["AE", "AESEQ", "2"], ["AE", "AESEQ", "3"], ["CM", "CMSEQ", "1"]]


def test_nothing_named_nothing_related(relate):
    assert relate("S1 | 4 | | CM:1/4") == []


def test_datasets_are_related_by_one_record_each_without_a_subject():
    made = relate_datasets("LNKID", "TU", "TR", ("ONE", "MANY"))
    assert made.drop(columns="_record").to_numpy().tolist() == [
        ["TU", "", "TULNKID", "", "ONE", "TU-TR-LNKID"], ["TR", "", "TRLNKID", "", "MANY", "TU-TR-LNKID"]]


def test_the_study_relates_events_with_doses_as_collected_and_as_exposed(bat, table):
    frames = {name: table("USUBJID | _record") for name in ("TU", "TR", "RS")}
    for name, number in (("CM", "CMAENO"), ("PR", "PRAENO"), ("DS", "EOTAENO"), ("DD", "DTHAENO")):
        empty = table(f"USUBJID | _record | {number}")
        frames[name] = empty.assign(**{f"{name}SEQ": pd.Series(dtype="float64")})
    doses = table("USUBJID | ECMOOD | ECAENO | _record\nS1 | SCHEDULED | | EC:1/a\nS1 | PERFORMED | 3 | EC:1/a")
    parts = table("USUBJID | _record\nS1 | EC:1/a\nS1 | EC:1/a")
    events = table(EVENTS)
    made = bat.make("RELREC", bat.raw(), AE=events.assign(AESEQ=events["AESEQ"].astype("float64")),
                    EC=doses.assign(ECSEQ=[1.0, 2.0]), EX=parts.assign(EXSEQ=[1.0, 2.0]), **frames)
    assert made.loc[made["USUBJID"] == "S1", ["RELID", "RDOMAIN", "IDVARVAL"]].to_numpy().tolist() == [
        ["AE-EC-2", "AE", "1"], ["AE-EC-2", "EC", "2"], ["AE-EX-1", "AE", "1"], ["AE-EX-1", "EX", "1"],
        ["AE-EX-2", "AE", "1"], ["AE-EX-2", "EX", "2"]]
    assert made.loc[made["USUBJID"] == "", ["RELID", "RDOMAIN", "RELTYPE"]].to_numpy().tolist() == [
        ["EC-EX-LNKID", "EC", "MANY"], ["EC-EX-LNKID", "EX", "MANY"], ["PC-PP-GRPID", "PC", "MANY"],
        ["PC-PP-GRPID", "PP", "MANY"], ["TR-RS-LNKGRP", "RS", "MANY"],
        ["TR-RS-LNKGRP", "TR", "MANY"], ["TU-TR-LNKID", "TR", "MANY"], ["TU-TR-LNKID", "TU", "ONE"]]


def test_a_relationship_of_datasets_stands_once_however_many_blocks_there_are(bat, table):
    rows = table("USUBJID | RELID\n | TU-TR-LNKID\nS1 | AE-CM-1")
    kept = [rows_of_block(rows, bat.specs["RELREC"], block)["RELID"].tolist() for block in (0, 1)]
    assert kept == [["TU-TR-LNKID", "AE-CM-1"], ["AE-CM-1"]]
    assert len(rows_of_block(rows, bat.specs["AE"], 1)) == 2


def test_a_relationship_of_datasets_is_no_unknown_subject_and_the_record_of_one_is(table, findings):
    rows = table("USUBJID | _record\n |\nS1 | AE:1/3\nS9 | AE:9/1")
    check_subjects(rows, table("USUBJID\nS1"), "RELREC")
    assert [(found.rule, found.value) for found in findings] == [("mapping.unknown_subject", "S9")]
