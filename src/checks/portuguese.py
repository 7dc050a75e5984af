"""What each code means and what to do about it, in Brazilian Portuguese."""

from typing import NamedTuple

from .finding import Finding


class CodeText(NamedTuple):
    """A code's ``meaning`` and ``remedy`` in Portuguese."""

    meaning: str
    remedy: str


_IMPORT_EARLIER = "Importe compras e lançamentos anteriores"
_SUGGEST = "`hotleads import --suggest` propõe um mapeamento"

#: Every code of `CODES`, by its name.
CODES_PT = {
    "unreadable-history": CodeText("a entrada não é um histórico", "Corrija o que a mensagem aponta"),
    "labels-immature": CodeText(
        "ainda não se pode saber quem comprou no lançamento", "Espere até que a janela dele termine"
    ),
    "no-earlier-launch": CodeText(
        "nenhum lançamento anterior, e nenhuma janela da mesma duração, terminou antes do lançamento", _IMPORT_EARLIER
    ),
    "too-few-outcomes": CodeText(
        "há compradores de menos, ou não compradores de menos, para aprender", _IMPORT_EARLIER
    ),
    "single-class-labels": CodeText(
        "nas janelas de aprendizado todos os leads compraram, ou nenhum comprou",
        "Verifique se compras e leads têm os mesmos ids, e os produtos os mesmos nomes",
    ),
    "lead-unknown": CodeText(
        "nenhuma linha do histórico fala deste lead", "Verifique o id; ids mantêm os zeros à esquerda"
    ),
    "lead-not-in-launch": CodeText(
        "o lead não pertence ao grupo do lançamento",
        "Nada, se ele já tem o produto; senão, verifique que lançamento seus cadastros nomeiam, e os horários",
    ),
    "labels-provisional": CodeText(
        "há janelas que terminam depois da última linha: mais leads podem ter comprado",
        "Repita o backtest quando as janelas terminarem",
    ),
    "labels-unknown": CodeText("ainda não se sabe se alguns leads compraram", "Repita o backtest mais tarde"),
    "capture-after-as-of": CodeText(
        "um lead do pedido tem um cadastro no instante da pontuação ou depois dele",
        "Envie um as_of posterior, ou corrija o horário do cadastro",
    ),
    "duplicate-lead": CodeText(
        "o pedido traz o mesmo lead mais de uma vez", "Envie cada lead uma vez, com todas as suas linhas"
    ),
    "product-unseen": CodeText(
        "o modelo foi treinado para outro produto e não conhece lançamento deste",
        "Verifique o id do produto; treine para ele quando já tiver vendido",
    ),
    "forecast-unlike-launches": CodeText(
        "a previsão difere em várias vezes do que venderam os lançamentos anteriores",
        "Veja na ficha do modelo de que janelas ele aprendeu; com --expected-rate informe a parcela que você espera",
    ),
    "first-of-its-kind": CodeText(
        "nenhum lançamento desta estratégia terminou antes deste: nada mostra quanto vendem lançamentos assim",
        "Confie mais na ordem dos leads do que no total de compradores; com --expected-rate informe a parcela esperada",
    ),
    "no-better-than-chance": CodeText(
        "não se mostrou que a ordem dos leads de um lançamento seja melhor do que uma ao acaso",
        "Não escolha leads por essas notas; importe lançamentos anteriores, cadastros com seus campos e eventos",
    ),
    "model-trained-on-launch": CodeText(
        "o modelo já aprendeu com este lançamento: a nota repete o que aconteceu, não prevê",
        "Pontue um lançamento posterior, ou indique um modelo de antes deste; `hotleads train --until` faz um",
    ),
    "prior-model-mismatch": CodeText(
        "o modelo foi aproximado de outro, e para treiná-lo de novo não se informou esse outro",
        "Informe esse modelo com --prior-model, ou nenhum se não há nenhum",
    ),
    "constant-features": CodeText(
        "nenhuma característica difere de um lead para outro",
        "Importe o que os leads fizeram: compras, eventos, respostas de formulários",
    ),
    "trained-on-cut-offs": CodeText(
        "poucos leads de lançamentos anteriores compraram: o modelo aprendeu também de outras datas",
        "Importe lançamentos anteriores com seus cadastros",
    ),
    "single-training-window": CodeText("só havia uma janela anterior para aprender", "Importe lançamentos anteriores"),
    "expected-rate-given": CodeText(
        "a taxa de conversão foi informada por você, não aprendida",
        "Nada; omita-a para usar a taxa dos lançamentos anteriores",
    ),
    "shrunk-to-prior": CodeText(
        "o modelo foi aproximado de outro, feito de outros lançamentos",
        "Nada; a parte própria cresce com os lançamentos que terminam",
    ),
    "trained-on-own-leads": CodeText("o modelo aprendeu dos primeiros leads deste próprio lançamento perpétuo", "Nada"),
    "launch-incomplete": CodeText(
        "falta ao lançamento um horário ou produto de que sua estratégia precisa",
        "Acrescente-o à tabela de lançamentos",
    ),
    "launch-reversed": CodeText(
        "o lançamento termina antes de começar", "Corrija seus horários na tabela de lançamentos"
    ),
    "empty-cohort": CodeText(
        "não há quem pontuar: nenhum lead era conhecido, ou todos já têm o produto",
        "Importe os cadastros do lançamento, ou corrija seus horários ou seu produto",
    ),
    "history-ends-before-launch": CodeText(
        "a última linha é bem anterior à abertura: não se sabe o que os leads fizeram por último",
        "Exporte de novo até a véspera do lançamento",
    ),
    "captures-after-as-of": CodeText(
        "há cadastros que nomeiam o lançamento, e todos vieram depois da abertura",
        "Verifique o fuso dos horários dos cadastros, e quando o carrinho abriu",
    ),
    "product-never-sold": CodeText(
        "o produto nunca foi vendido antes",
        "Nada, se o produto é novo; senão, verifique se lançamento e compras lhe dão o mesmo nome",
    ),
    "launch-duplicated": CodeText(
        "dois lançamentos de um produto abrem no mesmo instante", "Deixe só um deles na tabela de lançamentos"
    ),
    "launch-unknown": CodeText(
        "há cadastros de um lançamento que falta na tabela de lançamentos", "Acrescente o lançamento, ou corrija o id"
    ),
    "id-mismatch": CodeText(
        "quase nenhuma compra é de um lead que se cadastrou",
        "Verifique se leads e compras usam o mesmo id; um e-mail num lado e um número no outro nunca coincidem",
    ),
    "no-purchases": CodeText(
        "nenhuma linha é uma compra paga",
        f"Mapeie para purchases a exportação que diz quem comprou, e para approved suas palavras para pago; {_SUGGEST}",
    ),
    "no-labels": CodeText(
        "nenhum lead dos lançamentos passados comprou na janela do seu lançamento",
        "Mapeie os horários e produtos dos lançamentos aos das vendas, e um só id de pessoas em todos os arquivos; "
        + _SUGGEST,
    ),
    "no-leads": CodeText(
        "um arquivo de leads foi importado e nenhuma de suas linhas ficou",
        "Corrija a condição que escolhe as linhas (keep = ...), ou mapeie o arquivo de inscrições para leads; "
        + _SUGGEST,
    ),
    "missing-days": CodeText(
        "há dias sem linhas onde deveria haver", "Exporte de novo esses dias, ou confirme a pausa"
    ),
    "timestamp-spike": CodeText(
        "um só instante tem grande parte das linhas de uma tabela",
        "Verifique se é o instante de uma importação, e não o de cada linha",
    ),
    "future-timestamps": CodeText("há linhas com horário no futuro", "Verifique o fuso, e se dia e mês estão trocados"),
    "implausible-timestamps": CodeText(
        "há linhas de muito antes de todas as outras", "Procure horários vazios escritos como 1970"
    ),
    "time-zone-shift": CodeText(
        "a partir de certo dia, as linhas ficam em outras horas do dia",
        "Verifique em que fuso cada parte foi exportada, e informe-o na importação",
    ),
    "duplicate-person": CodeText("um e-mail ou telefone em vários ids de lead", "Junte os ids na origem"),
    "placeholder-contact": CodeText("um endereço ou número que muitos leads têm em comum", "Deixe-o vazio"),
    "status-out-of-order": CodeText(
        "uma transação é reembolsada antes de ser paga, ou iniciada depois",
        "Verifique os horários dessas linhas, e como seus status foram traduzidos",
    ),
    "refund-without-purchase": CodeText(
        "há dinheiro devolvido de transações que nunca apareceram pagas",
        "Importe compras anteriores; se a exportação traz cada venda uma vez, com o último status, escreva-a antes "
        "como paga também (docs/importing.md)",
    ),
    "mixed-currencies": CodeText(
        "compras em moedas que não foram convertidas",
        "Informe na importação uma cotação de cada moeda, do dia da primeira compra nela ou de antes",
    ),
    "amounts-rescaled": CodeText(
        "os valores de um produto mudam umas cem vezes a partir de certo dia",
        "Procure centavos lidos como unidades inteiras",
    ),
    "utm-missing": CodeText("a maioria dos cadastros não nomeia campanha", "Acrescente campos UTM aos links"),
    "attribution-lost": CodeText(
        "um campo ou tipo de evento que os lançamentos anteriores tinham quase desapareceu",
        "Verifique o formulário, o pixel ou a exportação",
    ),
    "target-leakage": CodeText(
        "um campo sozinho prevê quem compra, melhor do que algo conhecido antes deveria",
        "Descubra quando o campo é preenchido; se for depois da compra, deixe-o fora no mapeamento",
    ),
    "conversion-shift": CodeText(
        "um lançamento converteu longe do que os anteriores do seu tipo converteram",
        "Descubra o que mudou: preço, oferta, um rótulo incompleto",
    ),
    "audience-shift": CodeText(
        "os leads de um lançamento vêm de outros lugares que os dos anteriores",
        "Leia as notas com cautela; treine de novo depois dele",
    ),
    "missing-recent-rows": CodeText(
        "os últimos dias antes de um lançamento têm menos linhas do que antes dos anteriores",
        "Linhas podem chegar atrasadas: importe e pontue de novo",
    ),
    "attribution-broken": CodeText(
        "um campo ou tipo de evento que todos os lançamentos anteriores tinham quase deixou de vir",
        "Conserte o pixel ou o formulário e importe de novo antes que alguém aja pelas notas",
    ),
    "feature-missing": CodeText(
        "faltam características a muito mais leads do que em qualquer lançamento anterior",
        "Verifique se as linhas de que elas são calculadas foram importadas",
    ),
    "unknown-category": CodeText(
        "valores de um campo nunca vistos em lançamento anterior, mais do que valores novos costumam vir",
        "Mapeie uma categoria renomeada para o nome antigo; uma nova ainda não tem história",
    ),
    "capture-gap": CodeText(
        "os cadastros pararam por mais tempo do que em qualquer lançamento anterior",
        "Verifique se um formulário ou uma importação ficou parada",
    ),
    "late-rows": CodeText(
        "as últimas linhas antes do lançamento são mais velhas, ou menos, do que antes dos anteriores",
        "Importe o que veio desde então, e pontue de novo",
    ),
    "scores-too-late": CodeText(
        "há quem tenha comprado antes de receber a pontuação",
        "Exporte as pontuações antes da venda, com o horário de cada uma, ou avalie o próximo lançamento",
    ),
    "score-too-good": CodeText(
        "a pontuação é boa demais para ser verdade, diante de todas as rivais",
        "Descubra quando esses valores foram escritos, e de onde vieram: procure um campo que se preenche quando "
        "alguém compra",
    ),
    "scores-of-buyers": CodeText(
        "quase só compradores têm pontuação",
        "Exporte a pontuação de todos os que podiam ter comprado, como era antes da venda",
    ),
    "score-jumps-at-purchase": CodeText(
        "a pontuação sobe quando alguém compra",
        "Nada, se cada pontuação traz o horário em que foi dada; senão, exporte-as antes da venda",
    ),
    "score-constant": CodeText(
        "todos os leads têm a mesma pontuação",
        "Verifique se a coluna certa foi lida; uma constante não ordena ninguém",
    ),
    "score-tied": CodeText(
        "mais da metade dos leads tem a mesma pontuação",
        "Peça à ferramenta uma pontuação mais fina, ou desempate pela compra mais recente",
    ),
    "score-inverted": CodeText(
        "quanto maior a pontuação, menos compradores",
        "Inverta a ordem (--reversed) se menos é melhor; senão, não a use",
    ),
    "score-not-monotone": CodeText(
        "em alguma altura, mais pontos significaram menos compradores",
        "Não leia os pontos como uma escada: olhe a tabela de alturas",
    ),
    "score-level-off": CodeText(
        "as probabilidades não somam os compradores que vieram",
        "Use só a ordem, ou corrija o nível pela parte que comprou (`hotleads score --expected-rate` faz isso)",
    ),
    "score-worse-than-simple-rule": CodeText("uma regra simples ordena melhor os mesmos leads", "Ordene pela regra"),
    "score-like-chance": CodeText("a pontuação não ordena os leads melhor do que o acaso", "Não escolha leads por ela"),
    "too-few-to-judge": CodeText(
        "compraram leads de menos, ou deixaram de comprar leads de menos, para dizer se a pontuação é boa",
        "Avalie de novo depois do próximo lançamento, ou vários lançamentos juntos",
    ),
    "scores-not-judged": CodeText(
        "alguns leads do arquivo não podem ser avaliados",
        "Dê um horário às pontuações que não têm (--scored-at), e os ids ou endereços do histórico aos leads sem eles",
    ),
    "no-rivals": CodeText(
        "não foi possível comparar a pontuação com regras simples",
        "Avalie com --history, com compras e cadastros anteriores às pontuações",
    ),
    "future-leak": CodeText(
        "o resultado da função muda quando se altera o que vem depois de as_of",
        "Use só linhas com horário antes de as_of, em cada junção, média e escala da coluna",
    ),
    "clock-leak": CodeText(
        "o resultado da função depende do relógio, e não só de as_of", "Conte a partir de as_of, e não de agora"
    ),
    "not-repeatable": CodeText(
        "a função dá outro resultado para a mesma entrada",
        "Fixe a semente dos números aleatórios, e ordene o que ela lê de conjuntos ou threads",
    ),
}


def describe_finding(finding: Finding, language: str, message: str | None = None) -> str:
    """Return a finding as a line of text.

    Parameters
    ----------
    finding
        The finding.
    language
        ``en`` or ``pt_BR``: then its meaning stands for its message, which is English.
    message
        Its message in that language, where there is one.
    """
    if language == "en":
        return str(finding)
    text = CODES_PT[finding.code]
    location = f"{finding.table}.{finding.column}" if finding.column else finding.table
    told = f"{text.meaning}: {message}" if message else text.meaning
    rows = f" ({finding.rows} linhas)" if finding.rows and not message else ""
    shown = f" (por exemplo {', '.join(finding.examples)})" if finding.examples else ""
    return f"[{finding.code}] {location}: {told}{rows}{shown}. {text.remedy}."
