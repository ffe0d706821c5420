"""What claims in French; a new way of saying it is a line."""

from core.turn.claims.tongue import PROMISED, Tongue, one_of

FRENCH = Tongue(
    done={
        "added": one_of(r"""
            ajouté\w*
            créé\w*
            noté\w*
            enregistré\w*
            inscrit\w*
        """),
        "completed": one_of(r"""
            terminé\w*
            coché\w*
            marqué\w* comme (?:terminé|fait|faite)\w*
            achevé\w*
            validé\w*
            complété\w*
        """),
        "reopened": one_of(r"""
            rouvert\w*
            réouvert\w*
            restauré\w*
            remis\w*
        """),
        "deleted": one_of(r"""
            supprimé\w*
            effacé\w*
            retiré\w*
            enlevé\w*
            vidé\w*
        """),
        "updated": one_of(r"""
            modifié\w*
            changé\w*
            renommé\w*
            déplacé\w*
            reporté\w*
            repoussé\w*
            assigné\w*
            attribué\w*
            mis\w* à jour
            programmé\w*
            annulé\w*
            avancé\w*
            décalé\w*
            confié\w*
        """),
    },
    i_have="(?:j['’]ai|je viens de|nous avons)(?: bien| aussi| déjà)*",
    now=one_of("""
        maintenant
        désormais
        bien
        à présent
    """),
    was=one_of("""
        a (?:bien )?été
        ont (?:bien )?été
    """),
    is_=one_of("""
        est
        sont
    """),
    whole=one_of("""
        c['’]est (?:fait|noté|bon|réglé)
        fait
        voilà qui est fait
        terminé
        c['’]est terminé
    """),
    denies=one_of(r"""
        pas
        ne
        n['’]\w+
        aucun\w*
        jamais
        rien
        si
        quand
        lorsque
        peux
        pourrai\w*
        vais
        vous
        tu
        voulez
        dois
        faut
        afin
        pour
        avant
        il
        elle
        déjà
    """),
    past=one_of(r"""
        (?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|hier|le \d|la semaine|en \d)\b
    """),
    opens=one_of("""
        d['’]accord
        ok
        c['’]est noté
        parfait
        très bien
        voilà
        bien sûr
        entendu
    """),
    phrases={
        PROMISED: one_of(r"""
            \bje (?:te|vous) (?:le )?rappellerai\b
            \bje (?:te|vous) le rappelle(?! pas)\b
            \bje (?:te|vous) (?:enverrai|ferai) un rappel\b
        """),
        "added": one_of(r"""
            (?:est|sont) (?:maintenant|désormais|bien) (?:sur|dans) (?:votre|ta|la|ma) liste
            ^\W*(?:nouvelle )?tâche (?:créée|ajoutée)
            je viens d(?:e |['’])(?:ajouter|créer|noter)
        """),
        "deleted": "je viens d(?:e |['’])(?:supprimer|retirer|effacer|enlever)",
        "completed": "je viens d(?:e |['’])(?:cocher|terminer|marquer)",
        "updated": one_of(r"""
            je viens d(?:e |['’])(?:modifier|déplacer|renommer|reporter|assigner|changer|confier)
            (?:est|sont) (?:maintenant|désormais) (?:prévu|fixé|programmé|prioritaire|assigné|attribué|pour|dû|due)\w*
        """),
        "reopened": r"(?:est|sont) (?:de nouveau|à nouveau) (?:ouvert|active?)\w*",
    },
    states=one_of(r"""
        terminé\\w\*
        marqué[^|]*
        programmé\\w\*
        noté\\w\*
        assigné\\w\*
        complété\\w\*
    """),
    joints=one_of("""
        et
        mais
        donc
        car
        que
        qui
    """),
)
