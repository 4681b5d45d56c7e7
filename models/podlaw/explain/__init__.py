"""What the law itself knows of a word: a rule id, a reason or another value, a field, an event, or any other name of the law."""

from podlaw.explain.meanings import Explanation, explain
from podlaw.explain.shown import as_json, as_text

__all__ = ["Explanation", "as_json", "as_text", "explain"]
