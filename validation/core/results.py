"""What rules gave before, kept by the hash of the rule and of the datasets that it read."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from validation.core.data import Data
from validation.core.resources import Resources

__all__ = ["Kept"]

RUNNER = "1"                     # changes when the same rule and data could give another answer


class Kept:
    """A folder of answers, one JSON file a rule; without a folder nothing is kept.

    An answer is good while the rule, the engine, the resources, the define.xml, the variables of all datasets and the
    records of those datasets that the rule read are the same.
    """

    def __init__(self, folder: Path | None, resources: Resources, data: Sequence[Data], define: Path | None) -> None:
        self.folder, self.sums = folder, {entry.name: entry.sum for entry in data}
        defined = hashlib.sha256(define.read_bytes()).hexdigest() if define else ""
        self.around = "\n".join((RUNNER, version("cdisc-rules-engine"), resources.standard, resources.version,
                                 resources.fingerprint, defined, *(entry.shape for entry in data)))

    def find(self, rule_id: str, rule: Any) -> dict[str, Any] | None:
        path = self._path(rule_id)
        if path is None or not path.is_file():
            return None
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            same = all(self.sums.get(name) == was for name, was in kept["reads"].items())
            return dict(kept["answer"]) if same and kept["key"] == self._key(rule) else None
        except (AttributeError, KeyError, TypeError, ValueError):
            return None                                         # half a file of a run that was killed: judge again

    def keep(self, rule_id: str, rule: Any, answer: Mapping[str, Any]) -> None:
        """Keep what the engine gave; a rule that was stopped or whose process died has another chance next time."""
        path = self._path(rule_id)
        if path is None or "results" not in answer:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        reads = {name: self.sums[name] for name in answer["reads"]}
        path.write_text(json.dumps({"key": self._key(rule), "reads": reads, "answer": answer}, ensure_ascii=False),
                        encoding="utf-8")

    def _path(self, rule_id: str) -> Path | None:
        safe = "".join(letter if letter.isalnum() or letter == "-" else "_" for letter in rule_id)
        return self.folder / f"{safe}.json" if self.folder else None

    def _key(self, rule: Any) -> str:
        return hashlib.sha256(f"{self.around}\n{json.dumps(rule, sort_keys=True)}".encode()).hexdigest()
