"""The operational side: people, what they do, what they agreed to, and the jobs that score them.

Its rooms stand on floors of their own (docs/hub.md). The models need Django to be set up first: ``site.setup``.
"""
