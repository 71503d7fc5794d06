"""The build backend of the workspace's root, which holds two distributions and is none itself.

Without it pip would build an empty package called UNKNOWN, or fail without saying why.
"""

MESSAGE = """
This folder is a workspace, not a package. Install the development set-up with

    ./dev install

or one of the two packages with

    python -m pip install ./src/django_stripe_payments
    python -m pip install ./src/django_inapp_notifications
"""


def refuse(*arguments: object, **options: object) -> str:
    raise SystemExit(MESSAGE)


build_wheel = build_sdist = build_editable = refuse
get_requires_for_build_wheel = get_requires_for_build_sdist = refuse
get_requires_for_build_editable = refuse
