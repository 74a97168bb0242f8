"""Laws of DD: why the subject died, and whether there was an autopsy."""

DEATHS = """
Subject | FolderName | DTHDAT      | DTHRDAT     | DTHCAUS | DTHSP         | DTHAUT | DTHAENO
1       | LOG        | 01 SEP 2023 | 03 SEP 2023 | OTH     | Road accident | Y      |
2       | LOG        | 02 SEP 2023 |             | AE      |               | N      | 5
"""


def test_a_death_is_a_record_for_each_thing_known_of_it_dated_when_the_site_heard_of_it(bat, check):
    check(bat.make("DD", bat.raw(DTH=DEATHS)), """
USUBJID           | DDSEQ | DDTESTCD | DDTEST                 | DDORRES       | DDSTRESC      | DDDTC      | DDSP          | DTHAENO
BAT4706-1308-01-1 | 1     | AUTOPIND | Autopsy Indicator      | Y             | Y             | 2023-09-03 |               |
BAT4706-1308-01-1 | 2     | PRCDTH   | Primary Cause of Death | OTHER         | OTHER         | 2023-09-03 | Road accident |
BAT4706-1308-01-2 | 1     | AUTOPIND | Autopsy Indicator      | N             | N             |            |               |
BAT4706-1308-01-2 | 2     | PRCDTH   | Primary Cause of Death | ADVERSE EVENT | ADVERSE EVENT |            |               | 5
""")


def test_a_cause_without_a_term_is_a_finding(bat, findings):
    made = bat.make("DD", bat.raw(DTH="Subject | FolderName | DTHCAUS\n1 | LOG | QQ"))
    assert list(made["DDORRES"]) == [""]
    assert [(found.rule, found.value, found.record) for found in findings] == [
        ("mapping.unmapped_value", "QQ", "DTH:01-1/LOG/0/0/1")]


def test_deaths_do_not_depend_on_the_order_of_the_export(bat):
    page = bat.page(DEATHS)
    assert bat.make("DD", bat.raw(DTH=page)).equals(bat.make("DD", bat.raw(DTH=page.iloc[::-1])))
    assert len(bat.make("DD", bat.raw())) == 0
