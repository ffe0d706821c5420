"""What claims in Italian; a new way of saying it is a line."""

from core.turn.claims.tongue import PROMISED, Tongue, one_of

ITALIAN = Tongue(
    done={
        "added": one_of("""
            aggiunt[oaie]
            creat[oaie]
            annotat[oaie]
            salvat[oaie]
            inserit[oaie]
            segnat[oaie](?! come)
            mess[oaie]
        """),
        "completed": one_of("""
            completat[oaie]
            segnat[oaie] come (?:completat|fatt)[oaie]
            spuntat[oaie]
            contrassegnat[oaie][^.!?]*
            terminat[oaie]
            chius[oaie]
        """),
        "reopened": one_of("""
            riapert[oaie]
            ripristinat[oaie]
        """),
        "deleted": one_of("""
            eliminat[oaie]
            cancellat[oaie]
            rimoss[oaie]
            tolt[oaie]
        """),
        "updated": one_of("""
            modificat[oaie]
            spostat[oaie]
            cambiat[oaie]
            rinominat[oaie]
            aggiornat[oaie]
            assegnat[oaie]
            rimandat[oaie]
            annullat[oaie]
            anticipat[oaie]
            programmat[oaie]
        """),
    },
    i_have="(?:l['’]|le |li |la |lo )?(?:ho|abbiamo)(?: già| appena)*",
    now=one_of("""
        ora
        adesso
        appena
    """),
    was="(?:è|sono) stat[oaie](?: appena)?",
    is_=one_of("""
        è
        sono
    """),
    whole=one_of("""
        fatto
        tutto fatto
        ecco fatto
        è fatta
        completato
        eliminato
        annotato
        via dalla lista
    """),
    denies=one_of(r"""
        non
        mai
        niente
        nulla
        nessun\w*
        se
        quando
        posso
        potrei
        vuoi
        devo
        per
        prima
        senza
        hai
        ha
        lei
        lui
        ancora
    """),
    past=one_of(r"""
        (?:ieri|la settimana|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|in|fa|da)\b
    """),
    opens=one_of("""
        ok
        va bene
        certo
        perfetto
        fatto
        d['’]accordo
        bene
        ecco
    """),
    phrases={
        PROMISED: r"(?<!non )\bti (?:lo )?(?:ricorderò|avviserò)\b",
        "added": one_of(r"""
            ^\W*(?:nuova )?attività (?:creata|aggiunta)
            (?:è|sono) (?:ora|adesso) (?:nella|in) (?:tua |lista)
        """),
        "deleted": r"^\W*via dalla lista",
        "updated": r"(?:è|sono|scade) (?:ora|adesso) (?:fissat|il|per|assegnat|a )\w*",
    },
    states=one_of("""
        segnat[^|]*
        completat[^|]*
        terminat[^|]*
        programmat[^|]*
        assegnat[^|]*
        chius[^|]*
    """),
    joints=one_of("""
        e
        ma
        quindi
        perché
        che
    """),
)
