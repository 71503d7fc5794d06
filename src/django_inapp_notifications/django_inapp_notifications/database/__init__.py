"""How rows are read and written, whatever they are about."""
