"""The synthetic raw data as files: shape, keys, codes, dates, joins, memory."""

import csv
import json
import subprocess
import sys
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from cdisckit.errors import CdisckitError
from studies.bat4706_bat1308.synthetic import simulate

ROOT = Path(__file__).parents[2]
EXPORTS = YAML(typ="safe").load((ROOT / "studies/bat4706_bat1308/synthetic/exports.yaml").read_text(encoding="utf-8"))
SUFFIXES = {"text": [""], "time": [""], "number": ["", "_RAW"], "code": ["", "_STD"], "date": ["", "_RAW", "_INT", "_YYYY", "_MM", "_DD"]}
CUTOFF = date(2025, 6, 30)


def expected_columns(form):
    return EXPORTS["header"] + [name + suffix for name, kind in EXPORTS["edc"][form]["fields"].items() for suffix in SUFFIXES[kind]]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw")
    simulate(folder)
    return folder


@pytest.fixture(scope="module")
def edc(out):
    found = {}
    for form in EXPORTS["edc"]:
        with (out / "edc" / f"{form}.csv").open(encoding="utf-8", newline="") as file:
            found[form] = [row for row in csv.DictReader(file) if row["userid"] != "EOF"]
    return found


@pytest.fixture(scope="module")
def vendor(out):
    found = {}
    for name, facts in EXPORTS["vendor"].items():
        with (out / facts["file"]).open(encoding=facts["encoding"], newline="") as file:
            found[name] = list(csv.DictReader(file, delimiter=facts["delimiter"]))
    return found


@pytest.fixture(scope="module")
def truth(out):
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (out / "truth").glob("*.json")}


def active(rows):
    return [row for row in rows if row["RecordActive"] == "1"]


def day(text):
    return date.fromisoformat(text[:10]) if text else None


def edc_dates(form, row):
    """The complete dates of the fields of a form."""
    return {name: day(row[name]) for name, kind in EXPORTS["edc"][form]["fields"].items() if kind == "date" and row[name]}


# ---- Files ----

def read_bytes(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path):
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        simulate(tmp_path / name, 5, seed)
    assert read_bytes(tmp_path / "one") == read_bytes(tmp_path / "again")
    assert read_bytes(tmp_path / "one")["edc/VS.csv"] != read_bytes(tmp_path / "other")["edc/VS.csv"]


def test_a_subject_does_not_depend_on_how_many_follow(tmp_path):
    simulate(tmp_path / "few", 4)
    simulate(tmp_path / "more", 7)
    few = (tmp_path / "few/edc/AE.csv").read_text(encoding="utf-8").removesuffix("EOF\n")
    assert (tmp_path / "more/edc/AE.csv").read_text(encoding="utf-8").startswith(few)


def test_every_file_of_the_contract_is_written_and_no_other(out):
    expected = {f"edc/{form}.csv" for form in EXPORTS["edc"]} | {facts["file"] for facts in EXPORTS["vendor"].values()}
    expected |= {f"truth/{name}.json" for name in ("study", "subjects", "habits", "faults")}
    assert {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()} == expected


@pytest.mark.parametrize("form", EXPORTS["edc"])
def test_an_edc_view_has_a_bare_header_quoted_values_and_a_bare_end_of_file(out, form):
    text = (out / "edc" / f"{form}.csv").read_bytes().decode("utf-8")
    lines = text.split("\n")
    assert lines[0].split(",") == expected_columns(form)
    assert lines[-2:] == ["EOF", ""]
    assert all(line.startswith('"') and line.endswith('"') for line in lines[1:-2]) and len(lines) > 3
    assert "\r" not in text


@pytest.mark.parametrize("name", EXPORTS["vendor"])
def test_a_vendor_file_has_the_columns_of_the_contract(out, name):
    facts = EXPORTS["vendor"][name]
    with (out / facts["file"]).open(encoding=facts["encoding"]) as file:
        assert file.readline().rstrip("\n").split(facts["delimiter"]) == facts["columns"]


def test_codes_are_those_of_the_contract_with_their_decodes(edc):
    for form, facts in EXPORTS["edc"].items():
        for name, codes in facts.get("codes", {}).items():
            allowed = {(str(code), text) for code, text in codes.items()} | {("", "")}
            assert {(row[f"{name}_STD"], row[name]) for row in edc[form]} <= allowed, (form, name)


