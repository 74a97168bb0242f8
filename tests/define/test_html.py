"""Laws of define.html: it says what define.xml says, needs nothing but itself, and lets nobody slip in markup."""

import csv
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from jinja2 import Environment
from lxml import etree

from define import define_html, define_xml, write_define_html
from define.html import COMPARATORS, TEMPLATES, UNDEFINED, anchor

VOID = {"meta", "input", "br", "link", "img", "hr"}


class Page(HTMLParser):
    """The ids, links, elements and text of a page; an element that is not closed is an error."""

    def __init__(self, content):
        super().__init__(convert_charrefs=True)
        self.ids, self.links, self.tags, self.open, self.text, self.attributes = [], [], Counter(), [], [], []
        self.feed(content)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags[tag] += 1
        self.attributes += attrs
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if "href" in attributes else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.text.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


@pytest.fixture
def page(tmp_path):
    def make(source):
        write_define_html(source, tmp_path / "define.html")
        return Page((tmp_path / "define.html").read_text(encoding="utf-8"))
    return make


def test_the_same_source_gives_the_same_bytes(sdtm, tmp_path):
    write_define_html(sdtm, tmp_path / "one.html")
    write_define_html(replace(sdtm, datasets=sdtm.datasets[::-1]), tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_every_link_leads_somewhere_on_the_page_or_to_a_dataset_beside_it(sdtm, adam, page):
    for source in (sdtm, adam):
        made = page(source)
        inside = {link[1:] for link in made.links if link.startswith("#")}
        outside = {link for link in made.links if not link.startswith("#")}
        assert inside <= set(made.ids)
        crf = {"acrf.pdf", *(f"acrf.pdf#page={number}" for number in (7, 12, 14))} if source is sdtm else set()
        assert outside == {f"{spec.name.lower()}.xpt" for spec in source.datasets} | crf


def test_no_id_stands_twice(sdtm, page):
    ids = page(sdtm).ids
    assert len(ids) == len(set(ids))


def test_variables_lead_to_their_codelist_method_and_values_and_back(sdtm, page):
    links = page(sdtm).links
    there = {"#CL.AESEV", "#MT.derive_study_day", "#IT.VS.VSORRES.FRMSIZE", "#COM.AE.AEBODSYS"}
    back = {"#IT.AE.AESEV", "#IT.AE.AESTDY", "#IT.VS.VSORRES", "#IT.AE.AEBODSYS"}
    assert there | back <= set(links)


def test_a_predecessor_in_the_same_document_is_a_link(adam, page):
    assert page(adam).links.count("#IT.ADSL.USUBJID") >= 3                 # keys, ADAE, ADVS


def test_the_page_says_all_that_the_xml_says(sdtm, adam, page, written):
    for source in (sdtm, adam):
        words, xml = page(source).words, written(source)
        texts = [element.text for element in xml.all("//odm:TranslatedText | //odm:CheckValue")]
        values = xml.all("//@CodedValue | //odm:ItemGroupDef/@Name | //odm:ItemDef/@DataType | //def:Origin/@Type | "
                         "//odm:Alias/@Name | //@def:DisplayFormat")
        missing = [text for text in [*texts, *values] if " ".join(text.split()) not in words]
        assert missing == []


def test_nothing_is_loaded_from_anywhere(sdtm, tmp_path, page):
    made = page(sdtm)
    content = (tmp_path / "define.html").read_text(encoding="utf-8")
    assert not {"link", "img", "iframe", "object", "embed"} & made.tags.keys()
    assert "src" not in dict(made.attributes)
    assert not re.search(r"https?://|url\(|@import", content)
    assert "default-src 'none'" in content


NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{ 7 * 7 }}{% raw %}"


@pytest.mark.parametrize("place", ["AE.AETERM", "AE.AEREL1"])
def test_markup_in_a_label_is_text(sdtm, changed, page, place):
    label = "<script>alert(1)</script>"
    made = page(changed(sdtm, place, label=label))
    assert label in made.words
    assert made.tags["script"] == 1


def test_markup_in_any_text_is_text(sdtm, changed, page, kit):
    terms = {NASTY: kit.RELATED.terms["YES"].model_copy(update={"value": NASTY, "decode": NASTY})}
    source = changed(changed(sdtm, "AE.AETERM", comment=NASTY), "AE", label=NASTY, structure=NASTY, comment=NASTY)
    source = replace(source, methods=dict.fromkeys(source.methods, NASTY),
                     codelists={**source.codelists,
                                "RELATED": kit.RELATED.model_copy(update={"terms": terms, "label": NASTY})},
                     facts=source.facts.model_copy(update={"title": NASTY, "protocol": NASTY, "description": NASTY}))
    made = page(source)
    assert made.tags["script"] == 1
    assert made.tags["img"] == 0
    assert "onerror" not in dict(made.attributes)
    assert NASTY in made.words


def test_characters_that_no_page_can_hold_are_shown_as_their_code(sdtm, changed, page):
    assert "a[U+0000]b[U+DC80]c" in page(changed(sdtm, "AE.AETERM", comment="a\x00b\udc80c")).words


@pytest.mark.parametrize(("oid", "id_"),
                         [("IT.AE.AESEV", "IT.AE.AESEV"), ("CL.VSRESU.beats/min", "CL.VSRESU.beats~2F~min"),
                                          ("WC.X.Y.a b", "WC.X.Y.a~20~b"), ("CL.U.~", "CL.U.~7E~"),
                          ("IT.\u4e2d", "IT.~4E2D~")])
def test_an_anchor_is_an_id_that_every_browser_takes(oid, id_):
    assert anchor(oid) == id_


