"""Call vectoring: the interpreter of vector steps and their conditions."""
