"""Writes a document as a file of Word that a group can write on: real styles, real tables, no macros."""

from .contents import docx_bytes as docx_bytes
