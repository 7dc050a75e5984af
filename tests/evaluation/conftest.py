"""Laws are about results; how long one example takes on a busy machine is not their business."""

from hypothesis import settings

settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")
