"""The page's own words: one TOML file a language, with the same keys in each."""
