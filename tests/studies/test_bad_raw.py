"""Bad raw files, one fault each: every one gives the finding or the error that its row names, and none stops in silence."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from cdisckit.blocks import plan_tasks, run_task
from cdisckit.errors import CdisckitError, RawDataError
from cdisckit.findings import Finding, collect_findings
from cdisckit.study import load_study
from raw import fill_store, report_account

INFUSION = Path(__file__).parents[1] / "data" / "infusion"

Spoil = Callable[[Path], None]


@pytest.fixture(scope="module")
def study():
    return load_study(str(INFUSION))


@pytest.fixture(scope="module")
def clean() -> Path:
    return INFUSION / "clean"


@pytest.fixture
def raw(clean: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    for file in clean.glob("*.csv"):
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def build_findings(study, raw: Path, work: Path) -> list[Finding]:
    """The findings of reading, mapping and accounting, without writing transport files."""
    with collect_findings() as found:
        store = fill_store(study.specs, raw, work / "store")
    task, = plan_tasks(study, store, study.order(), 1)
    result = run_task(study, store, task, work, lambda _name: None)
    return [*found, *result.findings, *report_account(result.account)]


def encoding(form: str) -> str:
    return "gb18030" if form == "AE" else "utf-8"


def edit(form: str, change: Callable[[list[dict[str, str]]], list[dict[str, str]] | None]) -> Spoil:
    """Change the records of a form."""
    def spoil(raw: Path) -> None:
        path = raw / f"{form}.csv"
        with path.open(encoding=encoding(form), newline="") as file:
            reader = csv.DictReader(file)
            rows, columns = list(reader), list(reader.fieldnames or [])
        rows = change(rows) or rows
        with path.open("w", encoding=encoding(form), newline="") as file:
            writer = csv.DictWriter(file, [name for name in columns if name in rows[0]] + [name for name in rows[0] if name not in columns])
            writer.writeheader()
            writer.writerows(rows)
    return spoil


def put(form: str, values: dict[str, str], **which: str) -> Spoil:
    """Write values into the first record that has the stated ones."""
    def change(rows: list[dict[str, str]]) -> None:
        row = next(row for row in rows if all(row[name] == value for name, value in which.items()))
        row.update(values)
    return edit(form, change)


def bytes_of(form: str, change: Callable[[bytes], bytes]) -> Spoil:
    def spoil(raw: Path) -> None:
        path = raw / f"{form}.csv"
        path.write_bytes(change(path.read_bytes()))
    return spoil


def append(form: str, **values: str) -> Spoil:
    """Repeat the last record, changed."""
    return edit(form, lambda rows: [*rows, {**rows[-1], **values}])


def without(form: str, field: str) -> Spoil:
    return edit(form, lambda rows: [{name: value for name, value in row.items() if name != field} for row in rows])


def insert_line(form: str, number: int, line: bytes) -> Spoil:
    def change(content: bytes) -> bytes:
        lines = content.split(b"\r\n")
        return b"\r\n".join([*lines[:number - 1], line, *lines[number - 1:]])
    return bytes_of(form, change)


# what is wrong, how it is made, the rule of the finding, its dataset or form, and a text that its message or value holds
FINDINGS: list[tuple[str, Spoil, str, str, str]] = [
    ("a file cut short in its last record", bytes_of("VS", lambda b: b[:-30]), "raw.truncated_file", "VS", ""),
    ("a header and no record", bytes_of("AE", lambda b: b.split(b"\r\n")[0] + b"\r\n"), "raw.no_records", "AE", ""),
    ("a byte that the stated encoding lacks", bytes_of("AE", lambda b: b.replace(b"PRURITUS", b"PRUR\xff\xffTUS", 1)), "raw.undecodable_byte", "AE", "ff"),
    ("a Latin-1 smart quote in a UTF-8 file", bytes_of("DS", lambda b: b.replace(b"INVESTIGATOR'S", b"INVESTIGATOR\x92S")), "raw.encoding", "DS", "1252"),
    ("a record with a cell too many", insert_line("DS", 3, b"BAT4706-1308,01,0002,A,B,C,D,E,F,G,H,I,J,K"), "raw.ragged_row", "DS", ""),
    ("a record with cells too few", insert_line("DS", 3, b"BAT4706-1308,01,0002"), "raw.ragged_row", "DS", ""),
    ("a zero byte", bytes_of("EX", lambda b: b.replace(b"INJECTION", b"INJ\x00CTION", 1)), "raw.nul_byte", "EX", ""),
    ("a quote that never closes", bytes_of("EX", lambda b: b.replace(b"INJECTION", b'"INJECTION', 1).replace(b',INJECTION', b',INJECTION')), "raw.unclosed_quote", "EX", ""),
    ("a missing column", without("AE", "AETOXGR"), "mapping.missing_field", "AE", "AETOXGR"),
    ("a column that nobody spoke of", edit("AE", lambda rows: [{**row, "AENEW": "x"} for row in rows]), "mapping.unknown_field", "AE", "AENEW"),
    ("a record that stands twice", append("VS"), "raw.duplicate_record", "VS", ""),
    ("two records with one key and other values", append("EX", EXADJ="SOMETHING ELSE"), "raw.key_not_unique", "EX", ""),
    ("a subject who is not in DM", append("VS", SUBJID="9999"), "mapping.unknown_subject", "VS", "9999"),
    ("a record without a subject", append("VS", SUBJID=""), "mapping.unknown_subject", "VS", ""),
    ("a code that nobody knows", put("AE", {"AEOUT": "9"}, AEOUT="1"), "mapping.unmapped_value", "AE", "9"),
    ("a race code that nobody knows", put("DM", {"RACE": "Q"}, RACE="A"), "mapping.unmapped_value", "DM", "Q"),
    ("a term outside of a closed codelist", put("DM", {"SEX": "X"}, SEX="F"), "contract.unknown_term", "DM", "X"),
    ("a route in other words", put("EX", {"EXROUTE": "BY DRIP"}, EXTRT="BAT1308"), "contract.unknown_term", "EX", "BY DRIP"),
    ("text in a number", put("EX", {"EXDSTXT": "three hundred"}, EXTRT="BAT1308"), "mapping.not_a_number", "EX", "three hundred"),
    ("a comma in a number", put("EX", {"EXDSTXT": "1,5"}, EXTRT="BAT4706"), "mapping.not_a_number", "EX", "1,5"),
    ("text in a result", put("VS", {"SYSBP_VSORRES": "high"}, VISIT="SCREENING"), "mapping.result_not_numeric", "VS", "high"),
    ("31 February", put("AE", {"AESTDAT": "31-FEB-2024"}, AEYN="Y"), "mapping.impossible_date", "AE", "keeps 2024-02"),
    ("29 February of no leap year", put("DS", {"DSSTDAT": "29-FEB-2023"}, DSCAT="PROTOCOL MILESTONE"), "mapping.impossible_date", "DS", "keeps 2023-02"),
    ("month 13", put("AE", {"AESTDAT": "01/13/2024"}, AEYN="Y"), "mapping.impossible_date", "AE", "keeps 2024"),
    ("a month that is none", put("AE", {"AESTDAT": "01-FEV-2024"}, AEYN="Y"), "mapping.impossible_date", "AE", "keeps 2024"),
    ("a year of two digits", put("AE", {"AESTDAT": "01/02/24"}, AEYN="Y"), "mapping.impossible_date", "AE", "keeps nothing"),
    ("words for a date", put("AE", {"AESTDAT": "ask the site"}, AEYN="Y"), "mapping.impossible_date", "AE", "ask the site"),
    ("hour 25", put("EX", {"EXSTTIM": "25:10"}, VISIT="C1D1"), "mapping.impossible_date", "EX", "no such time"),
    ("words for a time", put("EX", {"EXSTTIM": "noon"}, VISIT="C1D1"), "mapping.impossible_date", "EX", "noon"),
    ("a time without its date", put("AE", {"AESTDAT": "", "AESTTIM": "10:15"}, AEYN="Y"), "mapping.time_without_date", "AE", "10:15"),
    ("an end before its start", put("AE", {"AESTDAT": "02-JUL-2024", "AEENDAT": "01-JUN-2024", "AEENTIM": "", "AESTTIM": ""}, AEYN="Y"), "mapping.end_before_start", "AE", ""),
    ("ongoing, with an end", put("AE", {"AEONGO": "Y"}, AEONGO="N"), "mapping.ongoing_with_end", "AE", ""),
    ("a dose without an end", put("EX", {"EXENDAT": "", "EXENTIM": ""}, EXTRT="BAT1308"), "mapping.dose_without_end", "EX", ""),
    ("a serious event without a criterion", put("AE", {"AESER": "Y", "AESHOSP": "N", "AESLIFE": "N", "AESMIE": "N"}, AETOXGR="1"), "mapping.seriousness", "AE", ""),
    ("a visit that the protocol lacks", put("VS", {"VISIT": "C99D1"}, VISIT="C1D2"), "mapping.unknown_visit", "VS", "C99D1"),
    ("a dose that fits no element", put("EX", {"VISIT": "C19D1"}, VISIT="C2D1"), "mapping.unplanned_dose", "SE", "BAT1308"),
    ("a unit that cannot be converted", put("VS", {"WEIGHT_VSORRESU": "stone"}, VISIT="SCREENING"), "mapping.unknown_unit", "VS", "stone"),
    ("a result without a unit", put("VS", {"TEMP_VSORRESU": ""}, VISIT="SCREENING"), "mapping.unit_missing", "VS", ""),
    ("an event without a term", put("AE", {"AETERM": ""}, AEYN="Y"), "contract.required_missing", "AE", "AETERM"),
    ("two ends of study", edit("DS", lambda rows: [*rows, {**next(r for r in rows if r["DSSCAT"] == "STUDY PARTICIPATION" and r["DSDECOD"] == "DEATH"), "DSDECOD": "COMPLETED"}]), "mapping.two_ends_of_study", "ADSL", ""),
    ("a subject who stands twice in DM", edit("DM", lambda rows: [*rows, {**rows[0], "AGE": "99"}]), "raw.key_not_unique", "DM", ""),
    ("a subject who stands twice in DM, submitted once", edit("DM", lambda rows: [*rows, {**rows[0], "AGE": "99"}]), "mapping.subject_twice", "DM", ""),
    ("two dates of death", edit("DS", lambda rows: [*rows, {**next(r for r in rows if r["DTHDAT"]), "DSSCAT": "", "DTHDAT": "01-JAN-2024"}]), "mapping.death_dates_differ", "DM", "2024-01-01"),
]


@pytest.mark.parametrize(("spoil", "rule", "dataset", "text"), [case[1:] for case in FINDINGS], ids=[case[0] for case in FINDINGS])
def test_a_bad_raw_file_gives_the_finding_that_names_its_fault(study, raw, tmp_path, spoil, rule, dataset, text):
    spoil(raw)
    findings = build_findings(study, raw, tmp_path)
    named = [f for f in findings if f.rule == rule and f.dataset == dataset and text in f"{f.message} {f.value} {f.key} {f.variable}"]
    assert named, sorted({(f.rule, f.dataset, f.value, f.message) for f in findings})
    assert all(f.fix and f.message for f in named)


def test_the_clean_study_has_none_of_these_findings(study, raw, tmp_path):
    rules = {case[2] for case in FINDINGS} - {"raw.encoding"}
    assert [f for f in build_findings(study, raw, tmp_path) if f.rule in rules] == []


# what is wrong, how it is made, and what the error says
ERRORS: list[tuple[str, Spoil, str]] = [
    ("an empty file", bytes_of("EX", lambda _: b""), "EX.csv"),
    ("a missing file", lambda raw: (raw / "EX.csv").unlink(), "EX.csv (form EX)"),
    ("a workbook under the name of a CSV", bytes_of("EX", lambda _: b"PK\x03\x04" + bytes(100)), "EX.csv"),
    ("a column that stands twice", bytes_of("EX", lambda b: b.replace(b"EXDOSU", b"EXTRT", 1)), "EXTRT"),
    ("a column without a name", bytes_of("EX", lambda b: b.replace(b"EXDOSU", b"", 1)), "EX.csv"),
    ("a file without the subject's number", without("EX", "SUBJID"), "EX has no field SUBJID"),
    ("a folder under the name of a file", lambda raw: ((raw / "EX.csv").unlink(), (raw / "EX.csv").mkdir()), "EX.csv"),
]


@pytest.mark.parametrize(("spoil", "text"), [case[1:] for case in ERRORS], ids=[case[0] for case in ERRORS])
def test_a_raw_file_that_cannot_be_read_stops_with_its_name_and_the_fix(study, raw, tmp_path, spoil, text):
    spoil(raw)
    with pytest.raises(RawDataError) as stopped:
        build_findings(study, raw, tmp_path)
    assert text in str(stopped.value) and "fix:" in str(stopped.value)
    assert isinstance(stopped.value, CdisckitError) and stopped.value.exit_code == 3
