"""Takes in files that have arrived in this region's bucket."""
