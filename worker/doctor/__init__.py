"""What `orderwatch doctor` looks at: everything the program needs, a check each."""
