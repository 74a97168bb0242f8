"""CDISC CORE: the open rules engine of CDISC, in process, with a verdict for each of its rules.

    findings, verdicts = run_core(tables, resources, standard="sdtmig", version="3.4", ct=["sdtmct-2025-03-28"])

`import_resources` makes the folder `resources` once. The engine is imported in the processes that judge, when asked.
"""

from validation.core.resources import describe_resources, import_resources, newest_package, read_resources
from validation.core.run import TIME_LIMIT, check_engine, run_core

__all__ = ["TIME_LIMIT", "check_engine", "describe_resources", "import_resources", "newest_package", "read_resources",
           "run_core"]
