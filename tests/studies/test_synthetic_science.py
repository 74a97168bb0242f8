"""The synthetic raw data as science: doses, escalation, DLTs, tumours, concentrations, ECGs, laboratory and survival hang together."""

import csv
import json
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from studies.bat4706_bat1308.synthetic import simulate
from studies.bat4706_bat1308.synthetic.dosing import DoseDay, Infusion
from studies.bat4706_bat1308.synthetic.escalation import Plan, advance, decide, plan_study
from studies.bat4706_bat1308.synthetic.pharmacokinetics import Kinetics, concentration
from studies.bat4706_bat1308.synthetic.recist import Mark, nontarget_response, overall_response, target_response

ROOT = Path(__file__).parents[2] / "studies/bat4706_bat1308/synthetic"
EXPORTS = YAML(typ="safe").load((ROOT / "exports.yaml").read_text(encoding="utf-8"))
HAEMATOLOGICAL = {"Neutrophil count decreased", "Platelet count decreased", "Anaemia", "Febrile neutropenia", "White blood cell count decreased"}
SEEDS = (20230306, 1, 2)


def read(folder):
    """Active rows of every file, and the truth."""
    found = {}
    for form in EXPORTS["edc"]:
        with (folder / "edc" / f"{form}.csv").open(encoding="utf-8", newline="") as file:
            found[form] = [row for row in csv.DictReader(file) if row["userid"] != "EOF" and row["RecordActive"] == "1"]
    for name, facts in EXPORTS["vendor"].items():
        with (folder / facts["file"]).open(encoding="utf-8", newline="") as file:
            found[name] = list(csv.DictReader(file, delimiter=facts["delimiter"]))
    for path in (folder / "truth").glob("*.json"):
        found[path.stem] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    found = {}
    for seed in SEEDS:
        folder = tmp_path_factory.mktemp("raw")
        simulate(folder, seed=seed)
        found[seed] = read(folder)
    return found


@pytest.fixture(scope="module")
def study(studies):
    return studies[SEEDS[0]]


def day(text):
    return date.fromisoformat(text[:10]) if text else None


def moment(row, on, at):
    return datetime.fromisoformat(row[on][:10] + "T" + row[at])


def treated(study):
    return [one for one in study["subjects"] if not one["screen_failure"]]


def first_doses(study):
    return {one["SUBJECT"]: day(one["first_dose"]) for one in treated(study)}


# ---- Doses ----

def test_the_volume_given_is_rate_times_time(studies):
    for study in studies.values():
        for row in study["EC"]:
            if row["ECYN_STD"] != "Y":
                continue
            start, end = moment(row, "ECSTDAT", "ECSTTIM"), moment(row, "ECENDAT", "ECENTIM")
            marks, rates = [start], [float(row["ECRATE"])]
            if row["ECINTYN_STD"] == "Y":
                pause, back = moment(row, "ECSTDAT", "ECINTST"), moment(row, "ECSTDAT", "ECINTEN") if row["ECINTEN"] else None
                marks += [pause, back] if back else [pause]
                rates += [0.0, float(row["ECRATE2"] or row["ECRATE"])] if back else [0.0]
                assert back or pause == end
            elif row["ECRATCH_STD"] == "Y":
                marks.append(moment(row, "ECSTDAT", "ECRATTIM"))
                rates.append(float(row["ECRATE2"]))
            volume = sum(rate * (after - before).total_seconds() / 3600 for rate, before, after in zip(rates, marks, [*marks[1:], end], strict=True))
            assert abs(volume - float(row["ECVOLA"])) < 0.25 and float(row["ECVOLA"]) <= float(row["ECVOLP"])


