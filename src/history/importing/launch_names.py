"""The launch that a campaign's name tells: a month, a quarter, a number."""

import re
import unicodedata

_MONTHS = (
    ("jan", "janeiro", "january", "enero", "ene"),
    ("fev", "feb", "fevereiro", "february", "febrero"),
    ("mar", "marco", "march", "marzo"),
    ("abr", "apr", "abril", "april"),
    ("mai", "may", "maio", "mayo"),
    ("jun", "junho", "june", "junio"),
    ("jul", "julho", "july", "julio"),
    ("ago", "aug", "agosto", "august"),
    ("set", "sep", "sept", "setembro", "september", "septiembre"),
    ("out", "oct", "outubro", "october", "octubre"),
    ("nov", "novembro", "november", "noviembre"),
    ("dez", "dec", "dezembro", "december", "diciembre", "dic"),
)
_NUMBER_OF_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_NAME = "|".join(sorted(_NUMBER_OF_MONTH, key=len, reverse=True))
_COUNTED = (
    "lancamento|lanzamiento|launch|lcto|turma|edicao|edicion|edition|cohort|coorte|batch|class|grupo|round|wave|onda"
)
_SHORT = "l|t|ed|v"
_YEAR_MONTH = re.compile(r"(?<!\d)(20\d\d)[-_./ ]?(0[1-9]|1[0-2])(?:[-_./ ]?[0-3]\d)?(?!\d)")
_MONTH_YEAR = re.compile(r"(?<!\d)(0[1-9]|1[0-2])[-_./ ](20\d\d)(?!\d)")
_NAME_YEAR = re.compile(rf"(?<![a-z])({_NAME})[-_./ ]*(?:de[-_./ ]+)?(20\d\d|\d\d)(?!\d)")
_YEAR_NAME = re.compile(rf"(?<!\d)(20\d\d|\d\d)[-_./ ]*({_NAME})(?![a-z])")
_QUARTER = re.compile(r"(?<!\d)(20\d\d)[-_./ ]?[qt]([1-4])(?!\d)|(?<![a-z])[qt]([1-4])[-_./ ]?(20\d\d)(?!\d)")
_NUMBERED = re.compile(rf"(?<![a-z])(?:({_COUNTED})[-_./ #]*|({_SHORT})[-_]?)(\d{{1,3}})(?![\da-z])")
_NAME_ONLY = re.compile(rf"(?<![a-z])({_NAME})(?![a-z\d])")


def find_launch_name(campaign: str) -> str | None:
    """Return the launch that a campaign's name tells, such as ``2024-03`` or ``turma-7``; None if it tells none.

    A month without a year is returned as ``03``.
    """
    plain = unicodedata.normalize("NFKD", campaign.lower()).encode("ascii", "ignore").decode()
    if match := _YEAR_MONTH.search(plain):
        return f"{match[1]}-{match[2]}"
    if match := _MONTH_YEAR.search(plain):
        return f"{match[2]}-{match[1]}"
    if match := _NAME_YEAR.search(plain):
        return f"20{match[2][-2:]}-{_NUMBER_OF_MONTH[match[1]]:02}"
    if match := _YEAR_NAME.search(plain):
        return f"20{match[1][-2:]}-{_NUMBER_OF_MONTH[match[2]]:02}"
    if match := _QUARTER.search(plain):
        return f"{match[1] or match[4]}-q{match[2] or match[3]}"
    return _find_counted(plain)


def _find_counted(plain: str) -> str | None:
    if match := _NUMBERED.search(plain):
        return f"{match[1] or match[2]}-{int(match[3])}"
    if match := _NAME_ONLY.search(plain):
        return f"{_NUMBER_OF_MONTH[match[1]]:02}"
    return None
