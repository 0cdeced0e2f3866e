"""Storms: real processes under a seeded stream of faults, and books that must balance after it."""
