"""define.xml and define.html of an output: what the specifications say and what is known of the data, handed over."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal

from cdisckit.study import Study, function_source, submitted
from define import DefineSource, build_define, copy_stylesheet, define_html, define_xml
from define.language import untranslated
from define.model import LeafDef, Program
from sdtm.supp import continued_spec
from specs import DatasetSummary
from specs.agency import find_agency
from submission.acrf import page_numbers, plan_pages

__all__ = ["define_source", "write_defines"]

GUIDES = {"csdrg": "Clinical Study Data Reviewer's Guide", "adrg": "Analysis Data Reviewer's Guide"}
log = logging.getLogger("cdisckit")


def define_source(
    study: Study, model: Literal["SDTM", "ADaM"], summaries: Mapping[str, DatasetSummary],
    guides: tuple[LeafDef, ...] = (),
) -> DefineSource:
    """Everything that define.xml of SDTM or of ADaM says."""
    specs = [spec for spec in submitted(study, summaries) if spec.standard.startswith("SDTMIG") == (model == "SDTM")]
    made = {spec.name for spec in specs}
    parents = {
        name: continued_spec(spec, summaries[name]) if name in summaries else spec
        for spec in study.specs.datasets.values()
        if (name := f"SUPP{spec.name}") in summaries or spec.supplements
    }
    return DefineSource(
        facts=study.specs.facts,
        model=model,
        datasets=tuple(specs),
        parents=parents,
        summaries=summaries,
        codelists=study.specs.codelists,
        methods=study.methods,
        programs={place: _program(function) for place, function in study.functions.items() if place[0] in made},
        displays=study.specs.displays,
        result_programs={name: Program(name, text) for name, text in study.programs.items()},
        guides=guides,
        language=find_agency(study.agency).language,
        encoding=study.encoding.upper() if study.agency else "",
        texts=study.texts,
    )


@cache
def _program(function: Callable[..., object]) -> Program:
    return Program(f"{function.__module__}.{function.__name__}", function_source(function))


def write_defines(study: Study, summaries: Mapping[str, DatasetSummary], folder: Path) -> list[str]:
    """define.xml, define.html and the stylesheet of SDTM and of ADaM; the names of what was written."""
    written = []
    models: tuple[Literal["SDTM", "ADaM"], ...] = ("SDTM", "ADaM")
    for model in models:
        place = folder / model.lower()
        source = define_source(study, model, summaries, find_guides(place))
        if source.datasets:
            place.mkdir(exist_ok=True)
            if model == "SDTM" and study.specs.crf:
                source = replace(source, pages=page_numbers(plan_pages(study.specs)))
            document = build_define(source)
            if left := untranslated(document, study.texts):
                log.warning("%s: %s texts are not translated (%s) and stay English: %s ...", model, len(left),
                            document.language, "; ".join(left[:3]))
            (place / "define.xml").write_bytes(define_xml(document))
            (place / "define.html").write_bytes(define_html(document).encode("utf-8"))
            copy_stylesheet(place)
            written += [f"{model.lower()}/define.xml", f"{model.lower()}/define.html"]
    return written


def find_guides(place: Path) -> tuple[LeafDef, ...]:
    """The reviewer's guide that lies beside a define.xml."""
    return tuple(LeafDef(f"LF.{name}", f"{name}.pdf", title) for name, title in GUIDES.items()
                 if (place / f"{name}.pdf").is_file())
