"""The rules for reminders and for how people want Todd to be; how they are written: rules.py."""

import re
from dataclasses import replace
from typing import Any

from core.errors import Refused
from core.understanding import hours, when
from core.understanding.english import things
from core.understanding.english.acts import Act, Make, Meaning, Parts, act, say
from core.understanding.english.things import Doubt, Scene

WHEN = "When shall I say it? Say it like “remind me of 1 tomorrow at 9”."
UNSURE_WHEN = "I am not sure when “{words}” is, so I set no reminder. Try “tomorrow at 9”."
UNSURE_QUIET = "I am not sure from when to when “{words}” is. Say it like “10pm to 7am”."
OF_WHAT = "Remind you of what? Say it like “remind me to call mum at 6”."
ONE_PERSON = "One person at a time, please: “remind @ana to send the slides tomorrow”."
UNSURE_WHOM = "Whom? Mention them with @, like “remind @ana to send the slides tomorrow”."
LENGTH_BEHIND = re.compile(
    r"(.+) ((?:\d+|an?|half an|the|one|two|three|five|ten|fifteen|twenty|thirty) ?\w+)", re.I
)
MEAL = re.compile(r"(?:of |about )?lunch (?P<day>.+)|(?P<before>.+) (?:about|of) lunch", re.I)
TILL = re.compile(r"^(?:until|till|til|for|to)\s+(?:the next\s+)?", re.I)


def of_task(parts: Parts, scene: Scene) -> Meaning | None:
    """ "remind me of 1 tomorrow at 9": of a task that is named by its number, or was just shown."""
    named = _pointed(parts["these"], scene)
    if named is None:
        return None
    said = _time(parts["when"], scene)
    return Act("remind", {"what": named, "when": said})


def of_task_then(parts: Parts, scene: Scene) -> Meaning | None:
    """The same where nothing parts the task from the time: "remind me about task 2 half past 4"."""
    words = parts["words"].split()
    for at in range(len(words) - 1, 0, -1):
        named = _pointed(" ".join(words[:at]), scene)
        if named is not None:
            said = _time(" ".join(words[at:]).removeprefix("again "), scene)
            return Act("remind", {"what": named, "when": said})
    return None


def of_number_then(parts: Parts, scene: Scene) -> Meaning | None:
    """ "ping me on #3 tomorrow": with its # it is no date."""
    return of_task_then({"words": f"#{parts['words']}"}, scene)


def snooze(parts: Parts, scene: Scene) -> Meaning | None:
    """ "snooze 1", without a word of until when."""
    named = _pointed(parts["these"], scene)
    return Act("remind", {"what": named, "when": "in 1 hour", "instead": True}) if named else None


def before_task(parts: Parts, scene: Scene) -> Meaning | None:
    """ "remind me 30 minutes before 1", "remind me of the dentist an hour before"."""
    lead = _lead(parts["lead"])
    day = re.match(r"(.+?) (?:to|that|about) ", parts["these"])
    if lead is None or (day and scene.date(f"{parts['lead']} before {day[1]}")):
        return None  # "a week before christmas to post cards" says when, and not of what
    named = things.references(parts["these"], scene)
    return Act("remind", {"what": named[0], "before": lead}) if len(named) == 1 else None


def task_before(parts: Parts, scene: Scene) -> Meaning | None:
    """ "remind me of the dentist an hour before": where the title ends, the length begins."""
    found = LENGTH_BEHIND.fullmatch(parts["these"])
    return before_task({"these": found[1], "lead": found[2]}, scene) if found else None


def before_shown(parts: Parts, scene: Scene) -> Meaning | None:
    """ "remind me 10 minutes before it's due": the one that was just shown, or else all of them."""
    if len(scene.shown) == 1:
        return before_task({**parts, "these": "it"}, scene)
    return before_it(parts, scene)


def it_then(parts: Parts, scene: Scene) -> Meaning | None:
    """ "remind me tonight": of the one task that was just shown; "remind me lunch tomorrow": of
    lunch."""
    meal = MEAL.fullmatch(parts["when"].strip())
    if meal and scene.date(meal["day"] or meal["before"]):
        new = {"title": "lunch", "due": meal["day"] or meal["before"]}
        return Act("add_tasks", {"tasks": [new]}, reminds=True)
    dated = scene.date(parts["when"]) or scene.recurs(parts["when"])
    if not dated:
        return None
    if len(scene.shown) != 1:
        raise Doubt(OF_WHAT)
    return of_task({**parts, "these": "it"}, scene)


