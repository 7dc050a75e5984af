"""The routes of ``/v1`` for programs: who may send or read, what is answered, and the description of it all."""
