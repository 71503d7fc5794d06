"""Building, checking and releasing the two distributions. Never published itself.

    python -m release.build          wheels and sdists into dist, the same bytes each time
    python -m release.check          what an index and its readers would object to
    python -m release.bill           what each package brings along (CycloneDX), into dist/sbom
    python -m release.audit          known vulnerabilities of what it brings along
    python -m release VERSION        all that makes a release, but for the upload

./dev build, ./dev audit and ./dev release VERSION install the tools first.
"""
