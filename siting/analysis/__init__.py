"""Decision analysis: how sure a plan is, how fair, what else there is, and in what order to open it."""
