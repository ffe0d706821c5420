"""Todd without a language model: English task commands, understood by rule.

It changes something only when a whole line plainly commands it; questions, stories, conditions and
denials change nothing, and what is not clear is asked about. The words are in words.py, the rules
in rules.py, tasks and new ones in things.py. tests/understanding/lines.txt holds what it does with
what is said.
"""

from core.understanding.english.grammar import Grammar
from core.understanding.english.lines import UNSURE, mean
from core.understanding.english.rules import BYE, FINE, HELLO, HELP, WELCOME

__all__ = ["BYE", "FINE", "HELLO", "HELP", "UNSURE", "WELCOME", "Grammar", "mean"]
