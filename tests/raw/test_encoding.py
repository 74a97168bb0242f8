"""The encoding of a raw file, and the text read with it."""

from unittest import mock

import pytest

import raw.encoding
from cdisckit.findings import collect_findings
from raw.delimited import open_export
from raw.encoding import BAD_BYTE, detect_encoding, read_text

CHINESE = "受试者自述轻度头痛，未服药"


def detect(folder, data):
    path = folder / "cm.csv"
    path.write_bytes(data)
    return detect_encoding(path)


def text_of(folder, data, codec):
    path = folder / "cm.csv"
    path.write_bytes(data)
    return "".join(read_text(path, codec))


def test_ascii_is_utf8_without_a_word(tmp_path):
    assert detect(tmp_path, b"A,B\n1,x\n") == raw.encoding.Encoding("utf-8")


def test_utf8_without_a_mark_is_utf8_without_a_word(tmp_path):
    assert detect(tmp_path, f"A,B\n1,{CHINESE} é “x”\n".encode()) == raw.encoding.Encoding("utf-8")


@pytest.mark.parametrize("codec, found", [("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-32", "utf-32")])
def test_a_byte_order_mark_decides(tmp_path, codec, found):
    data = f"A,B\n1,{CHINESE}\n".encode(codec)
    assert detect(tmp_path, data).codec == found
    assert text_of(tmp_path, data, found) == f"A,B\n1,{CHINESE}\n"


def test_a_big_endian_mark_decides_too(tmp_path):
    data = b"\xfe\xff" + f"A,B\n1,{CHINESE}\n".encode("utf-16-be")
    assert detect(tmp_path, data).codec == "utf-16" and text_of(tmp_path, data, "utf-16") == f"A,B\n1,{CHINESE}\n"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_known_by_its_zeros(tmp_path, codec):
    found = detect(tmp_path, f"ID,TERM\n1,{CHINESE}\n2,x\n".encode(codec))
    assert found.codec == codec and "every other byte is zero" in found.reason


def test_a_few_zero_bytes_do_not_make_a_file_utf16(tmp_path):
    assert detect(tmp_path, b"A,B\n1,x\x00\x00\n2,some text of a record\n3,y\n").codec == "utf-8"
    assert detect(tmp_path, b"A,B\n1,x\n" + bytes(50)).codec == "utf-8"


@pytest.mark.parametrize("text", [CHINESE, "男", "鑫", "B超", "张玥玥", "王喆", "体温37°C，正常", "（无）", "税赌凑港"])
def test_chinese_is_read_as_chinese_however_short(tmp_path, text):
    found = detect(tmp_path, b"ID,TERM\n1,normal\n2," + text.encode("gb18030") + b"\n")
    assert (found.codec, found.line, found.guessed) == ("gb18030", 3, False)
    assert text in found.sample


@pytest.mark.parametrize("text", ["é", "café", "créé", "Größe", "größer", "CRÉÉE", "JÄGER", "¿Él?", "37°C", "5 µg/m³",
                                  "±2", "it’s", "“ok”", "René—x", "naïve", "2×10", "©", "Füße", "«oui»", "ÄÖÜ", "…”"])
def test_western_text_is_never_read_as_chinese_however_short(tmp_path, text):
    for before, after in ((b"2,", b"\n"), (b'2,"', b'"\n'), (b"2, ", b" x\n")):
        assert detect(tmp_path, b"ID,TERM\n1,normal\n" + before + text.encode("cp1252") + after).codec == "cp1252"


def test_two_capitals_side_by_side_do_not_make_a_western_file_chinese(tmp_path):
    text = "Müdigkeit,Rötung,Sjögren,ÄÖ,"
    assert detect(tmp_path, b"ID,A,B,C,D,E\n1," + text.encode("cp1252") + b"\n").codec == "cp1252"


def test_one_chinese_comment_at_the_end_of_ten_thousand_rows_decides(tmp_path):
    rows = b"".join(b"%d,a normal comment in English\n" % at for at in range(10_000))
    found = detect(tmp_path, b"ID,TERM\n" + rows + b"X," + "恶心".encode("gbk") + b"\n")
    assert (found.codec, found.line, found.sample) == ("gb18030", 10_002, "X,恶心")


def test_one_accent_at_the_end_of_ten_thousand_rows_decides(tmp_path):
    rows = b"".join(b"%d,a normal comment in English\n" % at for at in range(10_000))
    found = detect(tmp_path, b"ID,TERM\n" + rows + b"X,caf\xe9s\n")
    assert (found.codec, found.line, found.sample, found.guessed) == ("cp1252", 10_002, "X,cafés", False)


def test_the_size_of_what_is_read_at_a_time_never_shows(tmp_path):
    data = b"ID,TERM\r\n1,x\r\n2," + CHINESE.encode("gbk") + b"\r\n"
    whole = detect(tmp_path, data)
    for size in range(1, 12):
        with mock.patch.object(raw.encoding, "CHUNK", size):
            assert detect(tmp_path, data).codec == whole.codec == "gb18030"
            assert text_of(tmp_path, data, "gb18030") == data.decode("gb18030")
            assert text_of(tmp_path, b"\xef\xbb\xbf" + CHINESE.encode(), "utf-8") == CHINESE


