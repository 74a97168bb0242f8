"""The CDISC rules engine, in a process of its own: one rule over all datasets, and what the engine would not say.

Only this module imports the engine, which takes ten seconds. It gets finished frames (no file is read again) and plain
JSON (no pickle is loaded), and it may not reach the network. Where the engine hides a fault, it is brought to light:

- A TypeError in an operator or operation becomes "no result" in the engine, and then perhaps "no finding". It logs
  the fault before it drops it; `_Watch` hears that, and the rule has failed.
- Terminology or a define.xml that is not there becomes an empty list; here the rule is skipped or failed, and says so.
"""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

os.environ["PYTHON_DOTENV_DISABLED"] = "1"                   # the engine would read a .env of any folder above it

from cdisc_rules_engine.models.dataset import PandasDataset
from cdisc_rules_engine.models.library_metadata_container import LibraryMetadataContainer
from cdisc_rules_engine.models.rule import Rule
from cdisc_rules_engine.models.sdtm_dataset_metadata import SDTMDatasetMetadata
from cdisc_rules_engine.rules_engine import RulesEngine
from cdisc_rules_engine.services.cache import InMemoryCacheService, in_memory_cache_service
from cdisc_rules_engine.services.data_services import DummyDataService
from cdisc_rules_engine.services.define_xml.define_xml_reader_factory import DefineXMLReaderFactory

from validation.core.data import LISTED, Data, Job
from validation.core.resources import Resources

__all__ = ["Engine"]

LOST = ("Error extracting metadata ", "Error: ")         # logged, and the dataset is left out
DROPPED = (*LOST, "Error in ", "error in operation ")    # with a TypeError: the result is None; others are raised
RECORD = "Record"


class _Watch(logging.Handler):
    """Hears what the engine logs of a fault before it drops it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.hidden: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        fault, said = sys.exception(), record.getMessage()
        if said.startswith(DROPPED if isinstance(fault, TypeError) else LOST) and fault is not None:
            self.hidden.append(f"{type(fault).__name__}: {said.partition(', traceback')[0]}")


@dataclass
class _Notes:
    """What one rule did: which datasets it read, what it looked for in vain, how many records broke it."""

    reads: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    no_define: bool = False
    broken: dict[str, int] = field(default_factory=dict)


class _Dataset(PandasDataset):
    """A frame of which the engine writes out the first records at fault only: it takes a millisecond for each."""

    notes = _Notes()
    record_rule = False
    current = ""

    def get_error_rows(self, results: Any) -> pd.DataFrame:
        rows = super().get_error_rows(results)
        if not _Dataset.record_rule or len(rows) <= LISTED:
            return rows
        _Dataset.notes.broken[_Dataset.current] = len(rows)
        return rows.head(LISTED)


class _Metadata(SDTMDatasetMetadata):
    """A dataset's facts; `data` has its columns and no records, so that none is read unseen."""

    data: pd.DataFrame


class _Library(LibraryMetadataContainer):
    """The library from JSON: a package is never looked for as a pickle, and one that is absent is noted."""

    def __init__(self, resources: Resources) -> None:
        found = resources.library()
        super().__init__(standard_metadata=found["standard"], model_metadata=found.get("model", {}),
                         variables_metadata=found["variables"], variable_codelist_map=found["codelists"],
                         ct_package_metadata={name: resources.read_ct(name) for name in resources.ct})
        self.resources = resources
        self.notes = _Notes()
        self.others: dict[str, Any] = {}                        # packages that data name, beside those of the run

    def _load_ct_package_data(self, ct_package_type: str, version: str) -> Any:
        found = self.get_ct_package_metadata(f"{ct_package_type}-{version}")
        if not found and ct_package_type.endswith("ct"):        # data also name SNOMED and the like, which are none
            self.notes.absent.add(f"the terminology package {ct_package_type}-{version}")
        return found

    def get_ct_package_metadata(self, key: str) -> Any:
        if key in self._ct_package_metadata:
            return self._ct_package_metadata[key]
        if key not in self.others:
            self.others[key] = self.resources.read_ct(key) or {}
        return self.others[key]

    @property
    def published_ct_packages(self) -> list[str]:
        names = self.resources.published()
        if names is None:
            self.notes.absent.add("the list of all published terminology packages")
        return names or []


class _Service(DummyDataService):
    """Answers the engine's questions about the datasets, and notes which it asked for."""

    def __init__(self, data: Mapping[str, Data], frames: Mapping[str, pd.DataFrame], define: Path | None,
                 notes: _Notes, cache_service: InMemoryCacheService, resources: Resources, library: _Library) -> None:
        self._data, self._frames, self._define, self._notes = data, frames, define, notes
        super().__init__(cache_service, None, None, data=[], standard=resources.standard,
                         standard_version=resources.version, library_metadata=library,
                         dataset_implementation=_Dataset)

    def _initialize_datasets_metadata(self, **_unused: object) -> dict[str, SDTMDatasetMetadata]:
        return {name: _metadata(data, self._frames[name]) for name, data in self._data.items()}

    def get_dataset(self, dataset_name: str, **_unused: object) -> PandasDataset:
        self._notes.reads.add(dataset_name)
        return _Dataset(self._frames[dataset_name].copy(deep=False)) if dataset_name in self._frames else _Dataset()

    def get_dataset_metadata(self, dataset_name: str, **params: object) -> Any:
        self._notes.reads.add(dataset_name)                     # it has the count of records
        return super().get_dataset_metadata(dataset_name=dataset_name, **params)

    def get_variables_metadata(self, dataset_name: str) -> PandasDataset:
        variables = self._data[dataset_name].variables
        return _Dataset.from_dict({
            "variable_name": [variable.name for variable in variables],
            "variable_order_number": list(range(1, len(variables) + 1)),
            "variable_label": [variable.label for variable in variables],
            "variable_size": [variable.length for variable in variables],
            "variable_data_type": [variable.type for variable in variables],
            "variable_format": [variable.format for variable in variables]})

    def get_define_xml_contents(self, dataset_name: str) -> bytes:
        if self._define is None:
            self._notes.no_define = True
            raise FileNotFoundError("no define.xml was given")
        return self._define.read_bytes()


