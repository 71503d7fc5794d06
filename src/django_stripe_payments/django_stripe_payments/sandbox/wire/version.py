"""The API version that the sandbox speaks: the one that the installed SDK is pinned to."""

from stripe._api_version import _ApiVersion

API_VERSION: str = _ApiVersion.CURRENT
