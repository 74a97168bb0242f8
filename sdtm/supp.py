"""Supplemental qualifiers: what a domain has no variable for goes to SUPP-- (SDTMIG 3.4, section 8.4).

So does the rest of a text that is longer than the 200 bytes a variable holds (section 4.5.3).
"""

from itertools import islice

import pandas as pd

from sdtm.findings import number_text
from sdtm.mapping import report_records
from sdtm.text import is_long, split_long
from specs.model import NAME_BYTES, DatasetSpec, VariableSpec, byte_length
from specs.summary import DatasetSummary

__all__ = ["continued_spec", "cut_long_texts", "split_supplements"]

ORIGINS = {"Collected": "CRF"}                     # Define-XML's words in those of SDTM; the others are the same
EVALUATORS = {"": "", "Investigator": "INVESTIGATOR", "Sponsor": "CLINICAL STUDY SPONSOR", "Subject": "STUDY SUBJECT",
              "Vendor": "VENDOR"}                  # terms of EVAL
OBSERVATIONS = ("INTERVENTIONS", "EVENTS", "FINDINGS", "FINDINGS ABOUT")
MOST_PIECES = 99
SUPPLEMENT = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG", "QEVAL")


def split_supplements(data: pd.DataFrame, spec: DatasetSpec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The domain without its supplemental qualifiers, and SUPP--: one record for each of them that has a value.

    IDVAR and IDVARVAL point to the record by --SEQ; for DM, which has one record a subject, they are empty. A qualifier
    of more than 200 bytes goes on in records of its own (AECOM, AECOM1, AECOM2); of such a text in a variable of an
    observation the first piece stays and the others are qualifiers (AETERM1), with a notice for each record.
    In: a finished domain with its `supp` variables. Out: the domain, and STUDYID RDOMAIN USUBJID IDVAR IDVARVAL QNAM
    QLABEL QVAL QORIG QEVAL with the raw record ids.
    """
    pieces = [_pieces(_values_of(data, variable), spec, variable, 0) for variable in spec.supplements]
    data, rests = _cut_long_texts(data, spec)
    parts = [part for part in [*pieces, *rests] if len(part)]
    supplement = _point_to_records(pd.concat(parts), data, spec) if parts else _none()
    qualifiers = [variable.name for variable in spec.supplements]
    return data.drop(columns=qualifiers) if qualifiers else data, supplement


def _none() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in (*SUPPLEMENT, "_record")})


def _point_to_records(pieces: pd.DataFrame, data: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The pieces as records of SUPP--, each with the --SEQ of its record."""
    rows, sequence = data.loc[pieces.index], f"{spec.domain}SEQ"
    has_sequence = sequence in rows
    number = rows[sequence] if has_sequence else pd.Series(0.0, index=rows.index)
    supplement = pieces.assign(
        STUDYID=rows["STUDYID"].array, RDOMAIN=spec.name, USUBJID=rows["USUBJID"].array,
        IDVAR=sequence if has_sequence else "", IDVARVAL=number_text(number).array if has_sequence else "",
        _record=rows["_record"].array, _sequence=number.array)
    supplement = supplement.sort_values(["USUBJID", "_sequence", "QNAM"], kind="stable", ignore_index=True)
    return supplement[[*SUPPLEMENT, "_record"]]


def _values_of(data: pd.DataFrame, variable: VariableSpec) -> pd.Series:
    """The filled values of a qualifier as text."""
    values = data[variable.name]
    values = values[values.notna() & (values != "")]
    return number_text(values) if variable.type == "Num" else values


def _cut_long_texts(data: pd.DataFrame, spec: DatasetSpec) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """An observation's texts of more than 200 bytes: the first piece in the domain, the others for SUPP--."""
    rests: list[pd.DataFrame] = []
    for variable, long in _long_texts(data, spec):
        rests.append(_pieces(data.loc[long, variable.name], spec, variable, 1))
        _report_long(data[long], spec, variable)
    return cut_long_texts(data, spec) if rests else data, rests


def cut_long_texts(data: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The domain as it is submitted and as other datasets read it: of a text over 200 bytes the first piece only."""
    for variable, long in _long_texts(data, spec):
        first = data.loc[long, variable.name].map(lambda text: split_long(text)[0])
        data = data.assign(**{variable.name: data[variable.name].mask(long, first)})
    return data


def _long_texts(data: pd.DataFrame, spec: DatasetSpec) -> list[tuple[VariableSpec, pd.Series]]:
    """The variables of an observation with texts over 200 bytes, and in which records."""
    texts = [variable for variable in spec.columns if variable.type == "Char" and spec.class_ in OBSERVATIONS]
    return [(variable, long) for variable in texts if (long := is_long(data[variable.name])).any()]


def _report_long(rows: pd.DataFrame, spec: DatasetSpec, variable: VariableSpec) -> None:
    sizes = rows[variable.name].map(byte_length).astype("str")
    message = ("the text is " + sizes + f" bytes long; the first 200 bytes are in {variable.name}, the rest is in "
               f"SUPP{spec.name} ({_piece_name(spec, variable, 1)})")
    report_records(rows, "text.over_200_bytes", "notice", spec.name, variable.name, message,
                   "nothing, the text is complete; data management: is so long a text meant for this field?")


def _pieces(values: pd.Series, spec: DatasetSpec, variable: VariableSpec, first: int) -> pd.DataFrame:
    """QNAM, QLABEL, QVAL, QORIG and QEVAL of every piece of the values from piece `first` on, by the index of the
    value.
    """
    long = is_long(values)
    split = values[long].map(split_long)
    parts = [values[~long]] if first == 0 else []
    parts += [split[split.map(len) > number].map(lambda pieces, at=number: pieces[at])
              for number in range(first, max(map(len, split), default=0))]
    names = [variable.name] if first == 0 else []
    names += [_piece_name(spec, variable, number) for number in range(first, first + len(parts) - len(names))]
    constant = {"QLABEL": variable.label, "QORIG": _origin(variable), "QEVAL": EVALUATORS[variable.originator]}
    frames = [pd.DataFrame({"QNAM": name, "QVAL": part, **constant}, index=part.index, dtype="str")
              for name, part in zip(names, parts, strict=True) if len(part)]
    return pd.concat(frames) if frames else pd.DataFrame()


def _piece_name(spec: DatasetSpec, variable: VariableSpec, number: int) -> str:
    """AECOM, AECOM1, AECOM2 ...: eight characters at most, and no name that the dataset has already."""
    if number == 0:
        return variable.name
    names = (variable.name[:NAME_BYTES - len(str(at))] + str(at) for at in range(1, MOST_PIECES))
    free = (name for name in names if name not in spec.variables)
    return next(islice(free, number - 1, None))


def continued_spec(spec: DatasetSpec, supplement: DatasetSummary) -> DatasetSpec:
    """The specification of a domain with the qualifiers that long texts went on in, which only the data know."""
    found = set(supplement.values.get("QNAM", {})) - spec.variables.keys()
    pieces = {name: variable.model_copy(update={"name": name, "supp": True, "core": ""})
              for variable in spec.variables.values()
              for number in range(1, len(found) + 1) if (name := _piece_name(spec, variable, number)) in found}
    return spec.model_copy(update={"variables": {**spec.variables, **pieces}}) if pieces else spec


def _origin(variable: VariableSpec) -> str:
    """The stated origin, or the one that the variable's verb implies."""
    verb = variable.verbs[0] if variable.verbs else ""
    origin = variable.origin or {"value": "Assigned", "derive": "Derived"}.get(verb, "Collected")
    return ORIGINS.get(origin, origin)
