"""How the site writes dates and times, by language: see FORMAT_MODULE_PATH.

Templates name a format (``|date:"DATE_FORMAT"``) and never spell one, so that the pages of the site
and of both packages read alike.
"""
