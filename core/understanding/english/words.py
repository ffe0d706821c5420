"""The words of the grammar, in one table. Rules (rules.py) name a row by {its name}."""

import re

WORDS: dict[str, str] = {
    # doing
    "add": "add|adding|also add|create|note down|jot down|put down",
    "remind": "remind me|remember|make sure i don't forget|make sure i remember|"
    "i must not forget|i mustn't forget|help me remember|don't let me forget|"
    "do not let me forget|dont let me forget",
    "must": "i need|i have|i've got|ive got|i got|i ought|i want you to remind me",
    "tick": "done|complete|completed|tick off|ticked off|check off|cross off|finished|done with",
    "tick a number": "tick|check|finish|close|did|finish off",
    "mark": "mark|set|put",
    "reopen": "reopen|re-open|uncheck|untick|unmark|open again|undone",
    "delete": "delete|remove|erase|get rid of",
    "move": "move|reschedule|postpone|push|shift|put off|delay|defer",
    "change": "change|edit|update",
    "rename": "rename|retitle",
    "clear": "clear|remove|drop|delete|take off",
    "take": "take|remove|drop",
    "undo": "undo|undo it|undo that|undo this|take that back|take it back|revert|revert that|"
    "undo the last change|undo the last one|undo the last thing|undo last|redo|redo that|"
    "undo my last change|undo the last|put it back|bring it back",
    # reminding
    "nudge": "remind|nudge|ping|poke|buzz|notify|alert|bug",
    "nudge me": "(?:remind|nudge|ping|poke|buzz|notify|alert|bug|warn) me|let me know|"
    "give me an? (?:shout|nudge|ping|poke|heads up|heads-up|reminder)|send me a reminder|"
    "shoot me a reminder",
    "about": "of|about|abt|regarding",
    "ahead": "before|beforehand|ahead|ahead of|in advance|in advance of|prior to|earlier|upfront",
    # things
    "the list": "(?:my|the) (?:to-?do |todo |task )?list",
    "tasks": "tasks?|to-?dos?|todos?|things|items|ones|list|to-?do list|todo list|task list|"
    "plate|agenda|everything",
    "date": "date|due date|deadline|due",
    "is": "is|are|'s|was",
    "to": "to|until|till|for|by",
    "state": "done|completed|complete|finished",
    "show": "show me|show|gimme|list|see|view|display|give me|tell me|what's|whats|what is|"
    "what are|which",
    "find": "find|search for|search|look for|look up|where is",
    # around it
    "please": "please|pls|plz|pleas|kindly",
    "hello": "hi|hello|hey|yo|moin|hiya|good morning|good afternoon|good evening|hi there|"
    "hello there|hey there|greetings|morning",
    "bye": "bye|goodbye|good night|see you|cya|bye bye|see you later|see you tomorrow|later",
    "thanks": "thanks|thank you|thx|ty|cheers|thanks a lot|thank you so much|many thanks|tnx|"
    "thank you very much|much appreciated",
    "yes": "yes|yep|yeah|yup|y|yes please|confirm|go ahead|do it",
    "small talk": "how are you|how are you doing|how's it going|well done|lol|haha|nice|great|"
    "ok|okay|cool|ok cool|awesome|perfect|good|good job|good bot|alright|fine|wow|sure",
    "never mind": "never mind|nevermind|nvm|forget it|forget about it|no|no thanks|nope|"
    "no don't|no dont|don't|stop|leave it|cancel|not now|nothing",
    "help": "help|help me|commands|what can you do|what do you do|how does this work|"
    "how do i use this|how do you work|usage|\\?|what can i say|how do i (?:add|delete|move|"
    "rename|finish|complete|list) .+",
}
URGENT = {
    "urgent": "urgent|urgently|very urgent|top priority|p1|!urgent|!!!|urgent priority|"
    "priority urgent|priority 1|super urgent",
    "high": "high priority|important|p2|!high|high prio|high|priority high|very important|"
    "!important|priority 2|prio high",
    "normal": "normal priority|p3|normal|priority normal|medium priority|priority 3|medium",
    "low": "low priority|p4|!low|low prio|low|priority low|unimportant|priority 4|not urgent|"
    "not important",
}
# Ways of speaking that look like commands, or like something to do.
IDIOMS = re.compile(
    r"(?:(?:it'?s |that'?s |this is )?(?:a )?done deal|done and dusted|"
    r"(?:the )?finished product\b.*|"
    r"get well(?: soon)?|get a (?:life|room|grip)|clear skies\b.*|clear as \w+|cancel culture\b.*|"
    r"close call\b.*|check ?mate|check it out|drop me a line\b.*|drop dead\b.*|cross my heart\b.*|"
    r"set in stone|move on|moving on|undo my \w+|take care|take it easy|make (?:my day|sense)|"
    r"give me a (?:break|minute|second|moment|sec)|call it a day|call me (?:crazy|maybe)|"
    r"break a leg|kick the bucket|"
    r"(?:add )?insult to injury|"
    r"keep (?:it up|calm)\b.*|tell me about it|write that down\?|go figure)", re.I,
)  # fmt: skip
# Words that are a priority only with "priority" beside them, or after "make … ".
BARE = frozenset({"high", "low", "normal", "medium", "very important", "not urgent",
                  "not important", "unimportant", "very urgent"})  # fmt: skip
