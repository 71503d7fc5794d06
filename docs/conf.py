"""Sphinx with MyST and furo. Nothing is fetched, and nothing of ours is imported."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))

project = "Django payments and notifications"
author = "The contributors"
copyright = "the contributors, under the MIT license"  # noqa: A001

extensions = ["myst_parser", "commented_source"]
myst_enable_extensions = [
    "attrs_inline",
    "colon_fence",
    "deflist",
    "fieldlist",
    "smartquotes",
    "tasklist",
]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_extensions", "README.md"]

html_theme = "furo"
html_title = project
html_theme_options = {"source_view_link": "", "source_edit_link": ""}
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["tables.css"]
