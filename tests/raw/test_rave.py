"""Views of Medidata Rave: entered values, codes, deleted records and the end of the file."""

import pandas as pd
import pytest

from cdisckit.findings import collect_findings
from raw import collect_drops, fill_store, read_block
from raw.rave import HEADER, fold_columns, fold_companions
from specs import StudyFacts, StudySpecs

FIELDS = ("AEDAT", "AEDAT_RAW", "AEDAT_INT", "AEDAT_YYYY", "AEDAT_MM", "AEDAT_DD", "WT", "WT_RAW", "SEX", "SEX_STD", "RAW", "NOTE_STD")


def rows(**fields: str) -> pd.DataFrame:
    return pd.DataFrame([{**dict.fromkeys((*HEADER, *FIELDS), ""), "_line": 7, **fields}], dtype="str").astype({"_line": "int64"})


def test_the_header_is_that_of_a_real_view(shared):
    first = (shared / "reference/raw/rave/VITAL.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert tuple(first[:30]) == HEADER
    assert fold_columns(first)[30:] == ("VDAT", "WEIGHT_KG", "HEIGHT_CM")


def test_companions_go_and_a_field_whose_name_only_looks_like_one_stays():
    assert fold_columns([*HEADER, *FIELDS])[30:] == ("AEDAT", "WT", "SEX", "RAW", "NOTE_STD")


def test_a_date_and_a_number_are_as_entered_and_a_coded_field_is_its_code():
    folded = fold_companions(rows(AEDAT_RAW="UN MAR 2023", AEDAT_YYYY="2023", WT="132.0", WT_RAW="132", SEX="Male", SEX_STD="M"), "AE", "AE.csv")
    assert folded.loc[0, ["AEDAT", "WT", "SEX"]].tolist() == ["UN MAR 2023", "132", "M"]


def test_a_value_without_its_companion_is_not_lost():
    assert fold_companions(rows(SEX="Male", WT="132.0"), "AE", "AE.csv").loc[0, ["SEX", "WT"]].tolist() == ["Male", "132.0"]


def test_a_date_whose_year_is_not_that_of_its_text_is_a_finding():
    with collect_findings() as found:
        fold_companions(rows(AEDAT_RAW="01 MAR 2023", AEDAT_YYYY="2024"), "AE", "AE.csv")
    assert [(finding.rule, finding.variable, finding.line) for finding in found] == [("raw.companion_differs", "AEDAT", 7)]


@pytest.fixture
def vitals(tmp_path):
    """Subjects 1 and 2; the second line of subject 1 was deleted."""
    lines = [",".join((*HEADER, "WT", "WT_RAW"))]
    for subject, position, active, weight in (("1", "1", "1", "70"), ("1", "2", "0", "700"), ("2", "1", "1", "80")):
        values = dict.fromkeys((*HEADER, "WT", "WT_RAW"), "") | {
            "SiteNumber": "01", "Subject": subject, "Folder": "SCREEN", "InstanceRepeatNumber": "0", "PageRepeatNumber": "0",
            "recordposition": position, "RecordActive": active, "WT": f"{weight}.0", "WT_RAW": weight}
        lines.append(",".join(f'"{value}"' for value in values.values()))
    (tmp_path / "VS.csv").write_text("\n".join([*lines, "EOF", ""]), encoding="utf-8")
    facts = StudyFacts.model_validate({
        "STUDYID": "S1", "title": "T", "protocol": "P", "created": "2025-01-01T00:00:00", "subject_form": "VS", "SITEID": "SiteNumber",
        "SUBJID": "Subject", "USUBJID": ["SiteNumber", "Subject"], "forms": {"VS": {"file": "VS.csv", "shape": "rave", "rename": {"WT": "WEIGHT"}}}})
    study = StudySpecs(tmp_path, facts, {}, {})
    with collect_drops() as drops:
        return read_block(fill_store(study, tmp_path, tmp_path / "store"), study, 0), drops


def test_a_deleted_record_is_counted_and_dropped_with_its_reason_and_no_dataset_sees_it(vitals):
    raw, drops = vitals
    assert list(raw.forms["VS"]["_record"]) == ["VS:01-1/SCREEN/0/0/1", "VS:01-1/SCREEN/0/0/2", "VS:01-2/SCREEN/0/0/1"]
    assert drops == {"VS:01-1/SCREEN/0/0/2": "deleted in the EDC system (RecordActive is 0)"}
    assert raw.form("VS")["WEIGHT"].tolist() == raw.field("VS", "WEIGHT").tolist() == ["70", "80"]


def test_the_end_marker_is_no_record_and_a_file_without_it_is_told_as_cut(tmp_path, vitals):
    path = tmp_path / "VS.csv"
    path.write_text(path.read_text(encoding="utf-8").removesuffix("EOF\n"), encoding="utf-8")
    with collect_findings() as found:
        fill_store(vitals[0].study, tmp_path, tmp_path / "again")
    assert "raw.missing_end_marker" in {finding.rule for finding in found}


def test_an_apostrophe_in_a_short_view_is_text(tmp_path):
    lines = [",".join((*HEADER, "NOTE"))]
    notes = ["none", "none", "none", "the subject's request", "none"]
    for number, note in enumerate(notes):
        values = dict.fromkeys(HEADER, "") | {"SiteNumber": "01", "Subject": str(number), "RecordActive": "1", "NOTE": note}
        lines.append(",".join(f'"{value}"' for value in values.values()))
    (tmp_path / "DV.csv").write_text("\n".join([*lines, "EOF", ""]), encoding="utf-8")
    facts = StudyFacts.model_validate({
        "STUDYID": "S1", "title": "T", "protocol": "P", "created": "2025-01-01T00:00:00", "subject_form": "DV", "SITEID": "SiteNumber",
        "SUBJID": "Subject", "USUBJID": ["SiteNumber", "Subject"], "forms": {"DV": {"file": "DV.csv", "shape": "rave"}}})
    study = StudySpecs(tmp_path, facts, {}, {})
    with collect_findings() as found:
        block = read_block(fill_store(study, tmp_path, tmp_path / "store"), study, 0)
    assert (block.form("DV")["NOTE"].tolist(), found) == (notes, [])
