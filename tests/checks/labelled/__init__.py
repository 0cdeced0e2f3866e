"""Hundreds of customers over fourteen months, each with a story and what has to be found in it.

The labels come from how a story is built. Nothing here knows the code of the checks: months,
working days and thresholds are counted anew.
"""
