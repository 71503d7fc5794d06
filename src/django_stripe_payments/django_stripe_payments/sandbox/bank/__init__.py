"""The test cards, bank accounts and currencies."""
