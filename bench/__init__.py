"""Measures what docs/performance.md quotes."""
