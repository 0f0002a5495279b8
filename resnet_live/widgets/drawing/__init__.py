"""What the figures are drawn with: controls and their states, SVG, charts, the style sheet."""
