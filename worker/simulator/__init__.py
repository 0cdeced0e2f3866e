"""A back office, a Hermes and a mailbox that behave like the real ones; demo and tests alone."""
