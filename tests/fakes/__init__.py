"""Servers and platforms to test against; benchmarks use them too."""
