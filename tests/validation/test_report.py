"""findings.html: nothing is left out, nothing hostile runs, nothing is fetched."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime

import pandas as pd
import pytest
from lxml import html

from cdisckit.findings import Finding
from validation import read_findings, report, sort_findings, write_report, write_reports
from validation.findings import sort_verdicts
from validation.package import Verdict
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


VERDICTS = [
    Verdict("rules", "rules.dates.order", "error", "issues", findings=2, seconds=0.5, citation="SDTMIG 3.4, 4.4", title="no end before its start"),
    Verdict("core", "core.CORE-000001", "error", "passed", seconds=1.25, title="passes"),
    Verdict("core", "core.CORE-000002", "warning", "failed", "KeyError: RFSTDTC", seconds=2, title="fails"),
    Verdict("core", "core.CORE-000003", "error", "timed out", "120 s", seconds=120, title="never ends"),
    Verdict("great_expectations", "gx.expect_study_day_to_follow", "error", "skipped", "no DM", title="study days", dataset="VS"),
]


def write(path, findings, *, title="Findings", facts=None, datasets=(), account=None, verdicts=()):
    write_report(findings, path / "findings.html", title=title, facts=facts or {}, datasets=datasets, account=account, verdicts=verdicts)
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


@pytest.fixture
def browse(tmp_path):
    """`browse(page, script)`: the page as a browser draws it, after a script of ours has used it."""
    if not shutil.which("chromium"):
        pytest.skip("needs a browser")

    def draw(page, script="", address=""):
        head, end, tail = page.rpartition("</script>")
        (tmp_path / "used.html").write_text(f"{head}\n{script}{end}{tail}", encoding="utf-8")
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                   f"--user-data-dir={tmp_path / 'browser'}", "--virtual-time-budget=3000", "--dump-dom"]
        drawn = subprocess.run([*command, (tmp_path / "used.html").as_uri() + address], capture_output=True, check=True, timeout=120)
        return html.fromstring(drawn.stdout.decode("utf-8"))

    return draw


def test_in_a_browser_the_findings_are_drawn_page_by_page_and_hostile_text_stays_text(tmp_path, browse):
    tree = browse(write(tmp_path, [finding(key=f"AESEQ={number}", variable="AEOUT", value=HOSTILE) for number in range(250)]))
    values = tree.xpath("//details//tbody/tr/td/span[@class='value']")
    assert [value.text for value in values] == [HOSTILE] * 100 and not tree.xpath("//img")
    assert tree.xpath("//details/button")[0].text == "Show 100 more (150 not shown)"
    assert tree.get_element_by_id("unscripted").get("hidden") == ""
    assert tree.get_element_by_id("shown").text == "250 findings of 1 rule"


def test_in_a_browser_a_finding_opens_with_its_raw_record_its_trace_and_what_else_its_record_has(tmp_path, browse):
    key = "USUBJID=S-01 AESEQ=2"
    given = [finding(key=key, variable="AEOUT", value="7", record="AE:1/AE/2", file="AE.csv", line=17),
             finding("warning", "rules.other", key=key, variable="AESEV", message="odd"), finding(key="USUBJID=S-02 AESEQ=2")]
    tree = browse(write(tmp_path, given), address="#finding-0")
    facts = dict(zip([words(one) for one in tree.xpath("//dl[@class='detail']/dt")], [words(one) for one in tree.xpath("//dl[@class='detail']/dd")], strict=True))
    assert facts == {
        "Rule": "error mapping.unknown_term (mapping)", "Record": f"AE {key}", "Variable": "AEOUT", "Value": "7",
        "What is wrong": "the value is no term", "Who must act": "programmer: map it", "Raw record": "AE:1/AE/2", "Raw file and line": "AE.csv:17",
        "Its way from the raw file": "cdisckit trace AE.AEOUT --out OUT --subject S-01 --seq 2"}
    assert [words(one) for one in tree.xpath("//ul[@class='neighbours']/li")] == ["warning rules.other AESEV odd"]


def test_in_a_browser_a_finding_shows_its_record_between_its_neighbours(tmp_path, browse):
    frame = pd.DataFrame({"USUBJID": ["S-1", "S-1", "S-2"], "AESEQ": [1.0, 2.0, 1.0], "AEOUT": ["", HOSTILE, ""], "AETOX": ["", "", "3"]})
    given = [finding(key="USUBJID=S-1 AESEQ=2", variable="AEOUT"), finding(key="USUBJID=S-2 AESEQ=1")]
    write_report(given, tmp_path / "findings.html", title="T", facts={}, datasets=(), read={"AE": frame}.get)
    tree = browse((tmp_path / "findings.html").read_text("utf-8"), address="#finding-0")
    rows = tree.xpath("//div[contains(@class, 'record')]//tr")
    assert [[cell.text_content() for cell in row] for row in rows] == [
        ["USUBJID", "AESEQ", "AEOUT"], ["S-1", "1", ""], ["S-1", "2", HOSTILE]]
    assert [row.get("class") for row in rows[1:]] == ["zero", "here"] and len(tree.xpath("//tr[@class='here']//span[@class='value']")) == 1


def test_the_first_findings_of_every_rule_show_their_record(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "RECORDS", 4)
    frame = pd.DataFrame({"AESEQ": [*map(float, range(30))]})
    given = [finding(key=f"AESEQ={number}") for number in range(10)] + [finding("notice", "raw.few", key="AESEQ=20")]
    write_report(given, tmp_path / "findings.html", title="T", facts={}, datasets=(), read={"AE": frame}.get)
    data = data_of((tmp_path / "findings.html").read_text("utf-8"))
    assert data["records"]["AE"]["at"] == {"0": 0, "1": 1, "2": 2, "10": 20}


def test_in_a_browser_no_command_is_made_of_a_name_that_a_shell_would_read(tmp_path, browse):
    given = [finding(key="USUBJID=$(x) AESEQ=2", variable="AEOUT"), finding(key="USUBJID=S-1 AETERM=a;b", variable="AEOUT"),
             finding(dataset="ADVS", key="USUBJID=S-1 PARAMCD=SYSBP AVISIT=C1D1", variable="AVAL")]
    tree = browse(write(tmp_path, given), 'document.querySelectorAll("tr.finding").forEach((row) => row.click());')
    assert len(tree.xpath("//dl[@class='detail']")) == 3
    assert [code.text for code in tree.xpath("//dl[@class='detail']//code")] == [
        "cdisckit trace ADVS.AVAL --out OUT --subject S-1 --where PARAMCD=SYSBP --where AVISIT=C1D1"]


USE = """
const use = (id, value) => { byId(id).value = value; byId(id).dispatchEvent(new Event("change", { bubbles: true })); return byId("shown").textContent; };
const keys = () => [...document.querySelectorAll("tr.finding td.key")].map((td) => td.textContent);
const told = [use("source", "=core"), use("source", ""), use("dataset", "=CM"), use("dataset", ""), use("search", "cmseq=10 s-1")];
use("search", "");
document.querySelector("th[data-field=key] button").click();
told.push(keys()); document.querySelector("th[data-field=key] button").click(); told.push(keys());
document.dispatchEvent(new KeyboardEvent("keydown", { key: "j" }));
document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
told.push(document.querySelectorAll("dl.detail").length);
document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
told.push(document.querySelectorAll("dl.detail").length);
document.title = JSON.stringify(told);
"""


def test_in_a_browser_findings_are_filtered_searched_sorted_and_opened_by_keys(tmp_path, browse):
    given = [finding(rule="core.x", dataset="CM", key=f"USUBJID=S-1 CMSEQ={number}") for number in (10, 2)]
    given = [replace(found, source="core") for found in given] + [finding(key="USUBJID=S-1 AESEQ=1")]
    told = json.loads(browse(write(tmp_path, given), USE).xpath("//title")[0].text)
    assert told[:5] == ["2 of 3 findings match", "3 findings of 2 rules", "2 of 3 findings match", "3 findings of 2 rules", "1 of 3 findings match"]
    ascending = [["USUBJID=S-1 CMSEQ=2", "USUBJID=S-1 CMSEQ=10"], ["USUBJID=S-1 AESEQ=1"]]
    assert told[5:] == [ascending[0] + ascending[1], ascending[0][::-1] + ascending[1], 1, 0]


def test_in_a_browser_the_rules_are_a_tab_that_is_filtered_and_sorted(tmp_path, browse):
    script = """
    byId("rule-source").value = "=core"; byId("rule-filters").dispatchEvent(new Event("change"));
    document.querySelectorAll("#verdict-table thead button")[6].click();
    """
    tree = browse(write(tmp_path, [finding()], verdicts=VERDICTS), script, "#verdicts")
    assert [words(row[1]).split()[0] for row in tree.xpath("//table[@id='verdict-table']/tbody/tr")] == ["core.CORE-000003", "core.CORE-000002", "core.CORE-000001"]
    assert tree.get_element_by_id("rules-shown").text == "3 of 5 verdicts match"
    assert ["away" in section.get("class") for section in tree.xpath("//main/section")] == [True, True, False]


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


def test_waived_findings_say_who_waived_them_and_until_when(tmp_path):
    signed = replace(finding(key="1"), waived="query 17", waived_by="data management", waived_until="2026-12-31")
    tree = html.fromstring(write(tmp_path, [signed, replace(finding(key="2"), waived="query 17")]))
    assert [words(row[-1]) for row in tree.xpath("//h2[@id='rules']/following::table[1]/tbody/tr")] == [
        "the value is no term Waived: query 17", "the value is no term Waived: query 17 by data management until 2026-12-31"]


def test_rules_that_gave_no_answer_are_as_loud_as_findings(tmp_path):
    tree = html.fromstring(write(tmp_path, [], verdicts=VERDICTS))
    banner, = tree.xpath("//p[contains(@class, 'banner')]")
    assert words(banner) == ("3 checks gave no answer: 1 failed, 1 timed out, 1 skipped. Whether the data are right there is not known. Which, and why")
    assert "error" in banner.get("class")
    assert "nothing No check found anything, but 3 gave no answer." in words(tree)
    skipped = html.fromstring(write(tmp_path, [], verdicts=VERDICTS[-1:])).xpath("//p[contains(@class, 'banner')]")
    assert ["warning" in one.get("class") for one in skipped] == [True]
    assert html.fromstring(write(tmp_path, [], verdicts=VERDICTS[:2])).xpath("//p[contains(@class, 'banner')]") == []


def test_every_verdict_is_on_the_page_the_worst_first_and_the_time_by_source(tmp_path):
    tree = html.fromstring(write(tmp_path, [finding(rule="rules.dates.order")], verdicts=VERDICTS))
    rows = [[words(cell) for cell in row] for row in tree.xpath("//table[@id='verdict-table']/tbody/tr")]
    assert [(row[0], row[1], row[2], row[5]) for row in rows] == [
        ("failed", "core.CORE-000002 fails", "KeyError: RFSTDTC", "0"), ("timed out", "core.CORE-000003 never ends", "120 s", "0"),
        ("skipped", "gx.expect_study_day_to_follow study days", "no DM", "0"), ("issues", "rules.dates.order no end before its start", "", "2"), ("passed", "core.CORE-000001 passes", "", "0")]
    sources = [[words(cell) for cell in row] for row in tree.xpath("//h2[@id='verdicts']/following::table[1]/tbody/tr")]
    assert sources[0] == ["core", "1", "0", "0", "1", "1", "0", "123.2"] and [row[0] for row in sources] == ["core", "great_expectations", "rules"]
    assert tree.xpath("//a[@data-rule]/@data-rule") == ["rules.dates.order"]


def test_hostile_text_of_a_verdict_is_text(tmp_path):
    page = write(tmp_path, [], verdicts=[Verdict(HOSTILE, HOSTILE, "error", "failed", HOSTILE, citation=HOSTILE, title=HOSTILE, dataset=HOSTILE)])
    assert not html.fromstring(page).xpath("//img | //*[@onerror]") and html.fromstring(page).xpath("//td[contains(@class, 'why')]")[0].text == HOSTILE


def test_more_findings_than_the_page_holds_are_counted_loudly_and_every_rule_shows_some(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "LISTED", 10)
    given = [finding(key=str(number)) for number in range(100)] + [finding("notice", "raw.few", key=str(number)) for number in range(3)]
    page = write(tmp_path, given)
    tree, data = html.fromstring(page), data_of(page)
    assert words(tree.xpath("//p[contains(@class, 'banner')]")[0]) == (
        "93 of 103 findings are not on this page. Every rule shows some of its findings; findings.json, beside this page, holds them all.")
    assert [(group["count"], group["listed"]) for group in data["groups"]] == [(100, 7), (3, 3)]
    assert [row[0] for row in data["rows"]] == [0] * 7 + [1] * 3
    assert [words(row[1]) for row in tree.xpath("//h2[@id='rules']/following::table[1]/tbody/tr")] == ["100", "3"]


def test_one_call_writes_every_report_of_a_run_and_the_same_run_gives_the_same_bytes(tmp_path):
    given = [finding(key=str(number), value=HOSTILE) for number in range(3)]
    for name, found in (("one", given), ("two", [*reversed(given), given[0]])):
        (tmp_path / name).mkdir()
        write_reports(found, VERDICTS, tmp_path / name, title="T", facts={"Study": "S"}, datasets=[("AE", "Adverse Events", 3, 4)], created=datetime(2025, 7, 31))
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["findings.html", "findings.json", "findings.sarif", "findings.xlsx"]
    assert [name for name in files if (tmp_path / "one" / name).read_bytes() != (tmp_path / "two" / name).read_bytes()] == []
    assert read_findings(tmp_path / "one/findings.json") == sort_findings(given)
    content = json.loads((tmp_path / "one/findings.json").read_text("utf-8"))
    assert content["statuses"] == {"passed": 1, "issues": 1, "skipped": 1, "failed": 1, "timed out": 1}
    assert [Verdict(**verdict) for verdict in content["verdicts"]] == sort_verdicts(VERDICTS)


def test_no_script_of_the_page_writes_markup():
    code = (report.TEMPLATES / "findings.js").read_text("utf-8")
    assert not re.search(r"\.(?:inner|outer)HTML|insertAdjacentHTML|document\.write|eval\(|new Function", code)
