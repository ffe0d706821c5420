"""What claims in Portuguese; a new way of saying it is a line."""

from core.turn.claims.tongue import PROMISED, Tongue, one_of

PORTUGUESE = Tongue(
    done={
        "added": one_of("""
            adicionad[oa]s?
            criad[oa]s?
            anotad[oa]s?
            salv[oa]s?
            incluíd[oa]s?
            colocad[oa]s?
        """),
        "completed": one_of("""
            concluíd[oa]s?
            marcad[oa]s? como (?:concluíd|feit)[oa]s?
            finalizad[oa]s?
            completad[oa]s?
        """),
        "reopened": one_of("""
            reabert[oa]s?
            restaurad[oa]s?
        """),
        "deleted": one_of("""
            excluíd[oa]s?
            apagad[oa]s?
            removid[oa]s?
            deletad[oa]s?
            eliminad[oa]s?
        """),
        "updated": one_of("""
            alterad[oa]s?
            movid[oa]s?
            mudad[oa]s?
            renomead[oa]s?
            atualizad[oa]s?
            atribuíd[oa]s?
            adiad[oa]s?
            reagendad[oa]s?
            desfeit[oa]s?
            agendad[oa]s?
        """),
    },
    i_have="(?:eu )?(?:já )?tenho",
    now=one_of("""
        agora
        já
    """),
    was="(?:foi|foram)",
    is_=one_of("""
        está
        estão
        ficou
        ficaram
    """),
    whole=one_of("""
        pronto
        prontinho
        feito
        tudo certo
        está feito
        anotado
        concluído
        apagado
    """),
    denies=one_of(r"""
        não
        nunca
        nada
        nenhum\w*
        se
        quando
        posso
        poderia
        quer
        vou
        devo
        para
        antes
        sem
        você
        ela
        ele
        ainda
    """),
    past=r"(?:ontem|há|na (?:segunda|terça|quarta|quinta|sexta)|semana)\b",
    opens=one_of("""
        ok
        certo
        claro
        perfeito
        pronto
        prontinho
        beleza
        feito
        entendido
    """),
    did={
        "added": one_of("""
            adicionei
            criei
            anotei
            salvei
            incluí
            coloquei
            botei
            pus
        """),
        "completed": one_of("""
            concluí
            marquei
            finalizei
            completei
            risquei
        """),
        "reopened": one_of("""
            reabri
            restaurei
        """),
        "deleted": one_of("""
            excluí
            apaguei
            removi
            deletei
            eliminei
            tirei
        """),
        "updated": one_of("""
            alterei
            movi
            mudei
            renomeei
            atualizei
            atribuí
            adiei
            reagendei
            passei
            desfiz
            troquei
            transferi
        """),
    },
    phrases={
        PROMISED: one_of(r"""
            (?<!não )\b(?:te|lhe) (?:lembrarei|avisarei)\b
            \bvou (?:te |lhe )?(?:lembrar|avisar)\b
        """),
        "added": one_of(r"""
            ^\W*(?:nova )?tarefa (?:criada|adicionada)
            (?:já|agora) está na (?:sua|tua|lista)
            está agora na (?:sua|tua|lista)
        """),
        "updated": "agora (?:é|está|vence|se chama|se repete)",
    },
    states=one_of("""
        marcad[^|]*
        concluíd[^|]*
        agendad[^|]*
        atribuíd[^|]*
    """),
    joints=one_of("""
        e
        mas
        então
        porque
        que
    """),
)
