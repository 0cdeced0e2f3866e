"""The specification: what a user would miss, said as tests. Mirrors the house."""
