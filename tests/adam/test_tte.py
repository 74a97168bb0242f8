"""Laws of times to an event: which record decides, what closes the observation, and which progressions count."""

import pandas as pd
import pytest

from adam.progression import CENSORING, CensoringRules, count_missed, find_periods
from adam.tte import Censor, End, Event, Parameter, derive_time_to_event
from cdisckit.errors import SpecError

SUBJECTS = pd.DataFrame({"USUBJID": pd.Series(["1", "2"], dtype="str"), "TRTSDT": pd.to_datetime(["2024-01-01"] * 2).astype("datetime64[s]")})
PROGRESSED, DIED = Event("PD", "PROGRESSION", SRCDOM="ADRS", SRCVAR="ADT", SRCSEQ="ASEQ"), Event("DEATH", "DEATH", SRCDOM="DM")
SEEN = Censor("SEEN", "NO EVENT", CNSDTDSC="LAST SEEN", SRCDOM="ADRS", SRCSEQ="ASEQ")
BEGUN = Censor("SUBJECTS", "NOTHING SEEN", date="TRTSDT", CNSR=7, always=True, explained=False)
CUT = End("CUT", "DATA CUT-OFF", CNSR=2)


def records(*rows: tuple[str, str]) -> pd.DataFrame:
    """Records as (subject, date)."""
    return pd.DataFrame({"USUBJID": pd.Series([subject for subject, _ in rows], dtype="str"),
                         "ADT": pd.to_datetime([date for _, date in rows]).astype("datetime64[s]"),
                         "ASEQ": [float(number) for number in range(1, len(rows) + 1)],
                         "_record": pd.Series([f"RS:{number}" for number in range(1, len(rows) + 1)], dtype="str")})


def derive(ends: tuple[End, ...] = (), at_end: bool = False, **sources: pd.DataFrame) -> list[tuple]:
    given = {name: records() for name in ("PD", "DEATH", "SEEN", "CUT")} | {"SUBJECTS": SUBJECTS} | sources
    parameter = Parameter("PFS", "TRTSDT", (PROGRESSED, DIED), (BEGUN, SEEN), ends, at_end)
    made = derive_time_to_event(parameter, SUBJECTS, given)
    return [(row["USUBJID"], row["ADT"].date().isoformat(), row["AVAL"], row["CNSR"], row["EVNTDESC"]) for row in made.to_dict("records")]


NOTHING = ("2", "2024-01-01", 1, 7, "NOTHING SEEN")


def test_the_first_event_counts_and_of_one_date_the_first_listed():
    assert derive(PD=records(("1", "2024-03-01"), ("1", "2024-02-01")), DEATH=records(("1", "2024-02-01"))) == [
        ("1", "2024-02-01", 32, 0, "PROGRESSION"), NOTHING]


def test_without_an_event_the_last_censoring_counts():
    assert derive(SEEN=records(("1", "2024-02-01"), ("1", "2024-03-01")))[0] == ("1", "2024-03-01", 61, 1, "NO EVENT")


def test_a_date_before_the_origin_is_the_origin():
    assert derive(DEATH=records(("1", "2023-12-24")))[0] == ("1", "2024-01-01", 1, 0, "DEATH")


def test_an_event_after_the_end_of_the_observation_does_not_count_and_the_end_is_the_reason():
    given = {"PD": records(("1", "2024-05-01")), "SEEN": records(("1", "2024-02-01"), ("1", "2024-05-01")), "CUT": records(("1", "2024-04-01"))}
    assert derive((CUT,), **given)[0] == ("1", "2024-02-01", 32, 2, "DATA CUT-OFF")
    assert derive((CUT,), at_end=True, **given)[0] == ("1", "2024-04-01", 92, 2, "DATA CUT-OFF")


def test_an_end_that_cuts_nothing_is_only_the_reason():
    reason = End("CUT", "LEFT", CNSR=3, cuts=False)
    assert derive((reason,), DEATH=records(("1", "2024-05-01")), CUT=records(("1", "2024-04-01")))[0][3:] == (0, "DEATH")
    assert derive((reason,), SEEN=records(("1", "2024-05-01")), CUT=records(("1", "2024-04-01")))[0][1:] == ("2024-05-01", 122, 3, "LEFT")


