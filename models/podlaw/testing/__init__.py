"""For your own tests: strategies of pods and their lives, and a stateful machine over the oracle."""
