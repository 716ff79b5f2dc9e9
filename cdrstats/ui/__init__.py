"""What the pages show and how it looks: frame, controls, figures, charts, tables."""
