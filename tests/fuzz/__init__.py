"""Fuzzing: everything that reads from outside, fed with spoiled samples for a set time."""
