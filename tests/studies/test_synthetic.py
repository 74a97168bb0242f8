"""Laws of the demo study's raw data: reproducible, plausible, flawed only where the truth says so."""

import csv
import json
import time
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from cdisckit.errors import CdisckitError
from studies.bat4706_bat1308.synthetic import (
    COLUMNS,
    ENCODINGS,
    HABITS,
    KEYS,
    LEVELS,
    decide,
    plan_escalation,
    read_date,
    simulate,
)

SEEDS = (20230306, 1, 2, 3, 4)
DOSE = {level.name: level.mg_per_kg for level in LEVELS}
BLOOD = {"NEUTROPHIL COUNT DECREASED", "ANAEMIA", "PLATELET COUNT DECREASED"}
FIRST_CONSENT, CUTOFF = date(2023, 3, 6), date(2025, 6, 30)


class Study:
    """The files of one simulated study, read back as text."""

    def __init__(self, folder: Path, **arguments) -> None:
        simulate(folder, **arguments)
        self.folder = folder
        self.forms = {form: read_form(folder, form) for form in COLUMNS}
        self.truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        self.subjects = {one["SUBJID"]: one for one in self.truth["subjects"]}
        self.treated = {name: one for name, one in self.subjects.items() if "COHORT" in one}

    def of(self, form: str, subjid: str, **values: str) -> list[dict[str, str]]:
        wanted = {"SUBJID": subjid} | values
        return [row for row in self.forms[form] if wanted.items() <= row.items()]

    def events(self, subjid: str) -> list[dict[str, str]]:
        return self.of("AE", subjid, AEYN="Y")

    def bytes(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.folder.iterdir()}


