"""The texts of a define.xml in another language than English.

What has a text in that language is written so; what has none stays English and, where Define-XML lets a text say its
language (xml:lang), says that it is, so that nothing is called Chinese that is not.
"""

import re
from collections.abc import Iterator
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
from specs.texts import Texts

__all__ = ["in_language", "other_languages", "untranslated"]

ENGLISH = "en"
WORD = re.compile(r"[A-Za-z]{2}")
type Described = (AnalysisResult | CommentDef | Documentation | ItemDef | ItemGroupDef | ListTerm | MethodDef
                  | ResultDisplay)


def in_language(define: Define, language: str, texts: Texts) -> Define:
    """The document with every description in the language, as far as `texts` has it by its English."""
    def said[T: Described](part: T, field: str = "text") -> T:
        text = getattr(part, field)
        if found := texts.find(text):
            return replace(part, **{field: found})  # type: ignore[arg-type]
        if texts.is_text(text) or not WORD.search(text):
            return part
        return replace(part, translations=(Translated(text, ENGLISH),))

    def decoded(term: ListTerm) -> ListTerm:
        """A term without a decode of its own stands for itself, in every language."""
        return term if term.decode == term.value and not texts.find(term.decode) else said(term, "decode")

    def listed(codelist: CodeListDef) -> CodeListDef:
        return replace(codelist, terms=tuple(map(decoded, codelist.terms))) if codelist.decoded else codelist

    def found(result: AnalysisResult) -> AnalysisResult:
        documentation = said(result.documentation) if result.documentation else None
        return said(replace(result, documentation=documentation))

    def shown(display: ResultDisplay) -> ResultDisplay:
        return said(replace(display, name=texts.say(display.name), results=tuple(map(found, display.results))))

    return replace(
        define, language=language,
        name=texts.say(define.name), description=texts.say(define.description), title=texts.say(define.title),
        version_description=texts.say(define.version_description),
        groups=tuple(replace(said(group, "label"), structure=texts.say(group.structure)) for group in define.groups),
        items=tuple(said(item, "label") for item in define.items),
        codelists=tuple(map(listed, define.codelists)),
        methods=tuple(replace(said(method), name=texts.say(method.name)) for method in define.methods),
        comments=tuple(map(said, define.comments)),
        leaves=tuple(replace(leaf, title=texts.say(leaf.title)) for leaf in define.leaves),
        displays=tuple(map(shown, define.displays)),
    )


def untranslated(define: Define, texts: Texts) -> list[str]:
    """The texts that are in another language than the document, each once, sorted."""
    if define.language == ENGLISH:
        return []
    unmarked = {text for text in _unmarked(define) if WORD.search(text) and not texts.is_text(text)}
    return sorted(unmarked.union(other_languages(define)))


def other_languages(define: Define) -> list[str]:
    """The texts that say that they are in another language than the document and have none in its own, sorted."""
    told = (part.translations for part in _described(define))
    return sorted({text.text for texts in told if define.language not in {text.lang for text in texts}
                   for text in texts})


def _described(define: Define) -> Iterator[Described]:
    """What says its language where it is another one than the document's."""
    yield from (*define.groups, *define.items, *define.methods, *define.comments, *define.displays)
    yield from (term for codelist in define.codelists for term in codelist.terms)
    for result in (result for display in define.displays for result in display.results):
        yield result
        if result.documentation:
            yield result.documentation


def _unmarked(define: Define) -> Iterator[str]:
    """The texts of which Define-XML cannot say the language: they are attributes, or texts of ODM without one."""
    yield from (define.name, define.description, define.title, define.version_description)
    yield from (group.structure for group in define.groups)
    yield from (named.name for named in (*define.methods, *define.displays))
    yield from (leaf.title for leaf in define.leaves)
