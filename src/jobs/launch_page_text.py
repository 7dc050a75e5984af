"""The words of a scored launch's page, in English and Brazilian Portuguese."""

from ..scoring import Language

TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "language": "en",
        "eyebrow": "Scored launch",
        "title": "Call the {hot} hot leads and expect {low} to {high} buyers among them",
        "title_none": "{leads} leads, none of them hot; expect {low} to {high} buyers among all",
        "subtitle": "{leads} leads, scored with what was known at {as_of} UTC by model {version}. Expected of all: "
        "{buyers} buyers ({low} to {high}). Ranges hold nine times in ten.",
        "perpetual_subtitle": "{leads} leads, each scored with what was known when they came, by model {version}. "
        "Expected of all: {buyers} buyers ({low} to {high}). Ranges hold nine times in ten.",
        "hot": "hot",
        "warm": "warm",
        "cold": "cold",
        "all": "all",
        "call_heading": "How many to call",
        "call_finding": "The hottest {leads} leads ({share_leads} of the list) should hold {share_buyers} of the "
        "buyers: {buyers} ({low} to {high}).",
        "slider": "Leads to call, hottest first",
        "leads_label": "leads to call",
        "buyers_label": "buyers to expect",
        "share_label": "of all buyers expected",
        "least_label": "probability of the last of them",
        "range": "{low} to {high}",
        "curve_axis_x": "leads called, hottest first",
        "curve_axis_y": "buyers to expect",
        "table": "As a table",
        "histogram_heading": "The leads by tier",
        "histogram_finding": "{share} of the leads are hot, and {buyers} of the buyers should be among them.",
        "histogram_axis": "probability of buying; the last bar holds all beyond",
        "from": "from",
        "drivers_heading": "What carries this launch",
        "drivers_finding": "Above all “{first}” sets the {group} apart from the average lead: {share} of the "
        "difference.",
        "drivers_none": "Nothing sets the {group} apart.",
        "group_hot": "hot leads",
        "group_tenth": "hottest tenth",
        "drivers_about": "How far each kind of knowledge moves the {group} from the launch's average, in log-odds. "
        "It says what the scores rest on, not what makes people buy.",
        "family": "what is known",
        "difference": "log-odds",
        "difference_share": "share",
        "hottest_heading": "The hottest leads",
        "hottest_finding": "The {count} hottest are {low} to {high} likely to buy.",
        "probability": "probability",
        "score": "score",
        "tier": "tier",
        "reasons": "With their reasons: ▲ raises the probability, ▼ lowers it. The file has every lead.",
        "hidden_id": "(id in the file)",
        "campaigns_heading": "Campaigns",
        "campaigns_finding": "Of the campaigns with at least {small} leads, {best} brought the largest share of hot"
        " leads: {rate} ({low} to {high}), small numbers allowed for.",
        "campaigns_all_small": "Every campaign has fewer than {small} leads: their shares say little.",
        "campaigns_none": "The leads name fewer than two campaigns, so there is nothing to compare.",
        "campaign": "campaign",
        "no_campaign": "(no campaign)",
        "small": "small",
        "leads": "leads",
        "hot_share": "hot",
        "shrunk": "hot, shrunk",
        "interval": "90% interval",
        "buyers": "buyers",
        "quality_heading": "How good the model is",
        "grade_strong": "Strong",
        "grade_good": "Good",
        "grade_fair": "Fair",
        "grade_weak": "Weak",
        "grade_untested": "Untested",
        "quality_evidence": "On {windows} earlier windows that it had not seen ({window_buyers} buyers), a buyer "
        "stood above another lead in {auc} of 100 pairs (a random order: 50), and the hottest tenth held {lift} "
        "times as many buyers as a random one. From {ratio_low} to {ratio_high} of the buyers predicted for a "
        "window came.",
        "quality_untested": "Too few buyers are known from earlier windows to judge it ({window_buyers}). Take the "
        "order for a guess until this launch is over.",
        "quality_scale": "Strong from 80 of 100 pairs, good from 70, fair from 60; one word lower where launches "
        "strayed far from the forecast or there was only one.",
        "unknown_heading": "What the model does not know",
        "unknown_later": "What happens after the time of scoring. Score again when more is known.",
        "unknown_effect": "Whether a call makes anybody buy. It says who is likely to buy, not whom a call would win.",
        "unknown_never": "{share} of the leads have never bought. Of them it knows only how they came and what they"
        " did since.",
        "unknown_spread": "What is special about this launch: its offer, price or season. Launches strayed from the"
        " forecast by about {spread}; the ranges allow for that.",
        "finding": "{meaning} ({rows} of the leads)",
        "finding_all": "{meaning} (all leads)",
    },
    "pt_BR": {
        "language": "pt-BR",
        "eyebrow": "Lançamento pontuado",
        "title": "Chame os {hot} leads quentes e espere de {low} a {high} compradores entre eles",
        "title_none": "{leads} leads, nenhum quente; espere de {low} a {high} compradores entre todos",
        "subtitle": "{leads} leads, pontuados com o que se sabia em {as_of} UTC pelo modelo {version}. Esperados ao"
        " todo: {buyers} compradores ({low} a {high}). Os intervalos valem nove vezes em dez.",
        "perpetual_subtitle": "{leads} leads, cada um pontuado com o que se sabia quando chegou, pelo modelo "
        "{version}. Esperados ao todo: {buyers} compradores ({low} a {high}). Os intervalos valem nove vezes em "
        "dez.",
        "hot": "quente",
        "warm": "morno",
        "cold": "frio",
        "all": "todos",
        "call_heading": "Quantos chamar",
        "call_finding": "Os {leads} leads mais quentes ({share_leads} da lista) devem reunir {share_buyers} dos "
        "compradores: {buyers} ({low} a {high}).",
        "slider": "Leads a chamar, dos mais quentes aos mais frios",
        "leads_label": "leads a chamar",
        "buyers_label": "compradores esperados",
        "share_label": "de todos os compradores esperados",
        "least_label": "probabilidade do último deles",
        "range": "{low} a {high}",
        "curve_axis_x": "leads chamados, dos mais quentes aos mais frios",
        "curve_axis_y": "compradores esperados",
        "table": "Em tabela",
        "histogram_heading": "Os leads por faixa",
        "histogram_finding": "{share} dos leads são quentes, e {buyers} dos compradores devem estar entre eles.",
        "histogram_axis": "probabilidade de comprar; a última barra reúne o que passa dela",
        "from": "a partir de",
        "drivers_heading": "O que sustenta este lançamento",
        "drivers_finding": "Acima de tudo, “{first}” distingue os {group} do lead médio: {share} da diferença.",
        "drivers_none": "Nada distingue os {group}.",
        "group_hot": "leads quentes",
        "group_tenth": "10% mais quentes",
        "drivers_about": "Quanto cada tipo de informação afasta os {group} da média do lançamento, em log-odds. "
        "Mostra em que as pontuações se apoiam, não o que faz as pessoas comprarem.",
        "family": "o que se sabe",
        "difference": "log-odds",
        "difference_share": "parte",
        "hottest_heading": "Os leads mais quentes",
        "hottest_finding": "Os {count} mais quentes têm de {low} a {high} de probabilidade de comprar.",
        "probability": "probabilidade",
        "score": "pontuação",
        "tier": "faixa",
        "reasons": "Com seus motivos: ▲ aumenta a probabilidade, ▼ diminui. O arquivo tem todos os leads.",
        "hidden_id": "(id no arquivo)",
        "campaigns_heading": "Campanhas",
        "campaigns_finding": "Das campanhas com pelo menos {small} leads, {best} trouxe a maior parte de leads "
        "quentes: {rate} ({low} a {high}), já descontado o acaso dos números pequenos.",
        "campaigns_all_small": "Todas as campanhas têm menos de {small} leads: suas partes dizem pouco.",
        "campaigns_none": "Os leads citam menos de duas campanhas, então não há o que comparar.",
        "campaign": "campanha",
        "no_campaign": "(sem campanha)",
        "small": "pequena",
        "leads": "leads",
        "hot_share": "quentes",
        "shrunk": "quentes, ajustado",
        "interval": "intervalo de 90%",
        "buyers": "compradores",
        "quality_heading": "Quão bom é o modelo",
        "grade_strong": "Forte",
        "grade_good": "Bom",
        "grade_fair": "Razoável",
        "grade_weak": "Fraco",
        "grade_untested": "Não testado",
        "quality_evidence": "Em {windows} janelas anteriores que ele não tinha visto ({window_buyers} compradores),"
        " um comprador ficou acima de outro lead em {auc} de 100 pares (ordem aleatória: 50), e os 10% mais "
        "quentes reuniram {lift} vezes os compradores de 10% ao acaso. Vieram de {ratio_low} a {ratio_high} dos "
        "compradores previstos para uma janela.",
        "quality_untested": "São conhecidos poucos compradores de janelas anteriores para julgá-lo "
        "({window_buyers}). Tome a ordem por um palpite até este lançamento acabar.",
        "quality_scale": "Forte a partir de 80 de 100 pares, bom a partir de 70, razoável a partir de 60; uma "
        "palavra abaixo onde os lançamentos se afastaram muito da previsão ou só houve um.",
        "unknown_heading": "O que o modelo não sabe",
        "unknown_later": "O que acontece depois da hora da pontuação. Pontue de novo quando souber mais.",
        "unknown_effect": "Se uma chamada faz alguém comprar. Ele diz quem deve comprar, não quem uma chamada "
        "conquistaria.",
        "unknown_never": "{share} dos leads nunca compraram. Deles só sabe como chegaram e o que fizeram desde então.",
        "unknown_spread": "O que há de especial neste lançamento: oferta, preço ou época. Os lançamentos se "
        "afastaram da previsão em cerca de {spread}; os intervalos levam isso em conta.",
        "finding": "{meaning} ({rows} dos leads)",
        "finding_all": "{meaning} (todos os leads)",
    },
}
