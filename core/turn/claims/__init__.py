"""Whether a sentence claims that something was changed; such a claim needs a receipt (rule 3).

English, and the six languages besides it in which people are answered most: a table of words for
each, and the ways in which a claim is made (checking.py). A sentence that tells how things stand, or
what somebody else did, or when, claims nothing.
"""

from core.turn.claims.checking import claimed, holds, prepare

__all__ = ["claimed", "holds", "prepare"]