def test_the_prepared_dose_is_the_prescribed_one_times_weight(study):
    weights = {(row["Subject"], row["FolderName"]): (float(row["WEIGHT"]), row["WEIGHTU_STD"]) for row in study["VS"] if row["WEIGHT"]}
    assert {unit for _, unit in weights.values()} == {"KG", "LB"}
    for row in study["EC"]:
        if row["ECTRT_STD"] == "BAT1308":
            assert (row["ECDLEV"], row["ECDLEVU_STD"], row["ECWT"]) == ("300.0", "MG", "")
        elif row["ECYN_STD"] == "Y":
            assert abs(float(row["ECPDOSE"]) - float(row["ECDLEV"]) * float(row["ECWT"])) <= 0.051
            weight, unit = weights[row["Subject"], row["FolderName"]]
            assert abs(float(row["ECWT"]) - weight * (0.45359237 if unit == "LB" else 1)) < 0.06


def test_bat4706_follows_bat1308_after_half_an_hour_and_only_in_four_cycles(study):
    ends = {(row["Subject"], row["FolderName"]): moment(row, "ECENDAT", "ECENTIM") for row in study["EC"] if row["ECTRT_STD"] == "BAT1308"}
    for row in study["EC"]:
        if row["ECTRT_STD"] == "BAT4706":
            assert int(row["FolderName"][1:-2]) <= 4
            if row["ECYN_STD"] == "Y":
                pause = moment(row, "ECSTDAT", "ECSTTIM") - ends[row["Subject"], row["FolderName"]]
                assert timedelta(minutes=30) <= pause <= timedelta(minutes=40)
    assert max(int(row["FolderName"][1:-2]) for row in study["EC"]) == 18


def test_cycles_are_three_weeks_apart_or_the_delay_has_its_reason(studies):
    for study in studies.values():
        days = {}
        for row in study["EC"]:
            if row["ECTRT_STD"] == "BAT1308":
                days.setdefault(row["Subject"], []).append((int(row["FolderName"][1:-2]), day(row["ECSTDAT"]), row["ECDELAY_STD"]))
        for found in days.values():
            for (_, before, _), (_, now, delayed) in zip(sorted(found), sorted(found)[1:], strict=False):
                gap = (now - before).days
                assert 20 <= gap <= 24 or delayed == "Y" and gap > 21


def test_no_dose_is_given_after_the_drug_was_stopped(studies):
    for study in studies.values():
        stops = {(row["Subject"], row["EOTTRT_STD"]): (day(row["EOTDAT"]), day(row["EOTLDDAT"])) for row in study["EOT"]}
        last = {}
        for row in study["EC"]:
            if row["ECYN_STD"] == "Y":
                key = row["Subject"], row["ECTRT_STD"]
                last[key] = max(last.get(key, date.min), day(row["ECSTDAT"]))
        for key, (decided, said) in stops.items():
            assert last[key] == said <= decided


# ---- Escalation ----

@pytest.mark.parametrize(("evaluable", "dlts", "top", "decision"), [
    (3, 0, False, "ESCALATE"), (3, 0, True, "TREAT THREE MORE"), (3, 1, False, "TREAT THREE MORE"), (3, 2, False, "EXCEEDS MTD"),
    (6, 1, False, "ESCALATE"), (6, 1, True, "MTD"), (6, 0, True, "MTD"), (6, 2, False, "EXCEEDS MTD"), (6, 2, True, "EXCEEDS MTD")])
def test_the_three_and_three_rule(evaluable, dlts, top, decision):
    assert decide(evaluable, dlts, top) == decision


@pytest.mark.parametrize(("dlts", "levels", "mtd"), [
    ([0, 0, 0, 0, 0], ["DL1", "DL2", "DL3", "DL4", "DL4"], "DL4"),
    ([0, 0, 0, 2, 0], ["DL1", "DL2", "DL3", "DL4", "DL3"], "DL3"),
    ([0, 1, 0, 2], ["DL1", "DL2", "DL2", "DL3"], "DL2"),
    ([0, 0, 2, 2, 1], ["DL1", "DL2", "DL3", "DL2", "DL1"], "DL1"),
    ([2], ["DL1"], ""), ([1, 1], ["DL1", "DL1"], "")])
