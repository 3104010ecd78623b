"""Measurements of Newsstand beside what a user would pick instead. Nothing in the product imports this package."""
