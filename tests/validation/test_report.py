"""findings.html: nothing is left out, nothing hostile runs, nothing is fetched."""

import json
import shutil
import subprocess
from dataclasses import replace

import pytest
from lxml import html

from cdisckit.findings import Finding
from validation import sort_findings, write_report
from validation.report import FIELDS

HOSTILE = "</script><img src=x onerror=alert(1)>\u2028<!-- <script> & \"'"
ACCOUNT = {"files": [{"form": "AE", "file": "AE.csv", "read": 1272, "mapped": 1191, "lost": 0,
                      "dropped": {"AEYN is N: no adverse event": 80, "test subject": 1},
                      "fields": {"mapped": ["AETERM"], "not_submitted": ["RECID"], "unknown": ["AEFOO"],
                                 "missing": ["AEBAR"]}},
                     {"form": "CM", "file": "CM.csv", "read": 3, "mapped": 1, "lost": 2, "dropped": {},
                      "fields": {}}],
           "read": 1275, "mapped": 1192, "dropped": 81, "lost": 2}


def finding(severity="error", rule="mapping.unknown_term", dataset="AE", **more):
    texts = {"message": "the value is no term", "fix": "programmer: map it", **more}
    return Finding("mapping", rule, severity, dataset, **texts)


def write(path, findings, *, title="Findings", facts=None, datasets=(), account=None):
    write_report(findings, path / "findings.html", title=title, facts=facts or {}, datasets=datasets, account=account)
    return (path / "findings.html").read_text(encoding="utf-8")


def words(element):
    return " ".join(" ".join(element.itertext()).split())


def data_of(page):
    return json.loads(html.fromstring(page).get_element_by_id("data").text)


def findings_in(page):
    """The findings as the page's own script would read them."""
    data = data_of(page)
    for row in data["rows"]:
        group = data["groups"][row[0]]
        texts = dict(zip(FIELDS[1:], (data["texts"][number] for number in row[1:]), strict=True))
        yield group["severity"], group["rule"], texts


def test_every_finding_is_on_the_page_with_all_that_traces_it(tmp_path):
    given = [finding(key="USUBJID=1 AESEQ=2", variable="AEOUT", value="7", record="AE:1/AE/2", file="AE.csv", line=17),
             finding("notice", "raw.field", "CM", file="CM.csv"), finding("warning", fix="", message="")]
    found = [(severity, rule, *texts.values()) for severity, rule, texts in findings_in(write(tmp_path, given))]
    assert found == [
        (f.severity, f.rule, f.dataset, f.key, f.variable, f.value, f.record,
         f"{f.file}:{f.line}" if f.line else f.file, f.message, f.fix) for f in sort_findings(given)]


def test_hostile_text_is_text_wherever_it_stands(tmp_path):
    given = [finding(rule=HOSTILE, dataset=HOSTILE, key=HOSTILE, variable=HOSTILE, value=HOSTILE, message=HOSTILE,
                     fix=HOSTILE, record=HOSTILE, file=HOSTILE)]
    account = {"files": [{**ACCOUNT["files"][0], "form": HOSTILE, "file": HOSTILE, "dropped": {HOSTILE: 1},
                          "fields": {"mapped": [HOSTILE], "not_submitted": [HOSTILE], "unknown": [HOSTILE]}}],
               "read": 1, "mapped": 0, "dropped": 1, "lost": 0}
    page = write(tmp_path, given, title=HOSTILE, facts={HOSTILE: HOSTILE}, datasets=[(HOSTILE, HOSTILE, 1, 1)],
                 account=account)
    tree = html.fromstring(page)
    assert not tree.xpath("//img | //*[@onerror]")
    assert [script.get("type") for script in tree.xpath("//script")] == ["application/json", None]
    assert next(findings_in(page))[2]["value"] == HOSTILE
    assert HOSTILE in tree.xpath("//h1")[0].text


def test_the_embedded_data_hold_no_character_that_could_end_their_element_or_line(tmp_path):
    page = write(tmp_path, [finding(value="<>&\u2028\u2029")])
    embedded = page.partition('id="data">')[2].partition("</script>")[0]
    assert not set("<>&\u2028\u2029") & set(embedded)
    assert next(findings_in(page))[2]["value"] == "<>&\u2028\u2029"


def test_only_the_pages_own_script_and_style_may_run(tmp_path):
    tree = html.fromstring(write(tmp_path, [finding()]))
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    nonces = set(tree.xpath("//style/@nonce | //script/@nonce"))
    assert len(nonces) == 1
    assert policy.startswith("default-src 'none'") and policy.count(f"'nonce-{nonces.pop()}'") == 2
    assert "unsafe" not in policy and not tree.xpath("//*[@style] | //*[starts-with(name(@*), 'on')]")


def test_the_page_fetches_nothing(tmp_path):
    tree = html.fromstring(write(tmp_path, [finding()], datasets=[("AE", "Adverse Events", 1, 1)], account=ACCOUNT))
    assert not tree.xpath("//@src | //link | //iframe | //object")
    assert all(target.startswith("#") for target in tree.xpath("//@href"))


