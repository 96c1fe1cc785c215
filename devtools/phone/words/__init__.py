"""The page's own text: one TOML file per language, all with the same keys."""
