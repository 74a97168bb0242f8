"""Define-XML: metadata to define.xml and define.html; any define.xml read and judged.

What holds a define.xml against data is imported from its own module (`define.against_data`): a define is made of
specifications and summaries, and loads no pandas.
"""

from define.build import build_define
from define.check import check_define
from define.html import define_html, write_define_html
from define.model import Define, DefineSource
from define.read import read_define, read_define_fully
from define.write import copy_stylesheet, define_xml, write_define

__all__ = [
    "Define", "DefineSource", "build_define", "check_define", "copy_stylesheet", "define_html", "define_xml",
    "read_define", "read_define_fully", "write_define", "write_define_html",
]
