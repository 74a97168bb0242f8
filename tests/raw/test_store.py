"""Laws of the raw store: all records of a subject in one block, and the same data whatever the blocks and the order."""

import random
from pathlib import Path

import pandas as pd
import pytest

from cdisckit.errors import RawDataError, SpecError
from cdisckit.findings import collect_findings
from raw import RawBlock, fill_store, read_block
from specs import StudyFacts, StudySpecs

FORMS = {"DM": {"file": "DM.csv"}, "AE": {"file": "AE.csv", "keys": ["AESPID"]}}
DM = "SITEID,SUBJID,SEX\n01,1,F\n01,2,M\n02,1,M\n"
AE = "SITEID,SUBJID,AESPID,AETERM\n02,1,E1,COUGH\n01,1,E1,RASH\n01,1,E2,\n"


def make_study(forms=FORMS, **facts):
    stated = {"STUDYID": "S1", "title": "A study", "protocol": "S1", "created": "2025-01-01T00:00:00",
              "subject_form": "DM", "SITEID": "SITEID", "SUBJID": "SUBJID", "USUBJID": ["SUBJID"], "forms": forms}
    return StudySpecs(Path("studies/s1"), StudyFacts.model_validate({**stated, **facts}), {}, {})


@pytest.fixture
def raw(tmp_path):
    """Write files into a raw folder."""
    folder = tmp_path / "raw"
    folder.mkdir()

    def write(**files):
        for name, text in files.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return folder

    return write


def read_all(study, folder, tmp_path, block_subjects=500):
    """Every block of the study's data: a list of blocks."""
    store = fill_store(study, folder, tmp_path / f"store{block_subjects}", block_subjects)
    return [read_block(store, study, block) for block in range(store.blocks)]


def join_blocks(blocks, form):
    """The records of all blocks, in the order of their ids."""
    data = pd.concat([block.form(form) for block in blocks])
    return data.sort_values("_record", ignore_index=True)


# ---- what a block holds --------------------------------------------------------------------------------------------

def test_a_block_holds_every_form_as_text_with_the_line_and_the_id_of_each_record(raw, tmp_path):
    block, = read_all(make_study(), raw(DM=DM, AE=AE), tmp_path)
    assert block.form("AE").to_dict("list") == {
        "SITEID": ["02", "01", "01"], "SUBJID": ["1", "1", "1"], "AESPID": ["E1", "E1", "E2"],
        "AETERM": ["COUGH", "RASH", ""], "_line": [2, 3, 4],
        "_record": ["AE:02-1/E1", "AE:01-1/E1", "AE:01-1/E2"], "_subject": ["02-1", "01-1", "01-1"]}


def test_a_block_has_all_the_records_of_its_subjects_and_no_others(raw, tmp_path):
    blocks = read_all(make_study(), raw(DM=DM, AE=AE), tmp_path, 1)
    assert [[sorted(set(block.form(form)["_subject"])) for form in ("DM", "AE")] for block in blocks] == [
        [["01-1"], ["01-1"]], [["01-2"], []], [["02-1"], ["02-1"]]]


@pytest.fixture(scope="module")
def large():
    """Two forms of 30 subjects, with twins, records of unknown subjects, and keys that are not unique."""
    chance = random.Random(1)
    subjects = [f"{chance.choice(['01', '02'])},{number:03d}" for number in range(30)]
    events = [f"{chance.choice([*subjects, '00,000', '99,999', '01,015x'])},E{chance.randrange(4)},T{chance.randrange(3)}"
              for _ in range(200)]
    return [f"{subject},F" for subject in subjects], events


def write_large(raw, large, order=lambda rows: rows):
    subjects, events = (order(rows) for rows in large)
    return raw(DM="\n".join(["SITEID,SUBJID,SEX", *subjects]) + "\n",
               AE="\n".join(["SITEID,SUBJID,AESPID,AETERM", *events]) + "\n")