def read_form(folder: Path, form: str) -> list[dict[str, str]]:
    with (folder / f"{form}.csv").open(encoding=ENCODINGS[form], newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module", params=SEEDS)
def clean(request, tmp_path_factory):
    return Study(tmp_path_factory.mktemp("clean"), seed=request.param, habits=False)


@pytest.fixture(scope="module", params=SEEDS)
def pair(request, tmp_path_factory):
    """The same study with and without the habits."""
    return (Study(tmp_path_factory.mktemp("habits"), seed=request.param),
            Study(tmp_path_factory.mktemp("clean"), seed=request.param, habits=False))


def dates_of(study):
    """Every full date of the study but births: (form, field, date)."""
    return [(form, field, read_date(row[field])) for form, rows in study.forms.items() for row in rows for field in row
            if field.endswith("DAT") and field != "BRTHDAT" and row[field]]


def moment(day: str, clock: str) -> str:
    return f"{read_date(day)}T{clock}"


def window(study, subjid):
    """The DLT window: the first 21 days."""
    first = datetime.fromisoformat(study.subjects[subjid]["first_dose"]).date()
    return first, first + timedelta(20)


# ---- Files -----------------------------------------------------------------------------------------------------------

def test_same_seed_same_bytes(tmp_path):
    first, again = Study(tmp_path / "a"), Study(tmp_path / "b")
    assert sorted(first.bytes()) == ["AE.csv", "DM.csv", "DS.csv", "EX.csv", "VS.csv", "truth.json"]
    assert first.bytes() == again.bytes()


def test_another_seed_gives_another_study(tmp_path):
    first, other = Study(tmp_path / "a", seed=1).bytes(), Study(tmp_path / "b", seed=2).bytes()
    assert [name for name in first if first[name] == other[name]] == []


def test_a_rerun_replaces_the_files_of_the_run_before(tmp_path):
    assert Study(tmp_path / "a", subjects=30) and Study(tmp_path / "a").bytes() == Study(tmp_path / "b").bytes()


def test_forms_have_their_columns_and_every_record_all_of_them(pair):
    for form, rows in pair[0].forms.items():
        assert rows and all(tuple(row) == COLUMNS[form] and None not in row.values() for row in rows)


def test_adverse_events_are_in_gb18030_because_of_their_comments(pair):
    content = (pair[0].folder / "AE.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")
    assert any("\u4e00" <= letter <= "\u9fff" for row in pair[0].forms["AE"] for letter in row["AECOM"])


@pytest.mark.parametrize("form", ["DM", "EX", "VS", "DS"])
def test_other_forms_are_utf_8_without_byte_order_mark(tmp_path, form):
    assert Study(tmp_path).bytes()[f"{form}.csv"].startswith(b"STUDYID,SITEID,SUBJID,")


def test_fields_with_commas_and_quotes_are_quoted(tmp_path):
    content = Study(tmp_path, subjects=100).bytes()["AE.csv"]
    assert b',"RASH, TRUNK AND ARMS",' in content and b'"HEADACHE ""LIKE A BAND"""' in content


@pytest.mark.parametrize("subjects", [0, -1, 9001])
def test_an_impossible_number_of_subjects_is_refused(tmp_path, subjects):
    message = f"a study of {subjects} subjects cannot be simulated\n  fix: take 1 to 9000"
    with pytest.raises(CdisckitError, match=message):
        simulate(tmp_path / "raw", subjects=subjects)
    assert not (tmp_path / "raw").exists()


@pytest.mark.parametrize("subjects", [1, 2, 5, 13, 23, 60])
def test_a_study_of_any_size_has_as_many_subjects_as_asked(tmp_path, subjects):
    study = Study(tmp_path, subjects=subjects)
    assert [row["SUBJID"] for row in study.forms["DM"]] == [f"{number:04}" for number in range(1, subjects + 1)]


@pytest.mark.parametrize(("subjects", "seconds"), [(24, 2), (500, 10)])
def test_simulation_is_fast(tmp_path, subjects, seconds):
    start = time.process_time()
    simulate(tmp_path, subjects=subjects)
    assert time.process_time() - start < seconds


# ---- Habits ----------------------------------------------------------------------------------------------------------

def test_every_habit_befalls_the_default_study(pair):
    assert {flaw["habit"] for flaw in pair[0].truth["habits"]} == {habit.name for habit in HABITS}


def test_undoing_the_listed_flaws_gives_the_clean_study(pair):
    flawed, clean = pair
    forms = {form: dict(enumerate((dict(row) for row in rows), start=2)) for form, rows in flawed.forms.items()}
    for flaw in flawed.truth["habits"]:
        row = forms[flaw["form"]][flaw["line"]]
        if flaw["action"] == "changed":
            assert row[flaw["field"]] == flaw["written"] != flaw["clean"]
            row[flaw["field"]] = flaw["clean"]
    for flaw in flawed.truth["habits"]:
        if flaw["action"] == "added":
            del forms[flaw["form"]][flaw["line"]]
    assert {form: list(rows.values()) for form, rows in forms.items()} == clean.forms
    assert flawed.truth["subjects"] == clean.truth["subjects"] and flawed.truth["cohorts"] == clean.truth["cohorts"]


def test_a_flaw_names_the_keys_of_its_record_as_written(pair):
    for flaw in pair[0].truth["habits"]:
        row = pair[0].forms[flaw["form"]][flaw["line"] - 2]
        assert flaw["keys"] == {key: row[key] for key in KEYS[flaw["form"]]}


def test_no_record_bears_two_flaws(pair):
    habits = {(flaw["form"], flaw["line"], flaw["habit"]) for flaw in pair[0].truth["habits"]}
    assert len(habits) == len({(form, line) for form, line, _ in habits})


@pytest.mark.parametrize(("habit", "form", "field", "written"), [
    ("impossible date", "AE", "AEENDAT", "31-FEB-2024"),
    ("unknown code", "AE", "AEOUT", "9"),
    ("several races in one field", "DM", "RACE", "A,W"),
    ("not done, written as a result", "VS", "TEMP_VSORRES", "NOT DONE"),
    ("ongoing with an end date", "AE", "AEONGO", "Y"),
])
def test_a_single_flaw_is_written_once(pair, habit, form, field, written):
    found = [flaw for flaw in pair[0].truth["habits"] if flaw["habit"] == habit and flaw["field"] == field]
    assert [(flaw["form"], flaw["written"]) for flaw in found] == [(form, written)]


def test_the_added_records_are_a_duplicate_a_second_unscheduled_visit_and_a_stranger(pair):
    rows = pair[0].forms["VS"]
    subjects = {row["SUBJID"] for row in pair[0].forms["DM"]}
    twice = [row for row, times in Counter(tuple(row.values()) for row in rows).items() if times > 1]
    unscheduled = Counter(row["SUBJID"] for row in rows if row["VISIT"] == "UNSCHEDULED")
    assert len(twice) == 1
    assert sorted(unscheduled.values())[-2:] == [1, 2]
    assert [row["SUBJID"] for row in rows if row["SUBJID"] not in subjects] == ["9901"]


def test_unknown_parts_of_dates_are_written_un_and_unk(pair):
    flaws = [flaw for flaw in pair[0].truth["habits"] if "unknown" in flaw["habit"] and flaw["field"].endswith("DAT")]
    assert Counter(flaw["field"] for flaw in flaws) == {"BRTHDAT": 3, "AESTDAT": 5, "AEENDAT": 1}
    for flaw in flaws:
        day, month, year = flaw["clean"].split("-")
        assert flaw["written"] == (f"UN-UNK-{year}" if "month" in flaw["habit"] else f"UN-{month}-{year}")


def test_the_clean_study_has_whole_dates_and_known_times(clean):
    assert dates_of(clean) and all(read_date(row["BRTHDAT"]) for row in clean.forms["DM"])
    assert all(row["EXSTTIM"] < row["EXENTIM"] != "" and row["EXSTDAT"] == row["EXENDAT"] for row in clean.forms["EX"])
    assert all(row["VSTIM"] for row in clean.forms["VS"])


def test_the_clean_study_has_no_double_no_stranger_and_one_unscheduled_visit_at_most(clean):
    subjects = {row["SUBJID"] for row in clean.forms["DM"]}
    for form, rows in clean.forms.items():
        keys = Counter(tuple(row[key] for key in KEYS[form]) for row in rows)
        assert {row["SUBJID"] for row in rows} <= subjects and max(keys.values()) == 1
    assert set(Counter(row["SUBJID"] for row in clean.forms["VS"] if row["VISIT"] == "UNSCHEDULED").values()) == {1}


def test_the_clean_study_has_known_codes_and_no_contradictions(clean):
    assert {row["RACE"] for row in clean.forms["DM"]} == {"A", "W", "O"}
    assert {(row["VSPERF"], row["VSREASND"]) for row in clean.forms["VS"]} == {("Y", "")}
    assert all(float(row["TEMP_VSORRES"]) > 30 for row in clean.forms["VS"])
    for row in (row for row in clean.forms["AE"] if row["AEYN"] == "Y"):
        assert row["AEOUT"] in set("123456") and {row["AEACN1"], row["AEACN2"]} <= set("012345")
        assert (row["AEONGO"] == "N") == (row["AEENDAT"] != "") == (row["AEOUT"] in set("145"))
        assert not row["AEENDAT"] or read_date(row["AESTDAT"]) <= read_date(row["AEENDAT"])
    assert clean.truth["habits"] == []


# ---- Plausibility ----------------------------------------------------------------------------------------------------

def test_no_date_is_after_the_cut_off_or_before_the_first_consent(clean):
    days = [day for _, _, day in dates_of(clean)]
    assert min(days) == FIRST_CONSENT and max(days) <= CUTOFF


def test_flawed_dates_stay_before_the_cut_off(pair):
    written = [flaw["written"] for flaw in pair[0].truth["habits"] if flaw["field"].endswith("DAT")]
    assert all(int(text[-4:]) <= 2025 for text in written)
    assert all(read_date(row["VISDAT"]) <= CUTOFF for row in pair[0].forms["VS"])


def test_about_one_subject_in_twelve_fails_screening_and_is_never_dosed(clean):
    failed = [row["SUBJID"] for row in clean.forms["DM"] if row["COHORT"] == ""]
    assert len(failed) == 2
    for subjid in failed:
        assert not clean.of("EX", subjid) and clean.of("DS", subjid, DSDECOD="SCREEN FAILURE")
        assert [row["VISIT"] for row in clean.of("VS", subjid)] == ["SCREENING"]


def test_bat4706_is_dosed_by_the_weight_of_the_visit_and_bat1308_flat(pair):
    for row in pair[0].forms["EX"]:
        if row["EXTRT"] == "BAT1308":
            assert row["EXPDOSE"] == row["EXDSTXT"] == "300"
            continue
        weighed, = pair[0].of("VS", row["SUBJID"], VISIT=row["VISIT"], VSTPT="PRE-DOSE")
        kg = float(weighed["WEIGHT_VSORRES"]) * (0.45359237 if weighed["WEIGHT_VSORRESU"] == "LB" else 1)
        level = pair[0].of("DM", row["SUBJID"])[0]["COHORT"]
        assert abs(float(row["EXPDOSE"]) - DOSE[level] * kg) <= 0.05 + 1e-9


def test_the_planned_dose_is_given_unless_the_infusion_is_stopped(clean):
    for row in clean.forms["EX"]:
        assert (row["EXDSTXT"] == row["EXPDOSE"]) == (not row["EXADJ"].startswith("INFUSION STOPPED"))


def test_bat4706_follows_bat1308_after_a_pause_of_half_an_hour_in_four_cycles_at_most(clean):
    rows = clean.forms["EX"]
    for first, second in zip(rows, rows[1:], strict=False):
        if second["EXTRT"] == "BAT4706":
            assert first["EXTRT"] == "BAT1308"
            assert (first["SUBJID"], first["VISIT"]) == (second["SUBJID"], second["VISIT"])
            pause = datetime.strptime(second["EXSTTIM"], "%H:%M") - datetime.strptime(first["EXENTIM"], "%H:%M")
            assert timedelta(minutes=30) <= pause <= timedelta(minutes=40)
    assert {row["VISIT"] for row in rows if row["EXTRT"] == "BAT4706"} == {"C1D1", "C2D1", "C3D1", "C4D1"}


def test_cycles_are_three_weeks_apart_unless_delayed_and_18_at_most(clean):
    for subjid, planned in clean.treated.items():
        rows = clean.of("EX", subjid, EXTRT="BAT1308")
        assert [row["VISIT"] for row in rows] == [f"C{cycle}D1" for cycle in range(1, planned["cycles"] + 1)]
        assert len(rows) <= 18
        days = [read_date(row["EXSTDAT"]) for row in rows]
        for cycle, (before, day) in enumerate(zip(days, days[1:], strict=False), start=2):
            assert ((day - before).days > 24) == (cycle in planned["delayed_cycles"]) and (day - before).days >= 18


def test_every_subject_is_at_screening_and_nobody_does_anything_before_consent(clean):
    for row in clean.forms["DM"]:
        consent = read_date(row["ICDAT"])
        visits = clean.of("VS", row["SUBJID"])
        assert visits[0]["VISIT"] == "SCREENING" and visits[0]["HEIGHT_VSORRES"] and visits[0]["WEIGHT_VSORRES"]
        assert all(read_date(visit["VISDAT"]) >= consent for visit in visits)
        assert all(read_date(event["AESTDAT"]) >= consent for event in clean.events(row["SUBJID"]))


def test_nothing_is_collected_from_the_dead(clean):
    for subjid, planned in clean.treated.items():
        if planned["death_date"]:
            death = date.fromisoformat(planned["death_date"])
            assert all(read_date(row["VISDAT"]) < death for row in clean.of("VS", subjid))
            assert all(read_date(row["EXSTDAT"]) < death for row in clean.of("EX", subjid))
            for event in clean.events(subjid):
                assert read_date(event["AESTDAT"]) < death
                assert not event["AEENDAT"] or read_date(event["AEENDAT"]) <= death


def test_records_stand_in_the_order_of_time(clean):
    for subjid in clean.subjects:
        visits = [(read_date(row["VISDAT"]), row["VSTIM"]) for row in clean.of("VS", subjid)]
        starts = [read_date(row["AESTDAT"]) for row in clean.events(subjid)]
        assert visits == sorted(visits) and starts == sorted(starts)


def test_site_06_measures_in_pounds_and_fahrenheit(clean):
    for row in clean.forms["VS"]:
        imperial = row["SITEID"] == "06"
        assert row["TEMP_VSORRESU"] == ("F" if imperial else "C") and (float(row["TEMP_VSORRES"]) > 90) == imperial
        assert row["WEIGHT_VSORRESU"] in (("LB" if imperial else "kg"), "")
    assert {row["SITEID"] for row in clean.forms["VS"]} == {"01", "02", "03", "04", "05", "06"}


# ---- Adverse events --------------------------------------------------------------------------------------------------

def test_every_adverse_event_is_of_a_subject_in_dm(pair):
    assert {row["SUBJID"] for row in pair[0].forms["AE"]} == {row["SUBJID"] for row in pair[0].forms["DM"]}


def test_a_subject_without_events_has_one_record_that_says_so(clean):
    assert any(planned["events"] == 0 for planned in clean.treated.values())
    for subjid, planned in clean.subjects.items():
        rows = clean.of("AE", subjid)
        assert [row["AESPID"] for row in rows] == ([str(n) for n in range(1, planned["events"] + 1)] or [""])
        if not planned["events"]:
            assert {field: value for field, value in rows[0].items() if value and field not in KEYS["AE"]} == {
                "STUDYID": "BAT4706-1308", "AEYN": "N"}


def test_an_event_is_serious_if_and_only_if_it_meets_a_criterion(clean):
    for row in clean.forms["AE"]:
        if row["AEYN"] == "Y":
            criteria = [row[name] for name in COLUMNS["AE"] if name.startswith("AES") and row[name] in ("Y", "N")]
            assert len(criteria) == 7 and (row["AESER"] == "Y") == (criteria.count("Y") > 1)


def test_grade_5_is_death_from_the_event(clean):
    fatal = [row for row in clean.forms["AE"] if row["AETOXGR"] == "5"]
    assert fatal == [row for row in clean.forms["AE"] if row["AESDTH"] == "Y"]
    assert fatal == [row for row in clean.forms["AE"] if row["AEOUT"] == "5"]
    died = {name: one["death_date"] for name, one in clean.treated.items() if one["death_from_event"]}
    assert {row["SUBJID"]: str(read_date(row["AEENDAT"])) for row in fatal} == died != {}


def test_withdrawal_of_a_drug_for_an_event_agrees_with_the_exposure(clean):
    for subjid, planned in clean.treated.items():
        events = clean.events(subjid)
        stopped = any(row["AEACN2"] == "2" for row in events)
        assert stopped == (planned["treatment_end"] == "ADVERSE EVENT")
        if any(row["AEACN1"] == "2" for row in events):
            assert planned["combination_cycles"] <= 4 and (planned["dlt"] or stopped)


def test_an_infusion_that_is_disturbed_by_a_reaction_has_the_event(clean):
    reacted = {(row["SUBJID"], row["EXSTDAT"]) for row in clean.forms["EX"] if "REACTION" in row["EXADJ"]}
    assert reacted == {(row["SUBJID"], row["AESTDAT"]) for row in clean.forms["AE"]
                       if row["AEDECOD"] == "INFUSION RELATED REACTION"}


def test_toxicity_grows_with_the_dose(tmp_path):
    events, cycles = Counter(), Counter()
    for seed in range(8):
        study = Study(tmp_path / str(seed), seed=seed, habits=False)
        for subjid, planned in study.treated.items():
            last = datetime.fromisoformat(planned["first_dose"]).date() + timedelta(84)
            events[planned["COHORT"]] += sum(read_date(row["AESTDAT"]) < last for row in study.events(subjid))
            cycles[planned["COHORT"]] += min(planned["cycles"], 4)
    assert events["DL1"] / cycles["DL1"] < events["DL4"] / cycles["DL4"]


# ---- Dose escalation -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("evaluable", "dlts", "top", "decision"), [
    (3, 0, False, "ESCALATE"),
    (3, 1, False, "TREAT THREE MORE"),
    (3, 2, False, "EXCEEDS MTD"),
    (3, 3, False, "EXCEEDS MTD"),
    (6, 1, False, "ESCALATE"),
    (6, 2, False, "EXCEEDS MTD"),
    (3, 0, True, "TREAT THREE MORE"),
    (6, 0, True, "MTD"),
    (6, 1, True, "MTD"),
    (6, 2, True, "EXCEEDS MTD"),
])
def test_three_plus_three_decides_by_the_protocol(evaluable, dlts, top, decision):
    assert decide(evaluable, dlts, top) == decision


