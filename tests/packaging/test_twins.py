"""What exists twice, because the two apps are independent, stays the same but for the names.

Code is compared, without imports, comments and docstrings.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAYMENTS = ROOT / "src/django_stripe_payments/django_stripe_payments"
NOTIFICATIONS = ROOT / "src/django_inapp_notifications/django_inapp_notifications"

#: Files that are twins: the same name in the same room of both apps.
TWINS = ["api/documentation.py", "workers/celery.py", "workers/django_tasks.py"]

#: What one app calls so, and the other so.
NAMES = {
    "STRIPE_": "NOTIFICATION_",
    "django_stripe_payments": "django_inapp_notifications",
    "django-stripe-payments-kit": "django-inapp-notifications",
    # Payments' tasks take one argument, and notifications' sweep takes none.
    "argument: str | list[str]": "*arguments: int",
    "(argument,)": "arguments",
    "enqueue(argument)": "enqueue(*arguments)",
    "def kick(": "def wake(",
    'tags=["payments"]': 'tags=["notifications"]',
}


def code(path: Path) -> str:
    text = path.read_text()
    for payments, notifications in NAMES.items():
        text = text.replace(payments, notifications)
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [each for each in node.body if not is_prose(each)]
    return ast.dump(tree, indent=1)


def is_prose(node: ast.stmt) -> bool:
    """Whether it is a docstring or an import."""
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_docstring or isinstance(node, ast.Import | ast.ImportFrom)


@pytest.mark.parametrize("name", TWINS)
def test_twins_differ_by_their_names_only(name: str) -> None:
    assert code(NOTIFICATIONS / name) == code(PAYMENTS / name)
