"""The texts of a define.xml in another language than English.

What has a text in that language is written so; what has none stays English and says that it is (xml:lang), so that
nothing is called Chinese that is not.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from define.model import (
    AnalysisResult,
    CodeListDef,
    CommentDef,
    Define,
    Documentation,
    ItemDef,
    ItemGroupDef,
    ListTerm,
    MethodDef,
    ResultDisplay,
    Translated,
)

__all__ = ["in_language", "untranslated"]

ENGLISH = "en"
WORD = re.compile(r"[A-Za-z]{2}")
type Described = (AnalysisResult | CommentDef | Documentation | ItemDef | ItemGroupDef | ListTerm | MethodDef
                  | ResultDisplay)


def in_language(define: Define, language: str, texts: Mapping[str, str]) -> Define:
    """The document with every description in the language, as far as `texts` has it by its English."""
    known = frozenset(texts.values())

    def said[T: Described](part: T, field: str = "text") -> T:
        text = getattr(part, field)
        if text in texts:
            return replace(part, **{field: texts[text]})  # type: ignore[arg-type]
        if text in known or not WORD.search(text):
            return part
        return replace(part, translations=(Translated(text, ENGLISH),))

    def listed(codelist: CodeListDef) -> CodeListDef:
        terms = tuple(said(term, "decode") for term in codelist.terms) if codelist.decoded else codelist.terms
        return replace(codelist, terms=terms)

    def found(result: AnalysisResult) -> AnalysisResult:
        documentation = said(result.documentation) if result.documentation else None
        return said(replace(result, documentation=documentation))

    def shown(display: ResultDisplay) -> ResultDisplay:
        return said(replace(display, results=tuple(map(found, display.results))))

    return replace(
        define, language=language,
        groups=tuple(said(group, "label") for group in define.groups),
        items=tuple(said(item, "label") for item in define.items),
        codelists=tuple(map(listed, define.codelists)),
        methods=tuple(map(said, define.methods)), comments=tuple(map(said, define.comments)),
        displays=tuple(map(shown, define.displays)),
    )


def untranslated(define: Define) -> int:
    """How many descriptions are in another language than the document."""
    parts = [*define.groups, *define.items, *define.methods, *define.comments,
             *(term for codelist in define.codelists for term in codelist.terms), *define.displays,
             *(result for display in define.displays for result in display.results)]
    return sum(1 for part in parts if any(text.lang != define.language for text in part.translations))
