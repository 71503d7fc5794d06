"""An app of the least: what payments and notifications would be, written by hand."""