def test_the_escalation_goes_where_the_rule_sends_it(dlts, levels, mtd):
    plan = Plan()
    for number in dlts:
        assert not plan.done
        advance(plan, (), number, date(2023, 3, 6))
    assert [cohort.level for cohort in plan.cohorts] == levels
    assert (plan.done, plan.mtd) == (True, mtd)


def test_cohorts_of_a_study_follow_from_the_subjects(studies):
    for study in studies.values():
        facts = {int(one["SUBJECT"]): one for one in treated(study)}
        at_level = Counter()
        dlts = Counter()
        for cohort in study["study"]["cohorts"]:
            members = [facts[number] for number in cohort["subjects"]]
            assert {one["cohort"] for one in members} == {cohort["level"]}
            assert sum(one["dlt_evaluable"] for one in members) == 3
            assert sum(one["dlt"] for one in members) == cohort["dlts"]
            at_level[cohort["level"]] += 3
            dlts[cohort["level"]] += cohort["dlts"]
            assert (cohort["evaluable_at_level"], cohort["dlts_at_level"]) == (at_level[cohort["level"]], dlts[cohort["level"]])
        if study["study"]["mtd"]:
            best = max(level for level in at_level if at_level[level] == 6 and dlts[level] <= 1)
            assert study["study"]["mtd"] == best


def test_a_cohort_opens_only_when_the_window_of_the_one_before_is_over(studies):
    for study in studies.values():
        first, opens = first_doses(study), date.min
        for cohort in study["study"]["cohorts"]:
            days = [first[f"{number:04}"] for number in cohort["subjects"]]
            assert min(days) >= opens
            opens = day(cohort["decided"])
            assert opens >= max(days) + timedelta(days=21)


def test_the_default_study_reaches_the_expansion_at_the_maximum_tolerated_dose(study):
    assert study["study"]["mtd"] == "DL3"
    expansion = [one for one in treated(study) if one["part"] == "EXPANSION"]
    assert len(expansion) >= 20 and {one["cohort"] for one in expansion} == {"EXPMEL", "EXPHCC", "EXPNSC"}
    assert {one["level"] for one in expansion} == {"DL3"}


def test_a_subject_fails_screening_about_once_in_ten():
    slots = list(plan_study(3, 1000, Plan()))
    assert 60 < sum(slot.first_dose is None for slot in slots) < 150
    assert max(slot.consent for slot in slots) <= date(2024, 12, 16)


def test_subjects_not_evaluable_are_replaced_and_say_why(studies):
    reasons = Counter(one["dlt_evaluability"] for study in studies.values() for one in treated(study) if not one["dlt_evaluable"])
    assert set(reasons) == {"LEFT BEFORE DAY 21", "LESS THAN 75% OF THE PLANNED DOSE"}


# ---- Dose-limiting toxicity ----

def in_window(row, first):
    started = day(row["AESTDAT"])
    return started is not None and first <= started <= first + timedelta(days=20)


def is_dlt(row, others):
    """The three clauses of the protocol on one line of an adverse event."""
    grade, term = int(row["AETOXGR_STD"] or 0), row["AEDECOD"]
    start, end, support = day(row["AESTDAT"]), day(row["AEENDAT"]), day(row["AESUPDAT"])

    def beside(name):
        return any(one["AEDECOD"] == name and one["AESTDAT"] and day(one["AESTDAT"]) <= (end or date.max)
                   and (day(one["AEENDAT"]) or date.max) >= start for one in others)

    if "Y" not in (row["AEREL1_STD"], row["AEREL2_STD"]):
        return False
    if term == "Platelet count decreased":
        return grade >= 4 or grade == 3 and beside("Epistaxis")
    if term == "Febrile neutropenia":
        return grade >= 3
    if term == "Neutrophil count decreased":
        return grade == 3 and beside("Pyrexia") or grade >= 4 and (end is None or (end - start).days >= 7)
    if term in HAEMATOLOGICAL:
        return grade >= 4
    if grade < 3:
        return False
    if term in ("Nausea", "Vomiting", "Diarrhoea"):
        return not (support and end and (end - support).days <= 3)
    if row["AEINFR_STD"] == "Y":
        return not (end and moment(row, "AEENDAT", "AEENTIM") - moment(row, "AESUPDAT", "AESUPTIM") <= timedelta(hours=2))
    return True


