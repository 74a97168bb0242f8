"""Define-XML 2.1: metadata and data to define.xml and define.html, and the checks of a define.xml."""

from define.model import DefineSource
from define.write import copy_stylesheet, write_define

__all__ = ["DefineSource", "copy_stylesheet", "write_define"]
