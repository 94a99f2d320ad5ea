"""`BusEstimate`: public transport from how often buses leave, where no timetable is at hand."""
