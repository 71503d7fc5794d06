"""Commands to the sandbox: in Python, and as JSON over HTTP."""
