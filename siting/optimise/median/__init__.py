"""The p-median and its kin at the size of a country: a bound by prices, and a search that fixes sites.

`docs/model.md`, "At the size of a country", has the mathematics.
"""
