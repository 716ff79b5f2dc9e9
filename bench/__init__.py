"""How fast the house is, against the plainest thing that could do the same. `make bench`."""