def snooze_titled(parts: Parts, scene: Scene) -> Meaning | None:
    """ "snooze the fridge until saturday": by its title."""
    named = things.references(parts["these"], scene)
    if len(named) != 1:
        return None
    said = _time(parts["when"], scene)
    return Act("remind", {"what": named[0], "when": said, "instead": True})


def snooze_then(parts: Parts, scene: Scene) -> Meaning | None:
    """ "snooze 1 2 hours"."""
    made = of_task_then(parts, scene)
    return (
        replace(made, arguments={**made.arguments, "instead": True})
        if isinstance(made, Act)
        else None
    )


def snoozed_for(parts: Parts, scene: Scene) -> Meaning | None:
    """ "snooze 5 minutes": what was just shown."""
    if not when.minutes(parts["length"]):
        return None
    return snooze_then({"words": f"it in {parts['length']}"}, scene)


def it_snoozed(parts: Parts, scene: Scene) -> Meaning | None:
    return snooze({**parts, "these": "it"}, scene)


def before_it(parts: Parts, scene: Scene) -> Meaning | None:
    """ "remind me 10 minutes before": the task that was just named, or else all of them."""
    lead = _lead(parts["lead"])
    if lead is None:
        return None
    return Act("change_settings", {"reminders_before": lead})


def somebody(parts: Parts, scene: Scene) -> Meaning | None:
    """ "remind @ana to send the slides tomorrow at 9"."""
    who = parts["who"].strip(" ,")
    if len(re.findall(r"@\w", who)) > 1:
        raise Doubt(ONE_PERSON)
    if who.split()[0].lower() in NOBODY or len(who.split()) > 1:
        return None
    if not things.MENTION.fullmatch(who):
        raise Doubt(UNSURE_WHOM)
    return _words({**parts, "who": who}, scene, who=who)


def here(parts: Parts, scene: Scene) -> Meaning | None:
    """ "remind me here at 5 to deploy"."""
    return _words(parts, scene, here=True)


def everybody(parts: Parts, scene: Scene) -> Meaning | None:
    """ "remind us every friday at 9 to post the status"."""
    return _words(parts, scene, who="all", here=True)


def _words(parts: Parts, scene: Scene, **more: Any) -> Meaning | None:
    """Words to be said at a time, which stands before or in them."""
    said = parts.get("when", "")
    if said and not scene.date(said) and not scene.recurs(said):
        return None
    made = things.items(" ".join(filter(None, [parts["new"], said])), scene, pointed=True)
    if len(made) != 1 and not scene.recurs(said):
        raise Doubt("One reminder at a time, please.")
    item = made[0]
    at = item.repeat or item.due
    if not at:
        raise Doubt("When? Say it like “… tomorrow at 9” or “… every friday at 9”.")
    named = _pointed(item.title, scene)
    return Act("remind", {"what": named or item.title, "when": at, **more})


def stop(parts: Parts, scene: Scene) -> Meaning | None:
    """ "stop reminding me of 1"."""
    named = things.references(parts["these"], scene)
    return Act("remind", {"what": named[0], "when": "never"}) if len(named) == 1 else None


def stop_number(parts: Parts, scene: Scene) -> Meaning | None:
    """ "no more reminders for 1", but not "for the next two hours"."""
    return stop(parts, scene) if _pointed(parts["these"], scene) else None


def quiet(parts: Parts, scene: Scene) -> Meaning | None:
    if not re.search(r"\d|noon|midnight", parts["hours"]):
        return None
    try:
        hours.quiet_hours(parts["hours"])
    except Refused:
        raise Doubt(UNSURE_QUIET.format(words=parts["hours"])) from None
    return Act("change_settings", {"quiet_hours": parts["hours"]})


def mute(parts: Parts, scene: Scene) -> Meaning | None:
    """Until a moment, or for a length of time."""
    said = parts.get("until", "tomorrow").strip(" .!")
    led = TILL.match(said)
    until = TILL.sub("", said)
    if re.fullmatch(r"(?:the )?rest of (?:the day|today)|today|the day", until, re.I):
        until = "tomorrow"
    if led and led[0].lower().startswith("for") and when.minutes(until):
        until = f"in {until}"
    if not scene.date(until):
        return None
    return Act("change_settings", {"mute_until": until})


