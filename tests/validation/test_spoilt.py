"""A small clean study has no finding that must be mended; spoil one thing, and a rule names the place."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from validation.package import Package, Table, Variable
from validation.rules import load_rules, run_rules
from validation.rules.standard import datasets, guide, known

RULES = {rule.id: rule for rule in load_rules()}
SUBJECTS = [f"01-{number:03d}" for number in range(1, 7)]
START = pd.Timestamp("2024-03-01")
VISITS = [(1, "SCREENING", -7, "SCREENING"), (2, "DAY 1", 1, "TREATMENT"), (3, "WEEK 2", 15, "TREATMENT"),
          (4, "WEEK 4", 29, "TREATMENT")]
TESTS = [("LB", "ALB", "Albumin", "CHEMISTRY", "g/dL", 10, "g/L", 3.5, 5.0), ("LB", "K", "Potassium", "CHEMISTRY", "mmol/L", 1, "mmol/L", 3.5, 5.1),
         ("VS", "SYSBP", "Systolic Blood Pressure", "", "mmHg", 1, "mmHg", 110, 130), ("VS", "DIABP", "Diastolic Blood Pressure", "", "mmHg", 1, "mmHg", 65, 85)]


def day(start, study_day):
    return (start + pd.Timedelta(days=study_day - (study_day > 0))).strftime("%Y-%m-%d")


def subjects():
    for number, name in enumerate(SUBJECTS):
        yield number, {"STUDYID": "S1", "USUBJID": f"S1-{name}"}, START + pd.Timedelta(days=11 * number)


def demographics():
    for number, ids, start in subjects():
        end = day(start, 40)
        yield ids | {"DOMAIN": "DM", "SUBJID": SUBJECTS[number][3:], "RFSTDTC": day(start, 1), "RFENDTC": end, "RFXSTDTC": day(start, 1),
                     "RFXENDTC": day(start, 29), "RFICDTC": day(start, -8), "RFPENDTC": end, "DTHDTC": end if number == 5 else "",
                     "DTHFL": "Y" if number == 5 else "", "SITEID": "01", "BRTHDTC": f"19{50 + number}-01-15", "AGE": 74.0 - number,
                     "AGEU": "YEARS", "SEX": "FM"[number % 2], "RACE": "ASIAN", "ETHNIC": "NOT HISPANIC OR LATINO",
                     "ARMCD": "AB"[number % 2], "ARM": f"Arm {'AB'[number % 2]}", "ACTARMCD": "AB"[number % 2],
                     "ACTARM": f"Arm {'AB'[number % 2]}", "ARMNRS": "", "ACTARMUD": "", "COUNTRY": "USA"}


def adverse_events():
    terms = [("Headache", 10019211.0, "Nervous system disorders"), ("Nausea", 10028813.0, "Gastrointestinal disorders")]
    for number, ids, start in subjects():
        for seq, (term, code, system) in enumerate(terms, 1):
            dead = number == 5 and seq == 2
            first, last = 5 * seq, 40 if dead else 5 * seq + 3
            yield ids | {"DOMAIN": "AE", "AESEQ": float(seq), "AETERM": term.upper(), "AEDECOD": term, "AEPTCD": code, "AEBODSYS": system,
                         "AESEV": "MILD", "AESER": "Y" if dead else "N", "AEACN": "DOSE NOT CHANGED", "AEREL": "RELATED",
                         "AEOUT": "FATAL" if dead else "RECOVERED/RESOLVED", "AESDTH": "Y" if dead else "N", "EPOCH": "TREATMENT",
                         "AESTDTC": day(start, first), "AEENDTC": day(start, last), "AESTDY": float(first), "AEENDY": float(last)}


def medications():
    for _, ids, start in subjects():
        yield ids | {"DOMAIN": "CM", "CMSEQ": 1.0, "CMTRT": "ASPIRIN", "CMDECOD": "ACETYLSALICYLIC ACID", "CMDOSE": 100.0, "CMDOSU": "mg",
                     "CMROUTE": "ORAL", "CMSTDTC": "2023-05", "CMENDTC": day(start, 3), "CMENDY": 3.0}


def doses():
    for _, ids, start in subjects():
        for seq, study_day in enumerate((1, 15, 29), 1):
            yield ids | {"DOMAIN": "EX", "EXSEQ": float(seq), "EXTRT": "DRUG", "EXDOSE": 50.0, "EXDOSU": "mg", "EXDOSFRM": "TABLET",
                         "EXDOSFRQ": "ONCE", "EXROUTE": "ORAL", "EPOCH": "TREATMENT", "EXSTDTC": day(start, study_day),
                         "EXENDTC": day(start, study_day), "EXSTDY": float(study_day), "EXENDY": float(study_day)}


def findings(domain):
    for number, ids, start in subjects():
        seq = 0
        for kind, code, name, category, unit, factor, standard, low, high in TESTS:
            for visit, label, planned, epoch in VISITS if kind == domain else ():
                seq += 1
                value = round(low + (high - low) * ((7 * number + 3 * visit + seq) % 10) / 10, 1)
                row = {"DOMAIN": domain, f"{domain}SEQ": float(seq), f"{domain}TESTCD": code, f"{domain}TEST": name, f"{domain}CAT": category,
                       f"{domain}ORRES": f"{value:g}", f"{domain}ORRESU": unit, f"{domain}STRESC": f"{value * factor:g}",
                       f"{domain}STRESN": round(value * factor, 4), f"{domain}STRESU": standard, f"{domain}STAT": "", f"{domain}REASND": "",
                       f"{domain}LOBXFL": "Y" if visit == 1 else "", "VISITNUM": float(visit), "VISIT": label, "VISITDY": float(planned),
                       "EPOCH": epoch, f"{domain}DTC": day(start, planned), f"{domain}DY": float(planned)}
                if domain == "LB":
                    row |= {"LBORNRLO": f"{low:g}", "LBORNRHI": f"{high:g}", "LBSTNRLO": float(low * factor), "LBSTNRHI": float(high * factor),
                            "LBNRIND": "NORMAL", "LBSPEC": "SERUM"}
                else:
                    row |= {"VSPOS": "SITTING", "VSTPT": "PREDOSE", "VSTPTNUM": 1.0, "VSELTM": "-PT1H", "VSTPTREF": "DOSE"}
                yield ids | row


def disposition():
    for number, ids, start in subjects():
        end = ("DIED", "DEATH") if number == 5 else ("COMPLETED", "COMPLETED")
        yield ids | {"DOMAIN": "DS", "DSSEQ": 1.0, "DSTERM": "INFORMED CONSENT OBTAINED", "DSDECOD": "INFORMED CONSENT OBTAINED",
                     "DSCAT": "PROTOCOL MILESTONE", "EPOCH": "SCREENING", "DSSTDTC": day(start, -8), "DSSTDY": -8.0}
        yield ids | {"DOMAIN": "DS", "DSSEQ": 2.0, "DSTERM": end[0], "DSDECOD": end[1], "DSCAT": "DISPOSITION EVENT", "EPOCH": "TREATMENT",
                     "DSSTDTC": day(start, 40), "DSSTDY": 40.0}


def elements():
    for number, ids, start in subjects():
        for seq, (code, name, epoch, first, last) in enumerate((("SCRN", "Screening", "SCREENING", -8, 1),
                                                                (f"TRT{'AB'[number % 2]}", f"Treatment {'AB'[number % 2]}", "TREATMENT", 1, 40)), 1):
            yield ids | {"DOMAIN": "SE", "SESEQ": float(seq), "ETCD": code, "ELEMENT": name, "EPOCH": epoch, "SESTDTC": day(start, first),
                         "SEENDTC": day(start, last), "SESTDY": float(first), "SEENDY": float(last)}


def visits():
    for _, ids, start in subjects():
        for visit, label, planned, _ in VISITS:
            yield ids | {"DOMAIN": "SV", "VISITNUM": float(visit), "VISIT": label, "VISITDY": float(planned), "SVPRESP": "Y", "SVOCCUR": "Y",
                         "SVSTDTC": day(start, planned), "SVENDTC": day(start, planned), "SVSTDY": float(planned), "SVENDY": float(planned)}


DESIGN = {
    "TA": [{"ARMCD": arm, "ARM": f"Arm {arm}", "TAETORD": float(order), "ETCD": code, "ELEMENT": name, "TABRANCH": "", "TATRANS": "", "EPOCH": epoch}
           for arm in "AB" for order, (code, name, epoch) in enumerate((("SCRN", "Screening", "SCREENING"), (f"TRT{arm}", f"Treatment {arm}", "TREATMENT")), 1)],
    "TE": [{"ETCD": code, "ELEMENT": name, "TESTRL": "Rule", "TEENRL": "Rule", "TEDUR": duration}
           for code, name, duration in (("SCRN", "Screening", "P8D"), ("TRTA", "Treatment A", "P6W"), ("TRTB", "Treatment B", "P6W"))],
    "TI": [{"IETESTCD": "INCL1", "IETEST": "Adults", "IECAT": "INCLUSION"}, {"IETESTCD": "EXCL1", "IETEST": "Pregnancy", "IECAT": "EXCLUSION"}],
    "TV": [{"VISITNUM": float(visit), "VISIT": label, "VISITDY": float(planned), "ARMCD": "", "TVSTRL": "Rule", "TVENRL": "Rule"}
           for visit, label, planned, _ in VISITS],
    "TS": [{"TSSEQ": 1.0, "TSPARMCD": code, "TSPARM": name, "TSVAL": value, "TSVALNF": "", "TSVALCD": "", "TSVCDREF": "", "TSVCDVER": ""}
           for code, name, value in (("SSTDTC", "Study Start Date", "2024-02-22"), ("AGEMIN", "Planned Minimum Age of Subjects", "P18Y"), ("RANDOM", "Trial is Randomized", "Y"),
                                     ("PLANSUB", "Planned Number of Subjects", "6"), ("TITLE", "Trial Title", "A Study"))],
}


def qualifiers(domain, variable, sequence=True):
    for _, ids, _ in subjects():
        yield ids | {"RDOMAIN": domain, "IDVAR": f"{domain}SEQ" if sequence else "", "IDVARVAL": "1" if sequence else "", "QNAM": variable,
                     "QLABEL": f"{variable} of the Subject", "QVAL": "Y", "QORIG": "CRF", "QEVAL": "INVESTIGATOR"}


def relations():
    for _, ids, _ in subjects():
        for domain in ("AE", "CM"):
            yield ids | {"RDOMAIN": domain, "IDVAR": f"{domain}SEQ", "IDVARVAL": "1", "RELTYPE": "", "RELID": "R1"}


def comments():
    for _, ids, _ in subjects():
        yield ids | {"DOMAIN": "CO", "RDOMAIN": "AE", "COSEQ": 1.0, "IDVAR": "AESEQ", "IDVARVAL": "1", "COVAL": "Seen by the nurse", "COEVAL": "INVESTIGATOR"}


def table(name, rows):
    """A dataset with its variables in the order of the guide, described as the guide describes them."""
    frame = pd.DataFrame(rows)
    texts = [column for column in frame if frame[column].dtype.kind not in "fi"]
    frame = frame.astype(dict.fromkeys(texts, "str"))
    plain = Table(name, "", "SDTM", (), frame)
    facts = {**guide(plain), **known(plain)}
    frame = frame[sorted(frame.columns, key=list(facts).index)]
    label = datasets().get(name, {}).get("label") or f"Supplemental Qualifiers for {name[4:]}"
    return described(Table(name, label, "SDTM", (), frame, f"{name.lower()}.xpt"), facts)


def described(whole, facts):
    variables = tuple(Variable(name, facts[name].label, "Num" if whole.frame[name].dtype.kind == "f" else "Char",
                               8 if whole.frame[name].dtype.kind == "f" else max(whole.frame[name].str.len().max(), 1)) for name in whole.frame)
    return replace(whole, variables=variables)


@pytest.fixture(scope="module")
def clean():
    domains = {"DM": demographics(), "AE": adverse_events(), "CM": medications(), "EX": doses(), "LB": findings("LB"), "VS": findings("VS"),
               "DS": disposition(), "SE": elements(), "SV": visits(), "SUPPAE": qualifiers("AE", "AETRTEM"), "SUPPDM": qualifiers("DM", "SAFETY", False),
               "RELREC": relations(), "CO": comments()}
    domains |= {name: [{"STUDYID": "S1", "DOMAIN": name} | row for row in rows] for name, rows in DESIGN.items()}
    return Package({name: table(name, list(rows)) for name, rows in domains.items()})


def with_table(package, name, whole):
    tables = {other: known for other, known in package.tables.items() if other != name}
    return Package(tables | ({name: whole} if whole is not None else {}), package.standards)


def value(variable, new, record=1):
    """Spoil one cell."""
    def spoil(whole):
        frame = whole.frame.copy()
        frame.loc[record - 1, variable] = new
        return replace(whole, frame=frame)
    return spoil


def values(**new):
    """Spoil several cells of the first record."""
    def spoil(whole):
        for variable, one in new.items():
            whole = value(variable, one)(whole)
        return whole
    return spoil


def described_as(variable, **facts):
    def spoil(whole):
        return replace(whole, variables=tuple(replace(own, **facts) if own.name == variable else own for own in whole.variables))
    return spoil


def without(variable):
    def spoil(whole):
        return replace(whole, frame=whole.frame.drop(columns=variable), variables=tuple(own for own in whole.variables if own.name != variable))
    return spoil


def renamed(variable, name):
    def spoil(whole):
        return replace(whole, frame=whole.frame.rename(columns={variable: name}),
                       variables=tuple(replace(own, name=name) if own.name == variable else own for own in whole.variables))
    return spoil


def moved(variable, place):
    def spoil(whole):
        others = [own for own in whole.variables if own.name != variable]
        variables = (*others[:place], whole.by_name[variable], *others[place:])
        return replace(whole, frame=whole.frame[[own.name for own in variables]], variables=variables)
    return spoil


def as_text(variable):
    def spoil(whole):
        frame = whole.frame.assign(**{variable: whole.frame[variable].map("{:g}".format).astype("str")})
        return described_as(variable, type="Char")(replace(whole, frame=frame))
    return spoil


def copied(record=1, **changed):
    """A copy of a record at the end."""
    def spoil(whole):
        row = whole.frame.iloc[[record - 1]].assign(**changed).astype(whole.frame.dtypes)
        return replace(whole, frame=pd.concat([whole.frame, row], ignore_index=True))
    return spoil


def removed(record):
    def spoil(whole):
        return replace(whole, frame=whole.frame.drop(index=record - 1).reset_index(drop=True))
    return spoil


# what is spoilt, in which dataset, how, and where it must be found: rule, record (0: the variable or dataset), variable
FAULTS = [
    ("month 13", "AE", value("AESTDTC", "2024-13-01"), "dates.impossible_date", 1, "AESTDTC"),
    ("a date in words", "AE", value("AESTDTC", "05MAR2024"), "dates.iso_format", 1, "AESTDTC"),
    ("an event that ends too early", "AE", value("AEENDTC", "2023-01-01"), "dates.end_before_start", 1, "AEENDTC"),
    ("a study day off by one", "AE", value("AESTDY", 6.0), "dates.study_day", 1, "AESTDY"),
    ("study day 0", "VS", value("VSDY", 0.0), "dates.study_day_zero", 1, "VSDY"),
    ("no study day", "VS", value("VSDY", np.nan), "dates.study_day_missing", 1, "VSDY"),
    ("a study day of a partial date", "AE", value("AESTDTC", "2024-03"), "dates.study_day_without_date", 1, "AESTDY"),
    ("a date before birth", "CM", value("CMSTDTC", "1949"), "dates.before_birth", 1, "CMSTDTC"),
    ("a visit before consent", "SV", value("SVSTDTC", "2024-02-01"), "dates.before_consent", 1, "SVSTDTC"),
    ("a dose after death", "EX", value("EXSTDTC", "2024-06-10", 18), "dates.after_death", 18, "EXSTDTC"),
    ("a measurement after the end", "LB", value("LBDTC", "2024-05-01"), "dates.after_participation", 1, "LBDTC"),
    ("a year of 2041", "CM", value("CMENDTC", "2041-03-03"), "dates.far_from_study", 1, "CMENDTC"),
    ("a duration in words", "TE", value("TEDUR", "6 weeks", 2), "dates.duration_format", 2, "TEDUR"),
    ("an end before the start of the study", "DM", value("RFENDTC", "2024-02-01"), "dates.reference_order", 1, "RFENDTC"),
    ("another first dose", "DM", value("RFXSTDTC", "2024-03-02"), "dates.first_and_last_dose", 1, "RFXSTDTC"),
    ("no reference start", "DM", value("RFSTDTC", ""), "dates.reference_start", 1, "RFSTDTC"),
    ("a date of death without flag", "DM", value("DTHDTC", "2024-04-01"), "dates.death_flag", 1, "DTHFL"),
    ("a fatal event of a living subject", "AE", value("AEOUT", "FATAL"), "dates.death_elsewhere", 1, "AEOUT"),
    ("another date of death", "DS", value("DSSTDTC", "2024-06-01", 12), "dates.death_date", 12, "DSSTDTC"),
    ("another age", "DM", value("AGE", 47.0), "dates.age", 1, "AGE"),
    ("another epoch", "AE", value("EPOCH", "SCREENING"), "dates.epoch", 1, "EPOCH"),
    ("a gap between elements", "SE", value("SEENDTC", "2024-02-27"), "dates.element_gap", 1, "SEENDTC"),
    ("a laboratory date of another visit", "LB", value("LBDTC", "2024-03-29"), "dates.visit_date", 1, "LBDTC"),
    ("visits in disorder", "SV", value("SVSTDTC", "2024-03-16", 2), "dates.visit_order", 2, "SVSTDTC"),
    ("a result without date", "LB", value("LBDTC", ""), "dates.missing_date", 1, "LBDTC"),
    ("an elapsed time of nothing", "VS", value("VSTPTREF", ""), "dates.time_point_reference", 1, "VSTPTREF"),
    ("an unknown subject", "LB", value("USUBJID", "S1-01-999"), "identifiers.subject_in_dm", 1, "USUBJID"),
    ("a subject twice", "DM", value("USUBJID", "S1-01-002"), "identifiers.one_record_in_dm", 1, "USUBJID"),
    ("another subject number", "DM", value("SUBJID", "777"), "identifiers.subject_number", 1, "SUBJID"),
    ("a site in two countries", "DM", value("COUNTRY", "CAN"), "identifiers.site", 1, "COUNTRY"),
    ("half a number", "AE", value("AESEQ", 1.5), "identifiers.whole_number", 1, "AESEQ"),
    ("a number twice", "AE", value("AESEQ", 2.0), "identifiers.sequence_unique", 1, "AESEQ"),
    ("another name of a visit", "VS", value("VISIT", "WEEK 9"), "identifiers.visit_pair", 1, "VISIT"),
    ("another day of a visit", "VS", value("VISITDY", 5.0), "identifiers.visit_day", 1, "VISITDY"),
    ("an unplanned visit", "VS", value("VISITNUM", 9.0), "identifiers.visit_in_tv", 1, "VISITNUM"),
    ("a visit that SV lacks", "VS", value("VISITNUM", 9.0), "identifiers.visit_in_sv", 1, "VISITNUM"),
    ("another name of a test", "LB", value("LBTEST", "Potassium"), "identifiers.test_pair", 1, "LBTEST"),
    ("another name of a time point", "VS", value("VSTPT", "1 H"), "identifiers.time_point_pair", 1, "VSTPT"),
    ("another name of an arm", "DM", value("ARM", "Arm B"), "identifiers.arm_pair", 1, "ARM"),
    ("an unknown arm", "DM", value("ACTARMCD", "C"), "identifiers.arm_in_ta", 1, "ACTARMCD"),
    ("no arm and no reason", "DM", values(ARMCD="", ARM=""), "identifiers.arm_reason", 1, "ARMNRS"),
    ("another name of an element", "SE", value("ELEMENT", "Run-in"), "identifiers.element_pair", 1, "ELEMENT"),
    ("an unknown element", "SE", value("ETCD", "XXX"), "identifiers.element_in_te", 1, "ETCD"),
    ("an unknown epoch", "AE", value("EPOCH", "TREATMNT"), "identifiers.epoch_in_ta", 1, "EPOCH"),
    ("an element of another arm", "SE", value("ETCD", "TRTB", 2), "identifiers.element_in_arm", 2, "ETCD"),
    ("an actual arm that was not planned", "DM", values(ACTARMCD="B", ACTARM="Arm B"), "identifiers.actual_arm", 1, "ARMCD"),
    ("a criterion twice", "TI", value("IETESTCD", "EXCL1"), "identifiers.design_key", 1, "IETESTCD"),
    ("a second result of a test", "LB", copied(LBSEQ=99.0, LBSTRESN=41.0), "identifiers.natural_key", 49, "LBTESTCD"),
    ("another number in letters", "LB", value("LBSTRESN", 350.0), "results.character_and_number", 1, "LBSTRESN"),
    ("no number", "LB", value("LBSTRESN", np.nan), "results.number_missing", 1, "LBSTRESN"),
    ("no standard result", "LB", values(LBSTRESC="", LBSTRESN=np.nan), "results.standard_result", 1, "LBSTRESC"),
    ("no unit", "LB", value("LBSTRESU", ""), "results.unit_missing", 1, "LBSTRESU"),
    ("a unit of nothing", "VS", values(VSORRES="", VSSTRESC="", VSSTRESN=np.nan), "results.unit_without_result", 1, "VSORRESU"),
    ("another standard unit", "LB", value("LBSTRESU", "mg/dL"), "results.standard_unit", 1, "LBSTRESU"),
    ("another factor", "LB", values(LBSTRESN=3.8, LBSTRESC="3.8"), "results.conversion", 1, "LBSTRESN"),
    ("a range upside down", "LB", value("LBSTNRLO", 90.0), "results.range_order", 1, "LBSTNRLO"),
    ("a wrong range indicator", "LB", value("LBNRIND", "HIGH"), "results.range_indicator", 1, "LBNRIND"),
    ("another limit", "LB", value("LBSTNRHI", 70.0), "results.range_conversion", 1, "LBSTNRHI"),
    ("two baselines", "LB", value("LBLOBXFL", "Y", 2), "results.baseline_once", 2, "LBLOBXFL"),
    ("a baseline after the dose", "LB", value("LBLOBXFL", "Y", 3), "results.baseline_after_dose", 3, "LBLOBXFL"),
    ("no baseline", "LB", value("LBLOBXFL", ""), "results.baseline_is_last", 1, "LBLOBXFL"),
    ("a baseline without result", "LB", values(LBORRES="", LBSTRESC="", LBSTRESN=np.nan), "results.baseline_without_result", 1, "LBLOBXFL"),
    ("done and not done", "VS", value("VSSTAT", "NOT DONE"), "results.not_done_with_result", 1, "VSSTAT"),
    ("a reason for nothing", "VS", value("VSREASND", "REFUSED"), "results.reason_without_status", 1, "VSSTAT"),
    ("no result", "VS", values(VSORRES="", VSSTRESC="", VSSTRESN=np.nan), "results.no_result", 1, "VSORRES"),
    ("a negative result", "VS", values(VSORRES="-120", VSSTRESC="-120", VSSTRESN=-120.0), "results.sign", 1, "VSSTRESN"),
    ("a decimal point", "VS", values(VSORRES="11.3", VSSTRESC="11.3", VSSTRESN=11.3), "results.magnitude", 1, "VSSTRESN"),
    ("pressures swapped", "VS", values(VSORRES="50", VSSTRESC="50", VSSTRESN=50.0), "results.blood_pressure", 1, "VSSTRESN"),
    ("a negative dose", "EX", value("EXDOSE", -50.0), "results.dose", 1, "EXDOSE"),
    ("a dose without unit", "EX", value("EXDOSU", ""), "results.dose", 1, "EXDOSU"),
    ("an age of 200", "DM", value("AGE", 200.0), "results.age", 1, "AGE"),
    ("yes in words", "AE", value("AESER", "Yes"), "terms.yes_no", 1, "AESER"),
    ("a flag of N", "LB", value("LBLOBXFL", "N", 2), "terms.flag", 2, "LBLOBXFL"),
    ("an unknown severity", "AE", value("AESEV", "BAD"), "terms.closed_codelist", 1, "AESEV"),
    ("an unknown race", "DM", value("RACE", "CAUCASIAN"), "terms.closed_codelist", 1, "RACE"),
    ("a unit in capitals", "EX", value("EXDOSU", "MG"), "terms.open_codelist", 1, "EXDOSU"),
    ("a route with a letter too much", "EX", value("EXDOSFRM", "TABLETT"), "terms.open_codelist", 1, "EXDOSFRM"),
    ("a test of another concept", "VS", value("VSTEST", "Weight"), "terms.test_name", 1, "VSTEST"),
    ("a short name in small letters", "LB", value("LBTESTCD", "alb"), "terms.short_name", 1, "LBTESTCD"),
    ("a test that is unknown", "LB", value("LBTESTCD", "ALBX"), "terms.test_known", 1, "LBTESTCD"),
    ("a country of two letters", "DM", value("COUNTRY", "US"), "terms.country", 1, "COUNTRY"),
    ("another code of a term", "AE", value("AEPTCD", 1.0), "terms.dictionary_code", 1, "AEPTCD"),
    ("another body system", "AE", value("AEBODSYS", "Eye disorders"), "terms.dictionary_path", 1, "AEBODSYS"),
    ("a value in other letters", "AE", value("AEREL", "Related"), "terms.spelling", 1, "AEREL"),
    ("a start date in words", "TS", value("TSVAL", "Spring 2024"), "terms.trial_summary_value", 1, "TSVAL"),
    ("no start of the study", "TS", removed(1), "terms.trial_summary_required", 0, "TSPARMCD"),
    ("a milestone as an event", "DS", value("DSDECOD", "INFORMED CONSENT OBTAINED", 2), "terms.disposition", 2, "DSDECOD"),
    ("a treatment called other", "CM", value("CMTRT", "OTHER"), "terms.multiple", 1, "CMTRT"),
    ("a qualifier of another domain", "SUPPAE", value("RDOMAIN", "CM"), "relations.supp_domain", 1, "RDOMAIN"),
    ("a qualifier by an unknown variable", "SUPPAE", value("IDVAR", "AEXSEQ"), "relations.supp_variable", 1, "IDVAR"),
    ("a qualifier of an unknown record", "SUPPAE", value("IDVARVAL", "9"), "relations.supp_resolves", 1, "IDVARVAL"),
    ("a qualifier of no record", "SUPPAE", value("IDVARVAL", ""), "relations.supp_identified", 1, "IDVARVAL"),
    ("a qualifier twice", "SUPPAE", copied(QVAL="N"), "relations.supp_unique", 7, "QNAM"),
    ("a qualifier that is a variable", "SUPPAE", value("QNAM", "AESEV"), "relations.supp_is_variable", 1, "QNAM"),
    ("another label of a qualifier", "SUPPAE", value("QLABEL", "Other"), "relations.supp_label", 1, "QLABEL"),
    ("an unknown origin", "SUPPAE", value("QORIG", "HEARSAY"), "relations.supp_origin", 1, "QORIG"),
    ("a relation to an unknown domain", "RELREC", value("RDOMAIN", "ZZ"), "relations.related_domain", 1, "RDOMAIN"),
    ("a relation by an unknown variable", "RELREC", value("IDVAR", "AEXSEQ"), "relations.related_variable", 1, "IDVAR"),
    ("a relation to an unknown record", "RELREC", value("IDVARVAL", "9"), "relations.related_resolves", 1, "IDVARVAL"),
    ("a relation of one", "RELREC", value("RELID", "R9"), "relations.related_group", 1, "RELID"),
    ("a type of a relation of records", "RELREC", value("RELTYPE", "ONE"), "relations.related_type", 1, "RELTYPE"),
    ("a comment on nothing", "CO", value("IDVARVAL", ""), "relations.comment_reference", 1, "IDVARVAL"),
    ("a Required variable is missing", "DM", without("SEX"), "structure.required_variable", 0, "SEX"),
    ("a Required value is missing", "AE", value("AETERM", ""), "structure.required_value", 1, "AETERM"),
    ("an Expected variable is missing", "AE", without("AESER"), "structure.expected_variable", 0, "AESER"),
    ("an unknown variable", "AE", renamed("AESEV", "AESEVX"), "structure.unknown_variable", 0, "AESEVX"),
    ("a number as text", "LB", as_text("LBSTRESN"), "structure.type", 0, "LBSTRESN"),
    ("another label", "AE", described_as("AESEV", label="How bad it was"), "structure.label_differs", 0, "AESEV"),
    ("a label that is too long", "AE", described_as("AESEV", label="S" * 41), "structure.label_missing", 0, "AESEV"),
    ("a name that is too long", "AE", renamed("AESEV", "AESEVERITY"), "structure.variable_name", 0, "AESEVERITY"),
    ("a variable in another place", "AE", moved("AESTDTC", 3), "structure.variable_order", 0, "AESTDTC"),
    ("a test without short name", "VS", without("VSTESTCD"), "structure.companion", 0, "VSTESTCD"),
    ("another domain", "AE", value("DOMAIN", "CM"), "structure.domain", 1, "DOMAIN"),
    ("another study", "AE", value("STUDYID", "S2"), "structure.study", 1, "STUDYID"),
    ("no records", "CO", lambda whole: replace(whole, frame=whole.frame.iloc[:0]), "structure.no_records", 0, ""),
    ("no dataset", "DM", lambda whole: None, "structure.dataset_missing", 0, ""),
    ("another label of a dataset", "AE", lambda whole: replace(whole, label="Events"), "structure.dataset_label", 0, ""),
    ("another name of a file", "AE", lambda whole: replace(whole, file="events.xpt"), "structure.file_name", 0, ""),
    ("a text that is too long", "AE", value("AETERM", "X" * 201), "structure.text_length", 1, "AETERM"),
    ("a length that is not needed", "AE", described_as("AESER", length=200), "structure.length_unused", 0, "AESER"),
    ("a record twice", "AE", copied(), "structure.duplicate_record", 13, "AESEQ"),
    ("a record with another number", "AE", copied(AESEQ=9.0), "structure.repeated_record", 13, "AESEQ"),
    ("subjects in disorder", "AE", copied(AESEQ=9.0), "structure.sort_order", 13, "USUBJID"),
    ("a letter beyond ASCII", "AE", value("AETERM", "FIÈVRE"), "structure.characters", 1, "AETERM"),
    ("a value that only one record lacks", "VS", value("VSPOS", ""), "structure.lone_gap", 1, "VSPOS"),
    ("a point for a missing value", "AE", value("AETERM", "."), "structure.placeholder", 1, "AETERM"),
]


@pytest.mark.parametrize(("dataset", "spoil", "rule", "record", "variable"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_what_is_spoilt_is_found(clean, dataset, spoil, rule, record, variable):
    spoilt = spoil(clean[dataset])
    findings, (verdict,) = run_rules(with_table(clean, dataset, spoilt), [RULES[rule]])
    assert verdict.status == "issues", verdict.why
    assert (dataset, record, variable) in {(finding.dataset, finding.line, finding.variable) for finding in findings}


def test_a_clean_study_has_no_error_and_no_warning(clean):
    findings, verdicts = run_rules(clean, [rule for rule in load_rules() if rule.each != "ADaM"])
    told = [(f.rule, f.dataset, f.key, f.variable, f.value, f.message) for f in findings if f.severity != "notice" and not f.rule.startswith("terms.trial_summary_required")]
    assert told == []
    assert [(verdict.rule, verdict.why) for verdict in verdicts if verdict.status == "failed"] == []


def test_a_subject_without_elements_is_found(clean):
    elements = clean["SE"].frame
    few = replace(clean["SE"], frame=elements[elements["USUBJID"] != "S1-01-001"].reset_index(drop=True))
    findings, _ = run_rules(with_table(clean, "SE", few), [RULES["identifiers.subject_without_records"]])
    assert [(f.dataset, f.line, f.variable) for f in findings] == [("DM", 1, "USUBJID")]


def turned(package, change):
    return Package({name: change(whole) for name, whole in package.tables.items()}, package.standards)


@pytest.mark.parametrize("change", [
    lambda whole: replace(whole, frame=whole.frame.iloc[:0]),
    lambda whole: replace(whole, frame=whole.frame.astype("str").replace("nan", "")),
    lambda whole: replace(whole, frame=whole.frame.apply(pd.to_numeric, errors="coerce").astype("float64")),
    lambda whole: replace(whole, frame=whole.frame.iloc[::-1].reset_index(drop=True)),
], ids=["no records", "numbers as texts", "texts as numbers", "records in another order"])
def test_no_rule_fails_whatever_the_datasets_look_like(clean, change):
    _, verdicts = run_rules(turned(clean, change))
    assert [(verdict.rule, verdict.why) for verdict in verdicts if verdict.status == "failed"] == []