def test_chinese_with_degrees_and_accents_in_it_stays_chinese(tmp_path):
    text = "体温38.5°C，α受体阻滞剂，Ménière病"
    assert detect(tmp_path, f"A,B\n1,{text}\n".encode("gb18030")).codec == "gb18030"


def test_smart_quotes_are_windows_1252(tmp_path):
    data = b"A,B\n1,patient\x92s \x93ok\x94 \x96 fine\x85\n"
    assert detect(tmp_path, data).codec == "cp1252"
    assert text_of(tmp_path, data, "cp1252").splitlines()[1] == "1,patient’s “ok” – fine…"


@pytest.mark.parametrize("text", ["头痛", "女", "痛"])
def test_chinese_that_could_be_utf8_by_its_bytes_is_a_guess(tmp_path, text):
    text.encode("gbk").decode("utf-8")                             # no error: that is the difficulty
    found = detect(tmp_path, b"ID,TERM\n1,normal\n2," + text.encode("gbk") + b"\n")
    assert (found.codec, found.guessed, found.line, found.sample) == ("gb18030", True, 3, f"2,{text}")


@pytest.mark.parametrize("text", ["é", "à la carte", "ó", "µg", "37°C", "±2", "TNF-α", "β", "Σ", "Ångström", "Růžička",
                                  "Łódź", "Größe", "да", "São", "×", "²", "Ø", "Čapek", "Αθήνα", "שלום", "سلام"])
def test_utf8_of_other_alphabets_stays_utf8(tmp_path, text):
    assert detect(tmp_path, f"ID,TERM\n1,normal\n2,{text}\n".encode()) == raw.encoding.Encoding("utf-8")


@pytest.mark.parametrize("codec, text", [
    ("big5", "患者自述頭痛，伴有噁心嘔吐"),
    ("euc_jp", "患者は頭痛を訴え、吐き気がありました"),
    ("cp932", "患者は頭痛を訴え、吐き気がありました"),
    ("cp949", "환자는 두통을 호소하였으며 구역질과 구토가 동반되었다")])
def test_other_asian_text_is_not_read_as_simplified_chinese(tmp_path, codec, text):
    found = detect(tmp_path, b"ID,TERM\n1," + text.encode(codec) + b"\n")
    assert found.codec == codec and text[:10] in found.sample


def test_what_the_rules_do_not_know_is_a_guess(tmp_path):
    russian = "Пациент жалуется на головную боль и тошноту. Головокружение прошло"
    found = detect(tmp_path, b"ID,TERM\n1," + russian.encode("cp1251") + b"\n")
    assert (found.codec, found.guessed) == ("cp1251", True) and "a guess" in found.reason
    polish = detect(tmp_path, b"ID,TERM\n1," + "zgłasza ból głowy".encode("cp1250") + b"\n")
    assert (polish.codec, polish.guessed) == ("cp1252", True)


def test_a_utf8_file_with_a_bad_byte_stays_utf8(tmp_path):
    found = detect(tmp_path, f"A,B\n1,{CHINESE}\n2,café\n".encode() + b"3,caf\xe9\n")
    assert found.codec == "utf-8" and found.reason == "characters in UTF-8: 14, bytes that are not: 1"


def test_a_chosen_encoding_is_told_with_a_sample_and_where_it_stands(tmp_path):
    path = tmp_path / "cm.csv"
    path.write_bytes(b"ID,TERM\n1,x\n2,Gr\xf6\xdfe\n")
    with collect_findings() as findings:
        assert open_export(path, "CM").encoding == "cp1252"
    assert [(each.rule, each.severity, each.file, each.line, each.value) for each in findings] == [
        ("raw.encoding", "notice", "cm.csv", 3, "2,Größe")]
    assert findings[0].message == ("read as cp1252: the bytes above 127 stand alone among ASCII letters, "
                                   "as in Windows-1252 (Latin-1)")


def test_a_guessed_encoding_is_a_warning(tmp_path):
    path = tmp_path / "cm.csv"
    path.write_bytes(b"ID,TERM\n1," + "жалоба".encode("cp1251") + b"\n")
    with collect_findings() as findings:
        open_export(path, "CM")
    assert [(each.rule, each.severity) for each in findings] == [("raw.encoding", "warning")]
    assert findings[0].message == ("read as gb18030: a guess: the bytes above 127 pair into rare characters of "
                                   "Chinese GB 18030 (GBK, GB 2312)")


@pytest.mark.parametrize("codec, data, text", [
    ("utf-8", b"a\xffb", f"a{BAD_BYTE}\\xffb"),
    ("utf-8", b"a\xe4\xb8", f"a{BAD_BYTE}\\xe4{BAD_BYTE}\\xb8"),
    ("cp1252", b"a\x81b", f"a{BAD_BYTE}\\x81b"),
    ("gb18030", b"a\xff,b", f"a{BAD_BYTE}\\xff,b"),
    ("utf-16-le", b"a\x00b", f"a{BAD_BYTE}\\x62")])
def test_a_byte_that_the_encoding_does_not_know_is_shown(tmp_path, codec, data, text):
    assert text_of(tmp_path, data, codec) == text
    with mock.patch.object(raw.encoding, "CHUNK", 1):
        assert text_of(tmp_path, data, codec) == text
