"""The words of a notification: texts, links, and their templates."""
