"""The audit log: who changed what, and a chain that shows tampering."""

from .log import (
    CODE,
    Actor,
    acting,
    acting_as,
    actor_of,
    attributed,
    caller_of,
    current_actor,
    record,
    record_about,
)

__all__ = [
    "CODE",
    "Actor",
    "acting",
    "acting_as",
    "actor_of",
    "attributed",
    "caller_of",
    "current_actor",
    "record",
    "record_about",
]
