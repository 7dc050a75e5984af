"""What a row of a file says of its consent: the legal basis that tools write down, or that there is none."""

from ...history.importing.column_kinds import normalise_name
from ..models import LegalBasis

_REFUSALS = {
    *("0", "false", "f", "n", "no", "nao", "opt out", "unsubscribed", "non subscribed", "declined", "denied"),
    *("withdrawn", "revogado", "revogada", "recusado", "recusada", "not applicable", "nao se aplica", "none"),
    *("nenhum", "nenhuma"),
}
#: How the words of RD Station and HubSpot begin, without accents.
_BEGINNINGS = {
    LegalBasis.CONSENT: ("consent", "freely given consent", "pre existent consent"),
    LegalBasis.LEGITIMATE_INTEREST: ("legitimate interest", "legitimo interesse", "interesse legitimo"),
    LegalBasis.CONTRACT: ("contract", "contrato", "performance of a contract", "execucao de contrato"),
    LegalBasis.LEGAL_OBLIGATION: ("legal obligation", "obrigacao legal"),
}


def find_basis(text: str, declared: LegalBasis) -> LegalBasis | None:
    """Return the legal basis that a row names, the declared one where it names none; None: it says no, or nothing."""
    words = normalise_name(text)
    if not words or words in _REFUSALS:
        return None
    for basis, beginnings in _BEGINNINGS.items():
        if words.startswith(beginnings):
            return basis
    return declared
