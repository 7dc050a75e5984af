"""The words of a verdict, in English and Brazilian Portuguese."""

from ..scoring.reason_text.language import Language
from .rivals import OURS

#: What the rivals are called in a sentence.
RIVAL_NAMES: dict[Language, dict[str, str]] = {
    "en": {
        "recency rule": "the day of their last purchase",
        "RFM quintiles": "fifths of recency, frequency and spend",
        "logistic regression on RFM": "a plain formula of recency, frequency and spend",
        "scorecard": "a scorecard of recent signals",
        "gradient boosting": "plain boosting",
        OURS: "hotleads' own model",
    },
    "pt_BR": {
        "recency rule": "o dia da última compra",
        "RFM quintiles": "quintos de recência, frequência e gasto",
        "logistic regression on RFM": "uma fórmula simples de recência, frequência e gasto",
        "scorecard": "um cartão de pontos de sinais recentes",
        "gradient boosting": "boosting simples",
        OURS: "o modelo do hotleads",
    },
}

HEADLINES: dict[Language, dict[str, str]] = {
    "en": {
        "nothing-to-judge": "Nothing to judge: no lead of this file has both a score and an outcome",
        "given-too-late": "Given too late: {late} of {all_buyers} buyers had bought before their score was given",
        "suspected-leak": "Too good to be true: this score seems to know who bought",
        "cannot-tell": "Cannot tell: {buyers} buyers are too few to say how good this score is",
        "constant": "It orders nobody: every lead has the same score",
        "inverted": "Upside down: a higher score meant fewer buyers",
        "no-better-than-chance": "It orders people no better than chance",
        "worse-than-simple-rule": "It orders people worse than {rival}",
        "no-better-than-simple-rule": "It orders people no better than {rival}",
        "cannot-tell-from-simple-rule": "Better than chance, but whether better than {rival} cannot be told",
        "better-than-simple-rules": "It orders people better than any simple rule",
        "better-than-chance": "It orders people better than chance; no simple rule could be compared",
    },
    "pt_BR": {
        "nothing-to-judge": "Nada a julgar: nenhum lead deste arquivo tem pontuação e desfecho",
        "given-too-late": "Tarde demais: {late} de {all_buyers} compradores tinham comprado antes de ser pontuados",
        "suspected-leak": "Bom demais para ser verdade: esta pontuação parece saber quem comprou",
        "cannot-tell": "Não dá para saber: {buyers} compradores são poucos para dizer quão boa é esta pontuação",
        "constant": "Não ordena ninguém: todos os leads têm a mesma pontuação",
        "inverted": "De cabeça para baixo: quanto maior a pontuação, menos compradores",
        "no-better-than-chance": "Não ordena as pessoas melhor que o acaso",
        "worse-than-simple-rule": "Ordena as pessoas pior do que {rival}",
        "no-better-than-simple-rule": "Não ordena as pessoas melhor do que {rival}",
        "cannot-tell-from-simple-rule": "Melhor que o acaso, mas não se sabe se melhor do que {rival}",
        "better-than-simple-rules": "Ordena as pessoas melhor do que qualquer regra simples",
        "better-than-chance": "Ordena as pessoas melhor que o acaso; nenhuma regra simples pôde ser comparada",
    },
}

LEVELS: dict[Language, dict[str, str]] = {
    "en": {
        "right": "Its probabilities are about right: {expected} buyers expected, {buyers} came.",
        "too-high": "Its probabilities are too high: {expected} buyers expected, {buyers} came.",
        "too-low": "Its probabilities are too low: {expected} buyers expected, {buyers} came.",
        "too-extreme": "Its probabilities are too extreme: high ones are too high, low ones too low.",
        "too-timid": "Its probabilities are too timid: high ones are too low, low ones too high.",
        "cannot-tell": "Whether its probabilities are right cannot be told from {buyers} buyers ({expected} expected).",
    },
    "pt_BR": {
        "right": "As probabilidades estão quase certas: {expected} compradores esperados, vieram {buyers}.",
        "too-high": "As probabilidades são altas demais: {expected} compradores esperados, vieram {buyers}.",
        "too-low": "As probabilidades são baixas demais: {expected} compradores esperados, vieram {buyers}.",
        "too-extreme": "As probabilidades são extremas demais: as altas, altas demais, e as baixas, baixas demais.",
        "too-timid": "As probabilidades são tímidas demais: as altas, baixas demais, e as baixas, altas demais.",
        "cannot-tell": "Com {buyers} compradores ({expected} esperados) não se sabe se as probabilidades estão certas.",
    },
}

SENTENCES: dict[Language, dict[str, str]] = {
    "en": {
        "order": "Of 100 pairs of a buyer and another lead it puts the buyer first in {auc} ({low} to "
        "{high}; chance: 50).",
        "tenth": "The first tenth of its list holds {share} of the buyers.",
        "ours_better": "It orders the same leads better than hotleads' own model, by {gap} pairs in 100.",
        "ours_worse": "hotleads' own model orders the same leads better, by {gap} pairs in 100.",
        "ours_alike": "hotleads' own model orders the same leads about as well.",
        "ours_cannot-tell": "Whether hotleads' own model orders them better cannot be told.",
        "rival": "Against {rival}: {gap} pairs in 100 ({low} to {high}).",
        "judged": "{judged} scores were judged, {buyers} of the leads bought afterwards.",
        "steps": "More points did not always mean more buyers: {low} bought at one height, {high} at a higher one.",
        "monotone": "Nowhere did more points surely mean fewer buyers.",
        "points": "Leads with {points} points bought in {rate} of the cases ({low} to {high}).",
        "points_unreached": "Nobody had {points} points; of the highest scores, from {first} to {last}, {rate} "
        "bought ({low} to {high}).",
    },
    "pt_BR": {
        "order": "De 100 pares de um comprador e outro lead, põe o comprador na frente em {auc} "
        "({low} a {high}; acaso: 50).",
        "tenth": "O primeiro décimo da lista reúne {share} dos compradores.",
        "ours_better": "Ordena os mesmos leads melhor do que o modelo do hotleads, por {gap} pares em 100.",
        "ours_worse": "O modelo do hotleads ordena os mesmos leads melhor, por {gap} pares em 100.",
        "ours_alike": "O modelo do hotleads ordena os mesmos leads quase igualmente bem.",
        "ours_cannot-tell": "Se o modelo do hotleads os ordena melhor não se sabe.",
        "rival": "Contra {rival}: {gap} pares em 100 ({low} a {high}).",
        "judged": "{judged} pontuações foram julgadas, {buyers} dos leads compraram depois.",
        "steps": "Mais pontos nem sempre significaram mais compradores: {low} compraram numa altura, "
        "{high} numa maior.",
        "monotone": "Em nenhuma altura mais pontos significaram com certeza menos compradores.",
        "points": "Leads com {points} pontos compraram em {rate} dos casos ({low} a {high}).",
        "points_unreached": "Ninguém teve {points} pontos; das maiores pontuações, de {first} a {last}, {rate} "
        "compraram ({low} a {high}).",
    },
}