def test_the_source_of_the_record_that_decided_is_on_the_record():
    given = {"PD": records(("2", "2024-03-01"), ("1", "2024-02-01")), "DEATH": records(), "SEEN": records(), "SUBJECTS": SUBJECTS}
    made = derive_time_to_event(Parameter("PFS", "TRTSDT", (PROGRESSED, DIED), (BEGUN, SEEN)), SUBJECTS, given)
    assert made[["SRCDOM", "SRCVAR", "SRCSEQ", "_record"]].values.tolist() == [["ADRS", "ADT", 2.0, "RS:2"], ["ADRS", "ADT", 1.0, "RS:1"]]


def test_shuffled_rows_give_the_same_result():
    seen = records(("1", "2024-02-01"), ("2", "2024-02-01"), ("1", "2024-02-01"), ("2", "2024-01-20"))
    expected = derive(SEEN=seen)
    assert [derive(SEEN=seen.sample(frac=1, random_state=seed)) for seed in range(3)] == [expected] * 3


def test_without_sources_there_is_no_record_and_without_subjects_none_either():
    parameter = Parameter("PFS", "TRTSDT", (PROGRESSED,), (SEEN,))
    assert derive_time_to_event(parameter, SUBJECTS, {"PD": records(), "SEEN": records()}).empty
    assert derive_time_to_event(parameter, SUBJECTS[:0], {"PD": records(("1", "2024-02-01")), "SEEN": records()}).empty


@pytest.mark.parametrize(("rule", "said"), [
    (Event("SEE", "X"), "'SEE', which is no source; did you mean SEEN?"),
    (Event("PD", "X", date="ADTM"), "has no variable ADTM"),
    (Event("PD", "X", date="_record"), "holds _record as text"),
])
def test_a_rule_that_names_what_is_not_there_stops(rule, said):
    with pytest.raises(SpecError, match="time to event") as error:
        derive_time_to_event(Parameter("PFS", "TRTSDT", (rule,), (SEEN,)), SUBJECTS, {"PD": records(), "SEEN": records()})
    assert said in str(error.value)


# ---- Progression-free survival ----

PLANNED, START = [42, 84, 126, 168, 252, 336], SUBJECTS.set_index("USUBJID")["TRTSDT"]


@pytest.mark.parametrize(("last", "event", "missed"), [(42, 84, 0), (42, 126, 1), (42, 168, 2), (168, 252, 0), (168, 336, 1), (0, 91, 1), (0, 134, 3), (86, 70, 0)])
def test_a_planned_assessment_is_missed_if_neither_the_last_nor_the_event_is_within_its_window(last, event, missed):
    first = pd.Series({"1": pd.Timestamp("2024-01-01")})
    dates = [first + pd.Timedelta(days=days) for days in (last, event)]
    assert count_missed(*dates, first, PLANNED, 7).tolist() == [missed]


def periods(rules: CensoringRules, therapy: pd.DataFrame) -> list[tuple]:
    made = find_periods(records(("1", "2024-09-01")), records(("1", "2024-02-12")), therapy, START, rules, PLANNED, 7)
    return [(row["USUBJID"], row["ADT"].date().isoformat(), row["KIND"]) for row in made.to_dict("records")]


@pytest.mark.parametrize(("name", "expected"), [
    ("FDA", [("1", "2024-02-12", "MISSED ASSESSMENTS")]), ("EMA", []), ("NEW THERAPY", [])])
def test_the_sets_of_rules_differ_in_missed_assessments(name, expected):
    assert periods(CENSORING[name], records()) == expected


@pytest.mark.parametrize(("name", "expected"), [
    ("FDA", [("1", "2024-02-29", "NEW ANTICANCER THERAPY")]), ("EMA", []), ("NEW THERAPY", [("1", "2024-02-29", "NEW ANTICANCER THERAPY")])])
def test_the_sets_of_rules_differ_in_new_therapies_which_come_before_missed_assessments(name, expected):
    assert periods(CENSORING[name], records(("1", "2024-04-01"), ("1", "2024-03-01"))) == expected
