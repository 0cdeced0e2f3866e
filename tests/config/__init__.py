"""Tests of the settings and of the logs."""