def often(setting: str) -> Make:
    """A digest, a look back or a list at a time of its own."""

    def make(parts: Parts, scene: Scene) -> Meaning | None:
        said = parts.get("often", "on").strip(" .!")
        said = re.sub(r"^(?:at|on)\s+(?=\d|noon)", "", said, flags=re.I)
        said = re.sub(r"\bevery (?:morning|evening)\b", "every day", said, flags=re.I)
        said = re.sub(
            r"^(?:on )?(?=(?:mon|tues|wednes|thurs|fri|satur|sun)day)", "every ", said, flags=re.I
        )
        said = re.sub(r"^(\d\S*) (?:on|every) (\w+?)s?$", r"every \2 at \1", said, flags=re.I)
        ways = (said, f"every day {said}", f"every day at {said}")
        if said.lower() not in ("on", "off") and not any(map(scene.recurs, ways)):
            raise Doubt(things.UNSURE_HOW_OFTEN.format(words=parts["often"]))
        return Act("change_settings", {setting: said})

    return make


def allow(setting: str) -> Make:
    def make(parts: Parts, scene: Scene) -> Meaning | None:
        who = parts["who"].strip(" .,!")
        named = things.MENTION.fullmatch(who)
        return Act("change_settings", {setting: who}) if named else None

    return make


def _time(words: str, scene: Scene) -> str:
    said = TILL.sub("", words.strip(" .!"))
    if scene.date(said) or scene.recurs(said):
        return said
    if when.minutes(said):
        return f"in {said}"
    raise Doubt(UNSURE_WHEN.format(words=words))


def _lead(words: str) -> str | None:
    """A length of time, as it is counted back from a task's time."""
    said = re.sub(r"\b(?:always|at least)\b", "", words).strip()
    said = {"an": "an hour", "half an": "half an hour", "the day": "a day", "a day": "a day",
            "the night": "12 hours"}.get(said.lower(), said)  # fmt: skip
    return said if when.minutes(said) else None


def _pointed(words: str, scene: Scene) -> str | None:
    """The task that a number or "it" means; None for any other words."""
    plain = words.strip(" .,!").lower()
    if not things.is_numbers(words) and plain not in things.IT | things.LAST:
        return None
    named = things.references(words, scene)
    return named[0] if len(named) == 1 else None


