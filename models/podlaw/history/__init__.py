"""Histories of pods: read them, judge them, explain one moment, replay a recording."""
