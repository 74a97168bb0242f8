"""The project's own rules: a folder each, with the function (rule.py), data that pass it and data that fail it.

A rule is named after its folders: `validation/rules/dates/end_before_start/` is the rule dates.end_before_start.

    @rule("error", each="SDTM", columns=("--STDTC", "--ENDTC"), cites="SDTMIG 3.4, 4.4.8",
          fix="data management: query the dates")
    def end_before_start(table, package):
        \"\"\"Nothing ends before it starts.\"\"\"
        yield Hit(table, is_before(table["--ENDTC"], table["--STDTC"]), ("--ENDTC", "--STDTC"), "it ends too early")

`pass/AE.csv` and `fail/AE.csv` are datasets as text; a column is Char, or what its header says behind a colon
(`AESEQ:Num`, `ASTDT:DATE9.`). `fail/_expected.csv` lists the cells (dataset, record, variable) that the rule must
find, and nothing else; record 0 is a fault of the dataset or of the variable. Where a rule is about these, other files
beside them state labels, types, lengths and formats (`_variables.csv`), labels and models (`_datasets.csv`), versions
(`_standards.csv`) and the ids of the raw records (`_raw_records.csv`).
"""

from validation.rules.registry import Hit, Rule, load_rules, rule
from validation.rules.run import run_rules

__all__ = ["Hit", "Rule", "load_rules", "rule", "run_rules"]