def test_a_record_is_found_again_by_its_place_and_by_its_id(edc):
    ids = Counter(row["RecordId"] for rows in edc.values() for row in rows)
    assert max(ids.values()) == 1
    for form, rows in edc.items():
        keys = Counter(tuple(row[name] for name in ("SiteNumber", "Subject", "Folder", "InstanceRepeatNumber", "PageRepeatNumber",
                                                    "recordposition")) for row in rows)
        assert max(keys.values()) == 1, form


def test_lines_of_log_pages_are_numbered_and_other_pages_have_one_record(edc):
    for form, rows in edc.items():
        log = EXPORTS["edc"][form].get("log", False)
        assert all((int(row["recordposition"]) > 0) == log for row in rows), form


def test_folders_are_those_of_the_form(edc):
    for form, rows in edc.items():
        folders = {row["Folder"] for row in rows}
        if EXPORTS["edc"][form].get("folder") == "LOG":
            assert folders == {"LOG"}, form
        elif EXPORTS["edc"][form].get("folder") == "VISIT":
            assert "LOG" not in folders, form
    assert {row["FolderName"] for row in edc["RSP"]}.isdisjoint({"SCREENING"})


def test_a_date_and_its_parts_agree(edc):
    for form, rows in edc.items():
        for row in rows:
            for name, kind in EXPORTS["edc"][form]["fields"].items():
                if kind != "date":
                    continue
                if row[name]:
                    found = day(row[name])
                    assert (row[f"{name}_YYYY"], row[f"{name}_MM"], row[f"{name}_DD"]) == (str(found.year), str(found.month), str(found.day))
                    assert row[f"{name}_RAW"] == f"{found:%d %b %Y}".upper() and row[f"{name}_INT"] == row[name]
                elif row[f"{name}_RAW"]:
                    assert row[f"{name}_RAW"].startswith("UN ") and not row[f"{name}_INT"] and not row[f"{name}_DD"] and row[f"{name}_YYYY"]


def test_data_are_entered_after_the_visit_and_some_of_them_late(edc):
    delays = []
    for rows in edc.values():
        for row in rows:
            created, saved = datetime.fromisoformat(row["MinCreated"]), datetime.fromisoformat(row["SaveTs"])
            delays.append((created.date() - day(row["RecordDate"])).days)
            assert created <= datetime.fromisoformat(row["MaxUpdated"]) <= saved and saved.date() <= CUTOFF
    assert min(delays) >= 0 and max(delays) >= 35


# ---- Times ----

def test_no_date_is_after_the_cut_off(edc, vendor):
    for form, rows in edc.items():
        assert all(found <= CUTOFF for row in rows for found in edc_dates(form, row).values()), form
    assert max(row["COLL_DATE"] for row in vendor["LAB"]) <= "20250630" and max(row["RECV_DATE"] for row in vendor["LAB"]) <= "20250630"
    assert max(row["ANALYSIS_DATE"] for row in vendor["PK"]) <= "2025-06-30"
    assert max(row["AnalysisDate"] for row in vendor["ADA"]) <= "2025-06-30"
    assert max(row["TRANSACTION_DATETIME"] for row in vendor["IRT"]) <= "2025-07-01"


def test_nothing_happens_after_death(edc, vendor):
    died = {row["Subject"]: day(row["DTHDAT"]) for row in edc["DTH"]}
    assert died
    for form, rows in edc.items():
        for row in rows:
            if row["Subject"] in died:
                assert all(found <= died[row["Subject"]] for found in edc_dates(form, row).values()), (form, row["Subject"])
    for row in vendor["LAB"]:
        assert row["PATIENT_NO"] not in died or row["COLL_DATE"] < f"{died[row['PATIENT_NO']]:%Y%m%d}"
    for row in vendor["ECG"]:
        assert row["SUBJ"] not in died or datetime.strptime(row["ECG_DATETIME"].title(), "%d/%b/%Y %H:%M:%S").date() < died[row["SUBJ"]]


def test_nothing_happens_before_consent(edc):
    consent = {}
    for row in edc["IC"]:
        consent.setdefault(row["Subject"], day(row["ICDAT"]))
    for form in ("SV", "VS", "PE", "ECOG", "EC", "LBC", "PKC", "ADAC", "CV", "TL", "RSP"):
        for row in edc[form]:
            assert all(found >= consent[row["Subject"]] for found in edc_dates(form, row).values()), (form, row["Subject"])


