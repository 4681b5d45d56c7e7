"""Every state of a scope: search, judge, counterexamples and exports."""
