"""Benchmarks: our speed as ratios against a simple baseline in the same run."""
