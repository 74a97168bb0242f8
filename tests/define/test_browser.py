"""What define.html does in a browser: it opens quickly, is searched, and shows or hides what the reader asks for."""

import re
import shutil
import subprocess

import pytest

from define import build_define, define_html
from define.model import Define, ItemDef, ItemGroupDef, ItemRef, Origin, Shape

pytestmark = pytest.mark.skipif(not shutil.which("chromium"), reason="needs a browser")
REPORT = """<script>window.addEventListener("load", () => { const said = (function () { %s })();
document.body.textContent = "SAID " + JSON.stringify(said) + " END"; });</script></body>"""


@pytest.fixture
def browser(tmp_path):
    """What a script says of a page after it was loaded."""
    def ask(page: str, script: str) -> str:
        path = tmp_path / "page.html"
        path.write_text(page.replace("</body>", REPORT % script), encoding="utf-8")
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                   f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", path.as_uri()]
        found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
        return re.search("SAID (.*) END", found, re.DOTALL)[1]
    return ask




def test_60_datasets_of_100_variables_open_within_two_seconds(browser):
    items, groups = [], []
    for number in range(60):
        own = [ItemDef(f"IT.{number}.{n}", f"V{n}", f"Variable {n}", Shape("text", 8), origins=(Origin("Derived", "Sponsor"),))
               for n in range(100)]
        items += own
        groups.append(ItemGroupDef(f"IG.{number}", f"D{number}", "A dataset", "Tabulation", "One record", "EVENTS", True,
                                   tuple(ItemRef(item.oid, place, False) for place, item in enumerate(own, 1))))
    page = define_html(Define("S", "D", "P", "SDTM", "2025-01-01T00:00:00", "F", "S", "V", "N", (), tuple(groups), tuple(items)))
    assert float(browser(page, "document.body.offsetHeight; return performance.now();")) < 2000


def test_keys_search_hide_the_value_level_and_change_the_colours(browser, sdtm):
    page = define_html(build_define(sdtm))
    said = browser(page, """
        const key = name => document.dispatchEvent(new KeyboardEvent("keydown", {key: name, bubbles: true}));
        const said = [getComputedStyle(document.querySelector("tr.value")).display];
        key("v"); said.push(getComputedStyle(document.querySelector("tr.value")).display);
        key("v"); said.push(getComputedStyle(document.querySelector("tr.value")).display);
        const light = () => getComputedStyle(document.documentElement).getPropertyValue("--page");
        key("t"); const first = light(); key("t"); said.push(first !== light());
        key("/"); said.push(document.activeElement.id);
        return said;""")
    assert said == '["table-row","none","table-row",true,"search"]'


def test_a_link_to_a_line_that_the_search_hides_clears_the_search(browser, sdtm):
    page = define_html(build_define(sdtm)).replace('setTimeout(filter, 80)', 'filter()')
    said = browser(page, """
        const search = document.getElementById("search");
        search.value = "aeterm"; search.dispatchEvent(new Event("input"));
        const line = document.getElementById("IT.AE.AESEV"), term = document.getElementById("IT.AE.AETERM");
        const said = [line.classList.contains("hidden"), term.classList.contains("hidden")];
        const link = document.createElement("a"); link.setAttribute("href", "#IT.AE.AESEV");
        document.getElementById("IT.AE.AETERM").firstElementChild.append(link); link.click();
        said.push(line.classList.contains("hidden"), search.value);
        return said;""")
    assert said == '[true,false,false,""]'
