"""What an agency asks of labels, texts and file names: FDA (English), NMPA (Chinese), PMDA (English, short paths).

Sources: FDA Study Data Technical Conformance Guide (labels in ASCII); NMPA/CDE guideline on the submission of clinical
trial data, 2020 No. 16 (labels in Chinese, at most 40 bytes, no < or >, no digit first, brackets and quotes in pairs;
the encoding of the files is the applicant's choice and is stated);
PMDA Technical Conformance Guide (paths up to 160 characters, folders and dataset files 32, other files 64).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from cdisckit.errors import SpecError, suggest
from specs.model import LABEL_BYTES, DatasetSpec
from specs.texts import Texts

__all__ = ["AGENCIES", "Agency", "check_labels", "check_paths", "find_agency", "label_problems", "package_path",
           "translate_spec"]

PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("\uff08", "\uff09"), ("\u300a", "\u300b"), ("\u201c", "\u201d"))
QUOTES = ('"', "'")
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
PLACES = {"SDTM": "tabulations/sdtm", "ADaM": "analysis/adam/datasets"}      # of module 5, under datasets/STUDY


@dataclass(frozen=True)
class Agency:
    name: str
    language: str                        # of labels and descriptions, as xml:lang has it
    encoding: str = "utf-8"              # of the transport files
    ascii_labels: bool = False
    strict_labels: bool = False          # no < or >, no digit first, brackets and quotes in pairs
    path: int = 150                      # characters from m5 on
    folder: int = 64
    dataset_file: int = 64
    other_file: int = 64


AGENCIES: Mapping[str, Agency] = {
    "fda": Agency("fda", "en", ascii_labels=True),
    "nmpa": Agency("nmpa", "zh", strict_labels=True),
    "nmpa-gb18030": Agency("nmpa-gb18030", "zh", encoding="gb18030", strict_labels=True),
    "pmda": Agency("pmda", "en", path=160, folder=32, dataset_file=32, other_file=64),
}


def find_agency(name: str) -> Agency:
    """The agency of that name; without a name, one that asks for nothing but English."""
    if not name:
        return Agency("", "en")
    if name.lower() not in AGENCIES:
        raise SpecError(f"there is no agency {name}{suggest(name.lower(), AGENCIES)}", cases=sorted(AGENCIES))
    return AGENCIES[name.lower()]


def translate_spec(spec: DatasetSpec, texts: Texts) -> DatasetSpec:
    """The specification with its labels in the other language; a label without a text stays as it is."""
    variables = {name: variable.model_copy(update={"label": texts.say(variable.label)})
                 for name, variable in spec.variables.items()}
    return spec.model_copy(update={"label": texts.say(spec.label), "variables": variables})


def check_labels(specs: Iterable[DatasetSpec], agency: Agency, texts: Texts) -> Iterator[str]:
    """What is wrong about the labels of datasets and variables for an agency, as the specifications have them."""
    for spec in specs:
        for place, label in [(spec.name, spec.label), *((f"{spec.name}.{v.name}", v.label)
                                                       for v in spec.variables.values())]:
            if agency.language != "en" and not texts.is_text(label):
                yield f"{place}: the label {label!r} has no text in texts_{agency.language}.csv"
            else:
                yield from (f"{place}: the label {label!r} {problem}" for problem in label_problems(label, agency))


def label_problems(label: str, agency: Agency) -> Iterator[str]:
    """What is wrong about one label: its bytes in the encoding of the files, and its characters."""
    size = len(label.encode(agency.encoding))
    if size > LABEL_BYTES:
        yield f"is {size} bytes long in {agency.encoding}; {LABEL_BYTES} fit"
    if agency.ascii_labels and not label.isascii():
        yield "has characters that are not ASCII"
    if agency.strict_labels:
        if label[:1].isdigit():
            yield "begins with a digit"
        if set(label) & {"<", ">"}:
            yield "has < or >"
        odd = any(label.count(first) != label.count(last) for first, last in PAIRS)
        if odd or any(label.count(quote) % 2 for quote in QUOTES):
            yield "has a bracket or a quote without its partner"


def package_path(study: str, model: str, file: str) -> str:
    """Where a file of the SDTM or ADaM data lies in the package: m5/datasets/study-01/tabulations/sdtm/ae.xpt."""
    folder = re.sub(r"[^a-z0-9]+", "-", study.lower()).strip("-")
    return f"m5/datasets/{folder}/{PLACES[model]}/{file}"


def check_paths(paths: Iterable[str], agency: Agency) -> Iterator[str]:
    """What is wrong about the paths of a package, from m5 on: characters, and the lengths that the agency allows."""
    for path in paths:
        parts = PurePosixPath(path).parts
        if len(path) > agency.path:
            yield f"{path}: {len(path)} characters; {agency.path} fit"
        for place, part in enumerate(parts):
            is_file = place == len(parts) - 1
            limit = ((agency.dataset_file if part.endswith(".xpt") else agency.other_file) if is_file
                     else agency.folder)
            if len(part) > limit:
                yield f"{path}: {part} has {len(part)} characters; {limit} fit"
            if not FILE_NAME.fullmatch(part):
                yield f"{path}: {part} has other characters than a-z, 0-9, hyphen, dot and underscore"