@pytest.mark.parametrize(("planned", "levels", "last"), [
    (((0,), (0,)), [0, 1, 1], "MTD"),                                  # none of three at the top adds three
    (((0,), (2,)), [0, 1, 0], "MTD"),                                  # the level below is expanded to six
    (((1, 0), (2,)), [0, 0, 1], "EXCEEDS MTD"),                        # the level below has six already
    (((0, 2), (2,)), [0, 1, 0], "EXCEEDS MTD"),                        # no level is tolerated
    (((3,),), [0], "EXCEEDS MTD"),
    (((0,), (1, 0), (1, 0), (1, 1)), [0, 1, 1, 2, 2, 3, 3], "EXCEEDS MTD"),
])
def test_escalation_goes_up_one_level_at_a_time_and_never_back_to_a_toxic_one(planned, levels, last):
    cohorts = plan_escalation(planned)
    assert [cohort.level for cohort in cohorts] == levels and cohorts[-1].decision == last


def test_cohorts_of_the_files_follow_three_plus_three(clean):
    """Recounted from DM, EX and AEDLT: three evaluable subjects a cohort, one level up or the same level again."""
    evaluable, dlts, level, last_window = Counter(), Counter(), "DL1", FIRST_CONSENT
    for cohort in clean.truth["cohorts"]:
        assert cohort["COHORT"] == level
        for subjid in cohort["SUBJID"]:
            assert clean.of("DM", subjid)[0]["COHORT"] == level and window(clean, subjid)[0] > last_window
            evaluable[level] += clean.treated[subjid]["dlt_evaluable"]
            dlts[level] += bool(clean.of("AE", subjid, AEDLT="Y"))
        last_window = max(window(clean, subjid)[1] for subjid in cohort["SUBJID"])
        assert (cohort["evaluable_at_level"], cohort["dlts_at_level"]) == (evaluable[level], dlts[level])
        assert cohort["decision"] == decide(evaluable[level], dlts[level], top=level == "DL4")
        level = f"DL{int(level[2]) + 1}" if cohort["decision"] == "ESCALATE" else level
    assert {name: evaluable[name] for name in DOSE} == {"DL1": 3, "DL2": 6, "DL3": 6, "DL4": 6}
    assert dlts == {"DL1": 0, "DL2": 1, "DL3": 1, "DL4": 2}


