"""Method: what is counted, how it is estimated, from which sources, and what it cannot say."""

from clipdash import ui

ui.show_documents("glossary", "method", "interpretation")
