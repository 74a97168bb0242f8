"""The way of one value from a submitted record back to the line of the raw file, a hop a dataset."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cdisckit.errors import CdisckitError, suggest
from cdisckit.study import Study, load_study
from raw.records import JOIN
from sdtm.identifiers import make_usubjid
from specs import DatasetSpec, VariableSpec

__all__ = ["Hop", "read_dataset", "trace_value"]

RECORDS_SHOWN = 10
DECIDED = ("AVAL", "AVALC", "ADT", "ADTM")         # of a record with SRCDOM, the values that its source record gave


@dataclass(frozen=True)
class Hop:
    """One step: what holds the value, the value, and the rule that made it of what comes below."""

    depth: int
    what: str  # ADAE.ASTDT of AESEQ=3, or a raw record
    value: str
    rule: str


def read_dataset(out: Path, name: str) -> pd.DataFrame:
    """A dataset of an output, with the raw record ids of its rows."""
    parts = sorted((out / "trace" / "data" / name).glob("*.parquet"))
    if not parts:
        known = sorted(folder.name for folder in (out / "trace" / "data").glob("*"))
        raise CdisckitError(
            f"{out} has no dataset {name}{suggest(name, known)}",
            cases=known,
            fix="build the study first: cdisckit build STUDY --raw RAW --out OUT",
        )
    return pd.concat([pd.read_parquet(part) for part in parts], ignore_index=True)


def trace_value(out: Path, target: str, subject: str, sequence: int | None, where: Mapping[str, str]) -> list[Hop]:
    """Every hop of the value DATASET.VARIABLE of one record: by subject and --SEQ, or by the values of other
    variables.
    """
    dataset, _, variable = target.upper().partition(".")
    study = load_study(_study_of(out))
    frame = read_dataset(out, dataset)
    spec = _spec_of(study, dataset)
    if variable not in spec.variables:
        raise CdisckitError(f"{dataset} has no variable {variable}{suggest(variable, spec.variables)}", where=target)
    rows = _select(frame, spec, subject, sequence, where)
    return [hop for _, row in rows.iterrows() for hop in _hops(out, study, spec, variable, row, 0, set())]


def _study_of(out: Path) -> str:
    path = out / "trace" / "study.json"
    if not path.is_file():
        raise CdisckitError(
            f"{out} is no output of cdisckit", where=str(out), fix="give the folder that --out of build named"
        )
    return str(json.loads(path.read_text(encoding="utf-8"))["study"])


def _spec_of(study: Study, dataset: str) -> DatasetSpec:
    return study.specs[dataset]


def _select(
    frame: pd.DataFrame, spec: DatasetSpec, subject: str, sequence: int | None, where: Mapping[str, str]
) -> pd.DataFrame:
    """The records of the subject (whole USUBJID or the end of it) with that --SEQ and those values."""
    names = frame["USUBJID"]
    rows = frame[(names == subject) | names.str.endswith(f"-{subject}")]
    if rows.empty:
        raise CdisckitError(f"{spec.name} has no record of the subject {subject}{suggest(subject, names.unique())}")
    if rows["USUBJID"].nunique() > 1:
        raise CdisckitError(
            f"several subjects end in {subject}", cases=sorted(rows["USUBJID"].unique()), fix="give the whole USUBJID"
        )
    if sequence is not None:
        column = _sequence_of(frame, spec)
        rows = rows[rows[column] == sequence]
    for name, value in where.items():
        if name not in frame:
            raise CdisckitError(f"{spec.name} has no variable {name}{suggest(name, frame.columns)}")
        text = rows[name].map(_shown).astype("str")
        rows = rows[text == value]
    if rows.empty:
        raise CdisckitError(
            f"{spec.name} has no such record of {subject}", fix="leave out --seq and --where to see all of them"
        )
    return rows.head(RECORDS_SHOWN)


def _sequence_of(frame: pd.DataFrame, spec: DatasetSpec) -> str:
    found = [name for name in (f"{spec.domain}SEQ", "ASEQ", *frame.columns) if name in frame and name.endswith("SEQ")]
    if not found:
        raise CdisckitError(f"{spec.name} has no sequence number", fix="select the record with --where VARIABLE=VALUE")
    return str(found[0])


def _hops(
    out: Path,
    study: Study,
    spec: DatasetSpec,
    variable: str,
    row: pd.Series,
    depth: int,
    seen: set[tuple[str, str, str]],
) -> Iterator[Hop]:
    step = (spec.name, variable, str(row.name))
    if step in seen:
        return
    seen.add(step)
    rule = spec.variables[variable]
    yield Hop(
        depth,
        f"{spec.name}.{variable} [{_record_name(spec, row)}]",
        _shown(row.get(variable)),
        _rule(study, spec, rule),
    )
    if spec.is_sdtm:
        yield from _raw_hops(out, study, spec, rule, row, depth + 1)
    for dataset, name in _decided_by(row, spec, rule, _sources(spec, rule, study.specs.facts.forms)):
        if dataset in study.specs.datasets and name in study.specs[dataset].variables:
            for _, origin in _origin(out, spec, row, dataset).iterrows():
                yield from _hops(out, study, study.specs[dataset], name, origin, depth + 1, seen)


def _sources(spec: DatasetSpec, rule: VariableSpec, forms: Collection[str]) -> list[tuple[str, str]]:
    """(dataset, variable) that a value is made of, beside raw fields. In SDTM a bare name is a variable of the dataset
    itself, and EX.EXSTDTC one of another where no form is called EX.
    """
    if not spec.is_sdtm:
        stated = (rule.from_,) if rule.from_ else rule.source
        return [(dataset, name) for dataset, _, name in (source.partition(".") for source in stated)]
    prefix = spec.domain
    implied = {
        "derive_study_day": [(spec.name, f"{rule.name[:-2]}DTC"), ("DM", "RFSTDTC")],
        "derive_visitnum": [(spec.name, "VISIT")],
        "derive_entpt": [(spec.name, f"{prefix}DTC")],
        "derive_epoch": [(spec.name, f"{prefix}STDTC"), (spec.name, f"{prefix}DTC")],
        "derive_lobxfl": [(spec.name, f"{prefix}DTC"), ("DM", "RFXSTDTC")],
        "derive_arm": [(spec.name, "ARMCD")],
    }
    parts = [source.rpartition(".") for source in rule.source]
    own = [(dataset or spec.name, name) for dataset, _, name in parts if dataset not in forms]
    return implied.get(rule.derive, []) + own


def _decided_by(
    row: pd.Series, spec: DatasetSpec, rule: VariableSpec, sources: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """The sources of a value that a record of another dataset decided (SRCDOM, SRCVAR): those in that dataset, or the
    variable itself.
    """
    source = str(row.get("SRCDOM", ""))
    if rule.name not in DECIDED or not source or any(dataset == spec.name for dataset, _ in sources):
        return sources
    return [one for one in sources if one[0] == source] or [(source, str(row["SRCVAR"]))]


def _origin(out: Path, spec: DatasetSpec, row: pd.Series, dataset: str) -> pd.DataFrame:
    """The records of another dataset that a record was made from: by --SEQ where it carries one, else those of the
    subject whose raw records are all among its own, else the subject's.
    """
    if dataset == spec.name:
        return pd.DataFrame([row])
    frame = read_dataset(out, dataset)
    rows = frame[frame["USUBJID"] == row["USUBJID"]]
    if row.get("SRCDOM") == dataset and pd.notna(row["SRCSEQ"]):
        number = next(name for name in ("ASEQ", f"{dataset[:2]}SEQ") if name in rows)
        return rows[rows[number] == row["SRCSEQ"]]
    sequence = f"{dataset[:2]}SEQ"
    if sequence in row.index and sequence in rows:
        return rows[rows[sequence] == row[sequence]]
    records = set(str(row["_record"]).split(JOIN)) - {""}
    within = rows[[bool(cell) and records.issuperset(cell.split(JOIN)) for cell in rows["_record"]]]
    return within if len(within) else rows.head(RECORDS_SHOWN)


def _raw_hops(
    out: Path, study: Study, spec: DatasetSpec, rule: VariableSpec, row: pd.Series, depth: int
) -> Iterator[Hop]:
    """The raw fields behind an SDTM value, with file and line, from the raw records of the row."""
    records = [record for record in str(row["_record"]).split("; ") if record]
    fields = _raw_fields(spec, rule, row)
    for form in dict.fromkeys(form for form, _ in fields):
        names = [field for other, field in fields if other == form]
        data = _raw_records(out, study, form, row, [record for record in records if record.startswith(f"{form}:")])
        for _, raw in data.head(RECORDS_SHOWN).iterrows():
            shown = " ".join(f'{name}="{raw[name]}"' for name in names if name in raw.index)
            yield Hop(depth, raw["_record"], shown, f"{study.specs.facts.forms[form].file} line {raw['_line']}")


def _raw_fields(spec: DatasetSpec, rule: VariableSpec, row: pd.Series) -> list[tuple[str, str]]:
    """(form, field) of what the variable is read from."""
    made_from = str(row.get("_record", "")).partition(":")[0]
    form = made_from if made_from in spec.form else spec.form[0] if spec.form else ""
    spec = spec.for_form(form)
    rule = spec.variables.get(rule.name, rule)
    fields = [(form, field) for field in (rule.from_, *rule.dtc) if field and form]
    test = spec.tests.get(str(row.get(f"{spec.domain}TESTCD", "")))
    if test is not None:
        own = {f"{spec.domain}ORRES": test.from_, **test.fields}
        results = [f"{spec.domain}{suffix}" for suffix in ("STRESC", "STRESN", "STRESU")]
        names = [f"{spec.domain}ORRES", f"{spec.domain}ORRESU"] if rule.name in results else [rule.name]
        fields += [(form, part) for name in names if name in own for part in own[name].split("/")]
    for source in rule.source:
        other, dot, names_of = source.partition(".")
        fields += [(other, field) for field in names_of.split("/") if dot]
    return list(dict.fromkeys(fields))


def _raw_records(out: Path, study: Study, form: str, row: pd.Series, records: list[str]) -> pd.DataFrame:
    """The raw records of the row; where it has none of this form, those of its subject."""
    parts = [pd.read_parquet(part) for part in sorted((out / "trace" / "raw" / form).glob("*.parquet"))]
    if not parts:
        return pd.DataFrame()
    data = pd.concat(parts, ignore_index=True)
    if records:
        return data[data["_record"].isin(records)]
    facts = study.specs.facts
    return data[make_usubjid(data[facts.SITEID], data[facts.SUBJID], study.specs) == row["USUBJID"]]


def _rule(study: Study, spec: DatasetSpec, rule: VariableSpec) -> str:
    if rule.derive:
        return f"{rule.derive}: {study.methods.get((spec.name, rule.name), '')}"
    if rule.from_:
        mapped = f", map {dict(rule.map)}" if rule.map else ""
        return f"from {rule.from_}{mapped}"
    if rule.dtc:
        return f"ISO 8601 of {' and '.join(rule.dtc)}"
    if rule.value is not None:
        return "constant of the specification"
    return f"test block of {spec.name.lower()}.yaml" if spec.tests else "no source"


def _record_name(spec: DatasetSpec, row: pd.Series) -> str:
    names = [
        name
        for name in ("USUBJID", f"{spec.domain}SEQ", "AESEQ", "VSSEQ", "PARAMCD", "ETCD", "VISIT")
        if name in row.index
    ]
    return " ".join(f"{name}={_shown(row[name])}" for name in list(dict.fromkeys(names))[:3])


def _shown(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return str(value.date()) if value == value.normalize() else str(value.isoformat())
    if isinstance(value, float):
        return "" if value != value else f"{value:.12g}"
    return "" if value is None or value is pd.NaT else re.sub(r"\s+", " ", str(value))
