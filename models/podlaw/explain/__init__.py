"""What the law itself knows of a word: a rule id, a reason, a field, an event."""
