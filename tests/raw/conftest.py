"""How a delimited file is read in the tests: written, opened, read whole, with its findings."""

import pandas as pd
import pytest

from cdisckit.errors import RawDataError
from cdisckit.findings import collect_findings
from raw.delimited import open_export


def _read(folder, data, *, rows=50_000, name="ae.csv", **options):
    path = folder / name
    path.write_bytes(data)
    with collect_findings() as findings:
        export = open_export(path, "AE", **options)
        frame = pd.concat(list(export.blocks(rows)), ignore_index=True)
    return export, frame, findings


@pytest.fixture(scope="session")
def read():
    """`read(folder, data)`: the export, all its records and its findings."""
    return _read


@pytest.fixture(scope="session")
def cells():
    """`cells(frame)`: the records as lists, the line last; a missing cell is None."""
    def listed(frame):
        return [[None if pd.isna(cell) else cell for cell in row] for row in frame.itertuples(index=False, name=None)]

    return listed


@pytest.fixture(scope="session")
def told():
    """`told(findings)`: rule, severity, line, variable and value of each; all are of the file that was read."""
    def shown(findings):
        assert all(each.source == "raw" and each.dataset == "AE" and each.file == "ae.csv" for each in findings)
        return [(each.rule, each.severity, each.line, each.variable, each.value) for each in findings]

    return shown


@pytest.fixture(scope="session")
def refusal():
    """`refusal(folder, data)`: the text of the error that a file is refused with."""
    def refused(folder, data, **options):
        with pytest.raises(RawDataError) as error:
            _read(folder, data, **options)
        return str(error.value)

    return refused
