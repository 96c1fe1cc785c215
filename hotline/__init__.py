"""A hotline that a parent can text or call when a child needs support in school."""
