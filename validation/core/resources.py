"""What the CDISC engine needs beside itself - rules, terminology, library metadata - as a folder of JSON files.

CDISC's own tools keep it as pickles, which can run code when they are loaded. `import_resources` reads them once, with
a reader that follows no instruction but those for plain data, and writes JSON with a manifest of SHA-256 sums. Only
that is read when data are validated.

    manifest.json                         what each file came from, and the SHA-256 of every file
    rules.json  catalog.json              the rules by id; which standard and version has which
    library/standards_sdtmig_3-4.json     classes, datasets and variables of a guide; its model, its codelists
    ct/sdtmct-2025-03-28.json             a package of controlled terminology
    rules/*.yml                           rules of your own, if any: each replaces the rule of the same id
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, YAMLError

from cdisckit.errors import CdisckitError, suggest
from validation.core.pickles import decode_pickle

__all__ = ["MANIFEST", "Resources", "Source", "describe_resources", "import_resources", "newest_package",
           "read_resources"]

MANIFEST = "manifest.json"
FORMAT = 1
SET = "a set of"                                                # JSON has no sets
CT = re.compile(r"[a-z][a-z-]*ct-\d{4}-\d\d-\d\d")
SPLIT = ("standards_details", "standards_models", "variables_metadata", "variable_codelist_maps")
OF_ADAM = {"adamig", "adam-adae", "adam-occds", "adam-tte", "adam-nca", "adam-md", "adam-poppk"}
IMPORT = "cdisckit core import SOURCE --out DIR makes the folder from a cache of the CDISC rules engine"


@dataclass(frozen=True)
class Source:
    """A file that was imported, and what it was at that moment."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Resources:
    """The converted folder, for one standard and version. `rules`: id -> rule, as the engine or as YAML has it."""

    folder: Path
    standard: str                                               # sdtmig
    version: str                                                # 3-4
    rules: Mapping[str, Any]
    ct: tuple[str, ...]                                         # the packages to use, the leading one first
    sums: Mapping[str, str] = field(default_factory=dict)       # file -> SHA-256, as the manifest has them

    @property
    def fingerprint(self) -> str:
        """Changes with everything that a verdict rests on beside the rule and the data."""
        names = [*self._library_names().values(), *(f"ct/{name}.json" for name in self.ct)]
        return _sum("\n".join(f"{name} {self.sums.get(name, '')}" for name in names).encode())

    def without_rules(self) -> "Resources":
        """What a process needs that is told each rule as it comes."""
        return replace(self, rules={})

    def packages(self) -> list[str]:
        """All terminology packages that the folder holds."""
        return sorted(Path(name).stem for name in self.sums if name.startswith("ct/"))

    def read_ct(self, package: str) -> Any:
        """A terminology package, or None if the folder has it not."""
        name = f"ct/{package}.json"
        return _read(self.folder, name, self.sums) if name in self.sums else None

    def published(self) -> list[str] | None:
        """The names of all packages that CDISC has published, if the cache had such a list."""
        name = "library/published_ct_packages.json"
        return _read(self.folder, name, self.sums) if name in self.sums else None

    def library(self) -> dict[str, Any]:
        """What the library says of the standard: `standard`, its `model`, its `variables` and `codelists`."""
        found = {what: _read(self.folder, name, self.sums) if name in self.sums else {}
                 for what, name in self._library_names().items()}
        href = found["standard"].get("_links", {}).get("model", {}).get("href", "")
        if href:
            _, _, standard, version = href.split("/")[:4]
            name = f"library/models_{standard}_{version.removeprefix(f'{standard}-')}.json"
            found["model"] = _read(self.folder, name, self.sums)
        return found

    def _library_names(self) -> dict[str, str]:
        at = _library_key(self.standard, self.version)
        return {"standard": f"library/standards_{at}.json",
                "variables": f"library/library_variables_metadata_{at}.json",
                "codelists": f"library/{at.replace('_', '-')}-codelists.json"}


