"""Define-XML 2.1: metadata and data to define.xml and define.html, and the checks of any define.xml."""

from define.build import build_define
from define.check import check_define
from define.html import define_html, write_define_html
from define.model import DefineSource
from define.write import copy_stylesheet, define_xml, write_define

__all__ = [
    "DefineSource", "build_define", "check_define", "copy_stylesheet", "define_html", "define_xml", "write_define",
    "write_define_html",
]
