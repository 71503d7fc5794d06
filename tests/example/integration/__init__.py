"""How sites are told to use both packages: only the import lines are this site's own."""
