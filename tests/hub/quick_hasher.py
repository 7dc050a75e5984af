"""Argon2 at its least cost, for what the tests hash in their own process; a served hub has the real one."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickHasher(Argon2PasswordHasher):
    """The same hashes by one pass over eight kilobytes."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