def test_the_investigators_dlts_are_those_of_the_protocol(studies):
    """No event of the window meets a clause without being flagged, none is flagged without meeting one."""
    for study in studies.values():
        first = first_doses(study)
        rows = {}
        for row in study["AE"]:
            rows.setdefault(row["Subject"], []).append(row)
        for subject, lines in rows.items():
            for row in lines:
                expected = in_window(row, first[subject]) and is_dlt(row, lines)
                assert expected == (row["AEDLT_STD"] == "Y"), (subject, row["AESPID"], row["AEDECOD"], row["AETOXGR"])


def test_every_clause_and_every_near_miss_occurs_over_a_few_seeds(tmp_path):
    clauses, misses = Counter(), Counter()
    for seed in (11, 12):
        simulate(tmp_path / str(seed), 260, seed)
        for one in json.loads((tmp_path / str(seed) / "truth/subjects.json").read_text(encoding="utf-8")):
            if not one["screen_failure"]:
                clauses[one["dlt_clause"]] += 1
                misses.update(miss["why"] for miss in one["near_misses"])
    assert set(clauses) == {None, "a", "b", "c"}
    assert set(misses) == {"relieved within 3 days of supportive treatment", "infusion reaction recovered within 2 hours",
                           "grade 4 neutropenia of less than 7 days", "grade 3 platelets without bleeding"}


def test_the_truth_names_the_line_of_the_dlt(studies):
    for study in studies.values():
        flagged = {(row["Subject"], int(row["AESPID"])) for row in study["AE"] if row["AEDLT_STD"] == "Y"}
        assert flagged == {(one["SUBJECT"], one["dlt_line"]) for one in treated(study) if one["dlt"]}


# ---- Adverse events ----

def test_where_the_grade_changes_a_line_ends_the_day_the_next_starts(studies):
    changed = 0
    for study in studies.values():
        groups = {}
        for row in study["AE"]:
            if row["AEGRPID"]:
                groups.setdefault((row["Subject"], row["AEGRPID"]), []).append(row)
        for lines in groups.values():
            lines.sort(key=lambda row: int(row["AESPID"]))
            assert len({row["AEDECOD"] for row in lines}) == 1 and len(lines) > 1
            for before, after in zip(lines, lines[1:], strict=False):
                assert before["AEENDAT"] == after["AESTDAT"] and before["AETOXGR_STD"] != after["AETOXGR_STD"]
                changed += 1
    assert changed > 50


def test_a_fatal_event_ends_with_the_death(studies):
    fatal = 0
    for study in studies.values():
        died = {row["Subject"]: row for row in study["DTH"]}
        for row in study["AE"]:
            flags = {row["AETOXGR_STD"] == "5", row["AESDTH_STD"] == "Y", row["AEOUT_STD"] == "5"}
            assert len(flags) == 1
            if flags == {True}:
                fatal += 1
                assert row["AEENDAT"] == died[row["Subject"]]["DTHDAT"] and died[row["Subject"]]["DTHAENO"] == row["AESPID"]
        assert {row["Subject"] for row in study["DTH"] if row["DTHCAUS_STD"] == "AE"} == {
            row["Subject"] for row in study["AE"] if row["AETOXGR_STD"] == "5"}
    assert fatal


def test_serious_is_one_of_the_criteria(study):
    criteria = ("AESDTH", "AESHOSP", "AESLIFE", "AESDISAB", "AESCONG", "AESMIE")
    assert all((row["AESER_STD"] == "Y") == any(row[f"{name}_STD"] == "Y" for name in criteria) for row in study["AE"])