@pytest.mark.parametrize("block_subjects", [1, 7])
def test_blocks_of_any_size_give_the_same_frames_in_the_end(raw, large, tmp_path, findings, block_subjects):
    folder = write_large(raw, large)
    whole, parts = (read_all(make_study(), folder, tmp_path, size) for size in (500, block_subjects))
    assert (len(whole), len(parts)) == (1, -(-30 // block_subjects))
    for form in ("DM", "AE"):
        pd.testing.assert_frame_equal(join_blocks(parts, form), join_blocks(whole, form))


@pytest.mark.parametrize("block_subjects", [7, 500])
def test_a_shuffled_file_gives_the_same_frames(raw, large, tmp_path, findings, block_subjects):
    chance = random.Random(2)
    as_exported = read_all(make_study(), write_large(raw, large), tmp_path, block_subjects)
    shuffled = read_all(make_study(), write_large(raw, large, lambda rows: chance.sample(rows, len(rows))),
                        tmp_path / "again", block_subjects)
    for form in ("DM", "AE"):
        one, other = (join_blocks(blocks, form).drop(columns="_line") for blocks in (as_exported, shuffled))
        pd.testing.assert_frame_equal(one, other)


def test_findings_about_repeated_records_do_not_depend_on_the_blocks(raw, large, tmp_path):
    folder = write_large(raw, large)
    reports = []
    for size in (1, 500):
        with collect_findings() as found:
            read_all(make_study(), folder, tmp_path, size)
        reports.append(sorted(found))
    assert reports[0] == reports[1]
    assert {finding.rule for finding in reports[0]} == {"raw.duplicate_record", "raw.key_not_unique"}


def test_records_of_unknown_subjects_are_in_the_block_where_the_subject_would_stand(raw, tmp_path):
    events = "SITEID,SUBJID,AESPID,AETERM\n00,9,E1,A\n01,1x,E1,B\n99,1,E1,C\n,,E1,D\n"
    blocks = read_all(make_study(), raw(DM=DM, AE=events), tmp_path, 1)
    assert [list(block.form("AE")["_record"]) for block in blocks] == [
        ["AE:00-9/E1", "AE:01-1x/E1", "AE:-/E1"], [], ["AE:99-1/E1"]]


def test_a_subject_form_without_records_is_one_block_that_holds_what_the_other_forms_have(raw, tmp_path, findings):
    block, = read_all(make_study(), raw(DM="SITEID,SUBJID,SEX\n", AE=AE), tmp_path)
    assert (len(block.form("DM")), len(block.form("AE"))) == (0, 3)
    assert list(block.form("DM").columns) == ["SITEID", "SUBJID", "SEX", "_line", "_record", "_subject"]
    assert block.field("DM", "SEX").dtype == "str"
    assert {(found.rule, found.dataset) for found in findings} == {("raw.no_records", "DM")}


# ---- files ---------------------------------------------------------------------------------------------------------

def test_missing_files_stop_with_the_names_that_may_be_meant(raw, tmp_path):
    folder = raw(DM=DM)
    (folder / "ae_.csv").write_text(AE)
    with pytest.raises(RawDataError) as error:
        read_all(make_study(), folder, tmp_path)
    assert str(error.value) == (
        f"raw files of the study are missing\n  - AE.csv (form AE); did you mean ae_.csv?\n  at {folder}\n"
        "  fix: deliver them, mend their names in study.yaml, or mark their forms `optional: true`")


def test_all_missing_files_are_named_at_once(raw, tmp_path):
    with pytest.raises(RawDataError) as error:
        read_all(make_study(), raw(), tmp_path)
    assert error.value.cases == ("DM.csv (form DM)", "AE.csv (form AE)")


def test_a_raw_folder_that_is_none_stops(tmp_path):
    with pytest.raises(RawDataError, match="there is no folder .*nowhere"):
        read_all(make_study(), tmp_path / "nowhere", tmp_path)


@pytest.mark.parametrize("file", ["../secret.csv", "sub/../../secret.csv", "{tmp}/secret.csv"])
def test_a_file_outside_of_the_raw_folder_is_not_read(raw, tmp_path, file):
    (tmp_path / "secret.csv").write_text(AE)
    study = make_study({**FORMS, "AE": {"file": file.format(tmp=tmp_path), "optional": "true"}})
    with pytest.raises(RawDataError, match="names files outside of the raw folder") as error:
        read_all(study, raw(DM=DM), tmp_path)
    assert error.value.cases[0].endswith("secret.csv (form AE)")
    assert "study.yaml" in error.value.where


def test_a_link_that_leads_out_of_the_raw_folder_is_not_followed(raw, tmp_path):
    (tmp_path / "secret.csv").write_text(AE)
    folder = raw(DM=DM)
    (folder / "AE.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(RawDataError, match="outside of the raw folder"):
        read_all(make_study(), folder, tmp_path)


def test_files_in_a_folder_below_are_read(raw, tmp_path):
    folder = raw(DM=DM)
    (folder / "edc").mkdir()
    (folder / "edc" / "ae.csv").write_text(AE)
    block, = read_all(make_study({**FORMS, "AE": {"file": "edc/ae.csv", "keys": ["AESPID"]}}), folder, tmp_path)
    assert len(block.form("AE")) == 3


def test_a_linked_raw_folder_is_read(raw, tmp_path):
    raw(DM=DM, AE=AE)
    (tmp_path / "link").symlink_to(tmp_path / "raw")
    assert len(read_all(make_study(), tmp_path / "link", tmp_path)[0].form("AE")) == 3


def test_an_optional_form_that_was_not_delivered_has_no_records_and_no_fields(raw, tmp_path):
    study = make_study({**FORMS, "AE": {"file": "AE.csv", "optional": "true", "keys": ["AESPID"]}})
    store = fill_store(study, raw(DM=DM), tmp_path / "store")
    block = read_block(store, study, 0)
    assert store.fields["AE"] == ()
    assert (len(block.form("AE")), list(block.field("AE", "AETERM"))) == (0, [])


def test_the_subject_form_cannot_be_optional(raw, tmp_path):
    study = make_study({**FORMS, "DM": {"file": "DM.csv", "optional": "true"}})
    with pytest.raises(RawDataError, match="the file of DM, which lists the subjects, is missing"):
        read_all(study, raw(AE=AE), tmp_path)


@pytest.mark.parametrize("form", ["DM", "AE"])
def test_a_file_that_does_not_say_whose_its_records_are_stops(raw, tmp_path, form):
    files = {"DM": DM, "AE": AE} | {form: "SITE,SUBJID\n01,1\n"}
    with pytest.raises(RawDataError) as error:
        read_all(make_study(), raw(**files), tmp_path)
    assert error.value.what == (
        f"{form} has no field SITEID: its records cannot be given to subjects; did you mean SITE?")
    assert (error.value.where, error.value.cases) == (f"{form}.csv:1", ("SITE, SUBJID",))


def test_a_file_without_site_and_subject_names_both(raw, tmp_path):
    with pytest.raises(RawDataError, match="AE has no field SITEID and no field SUBJID"):
        read_all(make_study(), raw(DM=DM, AE="A,B\n1,2\n"), tmp_path)


@pytest.mark.parametrize("name", ["_record", "_subject"])
def test_the_names_of_the_record_ids_are_kept_free(raw, tmp_path, name):
    with pytest.raises(RawDataError, match=f"a column is called {name}, a name kept for the record ids"):
        read_all(make_study(), raw(DM=DM, AE=f"SITEID,SUBJID,{name}\n01,1,x\n"), tmp_path)


# ---- what a dataset function sees ----------------------------------------------------------------------------------

def test_a_field_is_trimmed_and_a_field_that_the_file_lacks_is_empty():
    data = pd.DataFrame({"SEX": [" F", "M ", "\u3000"]}, index=[4, 2, 0], dtype="str")
    block = RawBlock(make_study(), {"DM": data})
    assert block.field("DM", "SEX").to_dict() == {4: "F", 2: "M", 0: ""}
    assert block.field("DM", "AGE").to_dict() == {4: "", 2: "", 0: ""}
    assert data["SEX"].to_list() == [" F", "M ", "\u3000"]


def test_a_form_that_the_study_lacks_stops_with_the_one_that_may_be_meant():
    block = RawBlock(make_study(), {"DM": pd.DataFrame(), "VITALS": pd.DataFrame()})
    with pytest.raises(SpecError, match="the study has no form VITAL; did you mean VITALS?") as error:
        block.form("VITAL")
    assert error.value.cases == ("DM", "VITALS")


def test_what_is_computed_once_is_computed_once_a_block():
    calls = []
    one, other = (RawBlock(make_study(), {}) for _ in range(2))
    assert [block.once("dates", lambda: calls.append(1) or len(calls)) for block in (one, one, other)] == [1, 1, 2]


@pytest.fixture
def findings():
    """Gather the findings of a test that is not about them."""
    with collect_findings() as found:
        yield found