def import_resources(source: Path, out: Path) -> list[Source]:
    """Convert the pickles of a cache (and the YAML rules beside it) to JSON under `out`; returns what was read.

    `source` is the engine's cache, or the folder with `cache/` and `rules/`. Nothing in it is run; a pickle that holds
    more than plain data is refused.
    """
    cache = source / "cache" if (source / "cache").is_dir() else source
    pickles = sorted(cache.glob("*.pkl"))
    yamls = sorted(path for folder in {source / "rules", cache.parent / "rules"} if folder.is_dir()
                   for path in folder.glob("*.y*ml"))
    if not pickles and not yamls:
        raise CdisckitError("there is neither a pickle of the CDISC engine's cache nor a rule as YAML",
                            where=str(source), fix="name the folder that holds rules.pkl, or cache/ and rules/")
    sources, files = [], {}
    for path in pickles:
        content = path.read_bytes()
        sources.append(Source(path.name, _sum(content), len(content)))
        files.update(_parts(path.stem, decode_pickle(content, path.name)))
    texts = [(path.name, path.read_bytes()) for path in yamls]
    files["rules.json"] = files.get("rules.json", {}) | dict(_yaml_rules(texts))
    sources += [Source(f"rules/{name}", _sum(content), len(content)) for name, content in texts]
    _write(files, sources, out)
    return sources


def _parts(stem: str, content: Any) -> Iterator[tuple[str, Any]]:
    """The files that a pickle becomes: the library is split, so that a run reads one standard, not all."""
    if stem == "rules":
        yield "rules.json", content
    elif stem == "rules_dictionary":
        yield "catalog.json", content
    elif CT.fullmatch(stem):
        yield f"ct/{stem}.json", content
    elif stem in SPLIT and isinstance(content, dict):
        for key, value in content.items():
            yield f"library/{_file_name(str(key))}.json", value
    else:
        yield f"library/{_file_name(stem)}.json", content


