"""Form fields: what people say about themselves, a noisy shadow of what they are."""

import numpy as np
import pyarrow as pa

from .captures import CSV, Captures
from .catalog import TOPICS
from .columns import decode_words
from .people import People

EXPERIENCE = ("beginner", "intermediate", "advanced")
ANSWER_SHARE = 0.85


def draw_attributes(people: People, captures: Captures, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Draw ``attr_goal`` (a noisy topic most liked), ``attr_experience`` and ``attr_weekly_hours``, a row a capture.

    Each lead gives the same answers every time, where it answers; lists imported as CSV carry none.
    """
    count = len(people)
    liked = people.interest + rng.normal(0, 0.7, people.interest.shape)
    goal = liked.argmax(axis=1)
    hours = np.round(np.exp(0.9 + 0.35 * np.log(people.engagement + 0.1) + rng.normal(0, 0.5, count)), 1)
    experience = np.digitize(0.5 * np.log1p(52 * people.buying_rate) + rng.normal(0, 0.6, count), [0.2, 0.9])
    answered = (rng.random(len(captures)) < ANSWER_SHARE) & (captures.source != CSV)
    lead = captures.lead
    return {
        "attr_goal": decode_words(TOPICS, np.where(answered, goal[lead], -1)),
        "attr_experience": decode_words(EXPERIENCE, np.where(answered, experience[lead], -1)),
        "attr_weekly_hours": pa.array(hours[lead], mask=~answered),
    }