def test_without_a_script_the_counts_the_rules_and_the_account_are_read(tmp_path):
    given = [finding(key=str(number)) for number in range(1200)] + [finding("notice", "raw.field", "CM", message="odd")]
    tree = html.fromstring(write(tmp_path, given, datasets=[("AE", "Adverse Events", 1191, 42)], account=ACCOUNT))
    tiles = [words(tile).split(" - ")[0] for tile in tree.xpath("//li[contains(@class, 'tile')]")]
    assert tiles == ["1,200 errors", "0 warnings", "1 notice", "0 waived"]
    rules = tree.xpath("//h2[@id='rules']/following::table[1]/tbody/tr")
    assert [words(row) for row in rules] == [
        "error 1,200 mapping.unknown_term AE the value is no term programmer: map it",
        "notice 1 raw.field CM odd programmer: map it"]
    built = tree.xpath("//h2[@id='built']/following::table[1]/tbody/tr")
    assert [words(cell) for cell in built[0]] == ["AE", "Adverse Events", "1,191", "42", "1,200", "0", "0", "0"]
    assert "needs JavaScript" in tree.get_element_by_id("unscripted").text


def test_the_account_shows_each_file_each_reason_and_what_is_lost(tmp_path):
    tree = html.fromstring(write(tmp_path, [], account=ACCOUNT))
    first, second = tree.xpath("//h2[@id='account']/following::table[1]/tbody/tr")
    assert [cell.text_content() for cell in first[:6]] == ["AE", "AE.csv", "1,272", "1,191", "81", "0"]
    assert [item.text for item in first.xpath(".//li")] == ["80: AEYN is N: no adverse event", "1: test subject"]
    assert "1 neither mapped nor declared not_submitted: AEFOO" in words(first)
    assert "1 in the specification and not in the file: AEBAR" in words(first)
    assert [(cell.text_content(), "bad" in cell.get("class")) for cell in second[5:6]] == [("2", True)]


@pytest.mark.parametrize("account", [None, ACCOUNT])
def test_a_clean_study_has_a_page_too(tmp_path, account):
    page = write(tmp_path, [], account=account)
    assert "No check found anything" in page and data_of(page)["rows"] == []


def test_a_rule_that_says_several_things_shows_the_most_frequent_and_how_many_more(tmp_path):
    given = [finding(key=str(number), message="no term of OUT") for number in range(3)]
    page = write(tmp_path, [*given, finding(key="9", message="no term of UNIT")])
    cell = html.fromstring(page).xpath("//td[@class='what']")[0]
    assert words(cell) == "no term of OUT (and 1 other wording) programmer: map it"
    assert data_of(page)["groups"][0]["wordings"] == 2


def test_the_same_findings_are_the_same_bytes(tmp_path):
    given = [finding(key=str(number)) for number in range(30)]
    assert write(tmp_path, given) == write(tmp_path, [*reversed(given), given[0]])


def test_a_byte_that_no_encoding_explains_does_not_stop_the_page(tmp_path):
    page = write(tmp_path, [finding(value="\udc80", message="\udc81")])
    assert next(findings_in(page))[2]["value"] == "\udc80"


def test_a_page_grows_by_what_differs_between_its_findings(tmp_path):
    long = "data management: query the site. " * 20
    given = [finding(key=f"AESEQ={number}", message=long, fix=long) for number in range(5000)]
    assert len(write(tmp_path, given)) < 5000 * 60 + 60_000


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs a browser")
def test_in_a_browser_the_findings_are_drawn_page_by_page_and_hostile_text_stays_text(tmp_path):
    write(tmp_path, [finding(key=f"AESEQ={number}", variable="AEOUT", value=HOSTILE) for number in range(250)])
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
               f"--user-data-dir={tmp_path / 'browser'}", "--virtual-time-budget=3000", "--dump-dom"]
    page = (tmp_path / "findings.html").as_uri()
    drawn = subprocess.run([*command, page], capture_output=True, check=True, timeout=120).stdout
    tree = html.fromstring(drawn.decode("utf-8"))
    values = tree.xpath("//details//tbody/tr/td/span[@class='value']")
    assert [value.text for value in values] == [HOSTILE] * 100 and not tree.xpath("//img")
    assert tree.xpath("//details/button")[0].text == "Show 100 more (150 not shown)"
    assert tree.get_element_by_id("unscripted").get("hidden") == ""
    assert tree.get_element_by_id("shown").text == "250 findings of 1 rule"


def test_waived_findings_are_a_group_of_their_own_with_the_reason_in_place_of_the_fix(tmp_path):
    given = [finding(key="1"), replace(finding(key="2"), waived="query 17"), replace(finding(key="3"), waived="query 17")]
    page = write(tmp_path, given, datasets=[("AE", "Adverse Events", 3, 1)])
    tree = html.fromstring(page)
    assert [words(tile).split(" - ")[0] for tile in tree.xpath("//li[contains(@class, 'tile')]")] == [
        "1 error", "0 warnings", "0 notices", "2 waived"]
    assert [words(row) for row in tree.xpath("//h2[@id='rules']/following::table[1]/tbody/tr")] == [
        "error 1 mapping.unknown_term AE the value is no term programmer: map it",
        "waived 2 mapping.unknown_term AE the value is no term Waived: query 17"]
    assert [row[0] for row in data_of(page)["rows"]] == [0, 1, 1]