def test_supportive_treatment_is_a_medication_that_names_the_event(studies):
    for study in studies.values():
        treated_lines = {(row["Subject"], row["CMAENO"], row["CMSTDAT"]) for row in study["CM"] if row["CMAENO"]}
        for row in study["AE"]:
            if row["AESUPYN_STD"] == "Y":
                assert (row["Subject"], row["AESPID"], row["AESUPDAT"]) in treated_lines
                assert row["AESUPDAT"] >= row["AESTDAT"]


def test_an_infusion_reaction_starts_while_a_drug_runs(studies):
    for study in studies.values():
        runs = [(row["Subject"], moment(row, "ECSTDAT", "ECSTTIM"), moment(row, "ECENDAT", "ECENTIM")) for row in study["EC"] if row["ECYN_STD"] == "Y"]
        for row in study["AE"]:
            if row["AEINFR_STD"] == "Y":
                start = moment(row, "AESTDAT", "AESTTIM")
                assert any(subject == row["Subject"] and begin <= start <= end for subject, begin, end in runs)


# ---- Laboratory ----

RANGES = {("Neutrophil count decreased", 3): ("NEU#", 0.5, 1.0), ("Neutrophil count decreased", 4): ("NEU#", 0, 0.5), ("Platelet count decreased", 3): ("PLT", 25, 50),
          ("Platelet count decreased", 4): ("PLT", 0, 25), ("Anaemia", 3): ("HGB", 0, 80), ("Febrile neutropenia", 3): ("NEU#", 0, 1.0)}


def test_severe_blood_events_are_seen_in_the_laboratory_every_day(studies):
    seen = 0
    for study in studies.values():
        values = {}
        for row in study["LAB"]:
            if row["STATUS"] != "X":
                values.setdefault((row["PATIENT_NO"], row["TEST_CODE"], row["COLL_DATE"]), []).append(row["RESULT"])
        for row in study["AE"]:
            key = row["AEDECOD"], int(row["AETOXGR_STD"] or 0)
            if key not in RANGES or not row["AESTDAT"]:
                continue
            test, low, high = RANGES[key]
            start = day(row["AESTDAT"])
            found = values.get((row["Subject"], test, f"{start:%Y%m%d}"), [])
            later = values.get((row["Subject"], test, f"{start + timedelta(days=1):%Y%m%d}"), [])
            assert found or later, (row["Subject"], key)
            assert any(low <= float(text) <= high for text in found + later), (row["Subject"], key, found, later)
            seen += 1
    assert seen >= 5


def test_severe_laboratory_values_have_their_adverse_event(studies):
    """Neutrophils below 1.0, platelets below 50, haemoglobin below 80 only while an event of grade 3 or 4 is open."""
    for study in studies.values():
        open_events = [(row["Subject"], row["AEDECOD"], day(row["AESTDAT"]), day(row["AEENDAT"])) for row in study["AE"]
                       if row["AESTDAT"] and row["AETOXGR_STD"] in ("3", "4")]
        for code, limit, terms in (("NEU#", 1.0, ("Neutrophil count decreased", "Febrile neutropenia")), ("PLT", 50, ("Platelet count decreased",)),
                                   ("HGB", 80, ("Anaemia",))):
            for row in study["LAB"]:
                if row["TEST_CODE"] == code and row["STATUS"] != "X" and float(row["RESULT"]) < limit:
                    when = datetime.strptime(row["COLL_DATE"], "%Y%m%d").date()
                    assert any(subject == row["PATIENT_NO"] and term in terms and start <= when <= (end or date.max)
                               for subject, term, start, end in open_events), (row["PATIENT_NO"], code, row["RESULT"], row["COLL_DATE"])


def test_alerts_follow_from_the_range(study):
    for row in study["LAB"]:
        if row["STATUS"] == "X" or not row["REF_LOW"] or not row["REF_HIGH"] or row["RESULT"].startswith("<"):
            continue
        value = float(row["RESULT"])
        expected = "L" if value < float(row["REF_LOW"]) else "H" if value > float(row["REF_HIGH"]) else ""
        assert row["ALERT"][:1] == expected, row


