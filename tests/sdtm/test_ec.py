"""Laws of EC and EX in the demo study: what was prescribed, what was given, and its intervals of constant rate."""

DOSES = """
Subject | FolderName | ECTRT   | ECYN | ECDLEV | ECDLEVU | ECPDOSE | ECVOLP | ECVOLA | ECSTDAT     | ECSTTIM | ECENDAT     | ECENTIM | ECRATE | ECINTST | ECINTEN | ECRATTIM | ECRATE2 | ECREASND
1       | C1D1       | BAT4706 | Y    | 3.0    | MGKG    | 200     | 150    | 150    | 06 MAR 2023 | 10:00   | 06 MAR 2023 | 13:00   | 100    | 10:30   | 11:00   | 11:00    | 50      |
1       | C2D1       | BAT4706 | N    | 3.0    | MGKG    |         |        |        |             |         |             |         |        |         |         |          |         | Neutropenia
"""


def test_a_dose_is_a_prescription_and_an_administration_and_both_are_of_its_epoch(bat, check):
    check(bat.make("EC", bat.raw(EC=DOSES)), """
VISIT | ECMOOD    | ECPRESP | ECOCCUR | ECDOSE | ECDOSU | ECSTDTC          | EPOCH                 | ECREASOC
C1D1  | PERFORMED | Y       | Y       | 150    | mL     | 2023-03-06T10:00 | COMBINATION TREATMENT |
C1D1  | SCHEDULED |         |         | 3      | mg/kg  |                  | COMBINATION TREATMENT |
C2D1  | PERFORMED | Y       | N       |        |        |                  |                       | Neutropenia
C2D1  | SCHEDULED |         |         | 3      | mg/kg  |                  |                       |
""")


def test_an_infusion_that_was_interrupted_and_slowed_is_two_intervals_that_share_its_dose(bat, check):
    made = bat.make("EX", bat.raw(EC=DOSES))
    check(made, """
VISIT | EXDOSE | EXDOSU | EXSTDTC          | EXENDTC
C1D1  | 66.67  | mg     | 2023-03-06T10:00 | 2023-03-06T10:30
C1D1  | 133.33 | mg     | 2023-03-06T11:00 | 2023-03-06T13:00
""")
    assert "EXVAMT" not in made          # the volume is in EC (SDTMIG 3.4, 6.1.3.1, assumption 6c)


def test_doses_do_not_depend_on_the_order_of_the_export(bat):
    page = bat.page(DOSES)
    for name in ("EC", "EX"):
        assert bat.make(name, bat.raw(EC=page)).equals(bat.make(name, bat.raw(EC=page.iloc[::-1])))
        assert len(bat.make(name, bat.raw())) == 0
