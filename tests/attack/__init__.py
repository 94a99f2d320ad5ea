"""An attack on what a run puts out: it tries to work out counts of young people below k.

The attacker has every file, and knows all that is public: the travel times, the rates, k, and by what rules
figures are rounded (this repository). Each figure is then a pair of linear inequalities over the youths of
the cells, and linear programming says between which bounds a cell or a group of cells lies. Every inequality
is first held against the truth: an attack by false equations would find nothing and prove nothing.

What is not linear (Gini, room within reach), and what a page says beyond the records, is attacked by
neighbours: datasets that differ by one young person, and what of all that is written tells them apart.

What counts as success is said in `judging.judge`; docs/threat-model.md says what is promised.

    told        what a rounded figure says of a count
    equations   what is known: inequalities over cells, and the groups that figures speak of
    spoils      what a command wrote, with the public facts that belong to it
    access, comparison, pages, analysis, sweep, reading     the files, read into equations
    bounds      linear programming
    judging     whether bounds are a success
    made_up     small counties, and all that every command writes of them
    neighbours  datasets that differ by one person: which figures tell them apart
    silence     datasets with the same records: what else tells them apart

From `tests/` (minutes to an hour, not in the test run): ``python -m attack --help``.
"""
