"""Reports as static HTML pages: the templates and style that pages share, text formats, and plots as SVG."""

from .page import render_page

__all__ = ["render_page"]