def test_only_a_dlt_is_related_and_severe_in_the_first_21_days(clean):
    for subjid, planned in clean.treated.items():
        first, last = window(clean, subjid)
        limiting = [row["AESPID"] for row in clean.events(subjid)
                    if first <= read_date(row["AESTDAT"]) <= last and "1" in (row["AEREL1"], row["AEREL2"])
                    and int(row["AETOXGR"]) >= (4 if row["AEDECOD"] in BLOOD else 3)]
        assert limiting == [row["AESPID"] for row in clean.of("AE", subjid, AEDLT="Y")]
        assert limiting == ([planned["dlt_event"]] if planned["dlt"] else [])


def test_the_subject_that_is_not_evaluable_had_less_than_three_quarters_of_a_dose(clean):
    enough = {}
    for subjid in clean.treated:
        given = [float(row["EXDSTXT"]) / float(row["EXPDOSE"]) for row in clean.of("EX", subjid, VISIT="C1D1")]
        enough[subjid] = len(given) == 2 and min(given) >= 0.75
    assert enough == {subjid: planned["dlt_evaluable"] for subjid, planned in clean.treated.items()}
    assert sum(not fit for fit in enough.values()) == 1


def test_evaluable_subjects_are_observed_to_day_21_or_have_a_dlt(clean):
    for subjid, planned in clean.treated.items():
        last_visit = max(read_date(row["VISDAT"]) for row in clean.of("VS", subjid))
        assert planned["dlt"] or last_visit > window(clean, subjid)[1]


