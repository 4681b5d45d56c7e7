"""What differs between two laws: in words, on which shortest histories, and for which pods at hand."""

from podlaw.diff.histories import Compared, compare
from podlaw.diff.pods import Preview, preview
from podlaw.diff.words import Entry, words

__all__ = ["Compared", "Entry", "Preview", "compare", "preview", "words"]
