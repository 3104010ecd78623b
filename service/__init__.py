"""The labelling application: HTTP in, labels out. Trains nothing and imports nothing that does."""
