"""The rules of the grammar: what a whole line has to look like, and what it then commands.

In a rule {x} is a row of the table of words (words.py), [x] may be left out, (x|y) is one or the
other, and <x> is a part with a meaning of its own. The first rule that fits and makes sense wins;
a line that none fits changes nothing.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from core.understanding import cities, spans, when
from core.understanding.english import reminders, things
from core.understanding.english.acts import Act, Make, Meaning, Parts, act, say
from core.understanding.english.things import Doubt, Scene
from core.understanding.english.words import TASK_VERBS, URGENT, WORDS
from core.understanding.when.words import amount

HELP = """I keep your tasks. You can say:
- add buy milk tomorrow 5pm · add milk, eggs and bread · remind me to call mum on friday
- what is on my list · what is overdue · find milk · urgent ones · show #home
- done 1 · done milk · both are done · reopen 1 · undo · undo the last 3
- rename 1 to buy oat milk · move 1 to friday · clear the date of 1 · note on 1: ask Bob
- make 1 urgent · label 1 as home · delete 1 · what happened to 1
- add water plants every friday · skip 1 · stop repeating 1
- assign 1 to @ana · unassign 1 · what is assigned to me · decline 1
- add buy candles to 1 as a subtask · show 1 · move everything overdue to monday
- delete everything (I ask before that) · redo
- remind me 15 minutes before · remind me 30 minutes before 1 · remind me of 1 tomorrow at 9
- snooze 1 until 5pm · my reminders · stop reminding me of 1
- remind @ana to send the slides tomorrow · remind us every friday at 9 to post the status
- settings · digest every weekday at 8 · weekly look back · quiet hours 22:00 to 7:00
- mute until tomorrow · every monday at 9 post our open tasks here · only answer when mentioned
Where others read along, begin with @todd.
- I am in Lisbon"""
LANGUAGE = (
    "Without a language model I understand English alone, and answer in it; with one I answer in the "
    "language that you speak to me. There is nothing to set."
)
WELCOME = "You are welcome."
HELLO = "Hello! Tell me what to keep, like “add buy milk tomorrow 5pm”, or say “help”."
UNSURE_HOW_OFTEN = things.UNSURE_HOW_OFTEN
UNSURE_WHICH_DONE = "Which task is done? Say its number or title."
UNSURE_TO_WHOM = "To whom? Mention them, like “assign 1 to @ana”."
UNDOABLE = 20  # messages whose changes are undone at once
DONE_WHEN = frozenset({"today", "yesterday", "this week", "last week", "this month", "last month",
                       "this weekend"})  # fmt: skip
DONE_GONE = "What is done stands on no list any more; “done this week” shows it again."
BYE = "Until later; your tasks are kept."
FINE = "Good. Say “help” for what I understand."
NOTHING_ASKED = "There is nothing waiting for a yes. Tell me what to do, or say “help”."
NEVER_MIND = "All right, I leave everything as it is."


def add(parts: Parts, scene: Scene) -> Meaning | None:
    when_said = parts.get("when", "")
    if things.WITHIN_A_DAY.search(when_said) and not scene.recurs(when_said):
        raise Doubt(things.ONCE_A_DAY)
    if when_said and not scene.date(when_said) and not scene.recurs(when_said):
        return None
    past = things.PAST.search(parts["new"])
    if past and '"' not in parts["new"]:
        raise Doubt(things.UNSURE_WHEN.format(words=past[0].strip()))
    made = things.items(" ".join(filter(None, [parts["new"], when_said])), scene)
    priority = priority_of(parts.get("how", ""))
    for item in made:
        item.priority = item.priority or priority
    return Act("add_tasks", {"tasks": [item.arguments() for item in made]})


def add_and_remind(parts: Parts, scene: Scene) -> Meaning | None:
    """A task of which the person asks to be reminded; what comes again has to have a time for it."""
    made = add(parts, scene)
    if not isinstance(made, Act):
        return made
    for task in made.arguments["tasks"]:
        _assert_a_time(task)
    for task in made.arguments["tasks"]:
        again = task.get("repeat") or (task["due"] if scene.recurs(task["due"]) else "")
        timed = f"{again} at 9:00"
        if again and not scene.recurs_at_a_time(again) and scene.recurs(timed):
            task["repeat" if task.get("repeat") else "due"] = timed
    return replace(made, reminds=True)


def _assert_a_time(task: dict[str, Any]) -> None:
    """What somebody is to be reminded of in a length of time is due then; raises Doubt where a time
    is said that is none."""
    if task["due"] or task.get("repeat"):
        return
    words = task["title"].split()
    for size in (3, 2, 1):
        length = " ".join(words[-size:])
        if len(words) > size and re.match(r"\d|an? |half ", length) and when.minutes(length):
            task["title"], task["due"] = " ".join(words[:-size]), f"in {length}"
            return
    vague = NO_TIME.search(task["title"])
    if vague:
        raise Doubt(reminders.UNSURE_WHEN.format(words=vague[0].strip()))


NO_TIME = re.compile(
    r"\b(?:in (?:a few|some|several|a bit|a while|a moment|a sec\w*|\d+ \w+)\b.*|"
    r"(?:at|before|after|by) (?:sun(?:rise|set|down|up)|dawn|dusk|lunch|dinner|breakfast|supper)|"
    r"(?:a bit |a little |much )?later(?: today| on)?|soon|at some point|sometime(?: soon)?|"
    r"(?:on|at|by|before) (?:labou?r|mother'?s|father'?s|independence|memorial|veterans'?|"
    r"columbus|presidents'?|canada|australia|republic|bastille) day|"
    r"next time\b.*|when i\b.*)$",
    re.I,
)


def imperative(parts: Parts, scene: Scene) -> Meaning | None:
    """ "buy milk": a task when it begins with what people write on lists."""
    first, _, rest = parts["new"].partition(" ")
    if first.lower() not in TASK_VERBS or not rest.strip():
        return None
    if things.TOLD.search(rest) or things.NO_OBJECT.match(rest):
        return None  # "email was down": a story; "give it …": about a task, not one
    about_todd = re.search(ABOUT_TODD, rest)
    return None if about_todd else add(parts, scene)


def by(tool: str) -> Make:
    def make(parts: Parts, scene: Scene) -> Meaning | None:
        return Act(tool, {}, tuple(things.references(parts["these"], scene)))

    return make


def numbered(make: Make) -> Make:
    """Only for tasks that are named by numbers: of a verb that begins tasks too ("check the oven"),
    or of a sentence that may be a story."""

    def only(parts: Parts, scene: Scene) -> Meaning | None:
        return make(parts, scene) if things.is_numbers(parts["these"]) else None

    return only


def edit(**fields: str) -> Make:
    """Changes each task that is named; fields are names of parts, or how to read one."""

    def make(parts: Parts, scene: Scene) -> Meaning | None:
        values: dict[str, Any] = {}
        for name, part in fields.items():
            value = READ[name](parts[part], scene) if part in parts else part
            if value is None:
                return None
            values[name] = value
        named = things.references(parts["these"], scene)
        if "title" in values and len(named) > 1:
            raise Doubt("One new name for several tasks? Rename them one by one.")
        return Act("update_tasks", values, tuple(named))

    return make


def move(parts: Parts, scene: Scene) -> Meaning | None:
    due = parts["when"]
    if scene.recurs(due):
        return edit(repeat="when")(parts, scene)
    if not scene.date(due):
        raise Doubt(f"I am not sure when “{due}” is, so I moved nothing. Try “friday 5pm”.")
    return edit(due="when")(parts, scene)


def move_it(parts: Parts, scene: Scene) -> Meaning | None:
    """ "make it monday 9am": of a task that is pointed at or numbered, and only to a date."""
    these = parts["these"].lower()
    plain = things.is_numbers(these) or these in things.IT | things.LAST
    return edit(due="when")(parts, scene) if plain and scene.date(parts["when"]) else None


def put_back(parts: Parts, scene: Scene) -> Meaning | None:
    """ "push it back a day"."""
    these = parts["these"].lower()
    plain = things.is_numbers(these) or these in things.IT | things.LAST
    return put_off(parts, scene) if plain and when.minutes(parts["length"]) else None


def undated(parts: Parts, scene: Scene) -> Meaning | None:
    """ "take the date off": of the task that was just shown."""
    return edit(due="none")({"these": "it"}, scene)


def due_on(parts: Parts, scene: Scene) -> Meaning | None:
    """ "mark 1 as due friday", but not "mark everything due today as done"."""
    dated = scene.date(parts["when"]) or scene.recurs(parts["when"])
    return move(parts, scene) if dated else None


def put_off(parts: Parts, scene: Scene) -> Meaning | None:
    """By a length of time, counted from when it is due: the tool knows when that is."""
    return edit(due="length")({**parts, "length": f"{parts['length']} later"}, scene)


def repeat(parts: Parts, scene: Scene) -> Meaning | None:
    """How a task is to come again; what is not clear is asked about."""
    often = parts.get("often", "")
    if not scene.recurs(often):
        often = f"every {often}" if scene.recurs(f"every {often}") else ""
    if not often:
        raise Doubt(UNSURE_HOW_OFTEN.format(words=parts.get("often") or "repeat"))
    return edit(repeat="often")({**parts, "often": often}, scene)


def repeat_if(parts: Parts, scene: Scene) -> Meaning | None:
    """ "make gym weekly", but not "make 1 urgent"."""
    return edit(repeat="often")(parts, scene) if scene.recurs(parts["often"]) else None


def repeat_number(parts: Parts, scene: Scene) -> Meaning | None:
    """ "3 every monday": plain for a number alone."""
    named = things.is_numbers(parts["these"]) and scene.recurs(parts["often"])
    return edit(repeat="often")(parts, scene) if named else None


def assign(parts: Parts, scene: Scene) -> Meaning | None:
    """ "give the report to @bo", but not "give flowers to mum"."""
    who = parts["who"].strip(" .,!")
    if who.lower() in ("me", "myself") and not things.is_numbers(parts["these"]):
        return None  # "give me a shout"
    if not things.MENTION.fullmatch(who) and who.lower() not in ("me", "myself"):
        return None
    return edit(assignee="who")({**parts, "who": who}, scene)


def take_back(parts: Parts, scene: Scene) -> Meaning | None:
    """ "take the report back from @bo", but not "get the car back from the garage"."""
    named = things.MENTION.fullmatch(parts["who"].strip(" .,!"))
    return edit(assignee="none")(parts, scene) if named else None


def give_back(parts: Parts, scene: Scene) -> Meaning | None:
    """ "give 1 back", "give the report back to @bo", but not "give the book back to anna"."""
    named = things.MENTION.fullmatch(parts.get("who", "").strip(" .,!"))
    plain = named or things.is_numbers(parts["these"])
    return by("decline_tasks")(parts, scene) if plain else None


def to_whom(parts: Parts, scene: Scene) -> Meaning | None:
    """Giving tasks away without a word of to whom."""
    raise Doubt(UNSURE_TO_WHOM)


def part(parts: Parts, scene: Scene) -> Meaning | None:
    """A new task that is a part of another."""
    whole = things.references(parts["these"], scene)
    made = add({"new": parts["new"]}, scene)
    if len(whole) != 1 or not isinstance(made, Act):
        return None
    tasks = [{**each, "part_of": whole[0]} for each in made.arguments["tasks"]]
    return Act("add_tasks", {"tasks": tasks})


def look_at(parts: Parts, scene: Scene) -> Meaning | None:
    """One task, with what happened to it."""
    named = things.references(parts["these"].strip(" ?"), scene)
    return Act("show_task", {"task": named[0]}) if len(named) == 1 else None


def it_done(parts: Parts, scene: Scene) -> Meaning | None:
    """ "done", when one task was just shown, as by its reminder."""
    if len(scene.shown) != 1:
        raise Doubt(UNSURE_WHICH_DONE)
    return Act("complete_tasks", {}, (f"#{scene.shown[0]}",))


def look_at_number(parts: Parts, scene: Scene) -> Meaning | None:
    return look_at(parts, scene) if things.is_numbers(parts["these"].strip(" ?")) else None


def of_subject(said: str, scene: Scene) -> Meaning | None:
    """Words that say alone what is to become of the one task that they stand under: "urgent",
    "30 more minutes"."""
    if len(scene.shown) != 1:
        return None
    if scene.is_under and priority_of(said):
        return Act("update_tasks", {"priority": priority_of(said)}, (f"#{scene.shown[0]}",))
    more = MORE.fullmatch(said)
    if more is None or not (more["more"] or more["again"] or scene.is_under):
        return None
    return reminders.snoozed_for({"length": f"{more['count']} {more['unit']}"}, scene)


MORE = re.compile(
    r"(?:(?:give me|in|for|wait) )?(?P<again>another )?(?P<count>\d{1,3}|an?|half an|one|two|five|"
    r"ten|fifteen|twenty|thirty) ?(?P<more>more )?(?P<unit>m|mins?|minutes?|h|hrs?|hours?)(?: more)?",
    re.I,
)


def undo_many(parts: Parts, scene: Scene) -> Meaning | None:
    steps = amount(parts["count"].lower().removeprefix("#"))
    return Act("undo_changes", {"steps": steps}) if steps and steps <= UNDOABLE else None


def given_to(parts: Parts, scene: Scene) -> Meaning | None:
    """Whose tasks they are to do."""
    who = parts["who"].strip(" ?.!")
    if not things.MENTION.fullmatch(who) and who.lower() not in ("me", "given", "others"):
        return None
    return Act("find_tasks", {"assignee": "given" if who.lower() == "me" else who})


def finished(parts: Parts, scene: Scene) -> Meaning | None:
    """What was done when."""
    done = parts["done"].lower().strip(" ?.!").removeprefix("on ")
    known = done.removeprefix("since ") in DONE_WHEN or scene.date(done.removeprefix("since "))
    return Act("find_tasks", {"done": done}) if known else None


def all_of_it(parts: Parts, scene: Scene) -> Meaning | None:
    return Act("delete_tasks", {}, ("everything",))


def all_done(parts: Parts, scene: Scene) -> Meaning | None:
    """ "done all": those that were just shown, or else all there are."""
    those = [f"#{number}" for number in scene.shown] if len(scene.shown) > 1 else ["everything"]
    return Act("complete_tasks", {}, tuple(those))


def change(parts: Parts, scene: Scene) -> Meaning | None:
    """ "change 1 to friday" moves, "change milk to oat milk" renames."""
    dated = scene.date(parts["when"]) or scene.recurs(parts["when"])
    return move(parts, scene) if dated else edit(title="when")(parts, scene)


def show(parts: Parts, scene: Scene) -> Meaning | None:
    asked: dict[str, Any] = {}
    if parts.get("due"):
        due = re.sub(r"^(?:due |on |for )+", "", parts["due"].lower().strip(" ?"))
        if due not in WINDOWS and not spans.is_window(due, scene.date):
            return None
        asked["due"] = due
    if parts.get("how"):
        priority = priority_of(parts["how"])
        if not priority:
            return None
        asked["priority"] = priority
    if parts.get("label"):
        asked["label"] = parts["label"]
    if parts.get("what"):
        asked["text"] = parts["what"].strip(' ?.!"“”')
    return Act("find_tasks", asked)


def asked_about(parts: Parts, scene: Scene) -> Meaning | None:
    """What stands on the list about something, done or not: answered from rows."""
    what = re.sub(r"^(?:the|my|a|an|our) ", "", parts["what"].strip(" ?.!"), flags=re.I)
    if re.fullmatch(
        r"(?:i|you|we|it|that|this|there|todd|anything|something|any)(?: .*)?|", what, re.I
    ):
        return None
    return Act("find_tasks", {"text": what, **({"state": "all"} if "all" in parts else {})})


def asked_of_done(parts: Parts, scene: Scene) -> Meaning | None:
    """ "did I finish the report?": open or done, the rows say."""
    return asked_about({**parts, "all": "all"}, scene)


def turn(by: int) -> Make:
    """Another page of the list that was said last."""

    def make(parts: Parts, scene: Scene) -> Meaning | None:
        if scene.listed is None:
            return Act("find_tasks", {}) if by > 0 else None
        of, shown = scene.listed
        return Act("turn_page", {"of": of, "shown": list(shown), "by": by})

    return make


def zone(parts: Parts, scene: Scene) -> Meaning | None:
    place = (parts.get("zone") or parts["place"]).strip(" .!")
    place = re.sub(r" (?:now|at the moment|this week|today)$", "", place, flags=re.I)
    if "zone" not in parts and cities.zone(place) is None:
        return None  # "i am in trouble"
    return Act("set_time_zone", {"place": place})


def show_label(parts: Parts, scene: Scene) -> Meaning | None:
    named = re.fullmatch(r"[^\W\d][\w-]*", parts["label"])
    return show(parts, scene) if named else None


def by_title(tool: str) -> Make:
    """ "Gas bill done": the words have to be a name, and not the beginning of something else."""

    def make(parts: Parts, scene: Scene) -> Meaning | None:
        first = parts["these"].split()[0].lower()
        pointed = parts["these"].lower() in things.IT | things.LAST | things.ALL
        plain = pointed or (
            first not in things.STORY
            and len(parts["these"].split()) <= 6
            and not things.HEARSAY.search(parts["these"])
        )
        return by(tool)(parts, scene) if plain else None

    return make


def by_exact(tool: str) -> Make:
    """ "I did the laundry", "cancel gym": a story or a new task, unless a task is called just so.
    In quotes the tool takes a name for the whole title."""

    def make(parts: Parts, scene: Scene) -> Meaning | None:
        these = parts["these"]
        if things.PAST.search(these) or len(these.split()) > 6:
            return None
        named = things.references(these, scene)
        exact = [one if one.startswith(("#", "everything ")) else f"“{one}”" for one in named]
        return Act(tool, {}, tuple(exact))

    return make


def by_a_day(verb: str) -> Make:
    """ "finish the slides by friday" is a task to add; without a day it completes one."""

    def make(parts: Parts, scene: Scene) -> Meaning | None:
        if things.is_numbers(parts["new"]) or not scene.date(parts["when"]):
            return None
        return add({"new": f"{verb} {parts['new']}", "when": parts["when"]}, scene)

    return make


def phrase(words: str) -> Make:
    """A task that begins with words which would command something else: "drop off the parcel"."""
    return lambda parts, scene: add({**parts, "new": f"{words} {parts['new']}"}, scene)


def by_name(tool: str) -> Make:
    """ "drop the garage", but not "drop me a line" or "drop by the store"."""

    def make(parts: Parts, scene: Scene) -> Meaning | None:
        these = parts["these"]
        named = re.match(r"(?:the|my)\s", these, re.I) and len(these.split()) <= 4
        return (by(tool) if named else numbered(by(tool)))(parts, scene)

    return make


def rename_number(parts: Parts, scene: Scene) -> Meaning | None:
    """ "call task 2 X instead": where the name ends is plain for a number alone."""
    named = re.match(r"((?:task\s+)?#?\d+)\s+(.+)", f"{parts['these']} {parts['title']}", re.I)
    if named is None or scene.date(named[2]) or named[2].lower() == "now":
        return None
    return edit(title="title")({"these": named[1], "title": named[2]}, scene)


def must(parts: Parts, scene: Scene) -> Meaning | None:
    first = parts["new"].split()[0].lower()
    return None if first in things.THINKING else add(parts, scene)


def urgent(parts: Parts, scene: Scene) -> Meaning | None:
    return add(parts, scene) if priority_of(parts["how"]) else None


# What is said of tasks and of Todd is no task.
ABOUT_TODD = re.compile(
    r"\b(?:my|the|your|our|open|overdue|all) (?:open |overdue )?(?:lists?|tasks?|to-?dos?)\b|\bme\b|"
    r"\b(?:look backs?|digests?|reminders?)\b|^(?:off |on )?everything$",
    re.I,
)
WINDOWS = frozenset({"overdue", "today", "tomorrow", "this week", "next week", "this weekend",
                     "this month", "next month", "the weekend"})  # fmt: skip


def priority_of(words: str) -> str:
    said = words.lower().strip(" .,!") or "-"
    for name, ways in URGENT.items():
        if said in ways.split("|") or words.lower().strip() in ways.split("|"):
            return name
    return ""


READ: dict[str, Callable[[str, Scene], Any]] = {
    "title": lambda words, scene: words.strip().strip('"“”').rstrip(" .") or None,
    "due": lambda words, scene: words.strip(),
    "description": lambda words, scene: words.strip(),
    "note": lambda words, scene: words.strip(),
    "repeat": lambda words, scene: words.strip(),
    "assignee": lambda words, scene: words.strip(),
    "priority": lambda words, scene: priority_of(words) or None,
    "add_labels": lambda words, scene: _labels(words),
    "remove_labels": lambda words, scene: _labels(words),
}


def _labels(words: str) -> list[str] | None:
    found = re.findall(r"#?([^\W\d][\w-]*)", words.replace(" and ", " ").lower())
    return found if found and len(found) == len(words.replace(" and ", " ").split()) else None


# fmt: off
# What changes nothing: talk, and looking. Understood in questions too.
HARMLESS: tuple[tuple[str, Make], ...] = (
    *reminders.HARMLESS,
    ("[and] [{show}] [me] [the] (more|next|next page|next ones|next one|rest|the rest|continue|go on|further|page down|another page)", turn(1)),
    ("[go|{show}] [me] [the] (back|previous|previous page|prev|last page|page back|page up|previous ones)", turn(-1)),
    ("[{show}] [me] [what|which|which ones|everything|all|the ones|anything] [of] [my|the] [{tasks}] [that] [(have|has|is|are|with|without|still have|do not have|don't have|got)] (no|without|a|any|no due|without a|without any) (date|due date|deadline|dates)", act("find_tasks", due="no date")),
    ("[{show}] [me] [the|my|all] (undated|unscheduled|dateless) [{tasks}]", act("find_tasks", due="no date")),
    ("(what is|what's|whats|what) [still] (left|open|missing|outstanding|remaining|to do|there to do|left to do) (for|on|of|with|about|in) <what>", asked_about),
    ("[is there] (anything|something|what else) [still] (left|open|missing|outstanding|remaining|to do) (for|on|of|with|about|in) <what>", asked_about),
    ("(what else is there|what is there|what's there) [left] [to do] (for|about|with) <what>", asked_about),
    ("(who has|who's got|who has got|whose is|whose task is|who is doing|who's doing|who does|who takes care of|who is on|who's on|who owns) <what>", asked_about),
    ("(when|what time|at what time|what day|which day) (do i|am i|should i|must i|did i say i'd|did i say id|did i say i would|is|was) (have to|need to|going to|supposed to) <what>", asked_about),
    ("(when|what time|what day) (did i say i'd|did i say id|did i say i would|did i say that i'd|do i|should i|must i) <what>", asked_about),
    ("(what time|what day|which day) is <what>", asked_about),
    ("(did i|have i|did we|have we) [already|yet] (finish|finished|do|done|did|send|sent|complete|completed|book|booked|buy|bought|pay|paid|call|called|order|ordered|write|written|get|got|make|made) <what> [yet|already]", asked_of_done),
    ("(is|are|was|were|has|have) <what> [been] (done|finished|completed|ready|paid|sent|booked|bought|ordered|called|written|fixed) [yet|already]", asked_of_done),
    ("how many [{tasks}] [of mine] {is} [still] <due>", show),
    ("how many [{tasks}] (have i got|do i have|have i|are|are there) (left|to go|still open|remaining) [to do]", act("find_tasks")),
    ("(what is|what's|whats) (next|up next|coming up|first) [on {the list}]", act("find_tasks")),
    ("what (should|shall|do) i (do|tackle|start with) (next|first)", act("find_tasks")),
    ("(what is|what's|whats|which is|what) my (timezone|time zone|zone)", act("show_settings")),
    ("when (will|do|are) you (remind|reminding|going to remind|tell|telling) me (about|of) <what>", asked_about),
    ("how many [{tasks}] (do i have|have i|have i got) [due|for|on] <due>", show),
    ("am i (free|busy) [on] <due>", show),
    ("{help}", say(HELP)),
    ("(set|change|switch) [my|the|your] language (to|into) <rest>", say(LANGUAGE)),
    ("(speak|talk|answer) [to me|with me] [in] (german|french|spanish|italian|dutch|portuguese|polish|english) [please]", say(LANGUAGE)),
    ("{thanks} [<rest>]", say(WELCOME)),
    ("{hello} [todd]", say(HELLO)),
    ("{bye} [todd]", say(BYE)),
    ("{never mind} [,] [{never mind}]", say(NEVER_MIND)),
    ("{yes}", say(NOTHING_ASKED)),
    ("{small talk} [,] [{small talk}]", say(FINE)),
    # one task, and what happened to it
    ("(what happened|what's happened|what has happened) (to|with) <these> [and when]", look_at),
    ("[{show}] [me] [the] (history|details|info|story) (of|on|about|for|to) <these>", look_at),
    ("(when|who) (did i|did|was|has|have i|i) (add|added|finish|finished|complete|completed|delete|deleted|change|changed|do|done|create|created|move|moved|close|closed|assign|assigned|tick off|reopen|reopened) <these>", look_at),
    ("(when|who) (added|finished|completed|deleted|changed|created|moved|closed|assigned|renamed|did) <these>", look_at),
    ("when was <these> (added|finished|completed|deleted|changed|created|moved|done|closed)", look_at),
    ("[{show}] [me] [the] (task|number) <these> [in detail|in full]", look_at_number),
    ("(show|open|view|see|display) [me] <these> [in detail|in full]", look_at_number),
    ("(what is|what's|whats|what was) [task|number] <these>", look_at_number),
    # whose it is to do
    ("[{show}] [me] [what|whats|what's|everything|all|the] [{is}] [{tasks}] (assigned|given) to <who>", given_to),
    ("(what|which) [{tasks}] (did i|have i) (give|given|assign|assigned) [to] <who>", given_to),
    ("what does <who> have [to do|left|open]", given_to),
    ("what (did i|have i) (assign|assigned|give|given|delegate|delegated) [away]", act("find_tasks", assignee="others")),
    # what is done
    ("what (have i|did i|i) (done|do|finish|finished|complete|completed|get done|tick off) <done>", finished),
    ("[{show}] [me] [what was|everything|all] [the] [{tasks}] (done|completed|finished) <done>", finished),
    ("{show} [me] [all] [of] [my|the] (done|completed|finished) [{tasks}]", act("find_tasks", state="done")),
    ("[all] [of] [my|the] (done|completed|finished) (tasks|items|ones|things|todos|to-dos)", act("find_tasks", state="done")),
    ("what (have i|did i|i) (done|do|finish|finished|complete|completed|get done) [today|this week|so far]", act("find_tasks", state="done")),
    # by priority, by label
    ("[{show}] [me] [all] [my|the] <how> [{tasks}] [only]", show),
    ("[{show}] [me] [all] [my|the] [{tasks}] (labelled|labeled|tagged) [with|as] <label>", show),
    ("[{show}] [me] [all] [my|the] [{tasks}] with [the] (label|tag) <label>", show),
    ("[{show}] [me] [which|what|all] [of] [my|the] {tasks} [that|do|which] [{is}] (repeat|repeating|recurring|recur|come again)", act("find_tasks", repeating=True)),
    ("[{show}] [me] [all] [my|the] (repeating|recurring) {tasks}", act("find_tasks", repeating=True)),
    ("[{show}] [me] [all] [my|the] <label> (label|tag)", show),
    ("[{show}] [me] [all] [my|the] [{tasks}] #<label> [{tasks}]", show_label),
    # by time
    ("[{show}] [me] [all] [my|the] [{tasks}] [that] [{is}] [due|for|on] [my|the list] <due>", show),
    ("[{show}] [me] [all] [my|the] <due> [{tasks}]", show),
    ("(anything|something|is anything|is there anything|do i have anything) [due] <due>", show),
    ("(what|anything|something) (do|should|must|can) i (have|do|need) [to do] [due] [for|on] <due>", show),
    ("(what|what else) do i (have|need) to do [due] <due>", show),
    ("what {is} [on|in] [{the list}|my plate|my agenda] [due|for] <due>", show),
    ("(do i have|have i|have i got|is there|are there) (anything|something|any tasks|tasks) [due|for|on] <due>", show),
    ("what (have i got|do i have) [due] [on|for] <due>", show),
    ("when is <what> [due]", show),
    ("how many [open] {tasks} (do i have|have i|are there|are left|are) [left|open|now|still open] [to do]", act("find_tasks")),
    ("(what|which ones|which tasks|what tasks|what things) {is} [the|my|still|most] <how> [{tasks}]", show),
    ("[what|what's|whats] [{is}] [the] {date} (of|for) <what>", show),
    ("[{show}] (what {is}|what's|whats|everything|all) [still|left] (open|left|to do|undone|outstanding|pending)", act("find_tasks")),
    ("(what am i|am i) (late|behind) (with|on) [anything]", act("find_tasks", due="overdue")),
    ("any [of my|open] {tasks} [with|in|under] #<label>", show_label),
    ("[what {is}|what's|whats] (coming up|up|on|planned|happening) [for|on] <due>", show),
    ("when do i have to <what>", show),
    # by words
    ("(do i have|have i|is there|are there) (anything|something|any tasks|tasks) (about|with|on|for) <what>", show),
    ("(show|list|find|what) [me] [all] [is] [my] [{tasks}] (about|with|containing) <what>", show),
    ("{find} [all] [my] [{tasks}] [about|with] <what>", show),
    ("[all] [my|the] {tasks} (about|containing|mentioning) <what>", show),
    # all of it
    ("[{show}] [me] [all] [of] [my|the] [open|current] {tasks} [please]", show),
    ("[can i|could i|may i|let me] {show} [me] [all] [my|the|{the list}] [open] [{tasks}]", show),
    ("[what {is}|what's|whats] [still|left|else] (on|in) ({the list}|my plate|my agenda|my tasks)", show),
    ("what (do i have|have i got|is there|is left|should i do|do i need|do i have to do|must i do) [to do] [left|next|open|now]", show),
    ("show [me] [the|my] <these> [in detail|in full]", look_at),
)
# What changes something, and commands it.
COMMANDS: tuple[tuple[str, Make], ...] = (
    *reminders.COMMANDS,
    ("(undo|revert|take back) [the|my|all] (last|latest|previous) <count> [changes|change|things|steps|commands|messages|ones|actions|of them]", undo_many),
    ("[oops|wait|ah|oh] [,] {undo}", act("undo_changes")),
    ("(i am|i'm|im|i live|i'm living|i moved|i am now|i'm now|we are|we're) (in|to|at) <place>", zone),
    ("[set] [my] (zone|timezone|time zone) [is|to|:|=] <zone>", zone),
    ("(i am|i'm) on <zone> [time]", zone),
    # a note to oneself is a task, on a task it is its description
    ("(todo|to-do|to do|task|note to self|reminder|remember|memo) : <new>", add),
    ("[add|make|write|put] [a|the] (note|comment) (on|to|for|in|about) <these> : <note>", edit(note="note")),
    ("[add|make|write|put] [a|the] description (on|to|for|in|about) <these> : <note>", edit(description="note")),
    ("(note|annotate|comment) [on] <these> : <note>", edit(note="note")),
    ("describe <these> : <note>", edit(description="note")),
    ("(describe|annotate) <these> as <note>", edit(description="note")),
    # parts
    ("{add} <new> (to|under|in) <these> as [a|another] (subtask|subtasks|sub-task|part|parts|step|steps)", part),
    ("{add} <new> as [a|another] (subtask|subtasks|sub-task|part|step) (of|to|under|for|in) <these>", part),
    ("{add} [a|another|the] (subtask|subtasks|sub-task|part|parts|step|steps) [:|called] <new> (to|under|for|of) <these>", part),
    ("{add} [a|another|the] (subtask|sub-task|part|step) (to|under|for|of) <these> : <new>", part),
    # whose it is to do
    ("(assign|reassign|give|hand|delegate|pass|hand over|pass on) <these> [over|on] to <who> [instead]", assign),
    ("(assign|reassign|delegate|hand over) <these>", to_whom),
    ("(give|hand|pass|assign) <who> <these>", assign),
    ("(unassign|undelegate) <these>", edit(assignee="none")),
    ("(decline|refuse|reject) <these>", by_exact("decline_tasks")),
    ("<these> (is not mine|isn't mine|is not for me|isn't for me)", by_title("decline_tasks")),
    ("(give|hand) <these> back [to <who>]", give_back),
    ("(take|get) <these> back from <who>", take_back),
    # how it comes again
    ("skip [the] [next] <these> [this time|this week|today|once|for now|this once]", edit(repeat="skip")),
    ("(make|let|have|set) <these> [to] (repeat|recur|come again) [itself] [<often>]", repeat),
    ("(make|set) <these> <often>", repeat_if),
    ("<these> (repeats|recurs) <often>", numbered(repeat)),
    ("(repeat|recur) <these> <often>", numbered(repeat)),
    ("(stop|end) (repeating|the repeat of|the repeats of) <these>", edit(repeat="none")),
    ("(stop|end|keep) <these> from (repeating|recurring)", edit(repeat="none")),
    ("(do not|don't|dont) repeat <these> [any more|anymore|again]", edit(repeat="none")),
    ("<these> (no longer repeats|no longer repeat|doesn't repeat any more|doesn't repeat anymore|should not repeat|shouldn't repeat|should stop repeating)", edit(repeat="none")),
    ("<these> <often>", repeat_number),
    # labels
    ("(label|tag) <these> (as|with|:) [the] [label|tag] <label>", edit(add_labels="label")),
    ("(add|put) [the|a] (label|tag) <label> (to|on) <these>", edit(add_labels="label")),
    ("(label|tag) <these> #<label>", edit(add_labels="label")),
    ("(remove|delete|drop|take) [the] (label|tag) <label> (from|of|off) <these>", edit(remove_labels="label")),
    ("(unlabel|untag) <these> (as|from|:) <label>", edit(remove_labels="label")),
    # priority
    ("[set|change|make] [the] priority (of|for) <these> [to|as] <priority>", edit(priority="priority")),
    ("(make|mark|set|put|flag|bump|raise|lower|change|turn|give) <these> [up|down|back] [as|to|at|a] <priority>", edit(priority="priority")),
    ("(prioritise|prioritize) <these>", edit(priority="high")),
    ("(deprioritise|deprioritize) <these>", edit(priority="low")),
    # dates
    ("{clear} [the|its|any|all] {date} (of|from|for|on|off) <these>", edit(due="none")),
    ("(no|without) [due] (date|deadline) (for|on) <these>", edit(due="none")),
    ("<these> is [now] due <when>", move),
    ("(bring|pull) <these> (forward|back|up) to <when>", move),
    ("(change|set|move|update) [the] [due] (date|deadline) (of|for|on) <these> (to|for|:) <when>", move),
    ("{take} [the|its|any|all] {date} (of|from|off) <these>", edit(due="none")),
    ("{move} <these> [back] by <length>", put_off),
    ("{move} <these> (back|forward|out) <length>", put_back),
    ("({take}|{clear}) [the|its] {date} [off|away|again]", undated),
    ("(make|have) <these> [be] [due] [for|on|at] <when>", move_it),
    ("{move} <these> {to} <when>", move),
    ("(mark|set|make) <these> [as] due [on|by|for] <when>", due_on),
    ("{change} <these> (to|into) <when>", change),
    # names
    ("{rename} <these> (to|as|into|:) <title>", edit(title="title")),
    ("call <these> <title> instead", rename_number),
    ("<these> (should be|is now|is) called <title>", numbered(edit(title="title"))),
    # back on the list
    ("{reopen} <these> , (it|they) <rest>", by("reopen_tasks")),
    ("{reopen} <these>", by("reopen_tasks")),
    ("{mark} <these> [as] (not done|undone|open|incomplete|unfinished|not finished)", by("reopen_tasks")),
    ("<these> (is not done after all|isn't done after all|is open again|is not finished after all)", by("reopen_tasks")),
    # done
    ("(done|complete|finish|tick off|check off) all [of] [them|my tasks|tasks|the tasks]", all_done),
    ("(clear|remove|hide|archive|clean up|clean out) [all] [of] [the|my] (done|completed|finished) [ones|tasks|items|stuff|things]", say(DONE_GONE)),
    ("{mark} <these> [as|to] {state}", by("complete_tasks")),
    ("(i am|i'm|im|we are) [all] (done|finished|through) with <these>", by_exact("complete_tasks")),
    ("[all] (done|finished|through) with <these>", by("complete_tasks")),
    ("complete <new> (by|on|before|until) <when>", by_a_day("complete")),
    ("finish <new> (by|on|before|until) <when>", by_a_day("finish")),
    ("(tick|check|cross|mark|strike) <these> off [{the list}]", by("complete_tasks")),
    ("(tick|check|cross|strike) off <these>", by("complete_tasks")),
    ("<these> {is} [now|all|already|finally] {state} [now|already]", by_title("complete_tasks")),
    ("<these> {state}", numbered(by("complete_tasks"))),
    ("<these> done", by_title("complete_tasks")),
    ("{tick} [with] <these>", by("complete_tasks")),
    ("[i|i have|i've] {tick a number} [with] <these>", numbered(by("complete_tasks"))),
    ("[i|i have|i've] (done|finished|completed) <these>", numbered(by("complete_tasks"))),
    ("(done|finished|did that|just did)", it_done),
    ("(i|i have|i've|ive) (just|) (done|did|finished|completed) <these>", by_exact("complete_tasks")),
    # gone
    ("({delete}|clear|empty|wipe|drop) [out] (everything|all|{the list}|[all] [of] [my|the] {tasks})", all_of_it),
    ("{delete} [the task] <these>", by("delete_tasks")),
    ("cancel <these>", by_exact("delete_tasks")),
    ("drop off <new>", phrase("drop off")),
    ("take <these> (off|from|out of) {the list}", by("delete_tasks")),
    ("drop <these>", by_name("delete_tasks")),
    # new ones, last: what is left has to begin plainly
    ("{add} [to] ({the list}|my tasks) [:] <new>", add),
    ("{add} [a|an|the|another] [new] (task|todo|to-do|item|reminder) [:|called|named|to|for] <new>", add),
    ("{add} [:] <new> (to|on|onto|in) {the list} [for] [<when>]", add),
    ("{add} [:] <new>", add),
    ("(put|pop|stick|throw|chuck|get|jot|write|note) <new> (on|onto|in|down on) {the list} [for] [<when>]", add),
    ("{remind} <when> (to|that|about) <new>", add_and_remind),
    ("{nudge me} <when> (to|that|about) <new>", add_and_remind),
    ("{remind} (to|about|of|that) <new>", add_and_remind),
    ("(set|make|create|add) [me] [a|another] reminder (to|for|about|of) <new>", add_and_remind),
    ("<when> {remind} (to|about|of|that) <new>", add_and_remind),
    ("<when> {add} <new>", add),
    ("<when> {must} to <new>", must),
    ("<when> i (must|gotta) <new>", must),
    ("(new|a new|another) (task|todo|to-do|item) [:] <new>", add),
    ("remember to <new>", add),
    ("{must} to <new>", must),
    ("i (must|gotta|should really) <new>", must),
    ("<how> : <new>", urgent),
)
# fmt: on
END = r"(?:\s+|$)"
PRIORITY = "|".join(
    re.escape(way) for ways in URGENT.values() for way in sorted(ways.split("|"), key=len)[::-1]
)


@cache
def compiled(rule: str, *, greedy: bool) -> re.Pattern[str]:
    """A rule as a regular expression over a line of words; each word takes the blank after it.
    Parts are as short as can be, or with `greedy` as long."""
    made = ""
    for mark in re.findall(r"\{[^}]+\}|<\w+>|[\[\]()|]|#?[^\s\[\]()|{}<>]+|#(?=<)", rule):
        if mark == "[":
            made += "(?:"
        elif mark == "]":
            made += ")?"
        elif mark == "(":
            made += "(?:"
        elif mark in (")", "|"):
            made += mark
        elif mark[0] == "{":
            made += rf"(?:{WORDS[mark[1:-1]]}){END}"
        elif mark in ("<priority>", "<how>"):
            made += rf"(?P<{mark[1:-1]}>{PRIORITY}){END}"
        elif mark[0] == "<":
            made += rf"(?P<{mark[1:-1]}>\S.*{'' if greedy else '?'}){END}"
        elif mark == "#":
            made += "#"
        else:
            made += re.escape(mark) + END
    return re.compile(made, re.I | re.S)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a line has to look like, and what it then says."""

    words: str
    fits: re.Pattern[str]
    make: Make

    def matches(self, line: str) -> Iterator[re.Match[str]]:
        """The ways in which a line fits. Where two parts meet at a word that stands twice ("call to
        bob to friday") the first part is as short as can be, then as long."""
        short = self.fits.fullmatch(line)
        if short:
            yield short
        long = compiled(self.words, greedy=True).fullmatch(line) if short else None
        if long and long.groupdict() != (short and short.groupdict()):
            yield long


def _rules(table: tuple[tuple[str, Make], ...]) -> tuple[Rule, ...]:
    return tuple(Rule(words, compiled(words, greedy=False), make) for words, make in table)


LOOKS = _rules(HARMLESS)
ACTS = _rules(COMMANDS)


def understood(line: str, scene: Scene, rules: tuple[Rule, ...]) -> Meaning | None:
    """What the first rule that fits and makes sense of the line says; raises Doubt."""
    for rule in rules:
        doubt: Doubt | None = None
        for match in rule.matches(line):
            parts = {name: part.strip() for name, part in match.groupdict().items() if part}
            try:
                meaning = rule.make(parts, scene)
            except Doubt as found:
                doubt = doubt or found
                continue
            if meaning is not None:
                return meaning
        if doubt:
            raise doubt
    return None