HERE = "(here|in this channel|in this thread|in here)"
EVERYBODY = "(all of us|us all|us|everybody|everyone|all|the channel|the team|this channel|the group|the thread)"
NOBODY = frozenset("me myself us all everybody everyone".split())
TASKS_HERE = "[our|the|all] [of] [our] [open] (tasks|todos|to-dos|tasks of this channel|channel tasks|task list)"
# fmt: off
# What only looks.
HARMLESS: tuple[tuple[str, Make], ...] = (
    ("[{show}] [me] [all] [of] [my|the] reminders [please|to come]", act("list_reminders")),
    ("(what|which) reminders (do i have|have i|are there|are set) [set|coming up|to come]", act("list_reminders")),
    ("(do i have|are there|have i got) any reminders [set|coming up|to come] [for <due>]", act("list_reminders")),
    ("(what|which) reminders are [still] (to come|coming|coming up|set|left|pending)", act("list_reminders")),
    ("(can i|could i|may i) (get|have) a reminder <lead> before <these> [is due|are due]", before_task),
    ("[{show}] [me] [all] [of] [my|the|your] (settings|preferences|setup|configuration)", act("show_settings")),
    ("(what are|how are) (my|the) (settings|preferences) [set]", act("show_settings")),
    ("when are my quiet hours", act("show_settings")),
    ("[{show}] [my|the] quiet hours", act("show_settings")),
    ("when is my (digest|look back|weekly review)", act("show_settings")),
    ("(our|the) reminders", act("list_reminders")),
    ("(can i|could i|may i) (get|have) [a|the|my] [daily] digest <often> [instead]", often("digest")),
    ("(can i|could i|may i) (get|have) [a|the|my] [weekly] (look back|review) <often> [instead]", often("look_back")),
)
COMMANDS: tuple[tuple[str, Make], ...] = (
    # how long before
    ("(turn|switch) off [my|the|all] reminders [before|for|of] [my|the|all] [tasks]", act("change_settings", reminders_before="off")),
    ("(turn|switch) on [my|the|all] reminders [for|of] [my|the|all] [tasks]", act("change_settings", reminders_before="0")),
    ("(turn|switch|set) [my|the] reminders off", act("change_settings", reminders_before="off")),
    ("(no|no more|disable) [my|the|all] reminders", act("change_settings", reminders_before="off")),
    ("(turn|switch|set) [my|the] reminders on", act("change_settings", reminders_before="0")),
    ("reminders off", act("change_settings", reminders_before="off")),
    ("{nudge me} at (the|its|their) time [itself]", act("change_settings", reminders_before="0")),
    ("reminders (on|at the time|on time)", act("change_settings", reminders_before="0")),
    ("[set|make] [my|the] [default] (reminders|reminder) [to|at|:|is] <lead> before [a task|tasks|by default|each task]", before_it),
    ("(i want|i'd like|give me|send me) [my|the] reminders <lead> {ahead} [my|the|all|each] [task|tasks] [is due|are due]", before_it),
    ("[always] {nudge me} <lead> {ahead} [all|any|my] (stuff|things|something|anything|everything) [is due|are due|it is due]", before_it),
    ("{nudge me} <lead> {ahead} [a task|tasks|each task|every task|by default|they are due|things are due|everything|everything by default|all tasks|all my tasks]", before_it),
    ("{nudge me} <lead> {ahead} (it is due|it's due|its due|it starts|it is|it's time|its time)", before_shown),
    ("{nudge me} <lead> {ahead} <these>", before_task),
    ("{nudge me} {about} <these> {ahead}", task_before),
    ("set [a] reminder {about} <these> {ahead}", task_before),
    ("(for|about|on) <these> [,] {nudge me} <lead> {ahead}", before_task),
    ("<these> : {nudge me} <lead> {ahead}", before_task),
    # for one task, again
    ("{nudge me} {about} <words>", of_task_then),
    ("{nudge me} (on|for|re) #<words>", of_number_then),
    ("{nudge me} [again] <when> {about} <these>", of_task),
    ("{nudge me} again <when>", it_then),
    ("{nudge me} <when> [again]", it_then),
    ("bring <these> [back] up [again] <when>", of_task),
    ("bring up <words>", of_task_then),
    ("<these> : {nudge me} <when>", of_task),
    ("(for|about|on) <these> [,] {nudge me} <when>", of_task),
    ("snooze [me]", it_snoozed),
    ("snooze <these>", snooze),
    ("snooze [for] <length>", snoozed_for),
    ("snooze <words>", snooze_then),
    ("snooze <these> (until|till|til|for|to|by) <when>", snooze_titled),
    ("(remind me again of|tell me again of|nag me about) <words>", of_task_then),
    ("(cancel|remove|delete|drop|kill|clear|stop|end) [all|all of] [my|the] reminders", act("remind", what="everything", when="never")),
    ("(cancel|remove|delete|drop|kill|stop) [the|my] reminder <these>", stop_number),
    ("stop reminding (me|us) [of|about] [anything|everything|at all]", act("remind", what="everything", when="never")),
    ("{nudge me} [to|of|about]", say(OF_WHAT)),
    ("(stop|quit|no more) (reminding|nagging|pinging|nudging|bugging) (me|us) [about|of|to|on|for] <these>", stop),
    ("(do not|don't|dont) {nudge} (me|us) [about|of|to|on] <these> [any more|anymore|again]", stop),
    ("(no|no more) reminders (for|of|about|on) <these>", stop_number),
    ("(cancel|remove|delete|drop|kill) [the|my] reminders [of|about|for|to|on] <these>", stop),
    ("(cancel|remove|delete|drop|kill) [the|my] reminder (of|about|for|to|on) <these>", stop),
    # for others, and here
    (f"{{nudge me}} {HERE} [<when>] (to|that|{{about}}) <new>", here),
    (f"{{nudge me}} <when> {HERE} (to|that|{{about}}) <new>", here),
    (f"(post|put|send|set) [a|me a] reminder {HERE} [<when>] (to|that|{{about}}) <new>", here),
    (f"{{nudge}} {EVERYBODY} [{HERE}] [<when>] (to|that|{{about}}) <new>", everybody),
    (f"<when> {{nudge}} {EVERYBODY} [{HERE}] (to|that|{{about}}) <new>", everybody),
    ("{nudge} <who> <when> (to|that|{about}) <new>", somebody),
    ("{nudge} <who> (to|that|{about}) <new>", somebody),
    # the channel's own
    (f"<often> [please] (post|show|list|share) {TASKS_HERE} {HERE}", often("post_tasks_here")),
    (f"(post|show|list|share) {TASKS_HERE} {HERE} <often>", often("post_tasks_here")),
    (f"(post|show|list|share) {TASKS_HERE} <often> {HERE}", often("post_tasks_here")),
    (f"always (answer|reply|respond|talk|speak) [{HERE}] [even <rest>]", act("change_settings", speak="always")),
    ("always (answer|reply|speak) [here]", act("change_settings", speak="always")),
    ("stop posting [here]", act("change_settings", post_tasks_here="off")),
    (f"(stop|do not|don't|dont|no longer) (posting|post|sharing|share|listing|list) {TASKS_HERE} [{HERE}] [any more|anymore]", act("change_settings", post_tasks_here="off")),
    # digest and look back
    ("(no|no more|stop|end|cancel) [sending me] [the|my|a] [daily|morning] digest", act("change_settings", digest="off")),
    ("[turn|switch] [my|the] [daily] digest off", act("change_settings", digest="off")),
    ("(turn|switch) off [my|the] [daily] digest", act("change_settings", digest="off")),
    ("[turn|switch] [my|the] [daily] digest on", act("change_settings", digest="on")),
    ("[send|give|show|post] [me] [a|the|my] [daily] (digest|overview|summary) [of my day|of my tasks] <often> [instead]", often("digest")),
    ("(i want|i'd like|i would like|move|change|set) [a|the|my] [daily] (digest|overview|summary) [to] <often>", often("digest")),
    ("<often> (send|give|show) me [a|the|my] [daily] (digest|overview|summary) [of my day|of my tasks]", often("digest")),
    ("[send|give] [me] [a] daily (digest|overview|summary)", act("change_settings", digest="on")),
    ("(no|stop|end|cancel) [the|my] [weekly] (look back|review)", act("change_settings", look_back="off")),
    ("[turn|switch] [my|the] [weekly] (look back|review) off", act("change_settings", look_back="off")),
    ("(turn|switch) off [my|the] [weekly] (look back|review)", act("change_settings", look_back="off")),
    ("[turn|switch] [my|the|a] weekly (look back|review) [on]", act("change_settings", look_back="on")),
    ("[send|give] [me] [a|the|my] (weekly look back|look back|weekly review) [at my week|on my week] <often>", often("look_back")),
    # silence
    ("(turn|switch) off [my|the] quiet hours", act("change_settings", quiet_hours="off")),
    ("(no|no more|stop|end|cancel|remove) [my|the] quiet hours", act("change_settings", quiet_hours="off")),
    ("[turn|switch|set] [my|the] quiet hours off", act("change_settings", quiet_hours="off")),
    ("(change|set|make|move) [my|the] quiet hours [are|to|:|from|between] <hours>", quiet),
    ("[set] [my|the] quiet [hours] [are|to|:|from|between] <hours>", quiet),
    ("(do not|don't|dont) (disturb|message|ping|bother|remind|nudge|dm|bug|contact) [me] [from|between] <hours>", quiet),
    ("no (messages|pings|reminders|notifications) (from|between) <hours>", quiet),
    ("(mute|silence|pause) [me|yourself|reminders|everything|notifications|all reminders] [<until>]", mute),
    ("be (quiet|silent) [<until>]", mute),
    ("(do not|don't|dont) disturb [me]", mute),
    ("(shut up|hush) [<until>]", mute),
    ("no (reminders|pings|messages|notifications) <until>", mute),
    ("(do not|don't|dont) (disturb|remind|ping|bother|message|bug|nudge) me <until>", mute),
    ("(talk|speak) [to me] again", act("change_settings", mute_until="off")),
    ("(unmute|unpause) [me|yourself|reminders|everything|notifications]", act("change_settings", mute_until="off")),
    # when Todd speaks
    ("(only|just) (answer|speak|reply|respond|talk) [here] when [you are|you're] (mentioned|addressed|asked|called) [here]", act("change_settings", speak="mentioned")),
    ("(answer|speak|reply|respond|talk) [here] only when [you are|you're] (mentioned|addressed|asked|called) [here]", act("change_settings", speak="mentioned")),
    ("(answer|reply to|respond to) (everything|every message|all messages) [here|that is said|said here]", act("change_settings", speak="always")),
    ("(answer|speak|reply|respond) as usual [here]", act("change_settings", speak="auto")),
    # from whom
    ("(allow|accept) reminders from <who>", allow("hear_from")),
    ("(let|allow) <who> [to] (remind me|have me reminded|nudge me|ping me)", allow("hear_from")),
    ("(let|allow) <who> [to] set [up] reminders [for me]", allow("hear_from")),
    ("<who> (may|can) (remind me|have me reminded|set reminders for me)", allow("hear_from")),
    ("(no|block|refuse|stop|mute) [more] reminders from <who>", allow("not_from")),
    ("(do not|don't|dont) (let|allow) <who> [to] (remind me|have me reminded|set reminders for me) [any more|anymore|again]", allow("not_from")),
    ("<who> (may not|cannot|can't|must not) (remind me|have me reminded|set reminders for me)", allow("not_from")),
    ("(block|stop) <who> from (reminding|pinging|nudging) me", allow("not_from")),
)
# fmt: on
