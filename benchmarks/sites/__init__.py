"""The sites that are measured, each in a process, and with a database, of its own.

The others' sites run in virtual environments without our packages: nothing here imports them
before it is needed.
"""
