"""The tumour forms: target, non-target and new lesions, and the response by the investigator."""

from collections.abc import Sequence
from typing import Any

from .edc import Book, add
from .tumour import Assessment, Disease
from .visits import Visit

__all__ = ["fill_tumours"]


def fill_tumours(book: Book, visits: Sequence[Visit], assessments: Sequence[Assessment], disease: Disease) -> None:
    """Target, non-target and new lesions, and the response at each time point after screening."""
    named = {visit.name: visit for visit in visits}
    lesions = {lesion.number: lesion for lesion in disease.targets}
    for one in assessments:
        visit = named.get(one.visit)
        if visit is None or not visit.happened:
            continue
        if one.reason:
            add(book, "TL", visit, one.day, [{"TLPERF": "N", "TLREASND": one.reason}])
            if disease.others:
                add(book, "NTL", visit, one.day, [{"NTLPERF": "N", "NTLREAS": one.reason}])
            add(book, "RSP", visit, one.day, [{"RSPERF": "N", "RSREASND": one.reason}])
            continue
        lines = []
        for mark in one.marks:
            lesion = lesions[mark.number[:3]]
            lines.append(
                {
                    "TLPERF": "Y",
                    "TLDAT": one.day,
                    "TLNO": mark.number,
                    "TLLOC": lesion.organ,
                    "TLLAT": lesion.side,
                    "TLDESC": lesion.text,
                    "TLNODE": "Y" if mark.node else "N",
                    "TLMETH": lesion.method,
                    "TLDIAM": mark.diameter,
                    "TLSTAT": mark.status,
                    "TLFROM": mark.origin,
                }
            )
        add(book, "TL", visit, one.day, lines)
        if one.others:
            add(
                book,
                "NTL",
                visit,
                one.day,
                [
                    {
                        "NTLPERF": "Y",
                        "NTLDAT": one.day,
                        "NTLNO": other.number,
                        "NTLLOC": other.organ,
                        "NTLLAT": other.side,
                        "NTLDESC": other.text,
                        "NTLMETH": other.method,
                        "NTLSTAT": other.status,
                    }
                    for other in one.others
                ],
            )
        if one.week:
            add(
                book,
                "NL",
                visit,
                one.day,
                [
                    {
                        "NLYN": "Y",
                        "NLDAT": one.day,
                        "NLNO": other.number,
                        "NLLOC": other.organ,
                        "NLLAT": other.side,
                        "NLDESC": other.text,
                        "NLMETH": other.method,
                        "NLSTAT": other.status,
                    }
                    for other in one.new
                ]
                or [{"NLYN": "N"}],
            )
            add(book, "RSP", visit, one.day, [response_line(one)])


def response_line(one: Assessment) -> dict[str, Any]:
    new = any(other.status == "UNEQ" for other in one.new)
    return {
        "RSPERF": "Y",
        "RSDAT": one.day,
        "TLSUM": one.total,
        "TRGRESP": one.investigator_target,
        "NTRGRESP": one.nontarget,
        "NEWLIND": "Y" if new else "N",
        "OVRLRESP": one.investigator,
        "SYMPTD": "N",
    }
