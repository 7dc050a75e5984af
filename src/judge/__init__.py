"""Judge: is a score any good? Any tool's scores against what happened, and a function's leaks from the future."""

from typing import TYPE_CHECKING

from ..lazy_exports import attach_exports

if TYPE_CHECKING:
    from .errors import LeakTestError
    from .frames import Frames
    from .judgement import JudgedLaunch, Judgement
    from .judgement_json import judgement_to_json
    from .judging import JudgeOptions, judge_scores
    from .leak_test import Leak, LeakReport, Pipeline, find_leaks
    from .money import ListOptions
    from .score_log import ScoreFile
    from .verdict import Evidence, Verdict, decide_verdict
    from .verdict_text import build_headline, build_sentences

__all__ = [
    "Evidence",
    "Frames",
    "JudgeOptions",
    "JudgedLaunch",
    "Judgement",
    "Leak",
    "LeakReport",
    "LeakTestError",
    "ListOptions",
    "Pipeline",
    "ScoreFile",
    "Verdict",
    "build_headline",
    "build_sentences",
    "decide_verdict",
    "find_leaks",
    "judge_scores",
    "judgement_to_json",
]

__getattr__, __dir__ = attach_exports(__name__)