def test_a_cancelled_sample_has_no_result_but_a_reason(studies):
    rows = [row for study in studies.values() for row in study["LAB"] if row["STATUS"] == "X"]
    assert rows and all(not row["RESULT"] and row["COMMENT"] for row in rows)


def test_one_site_reports_glucose_otherwise_and_the_laboratory_converts_it(study):
    units = {(row["SITE_NO"], row["UNITS"], row["UNITS_SI"]) for row in study["LAB"] if row["TEST_CODE"] == "GLU"}
    assert {unit for site, unit, _ in units if site == "06"} == {"mg/dL"} and {unit for site, unit, _ in units if site != "06"} == {"mmol/L"}
    for row in study["LAB"]:
        if row["TEST_CODE"] == "GLU" and row["UNITS"] == "mg/dL" and row["RESULT"]:
            assert abs(float(row["RESULT"]) / 18.016 - float(row["RESULT_SI"])) < 0.01


def test_text_results_occur(studies):
    texts = {row["RESULT"] for study in studies.values() for row in study["LAB"] if row["RESULT"] and not row["RESULT"][0].isdigit()}
    assert texts >= {"NEGATIVE", "TRACE", "<0.5"}


def test_leukocytes_are_at_least_the_sum_of_their_kinds(study):
    counts = {}
    for row in study["LAB"]:
        if row["PANEL"] == "HEM" and row["STATUS"] != "X":
            counts.setdefault(row["ACCESSION"], {})[row["TEST_CODE"]] = float(row["RESULT"])
    assert counts and all(found["WBC#"] >= found["NEU#"] + found["LYM#"] + found["MON#"] + found["EOS#"] - 0.03 for found in counts.values())


# ---- ECG ----

def test_qtcf_is_fridericia_and_rr_is_the_rate(study):
    groups = {}
    for row in study["ECG"]:
        groups.setdefault((row["SUBJ"], row["VISIT"], row["TIMEPOINT"]), []).append(datetime.strptime(row["ECG_DATETIME"].title(), "%d/%b/%Y %H:%M:%S"))
        if row["INTERPRETATION"] == "UNREADABLE":
            assert not row["QT"]
            continue
        qt, rr = int(row["QT"]), int(row["RR"])
        assert int(row["QTCF"]) == round(qt / (rr / 1000) ** (1 / 3)) and int(row["HR"]) == round(60000 / rr)
    for times in groups.values():
        assert len(times) == 3 and all(60 <= (two - one).seconds <= 120 for one, two in zip(times, times[1:], strict=False))


# ---- Tumours ----

def test_sums_and_responses_follow_from_the_diameters(studies):
    differing = set()
    for seed, study in studies.items():
        noted = {(one["SUBJECT"], one["visit"]) for one in study["habits"] if one["habit"] == "investigator's response differs"}
        targets, others = {}, {}
        for row in study["TL"]:
            if row["TLPERF_STD"] == "Y":
                targets.setdefault(row["Subject"], {}).setdefault(row["FolderName"], []).append(row)
        for row in study["NTL"]:
            others.setdefault((row["Subject"], row["FolderName"]), []).append(row["NTLSTAT_STD"])
        responses = {(row["Subject"], row["FolderName"]): row for row in study["RSP"]}
        for subject, visits in targets.items():
            total = {name: sum(float(row["TLDIAM"]) for row in rows if row["TLDIAM"]) for name, rows in visits.items()}
            base = nadir = total["SCREENING"]
            for name in sorted(total, key=lambda text: int(text[7:] or 0) if text.startswith("TUMOR") else 0)[1:]:
                rows, row = visits[name], responses[subject, name]
                missing = any(one["TLSTAT_STD"] == "NE" for one in rows)
                if any(one["TLDIAM"] for one in rows):
                    assert float(row["TLSUM"]) == total[name]
                gone = all(not float(one["TLDIAM"] or 0) or one["TLNODE_STD"] == "Y" and float(one["TLDIAM"]) < 10 for one in rows)
                target = "PD" if total[name] >= 1.2 * nadir and total[name] - nadir >= 5 else "NE" if missing else "CR" if gone else \
                    "PR" if total[name] <= 0.7 * base else "SD"
                overall = overall_response(target, nontarget_response(others.get((subject, name), [])), row["NEWLIND_STD"] == "Y")
                if overall != row["OVRLRESP_STD"]:
                    differing.add((seed, subject, name))
                    assert (subject, name) in noted
                nadir = nadir if missing else min(nadir, total[name])
    assert differing


