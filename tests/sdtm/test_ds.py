"""Laws of DS in the demo study: each drug ends on its own, and the site's own words come before the ticked reason."""

FORMS = {
    "IC": """
Subject | FolderName | ICDAT       | ICTIM | ICVER
1       | SCREENING  | 01 MAR 2023 | 07:10 | 1.0
""",
    "EOT": """
Subject | FolderName | EOTTRT  | EOTDAT      | EOTLDDAT    | EOTREAS | EOTSP            | EOTAENO
1       | EOT        | BAT4706 | 20 MAR 2023 | 06 MAR 2023 | AE      |                  | 3
1       | EOT        | BAT1308 | 20 MAR 2023 | 06 MAR 2023 | OTH     | Sponsor's advice |
""",
    "EOS": """
Subject | FolderName | EOSDAT      | EOSREAS | EOSSP
1       | LOG        | 01 SEP 2023 | DTH     |
2       | LOG        | 05 MAR 2023 | SF      | Brain metastasis found
"""}


def test_each_drug_has_an_end_of_its_own_and_so_has_the_study(bat, check):
    check(bat.make("DS", bat.raw(**FORMS)), """
USUBJID           | DSCAT              | DSSCAT              | DSDECOD                   | DSSTDTC          | EOTAENO | ICVER
BAT4706-1308-01-1 | DISPOSITION EVENT  | BAT1308             | OTHER                     | 2023-03-20       |         |
BAT4706-1308-01-1 | DISPOSITION EVENT  | BAT4706             | ADVERSE EVENT             | 2023-03-20       | 3       |
BAT4706-1308-01-1 | DISPOSITION EVENT  | STUDY PARTICIPATION | DEATH                     | 2023-09-01       |         |
BAT4706-1308-01-1 | PROTOCOL MILESTONE |                     | INFORMED CONSENT OBTAINED | 2023-03-01T07:10 |         | 1.0
BAT4706-1308-01-2 | DISPOSITION EVENT  | STUDY PARTICIPATION | SCREEN FAILURE            | 2023-03-05       |         |
""")


def test_what_the_site_specified_is_the_term_and_else_the_reason_that_it_ticked(bat, check):
    check(bat.make("DS", bat.raw(**FORMS)), """
DSTERM                    | DSDECOD
Sponsor's advice          | OTHER
ADVERSE EVENT             | ADVERSE EVENT
DEATH                     | DEATH
INFORMED CONSENT OBTAINED | INFORMED CONSENT OBTAINED
Brain metastasis found    | SCREEN FAILURE
""")


def test_dispositions_do_not_depend_on_the_order_of_the_export(bat):
    backwards = {form: bat.page(text).iloc[::-1] for form, text in FORMS.items()}
    assert bat.make("DS", bat.raw(**FORMS)).equals(bat.make("DS", bat.raw(**backwards)))
    assert len(bat.make("DS", bat.raw())) == 0
