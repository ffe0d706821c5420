"""What claims in Dutch; a new way of saying it is a line."""

from core.turn.claims.tongue import PROMISED, Tongue, one_of

DUTCH = Tongue(
    done={
        "added": one_of("""
            toegevoegd
            aangemaakt
            genoteerd
            opgeslagen
            gemaakt
            gezet
        """),
        "completed": one_of("""
            afgevinkt
            afgerond
            voltooid
            als (?:gedaan|voltooid|klaar) gemarkeerd
        """),
        "reopened": one_of("""
            heropend
            teruggezet
            weer geopend
        """),
        "deleted": one_of("""
            verwijderd
            gewist
            geschrapt
            weggehaald
        """),
        "updated": one_of("""
            verplaatst
            gewijzigd
            hernoemd
            bijgewerkt
            toegewezen
            verzet
            uitgesteld
            aangepast
            veranderd
            ongedaan gemaakt
            verschoven
            ingepland
        """),
    },
    i_have=r"(?:ik heb|heb ik|we hebben)\b[^.!?;]*?",
    now=one_of("""
        nu
        net
        zojuist
        vanaf nu
    """),
    was=one_of("""
        (?:is|zijn|werd) (?:zojuist|net|nu)
        werden
    """),
    is_=one_of("""
        is
        zijn
        staat
    """),
    whole=one_of("""
        gedaan
        klaar
        geregeld
        gefikst
        voor elkaar
        verwijderd
        genoteerd
    """),
    denies=one_of(r"""
        niet
        geen
        nooit
        niets
        als
        zodra
        zal
        kan
        kun\w*
        wil
        moet
        zou
        om
        je hebt
        jij
        hij
        nog
        voordat
        al
    """),
    past=r"(?:gisteren|vorige|geleden|op (?:ma|di|wo|do|vr|za|zo)\w+dag)\b",
    opens=one_of("""
        ok
        oké
        okay
        prima
        goed
        top
        klaar
        gelukt
    """),
    phrases={
        PROMISED: one_of(r"""
            \bik herinner (?:je|u)\b
            \bik zal (?:je|u)\b.{0,60}\bherinneren\b
        """),
        "added": one_of(r"""
            ^\W*(?:nieuwe )?taak (?:aangemaakt|toegevoegd)
            staat nu op (?:je|de|uw|jouw) lijst
        """),
        "updated": "(?:staat|is|valt) nu (?:op|voor|van|gepland)",
        "deleted": r"is (?:nu )?weg\b",
        "completed": "is (?:nu )?afgevinkt",
    },
    states=one_of("""
        ingepland
        toegewezen
        voltooid
        afgerond
    """),
    joints=one_of("""
        en
        maar
        dus
        omdat
        dat
    """),
)
