"""From a call of notify() to the rows of its recipients."""