def test_an_end_is_not_before_its_start(edc):
    for form, start, end in (("EC", "ECST", "ECEN"), ("AE", "AEST", "AEEN"), ("CM", "CMST", "CMEN"), ("CT", "CTST", "CTEN"), ("PR", "PRST", "PREN"), ("MH", "MHST", "MHEN")):
        for row in active(edc[form]):
            first, last = row[f"{start}DAT"], row[f"{end}DAT"]
            if first and last:
                assert last >= first, (form, row["Subject"], first, last)
            elif row.get(f"{start}DAT_YYYY") and row.get(f"{end}DAT_YYYY"):
                assert int(row[f"{end}DAT_YYYY"]) >= int(row[f"{start}DAT_YYYY"]), (form, row["Subject"])


def test_what_goes_on_has_no_end_and_what_ended_has_one(edc):
    for form in ("AE", "CM", "MH", "CT"):
        for row in active(edc[form]):
            if row[f"{form}ONGO_STD"] == "Y":
                assert not row[f"{form}ENDAT_RAW"], (form, row["Subject"])
            elif row[f"{form}ONGO_STD"] == "N" and form in ("AE", "CM", "CT"):
                assert row[f"{form}ENDAT_RAW"], (form, row["Subject"])


def test_no_required_date_is_missing(edc):
    for form, name, where in (("IC", "ICDAT", None), ("DM", "BRTHDAT", None), ("SV", "VISDAT", "VISYN"), ("VS", "VSDAT", "VSPERF"), ("PE", "PEDAT", "PEPERF"),
                              ("EC", "ECSTDAT", "ECYN"), ("EC", "ECENDAT", "ECYN"), ("LBC", "LBDAT", "LBPERF"), ("PKC", "PKDAT", "PKPERF"), ("TL", "TLDAT", "TLPERF"),
                              ("RSP", "RSDAT", "RSPERF"), ("EOT", "EOTDAT", None), ("DTH", "DTHDAT", None), ("EOS", "EOSDAT", None), ("AE", "AESTDAT", "AEYN")):
        for row in active(edc[form]):
            if where is None or row[f"{where}_STD"] == "Y":
                assert row[f"{name}_RAW"], (form, name, row["Subject"])


def test_what_was_not_done_says_why(edc):
    for form, done, reason in (("SV", "VISYN", "VISREAS"), ("VS", "VSPERF", "VSREASND"), ("PE", "PEPERF", "PEREASND"), ("ECOG", "ECOGPERF", "ECOGREAS"), ("EC", "ECYN", "ECREASND"),
                               ("LBC", "LBPERF", "LBREASND"), ("PKC", "PKPERF", "PKREASND"), ("ADAC", "ADAPERF", "ADAREAS"), ("CV", "CVPERF", "CVREASND"), ("RSP", "RSPERF", "RSREASND")):
        for row in active(edc[form]):
            assert row[f"{done}_STD"] == "Y" or row[reason], (form, row["Subject"])


def test_every_page_of_a_visit_has_its_visit_page(edc):
    visits = {(row["Subject"], row["FolderName"], row["InstanceRepeatNumber"]) for row in edc["SV"] if row["VISYN_STD"] == "Y"}
    for form, facts in EXPORTS["edc"].items():
        if facts.get("folder") == "VISIT" and form != "SV":
            assert {(row["Subject"], row["FolderName"], row["InstanceRepeatNumber"]) for row in edc[form]} <= visits, form


def test_visits_are_distinct_and_an_unscheduled_visit_has_its_reason(edc):
    for row in edc["SV"]:
        assert row["FolderName"] != "UNSCHEDULED" or row["VISREAS"]
    firsts = Counter((row["Subject"], row["VISDAT"]) for row in edc["SV"] if row["FolderName"] == "UNSCHEDULED")
    assert max(firsts.values()) == 1


# ---- Joins ----

def test_laboratory_results_and_draws_match_by_accession(edc, vendor):
    drawn = {row["LBACCNO"]: (row["Subject"], row["FolderName"], row["LBDAT"][:10].replace("-", ""), row["LBTIM"].replace(":", "")) for row in edc["LBC"] if row["LBACCNO"]}
    assert len(drawn) == sum(bool(row["LBACCNO"]) for row in edc["LBC"])
    received = {row["ACCESSION"]: (row["PATIENT_NO"], row["VISIT_NAME"], row["COLL_DATE"], row["COLL_TIME"]) for row in vendor["LAB"]}
    assert received == drawn


def test_drug_concentrations_and_draws_match_by_barcode(edc, vendor):
    drawn = {row["PKBARC"]: (row["Subject"], row["FolderName"]) for row in edc["PKC"] if row["PKBARC"]}
    assert Counter((row["BARCODE"], row["ANALYTE"]) for row in vendor["PK"]) == Counter({(code, drug): 1 for code in drawn for drug in ("BAT4706", "BAT1308")})
    assert {row["BARCODE"]: (row["SUBJECT"], row["VISIT"]) for row in vendor["PK"]} == drawn


