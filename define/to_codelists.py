"""The codelists of a define.xml as a study states them: CDISC's by name, with the study's terms, and its own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from define.model import CodeListDef, ListTerm
from define.to_report import Losses
from specs.ct import CT_VERSION, standard_codelists
from specs.model import TEXT_BYTES, Codelist, byte_length

__all__ = ["Codelists"]

PREFIX = re.compile(r"^(CL|CODELIST)[._-]", re.IGNORECASE)


@dataclass
class Codelists:
    """The lists of all documents together: what each is called, and what codelists.yaml says of those in use."""

    losses: Losses
    own: dict[str, dict[str, Any]] = field(default_factory=dict)                # codelists.yaml
    dictionaries: dict[str, dict[str, str]] = field(default_factory=dict)       # of study.yaml
    names: dict[str, str] = field(default_factory=dict)                         # by file and OID
    used: set[str] = field(default_factory=set)                                 # by variables that are imported

    def refer(self, codelist: CodeListDef, at: str) -> tuple[str, str]:
        """The name of the list, or of the dictionary, that a variable uses: ("NY", "") or ("", "MedDRA")."""
        if codelist.external is not None:
            return "", self._dictionary(codelist)
        key = f"{at}:{codelist.oid}"
        if key not in self.names:
            self.names[key] = self._add(codelist)
        return self.names[key], ""

    def terms(self, name: str) -> Mapping[str, str]:
        """The terms that a list will have, with their C-codes."""
        standard = standard_codelists().get(name)
        found = {value: term.code for value, term in standard.terms.items()} if standard else {}
        stated = self.own.get(name, {})
        return found | dict.fromkeys([*stated.get("add", {}), *stated.get("terms", {})], "")

    def _dictionary(self, codelist: CodeListDef) -> str:
        external = codelist.external
        assert external is not None
        name = external.dictionary or codelist.name or codelist.oid
        known = self.dictionaries.setdefault(name, {"version": external.version or "not stated"})
        known |= {key: value for key, value in (("ref", external.ref), ("href", external.href)) if value}
        if known["version"] != (external.version or "not stated"):
            self.losses.add(codelist.oid, f"version {external.version} of {name}",
                            f"another list states version {known['version']}; a study has one version of a dictionary")
        return name

    def _add(self, codelist: CodeListDef) -> str:
        self._tell_details(codelist)
        lists = standard_codelists().values()
        standard = next((known for known in lists if known.code and known.code == codelist.code), None)
        return self._extend(codelist, standard) if standard else self._define(codelist)

    def _extend(self, codelist: CodeListDef, standard: Codelist) -> str:
        """A CDISC list: the terms that it lacks are the study's, if it may have any."""
        more = {term.value: term.decode for term in self._usable(codelist) if term.value not in standard.terms}
        if more and not standard.extensible:
            self.losses.add(codelist.oid, ", ".join(more),
                            f"{standard.name} of CT {CT_VERSION} is not extensible and lacks the terms")
        elif more:
            added = self.own.setdefault(standard.name, {}).setdefault("add", {})
            for value, decode in more.items():
                added.setdefault(value, decode)
        for term in codelist.terms:
            ours = standard.terms.get(term.value)
            if ours and term.code and ours.code != term.code:
                self.losses.add(codelist.oid, f"C-code {term.code} of {term.value}",
                                f"{term.value} is {ours.code} in {standard.name} of CT {CT_VERSION}")
        return standard.name

    def _define(self, codelist: CodeListDef) -> str:
        """A list of the study's own, or one of CDISC's that is not shipped."""
        terms = {term.value: term.decode for term in self._usable(codelist)}
        coded = sorted({codelist.code, *(term.code for term in codelist.terms)} - {""})
        if coded:
            shown = ", ".join(coded[:5]) + (" ..." if len(coded) > 5 else "")
            self.losses.add(codelist.oid, f"C-codes {shown}",
                            "the CDISC list is not shipped; name a file of the whole package under `ct:` in "
                            "study.yaml, and use the list's submission name")
        name = self._free_name(codelist, terms)
        if not terms:
            self.losses.add(codelist.oid, codelist.name, "the codelist has no term that a specification can hold")
            return ""
        self.own[name] = {"label": codelist.name or name, "terms": terms}
        return name

    def _free_name(self, codelist: CodeListDef, terms: Mapping[str, str]) -> str:
        """A name that neither CDISC nor another list has; two documents that state the same list share it."""
        base = re.sub(r"\W+", "_", PREFIX.sub("", codelist.oid), flags=re.ASCII).strip("_") or "LIST"
        names = [base, *(f"{base}_{number}" for number in range(2, 1000))]
        return next(name for name in names if name not in standard_codelists()
                    and self.own.get(name, {}).get("terms", terms) == terms)

    def _usable(self, codelist: CodeListDef) -> list[ListTerm]:
        usable = []
        for term in codelist.terms:
            if 0 < byte_length(term.value) <= TEXT_BYTES:
                usable.append(term)
            else:
                self.losses.add(codelist.oid, f"term {term.value[:40]!r}", f"a term has 1 to {TEXT_BYTES} bytes")
        return usable

    def _tell_details(self, codelist: CodeListDef) -> None:
        """What a specification has no place for."""
        for what in ("sas_format", "comment", "text"):
            if getattr(codelist, what):
                self.losses.add(codelist.oid, f"{what} {getattr(codelist, what)[:80]!r}",
                                "a codelist of a specification has terms and decodes only")
        if any(term.rank for term in codelist.terms):
            self.losses.add(codelist.oid, "Rank of the terms", "a codelist of a specification has no ranks")
        for term in codelist.terms:
            if term.text or term.aliases or term.translations:
                self.losses.add(codelist.oid, f"Description, Alias or translation of {term.value}",
                                "a term of a specification has one decode")
