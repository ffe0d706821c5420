"""What claims in German; a new way of saying it is a line."""

from core.turn.claims.tongue import PROMISED, Tongue, one_of

GERMAN = Tongue(
    done={
        "added": one_of("""
            hinzugefügt
            angelegt
            erstellt
            eingetragen
            notiert
            gespeichert
            aufgenommen
            ergänzt
            aufgeschrieben
            vermerkt
        """),
        "completed": one_of("""
            (?:als )?erledigt(?: markiert)?
            abgehakt
            abgeschlossen
            als fertig markiert
        """),
        "reopened": one_of("""
            wieder geöffnet
            wiedereröffnet
            wieder aufgemacht
            wiederhergestellt
            wieder offen
        """),
        "deleted": one_of("""
            gelöscht
            entfernt
            gestrichen
            rausgenommen
            geleert
        """),
        "updated": one_of("""
            verschoben
            umgestellt
            geändert
            umbenannt
            aktualisiert
            zugewiesen
            angepasst
            verlegt
            rückgängig gemacht
            übergeben
            gesetzt
            terminiert
            übersprungen
            priorisiert
        """),
    },
    i_have=r"(?:ich habe?|habe? ich|ich['’]?hab|wir haben)\b[^.!?;]*?",
    now=one_of("""
        jetzt
        nun
        soeben
        gerade
        ab sofort
    """),
    was=one_of("""
        wurden?
        ist soeben
        sind soeben
    """),
    is_=one_of("""
        ist
        sind
        steht
    """),
    whole=one_of("""
        erledigt
        fertig
        gemacht
        geschafft
        alles klar, erledigt
        ist erledigt
        schon passiert
        gelöscht
        notiert
    """),
    denies=one_of(r"""
        nicht
        kein\w*
        nie
        nichts
        wenn
        falls
        sobald
        soll\w*
        kann\w*
        werde
        wird
        würde
        möchte\w*
        willst
        du
        ihr
        sie haben
        er
        könnte\w*
        bevor
        damit
        zum
        um
        noch
        bereits
    """),
    past=r"(?:am|gestern|letzte\w*|vorgestern|vor \w+ (?:tag|woche|stunde)\w*)\b",
    opens=one_of("""
        ok
        okay
        alles klar
        gut
        super
        klar
        gerne
        so
        prima
        perfekt
    """),
    phrases={
        PROMISED: one_of(r"""
            \bich erinnere (?:dich|sie|euch)\b
            \bich werde (?:dich|sie|euch)\b.{0,60}\berinnern\b
            \b(?:dann|ok|gut|klar)\W+erinnere ich (?:dich|sie)\b
        """),
        "added": one_of(r"""
            steht (?:jetzt|nun) auf (?:deiner|der|Ihrer) liste
            ^\W*neue aufgabe (?:angelegt|erstellt)
        """),
        "deleted": r"(?:ist|sind) (?:jetzt |nun )?weg\b",
        "updated": r"(?:ist|sind|liegt|steht) (?:jetzt|nun) (?:auf|am|für|fällig|bei)\b",
    },
    states=one_of("""
        erledigt
        abgehakt
        als[^|]*
        gesetzt
        notiert
        zugewiesen
        priorisiert
    """),
    joints=one_of("""
        und
        aber
        sodass
        weil
        dass
    """),
)