def _as_objects(frame: pd.DataFrame) -> pd.DataFrame:
    """Text as Python objects: the engine goes row by row, and takes half the time for them."""
    return frame.astype({name: object for name in frame if frame[name].dtype == "str"})


@cache
def _define_reader(content: bytes) -> Any:
    """The engine reads define.xml anew for each dataset and each of its questions: a second each time. Here once."""
    reader = _build_reader(content)
    reader._odm_loader.MetaDataVersion = cache(reader._odm_loader.MetaDataVersion)
    return reader


def _reader_of(content: bytes, cache_service_obj: Any = None, *_others: object) -> Any:
    reader = _define_reader(content)
    reader.cache_service = cache_service_obj
    return reader


in_memory_cache_service.Lock = threading.Lock            # of one process: no semaphore is left over when that is ended
_build_reader = DefineXMLReaderFactory._build_reader
DefineXMLReaderFactory._build_reader = _reader_of


def _metadata(data: Data, frame: pd.DataFrame) -> _Metadata:
    first = {name: str(value) for name, value in frame.iloc[0].items()} if len(frame) else None
    made = _Metadata(name=data.name, label=data.label, filename=data.file, full_path=data.file, file_size=data.size,
                     record_count=len(frame), first_record=first)
    made.data = frame.iloc[:0]
    return made


class Engine:
    """The engine with its datasets and its library in memory."""

    def __init__(self, job: Job) -> None:
        self.resources, self.define, self.library = job.resources, job.define, _Library(job.resources)
        self.watch = _Watch()
        logging.getLogger().handlers[:] = [self.watch]
        logging.getLogger().setLevel(logging.WARNING)           # or it is told of every step, with the data
        self.load(job.data)

    def load(self, data: Iterable[Data]) -> None:
        """Take these datasets instead of any others."""
        self.data = {entry.name: entry for entry in data}
        self.frames = {name: _as_objects(pd.read_parquet(entry.parquet)) for name, entry in self.data.items()}

    def judge(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """One rule over all datasets: its results by dataset, what was hidden or absent, and what it read."""
        started = time.perf_counter()
        notes = self.library.notes = _Dataset.notes = _Notes()
        self.watch.hidden.clear()
        made = Rule.from_cdisc_metadata(Rule.spaces_to_underscores(json.loads(json.dumps(rule))))
        _Dataset.record_rule = made.get("sensitivity") == RECORD
        memory = InMemoryCacheService()
        service = _Service(self.data, self.frames, self.define, notes, memory, self.resources, self.library)
        engine = _Rules(memory, service, standard=self.resources.standard, standard_version=self.resources.version,
                        library_metadata=self.library, ct_packages=list(self.resources.ct),
                        define_xml_path=str(self.define) if self.define else None)
        found = engine.validate_single_rule(made)
        results = [_plain(result, name, notes) for name, parts in found.items() for result in parts]
        return {"results": results, "hidden": list(dict.fromkeys(self.watch.hidden)), "absent": sorted(notes.absent),
                "no_define": notes.no_define, "reads": sorted(notes.reads & self.data.keys()),
                "seconds": time.perf_counter() - started}


class _Rules(RulesEngine):
    """The engine, which says which dataset it is at."""

    def validate_single_dataset(self, rule: dict[str, Any], dataset_metadata: SDTMDatasetMetadata) -> list[Any]:
        _Dataset.current = dataset_metadata.unsplit_name
        return super().validate_single_dataset(rule, dataset_metadata)


def _plain(result: Mapping[str, Any], name: str, notes: _Notes) -> dict[str, Any]:
    """A result as texts and numbers; at most `LISTED` of its errors, and how many there are."""
    errors, order = result.get("errors") or [], list(result.get("variables") or [])
    return {"dataset": name, "status": str(result.get("executionStatus")), "message": str(result.get("message") or ""),
            "total": notes.broken.get(name, len(errors)), "errors": [_error(error, order) for error in errors[:LISTED]]}


def _error(error: Mapping[str, Any], order: list[str]) -> dict[str, Any]:
    """The engine keeps the variables in a set: here they stand as the rule names them."""
    row, values = error.get("row"), error.get("value") or {}
    names = sorted(values, key=lambda name: (order.index(name) if name in order else len(order), str(name)))
    return {"dataset": str(error.get("dataset") or ""), "row": row if isinstance(row, int) else 0,
            "subject": str(error.get("USUBJID") or ""), "sequence": str(error.get("SEQ") or ""),
            "error": str(error.get("error") or ""), "message": str(error.get("message") or ""),
            "values": {str(name): _text(values[name]) for name in names}}


def _text(value: Any) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        texts = list(filter(None, map(_text, value)))
        return ", ".join(sorted(texts) if isinstance(value, set | frozenset) else texts)
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)