def _file_name(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", key.replace("/", "_")).lstrip(".")


def _library_key(standard: str, version: str) -> str:
    """Where the library keeps a standard: adamig 1-3 under adam_adamig-1-3, sdtmig-md 1-0 under sdtmig_md-1-0."""
    if standard in OF_ADAM:
        return f"adam_{standard}-{version}"
    base, _, kind = standard.partition("-")
    return f"{base}_{kind}-{version}" if kind else f"{standard}_{version}"


def _write(files: Mapping[str, Any], sources: Sequence[Source], out: Path) -> None:
    sums = {}
    for name, content in sorted(files.items()):
        text = json.dumps(_without_sets(content), ensure_ascii=False, separators=(",", ":"), sort_keys=False)
        if json.loads(text, object_hook=_with_sets) != content:
            raise CdisckitError(f"{name} cannot be kept as JSON without a change", fix="report this cache to us")
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sums[name] = _sum(path.read_bytes())
    manifest = {"format": FORMAT, "files": sums,
                "sources": {source.name: {"sha256": source.sha256, "bytes": source.size} for source in sources}}
    (out / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _without_sets(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _without_sets(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_without_sets(value) for value in content]
    if isinstance(content, set | frozenset):
        return {SET: sorted(content)}
    return content


def _with_sets(found: dict[str, Any]) -> Any:
    return set(found[SET]) if found.keys() == {SET} else found


def read_resources(folder: Path, standard: str, version: str, ct: Iterable[str]) -> Resources:
    """The rules and the terminology for one standard and version, from a converted folder.

    Raises CdisckitError where the folder is none, a file of it was changed, or it has not the standard, the version or
    the packages; it then says what there is.
    """
    sums = _manifest(folder)
    at = (standard.lower(), version.replace(".", "-"))
    everything, catalog = _all_rules(folder, sums)
    rules = _rules_for(at, everything, catalog)
    if not rules:
        there = ", ".join(map(_shown, sorted(_known(everything, catalog))))
        raise CdisckitError(f"the CORE resources have no rule for {_shown(at)}", where=str(folder),
                            fix=f"they have rules for {there or 'nothing'}")
    resources = Resources(folder, at[0], at[1], rules, tuple(ct), sums)
    if f"library/standards_{_library_key(*at)}.json" not in sums:
        raise CdisckitError(f"the CORE resources have rules for {_shown(at)}, but not its library metadata",
                            where=str(folder), fix="import a cache whose standards_details.pkl has it")
    if absent := [name for name in resources.ct if f"ct/{name}.json" not in sums]:
        there = resources.packages()
        raise CdisckitError("the CORE resources have no such terminology package",
                            cases=[f"{name}{suggest(name, there)}" for name in absent], where=str(folder),
                            fix=f"use one of {', '.join(there) or 'none'}, or import a cache that has it")
    return resources


def describe_resources(folder: Path) -> list[str]:
    """What a converted folder can judge: its standards with the count of their rules, its terminology packages."""
    sums = _manifest(folder)
    rules, catalog = _all_rules(folder, sums)
    counts = {at: len(_rules_for(at, rules, catalog)) for at in _known(rules, catalog)
              if f"library/standards_{_library_key(*at)}.json" in sums}
    packages = sorted(Path(name).stem for name in sums if name.startswith("ct/"))
    return [f"rules for {', '.join(f'{_shown(at)} ({counts[at]})' for at in sorted(counts)) or 'no standard'}",
            f"terminology {', '.join(packages) or 'none'}"]


def newest_package(folder: Path, name: str, until: str = "") -> str:
    """The newest terminology package of a type (sdtmct) that the folder holds; "" if it holds none. With a date, the
    newest that is no later, or else the oldest there is.
    """
    held = sorted(Path(file).stem for file in _manifest(folder) if file.startswith(f"ct/{name}-"))
    no_later = [package for package in held if not until or package <= f"{name}-{until}"]
    return no_later[-1] if no_later else next(iter(held), "")


def _has_pickles(folder: Path) -> bool:
    return any(folder.glob("*.pkl")) or any((folder / "cache").glob("*.pkl"))


def _manifest(folder: Path) -> dict[str, str]:
    if not (folder / MANIFEST).is_file():
        pickled = "it holds pickles, which are never loaded: convert them once. " if _has_pickles(folder) else ""
        raise CdisckitError(f"{folder} is no folder of CORE resources: it has no {MANIFEST}", where=str(folder),
                            fix=pickled + IMPORT)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise ValueError(f"format {manifest['format']}")
        return {str(name): str(value) for name, value in manifest["files"].items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CdisckitError(f"{MANIFEST} is not what cdisckit core import writes: {error}",
                            where=str(folder / MANIFEST), fix="import the resources again") from error


def _all_rules(folder: Path, sums: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rules by id, those of the user's own in place of those that were imported; and the catalog."""
    rules = _read(folder, "rules.json", sums) if "rules.json" in sums else {}
    catalog = _read(folder, "catalog.json", sums) if "catalog.json" in sums else {}
    own = _yaml_rules((path.name, path.read_bytes()) for path in sorted((folder / "rules").glob("*.y*ml")))
    return rules | dict(own), catalog


def _rules_for(at: tuple[str, str], rules: Mapping[str, Any], catalog: Mapping[str, Any]) -> dict[str, Any]:
    listed = set(catalog.get("/".join(at), ()))
    return {name: rules[name] for name in sorted(rules) if name in listed or at in _standards(rules[name])}


def _known(rules: Mapping[str, Any], catalog: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The standards and versions that there is a rule for."""
    named = {(parts[0], parts[1]) for key, names in catalog.items() if names and len(parts := key.split("/")) > 1}
    return named.union(*(_standards(rule) for rule in rules.values()))


def _shown(at: tuple[str, str]) -> str:
    return f"{at[0]} {at[1].replace('-', '.')}"


def _standards(rule: Mapping[str, Any]) -> set[tuple[str, str]]:
    """For which standards and versions a rule says that it is; the cached rules are told by the catalog instead."""
    listed = rule.get("standards") or [standard for authority in rule.get("Authorities") or ()
                                       for standard in authority.get("Standards") or ()]
    return {(str(standard.get("Name")).lower(), str(standard.get("Version")).replace(".", "-")) for standard in listed}


def _yaml_rules(texts: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, Any]]:
    """Rules as CDISC publishes them; the C parser of ruamel, so 300 rules take a second."""
    reader = YAML(typ="safe")
    for name, text in texts:
        try:
            rule = reader.load(text.decode("utf-8"))
            yield str(rule["Core"]["Id"]), json.loads(json.dumps(rule, default=str))
        except (YAMLError, KeyError, TypeError, ValueError) as error:
            raise CdisckitError(f"{name} is no rule as CDISC publishes them: {error}", where=name,
                                fix="take the file out of the folder, or mend it: Core: Id: is missing or the YAML") \
                from error


def _read(folder: Path, name: str, sums: Mapping[str, str]) -> Any:
    """A file of the folder, after a look at its sum."""
    path = folder / name
    content = path.read_bytes() if path.is_file() else b""
    if _sum(content) != sums.get(name):
        raise CdisckitError(f"{name} is not the file that was imported: its SHA-256 is another", where=str(path),
                            fix="import the resources again")
    return json.loads(content, object_hook=_with_sets)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
