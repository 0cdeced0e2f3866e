"""What is settled before we start: settings and logging. Knows nothing of the rest of the house."""
