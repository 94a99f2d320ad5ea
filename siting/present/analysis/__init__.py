"""What readers get of a decision analysis: a page, its plots, analysis.json, tables and a few sentences."""