def test_the_datasets_are_listed_beside_the_page_in_its_order(sdtm, page):
    ids = [id_ for id_ in page(sdtm).ids if id_.startswith("IG.")]
    assert ids == ["IG.TA", "IG.AE", "IG.VS", "IG.SUPPAE"]


def test_the_page_can_be_searched_printed_read_in_the_dark_and_used_without_a_mouse(sdtm, tmp_path):
    write_define_html(sdtm, tmp_path / "define.html")
    content = (tmp_path / "define.html").read_text(encoding="utf-8")
    for sign in ('type="search"', "@media print", "prefers-color-scheme: dark", 'class="skip"', "keydown", 'lang="en"'):
        assert sign in content


def test_synthetic_data_say_so(adam, page):
    facts = adam.facts.model_copy(update={"synthetic": True})
    assert "Synthetic data" in page(replace(adam, facts=facts)).words
    assert "Synthetic data" not in page(adam).words


def test_a_dataset_without_records_has_no_file_to_open(sdtm, kit, page):
    spec = next(spec for spec in sdtm.datasets if spec.name == "VS")
    empty = kit.source("SDTM", [(spec, kit.frame(spec, [], ""))]).summaries["VS"]
    made = page(replace(sdtm, summaries={**sdtm.summaries, "VS": empty}))
    assert "vs.xpt" not in made.links


def test_whatever_a_document_can_say_is_on_the_page(everything, kit):
    made = Page(define_html(everything))
    root = etree.fromstring(define_xml(everything))
    texts = {element.text.strip() for element in root.iter() if isinstance(element.tag, str) and element.text and element.text.strip()}
    assert {text for text in texts if " ".join(text.split()) not in made.words} == {"中文"}         # one language a page
    assert {link[1:] for link in made.links if link.startswith("#")} <= set(made.ids)


def test_the_pages_of_a_document_are_links_into_it(everything):
    links = Page(define_html(everything)).links
    assert {"guide.pdf#page=1", "guide.pdf#page=2", "guide.pdf#page=3", "guide.pdf#nameddest=chapter"} <= set(links)


@pytest.mark.parametrize(("href", "leads_to"), [
    ("javascript:alert(1)", ""), (" data:text/html,x", ""), ("vbscript:x", ""), ("adx.xpt", "adx.xpt"),
    ("../csr/csr.pdf", "../csr/csr.pdf"), ("https://www.meddra.org", "https://www.meddra.org")])
def test_a_link_of_a_document_of_others_leads_to_a_file_or_a_page_only(everything, href, leads_to):
    leaf = replace(everything.leaves[0], href=href)
    links = Page(define_html(replace(everything, leaves=(leaf, *everything.leaves[1:])))).links
    assert leads_to in links and (href == leads_to or href not in links)


def test_what_is_referred_to_and_not_defined_does_not_break_the_page(everything):
    bare = replace(everything, items=everything.items[:1], where_clauses=(), codelists=(), methods=(), comments=(),
                   leaves=(), standards=(), value_lists=everything.value_lists)
    words = Page(define_html(bare)).words
    assert "not defined in this document" in words and "IT.2" in words


def test_a_value_list_that_leads_back_to_itself_ends(everything):
    item = replace(everything.items[2], values="VL.1")
    assert "ADX" in Page(define_html(replace(everything, items=(*everything.items[:2], item)))).words


def test_the_reader_can_choose_light_or_dark_and_hide_the_value_level(sdtm, page):
    made = page(sdtm)
    assert {"theme", "values"} <= set(made.ids)
    assert made.tags["button"] == 2


def test_a_codelist_names_the_variable_of_a_value_that_uses_it(sdtm, page):
    words = page(sdtm).words
    assert "SUPPAE.QVAL where QNAM = AEREL1" in words and "VS.VSORRESU where VSTESTCD = TEMP" in words
    assert "SUPPAE.AEREL1 where" not in words


def template_source():
    return (TEMPLATES / "define.html.j2").read_text(encoding="utf-8")


def test_every_word_of_the_page_has_its_chinese_and_no_other_word_has():
    asked = set(re.findall(r'say\("([^"]+)"[,)]', template_source())) | {UNDEFINED, "and", "or", "where", "{count} values", "{count} value"}
    asked |= {word for word in COMPARATORS.values() if word.isascii() and word.isalpha() or " " in word}
    with (TEMPLATES / "page_zh.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["english"], row["text"]) for row in csv.DictReader(file)]
    assert [english for english, _ in rows] == sorted(asked)
    assert [row for row in rows if set(re.findall(r"{\w+}", row[0])) != set(re.findall(r"{\w+}", row[1])) or not row[1]] == []


def test_the_template_has_no_word_that_is_not_said_in_the_language_of_the_page():
    lexed = Environment(trim_blocks=True, lstrip_blocks=True).lex(template_source())
    markup = "".join(value if kind == "data" else "{}" for _, kind, value in lexed if kind in ("data", "variable_begin"))
    shown = re.sub(r"(?s)<style>.*</style>|<script>.*</script>", "", markup)
    attributes = re.findall(r'(?:title|aria-label|placeholder)="([^"]*)"', shown)
    words = re.sub(r"<[^>]*>", " ", shown)
    assert re.findall(r"[A-Za-z]{2,}", " ".join([words, *attributes])) == ["Define", "XML", "Esc"]


def test_the_page_of_a_chinese_document_is_chinese(everything):
    made = Page(define_html(replace(everything, language="zh")))
    assert ("lang", "zh") in made.attributes
    for words in ("代码列表", "来源、方法、备注", "属于", "当", "合成数据"):
        assert words in made.words
    assert not {"Codelists", "Methods", "Used by", "not in"} & {text.strip() for text in made.text}
    assert "Codelists" in Page(define_html(replace(everything, language="fr"))).words