def test_a_short_study_stops_in_the_middle_of_the_escalation(tmp_path):
    study = Study(tmp_path, subjects=5)
    assert [(cohort["evaluable"], cohort["decision"]) for cohort in study.truth["cohorts"]][0] == (3, "ESCALATE")
    assert study.truth["cohorts"][-1]["decision"] is None


def test_a_long_study_goes_on_at_the_highest_tolerated_level(tmp_path):
    study = Study(tmp_path, subjects=60)
    more = [one for one in study.treated.values() if one["part"] == "EXPANSION"]
    assert {one["COHORT"] for one in more} == {"DL3"} and len(more) == 60 - 5 - 22
    assert all(one["dlt_evaluable"] is None and one["cohort"] is None for one in more)


# ---- The truth -------------------------------------------------------------------------------------------------------

def test_truth_has_the_first_and_last_dose_of_the_files(clean):
    for subjid, planned in clean.treated.items():
        rows = clean.of("EX", subjid)
        assert planned["first_dose"] == moment(rows[0]["EXSTDAT"], rows[0]["EXSTTIM"])
        assert planned["last_dose"] == moment(rows[-1]["EXSTDAT"], rows[-1]["EXSTTIM"])
        assert planned["last_dose_end"] == moment(rows[-1]["EXENDAT"], rows[-1]["EXENTIM"])
        assert len(rows) == planned["cycles"] + planned["combination_cycles"]
        assert planned["mg_per_kg"] == DOSE[planned["COHORT"]] == DOSE[clean.of("DM", subjid)[0]["COHORT"]]


