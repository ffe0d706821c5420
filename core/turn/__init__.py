"""From what was said to a reply, step by step."""
