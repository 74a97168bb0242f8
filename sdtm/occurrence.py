"""Lines of running records: those that only say that there was nothing, and what was taken as a number or in words."""

import pandas as pd

from raw.account import drop_records
from sdtm.mapping import NUMBER, report_records
from specs.model import DatasetSpec

__all__ = ["derive_dose", "drop_nothing"]


def drop_nothing(data: pd.DataFrame, spec: DatasetSpec, topic: str, *answers: str) -> pd.DataFrame:
    """Leave out the records whose answer (CMYN, taken along by `uses`) is N: the form says that there was none.

    A record that says so and names a treatment or an event stays, with a finding: it must not be lost to a tick. A
    record that says neither has no topic, which the contract reports.
    """
    for answer in answers:
        if f"_{answer}" not in data:
            continue
        none, named = data[f"_{answer}"] == "N", data[topic] != ""
        report_records(data[none & named], "mapping.named_and_none", "error", spec.name, topic,
                       f"the form says that there was none ({answer} is N) and names one; it is submitted",
                       "data management: query the site")
        data = drop_records(data, none & ~named, f"{answer} is N: the form says that there was none")
    return data


def derive_dose(data: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The dose as a number in --DOSE; a dose that is no number (a range, "half a tablet") is kept in words in --DOSTXT.

    Only one of the two has a value: where a number and words were collected the number counts, and the words are a
    finding. In: _--DOSE and, where the form has it, _--DOSTXT (text as collected). Source: SDTMIG 3.4, 6.1.
    """
    dose, words = f"{spec.domain}DOSE", f"{spec.domain}DOSTXT"
    if f"_{dose}" not in data:
        return data
    collected = data[f"_{dose}"]
    text = data.get(f"_{words}", pd.Series("", index=data.index, dtype="str"))
    number = pd.to_numeric(collected.where(collected.str.fullmatch(NUMBER), None), errors="coerce").astype("float64")
    both = (collected != "") & (text != "") & (collected != text)
    report_records(data[both], "mapping.two_doses", "warning", spec.name, words,
                   "the dose was collected as " + collected + " and in other words; the words are not submitted where "
                   "the first is a number", "data management: query the site", value=f"_{words}")
    described = collected.where(collected != "", text).where(number.isna(), "")
    return data.assign(**{dose: number, words: described})