@pytest.mark.parametrize(("diameters", "baseline", "nadir", "response"), [
    ([30, 40], 100, 60, "PR"), ([30, 42], 100, 60, "PD"), ([0, 0], 100, 60, "CR"), ([40, 40], 100, 80, "SD"), ([5, 9], 20, 10, "PR"),
    ([None, 40], 100, 60, "NE"), ([None, 80], 100, 60, "PD")])
def test_the_target_response(diameters, baseline, nadir, response):
    marks = [Mark(f"T0{place}", False, size, "NE" if size is None else "PRES") for place, size in enumerate(diameters)]
    assert target_response(marks, baseline, nadir) == response


def test_nodes_count_as_gone_below_ten_millimetres():
    assert target_response([Mark("T01", True, 9, "PRES"), Mark("T02", False, 0, "ABS")], 50, 50) == "CR"
    assert target_response([Mark("T01", True, 10, "PRES"), Mark("T02", False, 0, "ABS")], 50, 50) == "PR"


def test_at_most_five_targets_two_an_organ_and_nodes_of_fifteen_millimetres(studies):
    for study in studies.values():
        found = {}
        for row in study["TL"]:
            if row["FolderName"] == "SCREENING":
                found.setdefault(row["Subject"], []).append(row)
        for rows in found.values():
            assert 1 <= len(rows) <= 5 and max(Counter(row["TLLOC_STD"] for row in rows).values()) <= 2
            assert all(float(row["TLDIAM"]) >= (15 if row["TLNODE_STD"] == "Y" else 10) for row in rows)


def test_every_kind_of_response_and_lesion_occurs(studies):
    best = Counter(one["endpoints"]["BOR"] for study in studies.values() for one in treated(study))
    assert min(best[what] for what in ("CR", "PR", "SD", "PD")) > 0
    kinds = {row["TLSTAT_STD"] for study in studies.values() for row in study["TL"]}
    assert kinds >= {"PRES", "TOOSM", "ABS", "NE", "SPLIT", "MERGED"}


def test_treatment_ends_soon_after_progression_unless_it_goes_on_beyond(study):
    beyond = 0
    for one in treated(study):
        if one["first_pd"] and day(one["last_dose"]) > day(one["first_pd"]) + timedelta(days=3):
            beyond += 1
    assert 0 < beyond < 0.3 * len(treated(study))


# ---- Endpoints ----

def test_endpoints_follow_from_the_records(studies):
    for study in studies.values():
        died = {row["Subject"]: day(row["DTHDAT"]) for row in study["DTH"]}
        progressed, new = {}, {}
        for row in study["RSP"]:
            if row["OVRLRESP_STD"] == "PD":
                progressed[row["Subject"]] = min(progressed.get(row["Subject"], date.max), day(row["RSDAT"]))
        for row in study["CT"]:
            if row["CTWHEN_STD"] == "SUBS":
                new[row["Subject"]] = day(row["CTSTDAT"])
        for one in treated(study):
            pfs, overall = one["endpoints"]["PFS"], one["endpoints"]["OS"]
            assert overall["event"] == (one["SUBJECT"] in died)
            event = progressed.get(one["SUBJECT"]) or (died.get(one["SUBJECT"]) if one["SUBJECT"] not in new else None)
            assert pfs["event"] == bool(event) and (not event or day(pfs["date"]) == event)
            assert pfs["days"] == (day(pfs["date"]) - day(one["first_dose"])).days + 1 <= overall["days"]