def test_truth_has_the_disposition_of_the_files(clean):
    for subjid, planned in clean.treated.items():
        for what, key in (("STUDY TREATMENT", "treatment_end"), ("STUDY PARTICIPATION", "study_end")):
            rows = [(row["DSDECOD"], str(read_date(row["DSSTDAT"]))) for row in clean.of("DS", subjid, DSSCAT=what)]
            assert rows == ([(planned[key], planned[f"{key}_date"])] if planned[key] else [])
        died = {str(read_date(row["DTHDAT"])) for row in clean.of("DS", subjid) if row["DTHDAT"]}
        assert died == ({planned["death_date"]} if planned["death_date"] else set())


def test_every_reason_to_end_treatment_occurs(clean):
    assert {planned["treatment_end"] for planned in clean.treated.values()} - {None} >= {
        "PROGRESSIVE DISEASE", "ADVERSE EVENT", "DEATH", "WITHDRAWAL BY SUBJECT", "LOST TO FOLLOW-UP",
        "PHYSICIAN DECISION"}


def test_everybody_consents_and_only_the_treated_are_enrolled(clean):
    for row in clean.forms["DM"]:
        consent, = clean.of("DS", row["SUBJID"], DSDECOD="INFORMED CONSENT OBTAINED")
        assert consent["DSSTDAT"] == row["ICDAT"] and read_date(row["ICDAT"]).isoformat() == (
            clean.subjects[row["SUBJID"]]["consent"])
        assert bool(clean.of("DS", row["SUBJID"], DSDECOD="ENTERED INTO TRIAL")) == (row["COHORT"] != "")


def test_truth_has_the_baseline_vital_signs_of_the_files_with_or_without_habits(pair):
    for study in pair:
        for subjid, planned in study.treated.items():
            row, = study.of("VS", subjid, VISIT="C1D1", VSTPT="PRE-DOSE")
            assert planned["baseline_vs"] == {name: row[name] for name in planned["baseline_vs"]}
            assert {"SYSBP_VSORRES", "TEMP_VSORRES", "WEIGHT_VSORRES"} <= planned["baseline_vs"].keys()
            assert study.of("VS", subjid, VISIT="SCREENING")[0]["HEIGHT_VSORRES"] == str(planned["height_cm"])


def test_age_is_that_of_the_day_of_consent(clean):
    for row in clean.forms["DM"]:
        birth, consent = read_date(row["BRTHDAT"]), read_date(row["ICDAT"])
        birthdays = consent.year - birth.year - (consent.timetuple()[1:3] < birth.timetuple()[1:3])
        assert row["AGE"] == str(birthdays) and clean.subjects[row["SUBJID"]]["birth"] == birth.isoformat()
