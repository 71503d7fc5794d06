"""Upgrading from every release: its migrations and rows, frozen, and what this tree makes of them.

``payments/v0_1_0/`` holds the migrations of that release, and rows that its code wrote. Such a
folder is made by `python -m tests.upgrades.freeze payments 0.1.0`, which ./dev release does, and
is never changed afterwards.
"""