def test_a_subject_still_in_the_study_has_no_end_of_study(study):
    ended = {row["Subject"] for row in study["EOS"]}
    for one in study["subjects"]:
        assert (one["SUBJECT"] in ended) == (one["screen_failure"] or one["study_end"] is not None)


# ---- Concentrations ----

def test_an_infusion_of_a_minute_is_a_bolus():
    start = datetime(2023, 3, 6, 9)
    kinetics = Kinetics(CL=0.3, V1=3.0, V2=2.5, Q=0.5)
    pieces = ((start, start + timedelta(minutes=1), 6000.0),)
    days = [DoseDay(1, start.date(), 60.0, (Infusion("BAT4706", 3.0, 60.0, 180.0, 100.0, 100.0, pieces),))]
    found = concentration(kinetics, days, "BAT4706", [start - timedelta(hours=1), start + timedelta(minutes=2), start + timedelta(days=400)])
    assert found[0] == 0 and found[1] == pytest.approx(180 / 3.0, rel=0.01) and found[2] < 0.01


def test_all_of_a_dose_leaves_by_clearance():
    """The area under the curve is dose / CL, however the infusion was interrupted."""
    start = datetime(2023, 3, 6, 9)
    kinetics = Kinetics(CL=0.5, V1=3.0, V2=2.0, Q=0.6)
    pieces = ((start, start + timedelta(minutes=30), 100.0), (start + timedelta(minutes=50), start + timedelta(minutes=110), 50.0))
    days = [DoseDay(1, start.date(), 60.0, (Infusion("BAT4706", 2.0, 60.0, 120.0, 100.0, 100.0, pieces),))]
    hours = np.concatenate([np.arange(0, 48, 0.05), np.arange(48, 24 * 150, 1.0)])
    levels = concentration(kinetics, days, "BAT4706", [start + timedelta(hours=float(hour)) for hour in hours])
    assert np.trapezoid(levels, hours / 24) == pytest.approx(120 / 0.5, rel=0.005)


def test_concentrations_before_the_first_dose_are_below_the_limit(study):
    rows = [row for row in study["PK"] if row["VISIT"] == "C1D1" and row["NOMINAL_TIME"] == "PREDOSE"]
    assert rows and {row["CONCENTRATION"] for row in rows} <= {"BLQ", "NR"}


def test_peaks_rise_with_the_dose(study):
    level = {one["SUBJECT"]: one["level"] for one in treated(study)}
    peaks = {}
    for row in study["PK"]:
        if row["VISIT"] == "C1D1" and row["NOMINAL_TIME"] == "EOI BAT4706" and row["ANALYTE"] == "BAT4706" and row["CONCENTRATION"] not in ("NR", "BLQ"):
            peaks.setdefault(level[row["SUBJECT"]], []).append(float(row["CONCENTRATION"]))
    medians = [float(np.median(peaks[name])) for name in sorted(peaks)]
    assert len(medians) == 4 and medians == sorted(medians)


def test_a_concentration_that_is_missing_says_why(studies):
    reasons = {row["REASON"] for study in studies.values() for row in study["PK"] if row["CONCENTRATION"] == "NR"}
    assert reasons == {"HAEMOLYSED", "INSUFFICIENT VOLUME", "WRONG LABEL", "NOT RECEIVED"}
    assert all(not row["REASON"] for study in studies.values() for row in study["PK"] if row["CONCENTRATION"] != "NR")


def test_draws_after_a_dose_are_after_it_and_predose_draws_before(study):
    starts = {(row["Subject"], row["FolderName"]): moment(row, "ECSTDAT", "ECSTTIM") for row in study["EC"] if row["ECTRT_STD"] == "BAT1308"}
    for row in study["PKC"]:
        if row["PKPERF_STD"] == "Y":
            start = starts[row["Subject"], row["FolderName"] if row["FolderName"].endswith("D1") else "C1D1"]
            assert (moment(row, "PKDAT", "PKTIM") < start) == (row["PKTPT_STD"] == "PRE")
    assert not [row for row in study["PKC"] if row["PKTPT_STD"] == "H504"]
