"""What we know: rows, the domain's pure values, and claims."""
