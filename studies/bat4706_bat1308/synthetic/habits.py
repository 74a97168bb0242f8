"""Lines that were entered by mistake and deleted: they stay in the export as inactive records."""

from .edc import FORMS, LOG, Book
from .protocol import Rng, chance

__all__ = ["delete_lines"]

SHARE = 0.005
NOT_DELETED = ("EC", "EOT", "IC", "LBC", "PKC")  # forms that others join on
WRONG = {
    "AE": ("AETERM", "Wrong subject"),
    "CM": ("CMTRT", "Aspirin"),
    "MH": ("MHTERM", "Entered for another subject"),
    "VS": ("PULSE", "0.0"),
}


def delete_lines(rng: Rng, book: Book) -> None:
    """About one log line in two hundred has a deleted double with wrong values at the end of its page."""
    for form, rows in book.rows.items():
        if not FORMS.get(form, {}).get("log") or form in NOT_DELETED:
            continue
        for row in [one for one in rows if chance(rng, SHARE)]:
            page = [
                one
                for one in rows
                if (one["Folder"], one["InstanceRepeatNumber"], one["PageRepeatNumber"])
                == (row["Folder"], row["InstanceRepeatNumber"], row["PageRepeatNumber"])
            ]
            book.records += 1
            wrong = dict(row)
            wrong["RecordActive"] = "0"
            wrong["recordposition"] = str(max(int(one["recordposition"]) for one in page) + 1)
            wrong["RecordId"] = str(book.person.slot.number * 100000 + book.records)
            field, value = WRONG.get(form, ("", ""))
            if field:
                wrong[field] = value
            number = f"{form}SPID" if form != "COM" else "COSPID"
            if row["Folder"] == LOG and wrong.get(number):
                wrong[number] = str(max(int(one[number] or 0) for one in page) + 1)
            rows.append(wrong)
            book.habits.append(
                {"habit": "deleted line", "form": form, "RecordId": wrong["RecordId"], "copy_of": row["RecordId"]}
            )
