"""Writes a document in the forms that people use: a page, paper, a file to write on, a workbook."""
