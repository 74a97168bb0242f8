"""Laws of SS: at each contact the status, where it is known from, and the last day known alive."""

CONTACTS = """
Subject | FolderName | SSDAT       | SSMODE | SSSTAT | SSLADAT     | SSNEWTX
1       | SURVIVAL 1 | 01 SEP 2023 | TEL    | A      | 01 SEP 2023 | Y
1       | SURVIVAL 2 | 27 NOV 2023 | REC    | D      | UN OCT 2023 |
"""


def test_a_contact_is_a_record_for_each_thing_it_tells(bat, check):
    check(bat.make("SS", bat.raw(SS=CONTACTS)), """
SSSEQ | SSTESTCD | SSTEST                                 | SSORRES        | SSSTRESC       | SSNEWTX | VISITNUM | SSDTC      | SSDY
1     | INFOSCSS | Information Source for Survival Status | TELEPHONE CALL | TELEPHONE CALL |         | 3001     | 2023-09-01 | 180
2     | INFOSCSS | Information Source for Survival Status | MEDICAL RECORD | MEDICAL RECORD |         | 3002     | 2023-11-27 | 267
3     | LSCFADTC | Latest Date Subject Confirmed Alive    | 01 SEP 2023    | 2023-09-01     |         | 3001     | 2023-09-01 | 180
4     | LSCFADTC | Latest Date Subject Confirmed Alive    | UN OCT 2023    | 2023-10        |         | 3002     | 2023-11-27 | 267
5     | SURVSTAT | Survival Status                        | ALIVE          | ALIVE          | Y       | 3001     | 2023-09-01 | 180
6     | SURVSTAT | Survival Status                        | DEAD           | DEAD           |         | 3002     | 2023-11-27 | 267
""")


def test_a_status_without_a_term_and_a_day_that_does_not_exist_are_findings(bat, findings):
    made = bat.make("SS", bat.raw(SS="""
Subject | FolderName | SSDAT       | SSSTAT | SSLADAT
1       | SURVIVAL 1 | 01 SEP 2023 | Q      | 31 JUN 2023
"""))
    assert made[["SSTESTCD", "SSORRES", "SSSTRESC"]].to_numpy().tolist() == [
        ["LSCFADTC", "31 JUN 2023", "2023-06"], ["SURVSTAT", "", ""]]
    assert {(found.rule, found.value, found.record) for found in findings} == {
        ("mapping.unmapped_value", "Q", "SS:01-1/SURVIVAL 1/0/0/1"),
        ("mapping.impossible_date", "31 JUN 2023", "SS:01-1/SURVIVAL 1/0/0/1")}


def test_contacts_do_not_depend_on_the_order_of_the_export(bat):
    page = bat.page(CONTACTS)
    assert bat.make("SS", bat.raw(SS=page)).equals(bat.make("SS", bat.raw(SS=page.iloc[::-1])))
    assert len(bat.make("SS", bat.raw())) == 0
