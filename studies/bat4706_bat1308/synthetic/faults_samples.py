"""Faults of samples and vendors' rows, one function each: it spoils a record of a subject and says what it did."""

from typing import Any

from .protocol import LEVELS, between, pick
from .spoiling import SUBJECT_FIELDS, Patient, Row, claim, describe, find_free, record_id

__all__ = [
    "assign_again", "blur_limit", "change_qtcf", "change_sex", "contradict_titre", "empty_result",
    "file_under_neighbour", "lose_collection", "lose_results", "mistake_haemoglobin", "mistake_unit", "move_draw",
    "name_unknown_test", "name_unknown_visit", "repeat_barcode", "write_words",
]

Found = dict[str, Any] | None


def numeric(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def results_of(patient: Patient, barcode: str) -> list[Row]:
    return [row for row in patient.rows.get("PK", ()) if row["BARCODE"] == barcode]


def find_draws(patient: Patient) -> list[Row]:
    """The collections of PK samples that have results, all without a fault."""
    reported: dict[str, list[Row]] = {}
    for row in patient.rows.get("PK", ())[:-2]:
        reported.setdefault(row["BARCODE"], []).append(row)
    return [
        row
        for row in find_free(patient, "PKC", lambda row: row["PKBARC"] in reported)
        if not any(id(result) in patient.taken for result in reported[row["PKBARC"]])
    ]


def take_draw(patient: Patient) -> tuple[Row, list[Row]] | None:
    """A collection and its results, which no other fault will touch."""
    draw = claim(patient, find_draws(patient))
    if draw is None:
        return None
    results = results_of(patient, draw["PKBARC"])
    patient.taken.update(map(id, results))
    return draw, results


def lose_collection(patient: Patient) -> Found:
    """The laboratory has results of a sample whose collection was never entered."""
    if (taken := take_draw(patient)) is None:
        return None
    draw, results = taken
    patient.rows["PKC"] = [row for row in patient.rows["PKC"] if row is not draw]
    shown = "; ".join(record_id("PK", row) for row in results)
    return describe("PKC", draw, "PKBARC", draw["PKBARC"], "", shown)


def lose_results(patient: Patient) -> Found:
    """The laboratory has no result of a sample that was collected."""
    if (taken := take_draw(patient)) is None:
        return None
    draw, results = taken
    patient.rows["PK"] = [row for row in patient.rows["PK"] if row not in results]
    lost = describe("PK", results[0], "CONCENTRATION", results[0]["CONCENTRATION"], "")
    return {**lost, "record": record_id("PKC", draw)}


def repeat_barcode(patient: Patient) -> Found:
    """Two collections have the same barcode."""
    if (taken := take_draw(patient)) is None or (other := take_draw(patient)) is None:
        return None
    draw, clean = taken[0], taken[0]["PKBARC"]
    draw["PKBARC"] = other[0]["PKBARC"]
    return describe("PKC", draw, "PKBARC", clean, draw["PKBARC"])


def file_under_neighbour(patient: Patient) -> Found:
    """A result is filed under the number of another subject."""
    form = pick(patient.rng, ("PK", "LAB"))
    row = claim(patient, find_free(patient, form)) if patient.neighbour else None
    if row is None or patient.neighbour is None:
        return None
    site, number = SUBJECT_FIELDS[form]
    clean, (row[site], row[number]) = row[number], patient.neighbour
    return describe(form, row, number, clean, row[number])


def change_sex(patient: Patient) -> Found:
    """The ECG vendor has the other sex than the demographics form."""
    row = claim(patient, find_free(patient, "ECG"))
    if row is None:
        return None
    clean, row["SEX"] = row["SEX"], "F" if row["SEX"] == "M" else "M"
    return describe("ECG", row, "SEX", clean, row["SEX"])


def change_qtcf(patient: Patient) -> Found:
    """The QTcF of a tracing does not follow from its QT and RR."""
    row = claim(patient, find_free(patient, "ECG", lambda row: bool(row["QTCF"])))
    if row is None:
        return None
    clean, row["QTCF"] = row["QTCF"], str(int(row["QTCF"]) + between(patient.rng, 15, 60))
    return describe("ECG", row, "QTCF", clean, row["QTCF"])


def name_unknown_visit(patient: Patient) -> Found:
    """A tracing is of a visit that the protocol does not have."""
    row = claim(patient, find_free(patient, "ECG", lambda row: row["VISIT"].startswith("C")))
    if row is None:
        return None
    clean, row["VISIT"] = row["VISIT"], "CYCLE " + row["VISIT"][1:].replace("D", " DAY ")
    return describe("ECG", row, "VISIT", clean, row["VISIT"])


def empty_result(patient: Patient) -> Found:
    """A sample has neither a concentration nor a reason why there is none."""
    row = claim(patient, find_free(patient, "PK", lambda row: row["REASON"] == ""))
    if row is None:
        return None
    clean, row["CONCENTRATION"] = row["CONCENTRATION"], ""
    return describe("PK", row, "CONCENTRATION", clean, "")


def blur_limit(patient: Patient) -> Found:
    """A concentration below the limit of quantitation is reported with a number."""
    row = claim(patient, find_free(patient, "PK", lambda row: row["CONCENTRATION"] == "BLQ"))
    if row is None:
        return None
    row["CONCENTRATION"] = f"BLQ ({float(row['LLOQ']) * 0.7:.2f})"
    return describe("PK", row, "CONCENTRATION", "BLQ", row["CONCENTRATION"])


def write_words(patient: Patient) -> Found:
    """The result of a laboratory test is a remark."""
    row = claim(patient, find_free(patient, "LAB", lambda row: numeric(row["RESULT"])))
    if row is None:
        return None
    clean, row["RESULT"] = row["RESULT"], pick(patient.rng, ("SEE COMMENT", "REPEAT", "NOT CALCULABLE"))
    return describe("LAB", row, "RESULT", clean, row["RESULT"])


def mistake_unit(patient: Patient) -> Found:
    """A laboratory result is ten or a thousand times too large under its unit; in SI it is right."""
    fits = find_free(patient, "LAB", lambda row: bool(row["RESULT_SI"] and row["UNITS"]) and numeric(row["RESULT"]))
    row = claim(patient, [row for row in fits if float(row["RESULT"]) > 0])
    if row is None:
        return None
    clean, row["RESULT"] = row["RESULT"], f"{float(row['RESULT']) * pick(patient.rng, (10, 1000)):g}"
    return describe("LAB", row, "RESULT", clean, row["RESULT"])


def mistake_haemoglobin(patient: Patient) -> Found:
    """Haemoglobin in g/dL is reported as g/L, in both unit systems."""
    row = claim(patient, find_free(patient, "LAB", lambda row: row["TEST_CODE"] == "HGB" and numeric(row["RESULT"])))
    if row is None:
        return None
    clean = row["RESULT"]
    row["RESULT"] = row["RESULT_SI"] = f"{float(clean) / 10:.1f}"
    return describe("LAB", row, "RESULT", clean, row["RESULT"])


def name_unknown_test(patient: Patient) -> Found:
    """A result is of a test that was never agreed with the laboratory."""
    row = claim(patient, find_free(patient, "LAB", lambda row: row["TEST_CODE"] in ("MG", "AMY", "GGT", "CK")))
    if row is None:
        return None
    clean, row["TEST_CODE"] = row["TEST_CODE"], "X" + row["TEST_CODE"]
    return describe("LAB", row, "TEST_CODE", clean, row["TEST_CODE"])


def move_draw(patient: Patient) -> Found:
    """The site notes another hour of a laboratory draw than the laboratory."""
    reported = {row["ACCESSION"] for row in patient.rows.get("LAB", ())[:-1]}
    row = claim(patient, find_free(patient, "LBC", lambda row: row["LBACCNO"] in reported and row["LBTIM"] < "20"))
    if row is None:
        return None
    clean, row["LBTIM"] = row["LBTIM"], f"{int(row['LBTIM'][:2]) + 3:02}{row['LBTIM'][2:]}"
    return describe("LBC", row, "LBTIM", clean, row["LBTIM"])


def contradict_titre(patient: Patient) -> Found:
    """A titre is reported of a sample whose confirmatory test is negative."""
    titred = {(row["Barcode"], row["Drug"]) for row in patient.rows.get("ADA", ())[:-1] if row["Tier"] == "TITER"}
    row = claim(
        patient,
        find_free(
            patient, "ADA", lambda row: row["Tier"] == "CONFIRMATORY" and (row["Barcode"], row["Drug"]) in titred
        ),
    )
    if row is None:
        return None
    clean, row["Result"] = row["Result"], "NEGATIVE"
    return describe("ADA", row, "Result", clean, "NEGATIVE")


def assign_again(patient: Patient) -> Found:
    """The supply system assigns the subject to a second cohort."""
    rows = patient.rows.get("IRT", [])
    assigned = [row for row in rows if row["EVENT"] == "ASSIGNED"]
    if len(assigned) != 1:
        return None
    cohort = pick(patient.rng, [level for level in LEVELS if level != assigned[0]["COHORT"]])
    last = max(int(row["TRANSACTION"]) for row in rows)
    again = dict(assigned[0], TRANSACTION=f"{last + 1:07}", COHORT=cohort, BAT4706_MGKG=f"{LEVELS[cohort]:g}")
    patient.taken.add(id(again))
    patient.rows["IRT"] = [*rows, again]
    return describe("IRT", again, "COHORT", assigned[0]["COHORT"], cohort)


