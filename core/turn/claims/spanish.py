"""What claims in Spanish; a new way of saying it is a line."""

from core.turn.claims.tongue import PROMISED, Tongue, one_of

SPANISH = Tongue(
    done={
        "added": one_of("""
            añadid[oa]s?
            agregad[oa]s?
            cread[oa]s?
            anotad[oa]s?
            apuntad[oa]s?
            guardad[oa]s?
            puesto
        """),
        "completed": one_of("""
            completad[oa]s?
            terminad[oa]s?
            marcad[oa]s? como (?:completad|hech|terminad)[oa]s?
            tachad[oa]s?
        """),
        "reopened": one_of("""
            reabiert[oa]s?
            restaurad[oa]s?
            recuperad[oa]s?
        """),
        "deleted": one_of("""
            eliminad[oa]s?
            borrad[oa]s?
            quitad[oa]s?
            suprimid[oa]s?
        """),
        "updated": one_of("""
            cambiad[oa]s?
            movid[oa]s?
            modificad[oa]s?
            renombrad[oa]s?
            actualizad[oa]s?
            asignad[oa]s?
            aplazad[oa]s?
            pospuest[oa]s?
            reprogramad[oa]s?
            deshech[oa]s?
            programad[oa]s?
            pasado
        """),
    },
    i_have=one_of("""
        (?:ya )?(?:la |lo |las |los |te |se )?(?:lo |la )?(?:he|hemos)(?: ya)?
    """),
    now=one_of("""
        ahora
        ya
    """),
    was=one_of("""
        (?:ha|han) (?:sido|quedado)
        se (?:ha|han)
    """),
    is_=one_of("""
        está
        están
        queda
        quedó
        quedan
    """),
    whole=one_of("""
        listo
        hecho
        todo listo
        ya está
        está hecho
        anotado
        apuntado
        completado
        eliminado
        borrado
    """),
    denies=one_of(r"""
        no
        nunca
        nada
        ningun\w*
        si
        cuando
        puedo
        podría
        quieres
        quiere
        voy a
        debo
        para
        antes
        sin
        tú
        has
        usted
        ella
        él
        todavía
        aún
    """),
    past=one_of(r"""
        (?:el (?:lunes|martes|miércoles|jueves|viernes|sábado|domingo|\d)|ayer|la semana|hace)\b
    """),
    opens=one_of("""
        de acuerdo
        ok
        vale
        claro
        perfecto
        listo
        muy bien
        hecho
        entendido
    """),
    did={
        "added": one_of("""
            añadí
            agregué
            creé
            anoté
            apunté
            puse
            guardé
        """),
        "completed": one_of("""
            completé
            terminé
            taché
            marqué
        """),
        "reopened": one_of("""
            reabrí
            recuperé
            restauré
        """),
        "deleted": one_of("""
            eliminé
            borré
            quité
            suprimí
        """),
        "updated": one_of("""
            cambié
            moví
            modifiqué
            renombré
            actualicé
            asigné
            aplacé
            pospuse
            reprogramé
            pasé
            deshice
        """),
    },
    phrases={
        PROMISED: one_of(r"""
            (?<!no )\b(?:te|le) (?:lo )?(?:recordaré|avisaré)\b
            \bvoy a recordar(?:te|le)\b
        """),
        "added": one_of(r"""
            ^\W*(?:nueva )?tarea (?:creada|añadida|agregada)
            (?:ya|ahora) (?:está|están) en (?:tu|la|su) lista
            (?:está|están) ahora en (?:tu|la|su) lista
        """),
        "updated": one_of("""
            ahora (?:es|está|vence|se llama|se repite)
            pasa al?[ ]
        """),
    },
    states=one_of("""
        marcad[^|]*
        terminad[^|]*
        completad[^|]*
        programad[^|]*
        asignad[^|]*
    """),
    joints=one_of("""
        y
        pero
        así que
        porque
        que
    """),
)