# Said in the imperative these begin a task: "buy milk", "call mum".
TASK_VERBS = frozenset("""
answer apply arrange ask assemble attend back bake bath book borrow bring brush build burn buy
call charge clean clear collect contact cook copy cut decorate defrost deliver descale deposit dig
draft drive dry email empty enter exchange feed fetch file fill fix fold forward freeze fry get
give grab hang harvest hoover install invite invoice iron join kick knit learn lock mail make
measure meet mend message mop mow order organise organize pack paint pay phone pick plan plant
polish post practise practice prepare print prune read register renew rent repair replace reply
report request research reserve respond return review ring run save schedule scan sell send
service sew ship shop sign sort speak start stretch study submit sweep switch take talk teach tell
test text thank tidy top transfer translate trim try turn upload vacuum visit wash watch water
weed weigh wipe wrap write
""".split())  # fmt: skip
# What somebody tells, asks or imagines, and does not command.
QUESTIONS = frozenset("""
what what's whats when when's where where's who who's why how which whose is are am was were do does
did has have had should shall can could will would may might am isn't aren't
""".split())  # fmt: skip
CONDITIONS = frozenset("if when unless once maybe perhaps whether assuming suppose".split())
DENIALS = (
    "don't",
    "dont",
    "do not",
    "never",
    "haven't",
    "havent",
    "have not",
    "hasn't",
    "hasnt",
    "not yet",
    "isn't",
    "isnt",
    "didn't",
    "didnt",
    "won't",
    "wont",
    "not done",
    "no need",
    "wasn't",
    "weren't",
    "couldn't",
    "wouldn't",
    "aren't",
    "not quite",
    "can't",
    "cannot",
    "shouldn't",
    "doesn't",
    "not finished",
)
# Slips of the keys in words of command; titles are another matter (core/tools/task_tools.py).
SLIPS = {
    "teh": "the", "hte": "the", "thw": "the",
    "ad": "add", "adn": "and", "addd": "add", "aadd": "add", "dd": "add", "dad:": "add:",
    "shwo": "show", "sohw": "show", "lsit": "list", "lits": "list", "liste": "list",
    "pleas": "please", "plese": "please", "plase": "please", "pleae": "please", "plaese": "please",
    "delte": "delete", "deelte": "delete", "dleete": "delete", "deleet": "delete",
    "remvoe": "remove", "reomve": "remove", "rmeove": "remove", "remov": "remove",
    "mvoe": "move", "moev": "move", "moove": "move", "reanme": "rename", "renmae": "rename",
    "makr": "mark", "mrak": "mark", "doen": "done", "dnoe": "done", "donne": "done", "don": "done",
    "remidn": "remind", "rmind": "remind", "reming": "remind", "rmeind": "remind",
    "remnid": "remind", "remid": "remind",
    "compelte": "complete", "complet": "complete", "comlete": "complete", "finsihed": "finished",
    "finishd": "finished", "reoepn": "reopen", "udno": "undo", "undoo": "undo", "unod": "undo",
    "serach": "search", "fidn": "find", "fnd": "find", "lable": "label", "labl": "label",
    "overude": "overdue", "overdeu": "overdue", "taks": "tasks", "tsk": "task", "taskk": "task",
    "asign": "assign", "assgin": "assign", "asisgn": "assign", "sikp": "skip", "skpi": "skip",
    "hlep": "help", "hepl": "help", "thansk": "thanks", "thnaks": "thanks",
}  # fmt: skip
