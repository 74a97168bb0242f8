"""What goes wrong in real data, on purpose: the classes of faults, what each spoils and which finding must name it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import faults_files as files
from . import faults_pages as pages
from . import faults_samples as samples
from .protocol import Rng, chance
from .spoiling import Patient, subject_of

__all__ = ["FAULTS", "FILE_FAULTS", "Fault", "inject", "spoil_files", "subject_of"]

Row = dict[str, str]


@dataclass(frozen=True)
class Fault:
    """A class of faults. `spoil` makes one of them, `rule` is the finding that must name its record, and `follows` are
    the findings that it may cause besides, at its record or at others of the subject.
    """

    spoil: Callable[..., dict[str, Any] | None]
    rule: str
    follows: tuple[str, ...] = ()


WRONG_PERSON = ("mapping.subject_mismatch", "mapping.date_missing", "mapping.date_after_death")
FAULTS: Mapping[str, Fault] = {
    "duplicate record": Fault(pages.repeat_record, "raw.duplicate_record", ("contract.duplicate_key",)),
    "page entered twice": Fault(pages.enter_twice, "raw.key_not_unique", ("contract.duplicate_key",)),
    "start and end swapped": Fault(pages.swap_dates, "mapping.end_before_start"),
    "end before start": Fault(pages.end_before_start, "mapping.end_before_start"),
    "impossible date": Fault(pages.break_date, "mapping.impossible_date", ("mapping.end_before_start",)),
    "missing date": Fault(pages.empty_date, "mapping.date_missing"),
    "date after the cut-off": Fault(
        pages.date_after_cutoff, "mapping.date_after_cutoff", ("mapping.date_after_death",)
    ),
    "record after death": Fault(pages.date_after_death, "mapping.date_after_death"),
    "dose after death": Fault(pages.dose_after_death, "mapping.date_after_death"),
    "visit out of order": Fault(pages.move_visit, "mapping.visit_out_of_order"),
    "day and month swapped": Fault(
        pages.swap_day_and_month, "mapping.visit_out_of_order", ("mapping.date_after_death",)
    ),
    "unknown code": Fault(pages.code_unknown, "mapping.unmapped_value"),
    "text over 200 bytes": Fault(pages.write_long_text, "text.over_200_bytes"),
    "unknown subject": Fault(
        pages.name_unknown_subject,
        "mapping.unknown_subject",
        ("mapping.subject_not_in_adsl", "mapping.unknown_ae_number"),
    ),
    "serious without criterion": Fault(pages.add_seriousness, "mapping.seriousness"),
    "unknown adverse event number": Fault(pages.name_unknown_event, "mapping.unknown_ae_number"),
    "ongoing with an end": Fault(pages.go_on_after_end, "mapping.ongoing_with_end"),
    "done and not done": Fault(pages.mark_not_done, "mapping.done_and_not_done"),
    "weight in pounds as kilograms": Fault(pages.mistake_weight, "mapping.implausible_change"),
    "more infused than prepared": Fault(
        pages.infuse_too_much, "mapping.more_than_prepared", ("mapping.infusion_volume",)
    ),
    "wrong sum of diameters": Fault(pages.change_sum, "mapping.sum_of_diameters_differs"),
    "lesion in another organ": Fault(pages.move_lesion, "mapping.lesion_moved"),
    "sample without collection": Fault(
        samples.lose_collection, "mapping.sample_not_collected", ("mapping.date_missing",)
    ),
    "collection without result": Fault(samples.lose_results, "mapping.collection_without_result"),
    "duplicate barcode": Fault(
        samples.repeat_barcode,
        "mapping.sample_number_twice",
        (
            "mapping.sample_not_collected",
            "mapping.collection_without_result",
            "mapping.collection_differs",
            "mapping.date_missing",
            "contract.duplicate_key",
        ),
    ),
    "wrong subject on a vendor row": Fault(
        samples.file_under_neighbour, "mapping.sample_not_collected", ("contract.duplicate_key", *WRONG_PERSON)
    ),
    "sex differs at the vendor": Fault(samples.change_sex, "mapping.subject_mismatch"),
    "QTcF that does not fit": Fault(samples.change_qtcf, "mapping.qtcf_differs"),
    "unknown visit": Fault(samples.name_unknown_visit, "mapping.unknown_visit", ("mapping.unmapped_value",)),
    "result missing without reason": Fault(samples.empty_result, "mapping.result_missing"),
    "BLQ with a number": Fault(samples.blur_limit, "mapping.result_not_numeric"),
    "result not numeric": Fault(samples.write_words, "mapping.result_not_numeric"),
    "laboratory unit mistaken": Fault(
        samples.mistake_unit, "mapping.unit_conversion_differs", ("mapping.implausible_result",)
    ),
    "haemoglobin in g/dL as g/L": Fault(samples.mistake_haemoglobin, "mapping.implausible_result"),
    "unknown laboratory test": Fault(
        samples.name_unknown_test,
        "mapping.unknown_test",
        ("mapping.unknown_unit", "contract.unknown_term", "contract.required_missing"),
    ),
    "draw time differs": Fault(samples.move_draw, "lab.collection_time_differs"),
    "titre without positive confirmation": Fault(samples.contradict_titre, "mapping.tier_not_indicated"),
    "second cohort assigned": Fault(samples.assign_again, "mapping.second_assignment"),
}
FILE_FAULTS: Mapping[str, Fault] = {
    "GBK where UTF-8 was agreed": Fault(files.write_gbk, "raw.encoding"),
    "end marker missing": Fault(files.lose_end_marker, "raw.missing_end_marker"),
    "EDC view cut short": Fault(
        files.cut_pages, "raw.truncated_file", ("raw.unclosed_quote", "raw.missing_end_marker")
    ),
    "vendor file cut short": Fault(files.cut_results, "raw.truncated_file"),
}


def inject(
    rows: Mapping[str, Sequence[Row]],
    rng: Rng,
    rate: float,
    done: Counter[str],
    neighbour: tuple[str, str] | None = None,
) -> tuple[dict[str, list[Row]], list[dict[str, Any]]]:
    """Spoil the share `rate` of a subject's records: its rows with the faults in them, and what is true of each fault.

    The classes take turns: the one that was `done` least often goes next, if the subject has a record for it. So in a
    study of some size every class occurs, and none prevails. A record has one fault at most.
    """
    patient = Patient({form: [dict(row) for row in lines] for form, lines in rows.items()}, rng, set(), neighbour)
    wanted = rate * sum(map(len, rows.values()))
    number = int(wanted) + chance(rng, wanted % 1)
    left, found = set(FAULTS), []
    while len(found) < number and left:
        name = min((name for name in FAULTS if name in left), key=lambda name: done[name])
        made = FAULTS[name].spoil(patient)
        if made is None:
            left.remove(name)
            continue
        done[name] += 1
        found.append({"class": name, "rule": FAULTS[name].rule, **made})
    return patient.rows, found


def spoil_files(out: Path, rng: Rng) -> list[dict[str, Any]]:
    """Spoil whole files, each class once: what is true of each fault, with the line of the file that shows it."""
    made = {name: fault.spoil(out, rng) for name, fault in FILE_FAULTS.items()}
    return [{"class": name, "rule": FILE_FAULTS[name].rule, **facts} for name, facts in made.items() if facts]

