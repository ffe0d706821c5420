"""Whether a sentence claims that something was changed; such a claim needs a receipt (rule 3).

English, and the six languages besides it in which people are answered most: a table of words for
each (TONGUES), and the ways in which a claim is made (`_ways`). A sentence that tells how things
stand, or what somebody else did, or when, claims nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from core.tasks.receipts import TICK

ANY = "any"  # "Done!": some change, it does not say which
RECEIPT = "receipt"
PROMISED = "promised"  # "I'll remind you": nothing comes of it unless it was asked of a tool
_ALSO = {
    "added": {"added", "updated", "followed", "arranged"},
    "updated": {"updated", "added", "assigned", "undone", "declined", "arranged"},
    "completed": {"completed"},
    "reopened": {"reopened", "undone"},
    "deleted": {"deleted", "undone"},
    PROMISED: {"arranged", "added", "updated", "followed", "reopened", "undone"},
}


@dataclass(frozen=True, slots=True)
class Tongue:
    """The words of one language, as regular expressions.

    `done`: what can have been done, by kind, as participles (or, where a language says it in one
    word, `did` in the first person). `i_have`: who did it. `now`: what tells a claim from a
    state. `was`: passives that tell of a moment; `is_`: those that may tell how things stand.
    `whole`: sentences that claim without saying what. `phrases`: whole ways of saying it, by kind.
    `denies`: what before it, in its clause, says that it did not happen, or not yet. `past`: when
    it happened, if not just now. `opens`: what a sentence may begin with before the claim.
    """

    done: dict[str, str]
    i_have: str
    now: str
    was: str
    is_: str
    whole: str
    denies: str
    past: str
    opens: str
    did: dict[str, str] = field(default_factory=dict)
    phrases: dict[str, str] = field(default_factory=dict)
    states: str = ""  # participles that rather describe: they claim only with `now`
    header: str = r"\s*:\W*$"  # after a participle these make it a heading, or a count
    joints: str = "and|but|so|because|that"


ENGLISH = Tongue(
    done={
        "added": "added|created|saved|noted(?: down)?|jotted down|logged|popped|(?:threw|"
        "slipped|tossed|put) in|set up|put down|"
        "duplicated|recorded",
        "completed": "completed|finished|(?:checked|ticked|crossed)(?: it| that| them)? off|"
        "marked(?! as (?:not|un)|"
        " urgent)|closed(?: out)?|complete",
        "reopened": "reopened|re-opened|restored|unchecked|brought back|marked as (?:not done|"
        "undone)",
        "deleted": "deleted|removed|cleared|erased|scrapped|dropped|discarded|cancelled|canceled|"
        "wiped|taken off|got rid of|binned|trashed",
        "updated": "updated|changed|renamed|moved|rescheduled|postponed|pushed|bumped|assigned|"
        "reassigned|unassigned|handed|snoozed|labelled|labeled|tagged|undone|undid|"
        "reverted|rolled back|shifted|switched|swapped|edited|adjusted|prioriti[sz]ed|"
        "raised|lowered|skipped|given|gave|delayed|extended|corrected|fixed",
        ANY: "scheduled|set|put|taken care of|sorted|handled|made",
    },
    i_have=r"(?:i|we)(?:['’]ve| have)?(?: just| now| also| already| successfully| both| all)*"
    r"(?: (?:gone|went) ahead and)?(?: just| now)*",
    now=r"now|just|successfully",
    was=r"(?:has|have|['’]s|['’]ve) (?:now |just |all |already |both )*been|was just|were just|"
    r"(?:got|gets)",
    is_=r"(?:is|are|was|were|['’]s|['’]re)",
    whole=r"done(?: and dusted)?|all done|(?:you['’]re )?all set|consider (?:it|that) done|"
    r"that['’]s (?:done|sorted|taken care of)|it['’]s (?:done|sorted|taken care of)|"
    r"all sorted|sorted|your changes (?:have been|are) saved|changes saved|undone|gone|"
    r"(?:taken care of|ticked off|checked off|crossed off|saved|noted|snoozed)",
    denies=r"not|never|no longer|nothing|none|cannot|unable|failed|if|when|once|before|should|"
    r"shall|"
    r"would|could|can|will|want|unless|until|to be|you|they|who|that|which|said|says|last|"
    r"looks like|sorry|need|needs|try|let me|he|she|somebody|someone|had|yet to|still|"
    r"recently|no",
    past=r"(?:on|at|by|in|last|yesterday|from|this morning|earlier|\w+ (?:days?|weeks?) ago|ago)",
    opens=r"just|ok(?:ay)?|sure(?: thing)?|great(?: job)?|alright|all right|got it|perfect|"
    r"no problem|"
    r"absolutely|of course|you got it|certainly|nice(?: work)?|understood|yes|yep|awesome|"
    r"as you (?:asked|wish)|sounds good|there you go|poof|voil[aà]|right|noted",
    phrases={
        PROMISED: r"\bi(?:['’]ll| will|['’]m going to) (?:(?:be|make) sure to |also |then |now )?"
        r"(?:remind|ping|nudge|notify|alert) you\b(?! (?:once|if|as soon as|when(?:ever)?) you)|"
        r"\byou(?:['’]ll| will) (?:get|receive) a reminder\b",
        "added": r"(?:is|are|['’]s|['’]re) (?:now )?(?:safely )?on (?:the|"
        r"your) (?:\w+ )?list(?: now)|"
        r"(?:is|are|['’]s|['’]re) now (?:safely )?(?:on|in) (?:the|"
        r"your)(?: [\w-]+)* list|"
        r"\bsaved as #\d|your list just got|['’]s (?:now )?logged as|"
        r"^\W*(?:got it|ok(?:ay)?|sure|done|great|perfect)\W+.{1,80}? (?:is|"
        r"are) on (?:the|your) list|"
        r"i['’]ve (?:got|made|taken) (?:a note|.{1,60} on your list)|"
        r"you(?:['’]ll| will) find it on your list now|"
        r"(?:reminder|task|note)s? (?:created|added|saved|set)\b(?! (?:on|by|last|up))|"
        r"^\W*new task(?: created)?:",
        "completed": r"(?:^\W*|task |#)\d* ?marked (?:as )?(?:done|complete|completed)|"
        r"(?:is|are) now (?:done|closed|complete)|"
        r"(?:is|are) (?:all )?done now|now closed out|"
        r"another one (?:bites the dust|done)|one less thing",
        "reopened": r"(?:is|are|['’]s|['’]re) (?:open|active|to-?do) again|back (?:on|among|"
        r"in) your "
        r"(?:open |to-?do |active )?(?:list|tasks)|(?:is|are) back (?:to|"
        r"as) (?:open|pending|active)|"
        r"^\W*(?:ok(?:ay)?\W+)?(?:it|#\d+|.{1,60}) (?:is|are) back on (?:the|"
        r"your) list",
        "deleted": r"off (?:of )?your list(?! yet)(?=\W*(?:$|now|for good|[,.—–-]))|"
        r"(?:is|are|['’]s|['’]re) (?:now )?gone(?: now| for good)?(?=\W*$|[,.—–-])|"
        r"^\W*gone\b(?=\W*$|\W+you won)|your list is (?:now )?(?:clear(?:ed)?|"
        r"empty now)",
        "updated": r"will now (?:repeat|recur|be due|come|go off)|"
        r"your (?:reminder|task)['’]?s? (?:is|are|has been)? ?(?:now )?set (?:for|to)|"
        r"(?:is|are|['’]s|['’]re) now (?:due|called|assigned|set|marked|scheduled|"
        r"labelled|"
        r"labeled|tagged|high|low|urgent|named|titled|with|\w+['’]s (?:task|job))|"
        r"(?:over to|belongs to|in the hands of) \w+ now|no longer repeats now|"
        r"from now on it",
        ANY: r"taken care of|i took care of|as (?:you )?requested, i",
    },
    states="completed|finished|marked[^|]*|scheduled|set|put|noted[^|]*|saved|checked off|"
    "ticked off|"
    "cleared|closed[^|]*|complete|assigned|given|made|sorted|handled|handed|logged|"
    "recorded|"
    "dropped|labelled|labeled|tagged|fixed|finished",
    header=r"(?: (?:tasks?|items?|today|yesterday|this|last|on|in|at)\b|\s*:\W*$)",
)
GERMAN = Tongue(
    done={
        "added": "hinzugefügt|angelegt|erstellt|eingetragen|notiert|gespeichert|aufgenommen|"
        "ergänzt|"
        "aufgeschrieben|vermerkt",
        "completed": "(?:als )?erledigt(?: markiert)?|abgehakt|abgeschlossen|als fertig markiert",
        "reopened": "wieder geöffnet|wiedereröffnet|wieder aufgemacht|wiederhergestellt|"
        "wieder offen",
        "deleted": "gelöscht|entfernt|gestrichen|rausgenommen|geleert",
        "updated": "verschoben|umgestellt|geändert|umbenannt|aktualisiert|zugewiesen|"
        "angepasst|verlegt|"
        "rückgängig gemacht|übergeben|gesetzt|terminiert|übersprungen|priorisiert",
    },
    i_have=r"(?:ich habe?|habe? ich|ich['’]?hab|wir haben)\b[^.!?;]*?",
    now="jetzt|nun|soeben|gerade|ab sofort",
    was="wurden?|ist soeben|sind soeben",
    is_="ist|sind|steht",
    states="erledigt|abgehakt|als[^|]*|gesetzt|notiert|zugewiesen|priorisiert",
    whole="erledigt|fertig|gemacht|geschafft|alles klar, erledigt|ist erledigt|schon passiert|"
    "gelöscht|notiert",
    denies="nicht|kein\\w*|nie|nichts|wenn|falls|sobald|soll\\w*|kann\\w*|werde|wird|würde|"
    "möchte\\w*|"
    "willst|du|ihr|sie haben|er|könnte\\w*|bevor|damit|zum|um|noch|bereits",
    past=r"(?:am|gestern|letzte\w*|vorgestern|vor \w+ (?:tag|woche|stunde)\w*)\b",
    opens="ok|okay|alles klar|gut|super|klar|gerne|so|prima|perfekt",
    phrases={
        PROMISED: r"\bich erinnere (?:dich|sie|euch)\b|"
        r"\bich werde (?:dich|sie|euch)\b.{0,60}\berinnern\b|"
        r"\b(?:dann|ok|gut|klar)\W+erinnere ich (?:dich|sie)\b",
        "added": r"steht (?:jetzt|nun) auf (?:deiner|der|Ihrer) liste|"
        r"^\W*neue aufgabe (?:angelegt|erstellt)",
        "deleted": r"(?:ist|sind) (?:jetzt |nun )?weg\b",
        "updated": r"(?:ist|sind|liegt|steht) (?:jetzt|nun) (?:auf|am|für|fällig|bei)\b",
    },
    joints="und|aber|sodass|weil|dass",
)
FRENCH = Tongue(
    done={
        "added": "ajouté\\w*|créé\\w*|noté\\w*|enregistré\\w*|inscrit\\w*",
        "completed": "terminé\\w*|coché\\w*|marqué\\w* comme (?:terminé|fait|faite)\\w*|"
        "achevé\\w*|"
        "validé\\w*|complété\\w*",
        "reopened": "rouvert\\w*|réouvert\\w*|restauré\\w*|remis\\w*",
        "deleted": "supprimé\\w*|effacé\\w*|retiré\\w*|enlevé\\w*|vidé\\w*",
        "updated": "modifié\\w*|changé\\w*|renommé\\w*|déplacé\\w*|reporté\\w*|repoussé\\w*|"
        "assigné\\w*|"
        "attribué\\w*|mis\\w* à jour|programmé\\w*|annulé\\w*|avancé\\w*|"
        "décalé\\w*|confié\\w*",
    },
    i_have=r"(?:j['’]ai|je viens de|nous avons)(?: bien| aussi| déjà)*",
    now="maintenant|désormais|bien|à présent",
    was="a (?:bien )?été|ont (?:bien )?été",
    is_="est|sont",
    states="terminé\\\\w\\*|marqué[^|]*|programmé\\\\w\\*|noté\\\\w\\*|assigné\\\\w\\*|"
    "complété\\\\w\\*",
    whole="c['’]est (?:fait|noté|bon|réglé)|fait|voilà qui est fait|terminé|c['’]est terminé",
    denies="pas|ne|n['’]\\w+|aucun\\w*|jamais|rien|si|quand|lorsque|peux|pourrai\\w*|vais|"
    "vous|tu|voulez|"
    "dois|faut|afin|pour|avant|il|elle|déjà",
    past=r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|hier|le \d|la semaine|en \d)\b",
    opens="d['’]accord|ok|c['’]est noté|parfait|très bien|voilà|bien sûr|entendu",
    phrases={
        PROMISED: r"\bje (?:te|vous) (?:le )?rappellerai\b|\bje (?:te|vous) le rappelle(?! pas)\b|"
        r"\bje (?:te|vous) (?:enverrai|ferai) un rappel\b",
        "added": r"(?:est|sont) (?:maintenant|désormais|bien) (?:sur|dans) (?:votre|ta|"
        r"la|ma) liste|"
        r"^\W*(?:nouvelle )?tâche (?:créée|ajoutée)|je viens d(?:e |"
        r"['’])(?:ajouter|créer|noter)",
        "deleted": r"je viens d(?:e |['’])(?:supprimer|retirer|effacer|enlever)",
        "completed": r"je viens d(?:e |['’])(?:cocher|terminer|marquer)",
        "updated": r"je viens d(?:e |['’])(?:modifier|déplacer|renommer|reporter|"
        r"assigner|changer|confier)|"
        r"(?:est|sont) (?:maintenant|désormais) (?:prévu|fixé|programmé|"
        r"prioritaire|assigné|"
        r"attribué|pour|dû|due)\w*",
        "reopened": r"(?:est|sont) (?:de nouveau|à nouveau) (?:ouvert|active?)\w*",
    },
    joints="et|mais|donc|car|que|qui",
)
SPANISH = Tongue(
    done={
        "added": "añadid[oa]s?|agregad[oa]s?|cread[oa]s?|anotad[oa]s?|apuntad[oa]s?|"
        "guardad[oa]s?|puesto",
        "completed": "completad[oa]s?|terminad[oa]s?|marcad[oa]s? como (?:completad|hech|"
        "terminad)[oa]s?|tachad[oa]s?",
        "reopened": "reabiert[oa]s?|restaurad[oa]s?|recuperad[oa]s?",
        "deleted": "eliminad[oa]s?|borrad[oa]s?|quitad[oa]s?|suprimid[oa]s?",
        "updated": "cambiad[oa]s?|movid[oa]s?|modificad[oa]s?|renombrad[oa]s?|"
        "actualizad[oa]s?|asignad[oa]s?|"
        "aplazad[oa]s?|pospuest[oa]s?|reprogramad[oa]s?|deshech[oa]s?|"
        "programad[oa]s?|pasado",
    },
    did={
        "added": "añadí|agregué|creé|anoté|apunté|puse|guardé",
        "completed": "completé|terminé|taché|marqué",
        "reopened": "reabrí|recuperé|restauré",
        "deleted": "eliminé|borré|quité|suprimí",
        "updated": "cambié|moví|modifiqué|renombré|actualicé|asigné|aplacé|pospuse|reprogramé|"
        "pasé|deshice",
    },
    i_have="(?:ya )?(?:la |lo |las |los |te |se )?(?:lo |la )?(?:he|hemos)(?: ya)?",
    now="ahora|ya",
    was="(?:ha|han) (?:sido|quedado)|se (?:ha|han)",
    is_="está|están|queda|quedó|quedan",
    states="marcad[^|]*|terminad[^|]*|completad[^|]*|programad[^|]*|asignad[^|]*",
    whole="listo|hecho|todo listo|ya está|está hecho|anotado|apuntado|completado|eliminado|borrado",
    denies="no|nunca|nada|ningun\\w*|si|cuando|puedo|podría|quieres|quiere|voy a|debo|para|"
    "antes|sin|tú|has|"
    "usted|ella|él|todavía|aún",
    past="(?:el (?:lunes|martes|miércoles|jueves|viernes|sábado|domingo|\\d)|ayer|la semana|"
    "hace)\\b",
    opens="de acuerdo|ok|vale|claro|perfecto|listo|muy bien|hecho|entendido",
    phrases={
        PROMISED: r"(?<!no )\b(?:te|le) (?:lo )?(?:recordaré|avisaré)\b|"
        r"\bvoy a recordar(?:te|le)\b",
        "added": r"^\W*(?:nueva )?tarea (?:creada|añadida|agregada)|(?:ya|ahora) (?:está|"
        r"están) en (?:tu|la|su) lista|(?:está|están) ahora en (?:tu|la|su) lista",
        "updated": r"ahora (?:es|está|vence|se llama|se repite)|pasa al? ",
    },
    joints="y|pero|así que|porque|que",
)
PORTUGUESE = Tongue(
    done={
        "added": "adicionad[oa]s?|criad[oa]s?|anotad[oa]s?|salv[oa]s?|incluíd[oa]s?|colocad[oa]s?",
        "completed": "concluíd[oa]s?|marcad[oa]s? como (?:concluíd|feit)[oa]s?|"
        "finalizad[oa]s?|completad[oa]s?",
        "reopened": "reabert[oa]s?|restaurad[oa]s?",
        "deleted": "excluíd[oa]s?|apagad[oa]s?|removid[oa]s?|deletad[oa]s?|eliminad[oa]s?",
        "updated": "alterad[oa]s?|movid[oa]s?|mudad[oa]s?|renomead[oa]s?|atualizad[oa]s?|"
        "atribuíd[oa]s?|adiad[oa]s?|"
        "reagendad[oa]s?|desfeit[oa]s?|agendad[oa]s?",
    },
    did={
        "added": "adicionei|criei|anotei|salvei|incluí|coloquei|botei|pus",
        "completed": "concluí|marquei|finalizei|completei|risquei",
        "reopened": "reabri|restaurei",
        "deleted": "excluí|apaguei|removi|deletei|eliminei|tirei",
        "updated": "alterei|movi|mudei|renomeei|atualizei|atribuí|adiei|reagendei|passei|"
        "desfiz|troquei|transferi",
    },
    i_have="(?:eu )?(?:já )?tenho",
    now="agora|já",
    was="(?:foi|foram)",
    is_="está|estão|ficou|ficaram",
    states="marcad[^|]*|concluíd[^|]*|agendad[^|]*|atribuíd[^|]*",
    whole="pronto|prontinho|feito|tudo certo|está feito|anotado|concluído|apagado",
    denies="não|nunca|nada|nenhum\\w*|se|quando|posso|poderia|quer|vou|devo|para|antes|sem|"
    "você|ela|ele|ainda",
    past="(?:ontem|há|na (?:segunda|terça|quarta|quinta|sexta)|semana)\\b",
    opens="ok|certo|claro|perfeito|pronto|prontinho|beleza|feito|entendido",
    phrases={
        PROMISED: r"(?<!não )\b(?:te|lhe) (?:lembrarei|avisarei)\b|"
        r"\bvou (?:te |lhe )?(?:lembrar|avisar)\b",
        "added": r"^\W*(?:nova )?tarefa (?:criada|adicionada)|(?:já|"
        r"agora) está na (?:sua|tua|lista)|está agora na (?:sua|tua|lista)",
        "updated": r"agora (?:é|está|vence|se chama|se repete)",
    },
    joints="e|mas|então|porque|que",
)
ITALIAN = Tongue(
    done={
        "added": "aggiunt[oaie]|creat[oaie]|annotat[oaie]|salvat[oaie]|inserit[oaie]|"
        "segnat[oaie](?! come)|mess[oaie]",
        "completed": "completat[oaie]|segnat[oaie] come (?:completat|fatt)[oaie]|"
        "spuntat[oaie]|contrassegnat[oaie][^.!?]*|terminat[oaie]|chius[oaie]",
        "reopened": "riapert[oaie]|ripristinat[oaie]",
        "deleted": "eliminat[oaie]|cancellat[oaie]|rimoss[oaie]|tolt[oaie]",
        "updated": "modificat[oaie]|spostat[oaie]|cambiat[oaie]|rinominat[oaie]|"
        "aggiornat[oaie]|assegnat[oaie]|"
        "rimandat[oaie]|annullat[oaie]|anticipat[oaie]|programmat[oaie]",
    },
    i_have="(?:l['’]|le |li |la |lo )?(?:ho|abbiamo)(?: già| appena)*",
    now="ora|adesso|appena",
    was="(?:è|sono) stat[oaie](?: appena)?",
    is_="è|sono",
    states="segnat[^|]*|completat[^|]*|terminat[^|]*|programmat[^|]*|assegnat[^|]*|chius[^|]*",
    whole="fatto|tutto fatto|ecco fatto|è fatta|completato|eliminato|annotato|via dalla lista",
    denies="non|mai|niente|nulla|nessun\\w*|se|quando|posso|potrei|vuoi|devo|per|prima|senza|"
    "hai|ha|lei|lui|ancora",
    past="(?:ieri|la settimana|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|in|fa|"
    "da)\\b",
    opens="ok|va bene|certo|perfetto|fatto|d['’]accordo|bene|ecco",
    phrases={
        PROMISED: r"(?<!non )\bti (?:lo )?(?:ricorderò|avviserò)\b",
        "added": r"^\W*(?:nuova )?attività (?:creata|aggiunta)|(?:è|sono) (?:ora|"
        r"adesso) (?:nella|in) (?:tua |lista)",
        "deleted": r"^\W*via dalla lista",
        "updated": r"(?:è|sono|scade) (?:ora|adesso) (?:fissat|il|per|assegnat|a )\w*",
    },
    joints="e|ma|quindi|perché|che",
)
DUTCH = Tongue(
    done={
        "added": "toegevoegd|aangemaakt|genoteerd|opgeslagen|gemaakt|gezet",
        "completed": "afgevinkt|afgerond|voltooid|als (?:gedaan|voltooid|klaar) gemarkeerd",
        "reopened": "heropend|teruggezet|weer geopend",
        "deleted": "verwijderd|gewist|geschrapt|weggehaald",
        "updated": "verplaatst|gewijzigd|hernoemd|bijgewerkt|toegewezen|verzet|uitgesteld|"
        "aangepast|veranderd|"
        "ongedaan gemaakt|verschoven|ingepland",
    },
    i_have=r"(?:ik heb|heb ik|we hebben)\b[^.!?;]*?",
    now="nu|net|zojuist|vanaf nu",
    was="(?:is|zijn|werd) (?:zojuist|net|nu)|werden",
    is_="is|zijn|staat",
    states="ingepland|toegewezen|voltooid|afgerond",
    whole="gedaan|klaar|geregeld|gefikst|voor elkaar|verwijderd|genoteerd",
    denies="niet|geen|nooit|niets|als|zodra|zal|kan|kun\\w*|wil|moet|zou|om|je hebt|jij|hij|"
    "nog|voordat|al",
    past="(?:gisteren|vorige|geleden|op (?:ma|di|wo|do|vr|za|zo)\\w+dag)\\b",
    opens="ok|oké|okay|prima|goed|top|klaar|gelukt",
    phrases={
        PROMISED: r"\bik herinner (?:je|u)\b|\bik zal (?:je|u)\b.{0,60}\bherinneren\b",
        "added": r"^\W*(?:nieuwe )?taak (?:aangemaakt|toegevoegd)|staat nu op (?:je|de|"
        r"uw|jouw) lijst",
        "updated": r"(?:staat|is|valt) nu (?:op|voor|van|gepland)",
        "deleted": r"is (?:nu )?weg\b",
        "completed": r"is (?:nu )?afgevinkt",
    },
    joints="en|maar|dus|omdat|dat",
)
TONGUES = (ENGLISH, GERMAN, FRENCH, SPANISH, PORTUGUESE, ITALIAN, DUTCH)


@dataclass(frozen=True, slots=True)
class Way:
    """One way of claiming one kind of change; what denies it is looked for before it."""

    kind: str
    fits: re.Pattern[str]
    denies: re.Pattern[str]
    clause: re.Pattern[str]


def _ways(tongue: Tongue) -> list[Way]:
    """The ways in which a language claims."""
    clause = re.compile(rf"[,;:—–]|\b(?:{tongue.joints})\b", re.I)
    denies = re.compile(rf"\b(?:{tongue.denies})\b|n['’]t\b|['’]ll\b", re.I)
    only_if = re.compile(r"\b(?:if|when|once|before|unless|until|not that)\b", re.I)
    made: list[Way] = []

    def way(kind: str, pattern: str, denied: re.Pattern[str] = denies) -> None:
        made.append(Way(kind, re.compile(pattern, re.I), denied, clause))

    opens = rf"^\W*(?:(?:{tongue.opens})\b\W+){{0,3}}"
    not_then = rf"(?!\W+{tongue.past})"
    far = r"[^.!?,;]{0,60}? ?"  # other languages part the verb from its participle
    english = tongue is ENGLISH
    for kind, done in tongue.done.items():
        # I've added, ich habe … hinzugefügt.
        way(kind, rf"\b{tongue.i_have} (?:{done})\b", only_if if english else denies)
        # It has been added, it is now moved; wurde … verschoben.
        if english:
            been = rf"(?:\b{tongue.was}|\b{tongue.is_}(?: (?:{tongue.now}))+)"
            way(kind, rf"{been}(?: (?:{tongue.now}|all))* (?:{done})\b{not_then}")
        else:
            way(kind, rf"(?:{tongue.was})\b{far}\b(?:{done})\b{not_then}")
            way(kind, rf"\b(?:{tongue.is_}) (?:{tongue.now})\b{far}\b(?:{done})\b")
        # It is deleted, but not "is set", a state.
        plain = _without(done, tongue.states)
        if plain:
            way(kind, rf"\b(?:{tongue.is_})(?: all)? (?:{plain})\b{not_then}")
        # Task #3 deleted.
        if plain and english:
            way(kind, rf"(?<!you )(?<!they )(?<!was )(?<!be )\b(?:{plain})\W*$")
        # Added! Ok, moved it. But not "Completed:" or "Finished today".
        if kind != ANY:
            way(kind, rf"{opens}(?:{done})\b(?!{tongue.header}){not_then}")
    too = r"\b(?:y|e|também|también|ya|já|eu|yo|la|lo|te) "
    for kind, did in tongue.did.items():
        way(kind, rf"(?:{opens}|{too})(?:{did})\b{not_then}")
    for kind, phrase in tongue.phrases.items():
        way(kind, rf"(?:{phrase})")
    way(ANY, rf"{opens}(?:{tongue.whole})\b(?=\W*$|\s*[!.,—–])(?!\s*:)")
    return made


def _without(words: str, states: str) -> str:
    """Participles without those that rather describe how things stand."""
    if not states:
        return words
    kept = [word for word in re.split(r"\|(?![^()]*\))", words) if not re.fullmatch(states, word)]
    return "|".join(kept)


WAYS = tuple(way for tongue in TONGUES for way in _ways(tongue))
QUOTED = re.compile(r"[“\"«„][^”\"»“]*[”\"»“]|\*\*[^*]*\*\*(?!\s*$)")
MARKS = re.compile(r"[*_`]+")
_TAG = re.compile(r",\s+(?:right|ok|okay|(?:haven|didn|hasn)['’]t (?:i|it))\?$", re.I)
NUMBER = re.compile(r"\b(?:nr|no|num|n)\s?[.°º]\s*(?=\d)", re.I)


def claimed(sentence: str) -> frozenset[str]:
    """The kinds of change that a sentence says were made just now; empty when it claims none.

    A line that looks like a receipt is a claim too: receipts are written by code alone.
    """
    return frozenset(kind for claim in _claims(sentence) for kind in claim)


@lru_cache(4_096)  # a reply that grows is looked through again and again
def _claims(sentence: str) -> tuple[frozenset[str], ...]:
    """The claims of a sentence, in order, each with the kinds that it may be of: ways that overlap
    are one claim. What stands in quotes is a title."""
    said = sentence.strip()
    if said.startswith(TICK):
        return (frozenset({RECEIPT}),)
    said = _TAG.sub(".", said)
    if re.search(r"\?\W*$", said):
        return ()
    said = NUMBER.sub("#", MARKS.sub("", QUOTED.sub("“x”", said)))
    found = sorted(
        (match.start(), match.end(), way.kind)
        for way in WAYS
        for match in way.fits.finditer(said)
        if not way.denies.search(way.clause.split(said[: match.start()])[-1])
        and not INSIDE.search(match[0])
    )
    claims: list[set[str]] = []
    until = -1
    for start, end, kind in found:
        if start < until:
            claims[-1].add(kind)
        else:
            claims.append({kind})
        until = max(until, end)
    return tuple(map(frozenset, claims))


# What denies it inside of what looks like a claim: ich habe nichts hinzugefügt.
INSIDE = re.compile(
    r"\b(?:nicht|nichts|nie|kein\w*|noch|niets|niet|geen|nog|rien|pas|nada|nulla|"
    r"nessun\w*)\b",
    re.I,
)


def holds(sentence: str, actions: Iterable[str]) -> bool:
    """Whether all that a sentence claims is borne out by the actions that truly happened."""
    happened = set(actions)
    return all(_borne_out(claim, happened) for claim in _claims(sentence))


def _borne_out(kinds: frozenset[str], happened: set[str]) -> bool:
    if RECEIPT in kinds:
        return False
    if ANY in kinds:
        return bool(happened)
    return any(_ALSO[kind] & happened for kind in kinds)
