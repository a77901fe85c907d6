"""What comes from strangers is read here: limits, parsers that execute nothing, the sandbox."""
