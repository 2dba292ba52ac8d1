// Entry of every page.
