"""One module for each group of routes; each translates a request, makes one call and translates back."""