def test_antibody_results_and_draws_match_by_barcode_and_tiers_follow_each_other(edc, vendor):
    drawn = {row["ADABARC"] for row in edc["ADAC"] if row["ADABARC"]}
    assert {row["Barcode"] for row in vendor["ADA"]} == drawn
    tiers = {}
    for row in vendor["ADA"]:
        tiers.setdefault((row["Barcode"], row["Drug"]), {})[row["Tier"]] = row["Result"]
    assert len(tiers) == 2 * len(drawn)
    for found in tiers.values():
        assert ("CONFIRMATORY" in found) == (found["SCREENING"] == "REACTIVE")
        assert ("TITER" in found) == ("NAB" in found) == (found.get("CONFIRMATORY") == "POSITIVE")


def test_the_irt_knows_every_subject_and_every_dosing_day(edc, vendor):
    assert {row["SUBJECT"] for row in vendor["IRT"] if row["EVENT"] == "SCREENED"} == {row["Subject"] for row in edc["DM"]}
    assert {(row["SUBJECT"], row["VISIT"]) for row in vendor["IRT"] if row["EVENT"] == "DISPENSED"} == {
        (row["Subject"], row["FolderName"]) for row in edc["EC"]}
    assert len({row["TRANSACTION"] for row in vendor["IRT"]}) == len(vendor["IRT"])


def test_medication_procedures_and_doses_name_adverse_events_that_exist(edc):
    known = {(row["Subject"], row["AESPID"]) for row in active(edc["AE"])}
    named = [(form, row["Subject"], number) for form, name in (("CM", "CMAENO"), ("EC", "ECAENO"), ("PR", "PRAENO"), ("EOT", "EOTAENO"), ("DTH", "DTHAENO"))
             for row in edc[form] for number in row[name].split(";") if number]
    assert {form for form, _, _ in named} >= {"CM", "EC", "EOT"}
    assert not [one for one in named if one[1:] not in known]


def test_line_numbers_of_adverse_events_run_without_gap(edc):
    numbers = {}
    for row in active(edc["AE"]):
        if row["AEYN_STD"] == "Y":
            numbers.setdefault(row["Subject"], []).append(int(row["AESPID"]))
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


def test_comments_name_lines_that_exist_and_some_are_long(edc):
    known = {(row["Subject"], row["AESPID"]) for row in active(edc["AE"])}
    assert all((row["Subject"], row["COREF"]) in known for row in edc["COM"] if row["COFORM"] == "AE")
    assert any(len(row["COVAL"].encode()) > 200 for row in edc["COM"])


def test_the_truth_lists_the_habits_of_staff(edc, truth):
    habits = truth["habits"]
    assert {one["habit"] for one in habits} >= {"partial date", "late entry", "deleted line", "Chinese comment", "re-test", "unscheduled visit"}
    deleted = {row["RecordId"] for rows in edc.values() for row in rows if row["RecordActive"] == "0"}
    assert deleted == {one["RecordId"] for one in habits if one["habit"] == "deleted line"} and deleted
    partial = sum(bool(row[f"{name}_RAW"]) and not row[name] for form, rows in edc.items() for row in active(rows)
                  for name, kind in EXPORTS["edc"][form]["fields"].items() if kind == "date")
    assert partial == sum(one["habit"] == "partial date" for one in habits)
    assert truth["faults"] == []


# ---- Arguments and size ----

@pytest.mark.parametrize("arguments", [{"subjects": 0}, {"subjects": 10_000}, {"faults": -0.1}, {"faults": 1.1}])
def test_impossible_arguments_are_refused(tmp_path, arguments):
    with pytest.raises(CdisckitError):
        simulate(tmp_path, **arguments)
    assert not list(tmp_path.iterdir())


def test_memory_does_not_grow_with_the_study(tmp_path):
    """A study five times as large needs less than a fifth more memory."""
    program = ("import resource, sys; from pathlib import Path; from studies.bat4706_bat1308.synthetic import simulate;"
               "simulate(Path(sys.argv[1]), int(sys.argv[2])); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)")
    peaks = [int(subprocess.run([sys.executable, "-c", program, tmp_path / str(size), str(size)], cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
                                capture_output=True, text=True, check=True).stdout) for size in (30, 150)]
    assert peaks[1] < 1.2 * peaks[0]
