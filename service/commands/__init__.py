"""The commands that the labelling application registers in the front door; each parses, makes one call and prints."""
