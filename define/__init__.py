"""Define-XML 2.1: metadata and data to define.xml and define.html, and the checks of any define.xml."""

from define.check import check_define
from define.html import write_define_html
from define.model import DefineSource
from define.write import copy_stylesheet, write_define

__all__ = ["DefineSource", "check_define", "copy_stylesheet", "write_define", "write_define_html"]
