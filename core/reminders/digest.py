"""What a person, or a channel, is told at an hour of their own: the day, the week, the open tasks.

Nothing to say is nothing said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.reply import Choice, as_text
from core.tasks import public, showing, windows
from core.understanding import when
from core.work import Work
from db import conversations, tasks
from db.database import in_the_name_of
from db.tasks import Filter, Numbered, Window

SHOWN = 10  # tasks of one part
PRESSED = 20  # of them can be pressed
CHANNEL = 40  # tasks of a channel's list


@dataclass(frozen=True, slots=True)
class Overview:
    """A head, the parts below it, and what can be pressed."""

    head: str
    text: str
    choices: tuple[Choice, ...] = ()


async def today(work: Work) -> Overview | None:
    """Overdue, due today, given to the person, done yesterday; None when there is none of it."""
    overdue = await _due(work, "overdue")
    due = [each for each in await _due(work, "today") if each not in overdue]
    shown = {each.task.id for each in (*overdue, *due)}
    given = [each for each in await _find(work, Filter(whose="given")) if each.task.id not in shown]
    done = await _find(work, Filter(state="done", done=windows.done(work, "yesterday")))
    parts = [
        await _part(work, "Overdue", overdue),
        await _part(work, "Due today", due),
        await _part(work, "Given to you", given),
        await _part(work, "Done yesterday", done),
    ]
    local = work.now.astimezone(work.zone)
    shown_ones = [*overdue[:SHOWN], *due[:SHOWN], *given[:SHOWN]]
    return _overview(f"Your {local:%A}, {local.day} {local:%B}", parts, shown_ones)


async def back(work: Work) -> Overview | None:
    """What was done in the last seven days, and what is overdue; None when there is neither."""
    week = timedelta(days=7)
    done = await _find(work, Filter(state="done", done=Window(work.now - week, work.now)))
    overdue = await _due(work, "overdue")
    today = work.now.astimezone(work.zone).date()
    ahead = Window(work.now, work.now + week, today + timedelta(days=1), today + week)
    coming = await _find(work, Filter(due=ahead, whose="me"))
    parts = [
        await _part(work, "Done", done),
        await _part(work, "Overdue", overdue),
        await _part(work, "Due in the next seven days", coming),
    ]
    if not done and not overdue:
        return None
    return _overview("Your week", parts, [*overdue[:SHOWN], *coming[:SHOWN]])


async def of_channel(work: Work) -> Overview | None:
    """The open tasks that were made in a channel, of all who have spoken there; None when there is
    none."""
    members = await conversations.members_of_channel(work.session, work.conversation)
    found: dict[int, Numbered] = {}
    titles: dict[int, str] = {}
    hides: dict[int, public.Mask] = {}
    for member in members:
        async with in_the_name_of(work.session, member):
            theirs, _ = await tasks.find(
                work.session, member, Filter(), among=work.conversation, limit=CHANNEL + 1
            )
            seen = {each.task.id or 0: each for each in theirs}
            if seen:
                titles |= await tasks.titles_here(work.session, list(seen), work.conversation)
                theirs_hides = await public.mask(work.session, member, work.conversation)
                hides |= dict.fromkeys(seen, theirs_hides)
        found |= seen
    if not found:
        return None
    those = sorted(found.values(), key=_soonest)
    lines = [
        hides[each.task.id or 0](
            _for_all(work, each, titles.get(each.task.id or 0), members.get(tasks.doer(each.task)))
        )
        for each in those[:CHANNEL]
    ]
    more = [f"- and {len(those) - CHANNEL} more"] if len(those) > CHANNEL else []
    count = f"{len(those)} open task{'' if len(those) == 1 else 's'} here"
    return Overview(f"**{count}**", "\n".join([*lines, *more]))


def _soonest(found: Numbered) -> tuple[bool, datetime, int]:
    due = found.task.due_at
    return due is None, due or datetime.max.replace(tzinfo=UTC), found.number


def _for_all(work: Work, found: Numbered, title: str | None, who: str | None) -> str:
    """A task as everybody in a channel may read it, as it was called there last."""
    task = found.task
    said = [f"#{found.number} {title or task.title}"]
    if task.due_at is not None:
        said.append(when.say(task.due_at, task.due_has_time, work.now, work.zone))
        if showing.is_overdue(task.due_at, task.due_has_time, work):
            said.append("overdue")
    extras = showing.extras(task.priority, task.labels)
    return "- " + as_text(" · ".join([*said, *extras, *filter(None, [who])]))


async def _due(work: Work, words: str) -> list[Numbered]:
    """What is the person's to do and due in a window."""
    return await _find(work, Filter(due=windows.due(work, words), whose="me"))


async def _find(work: Work, wanted: Filter) -> list[Numbered]:
    found, _ = await tasks.find(work.session, work.me, wanted, limit=SHOWN + 1)
    return found


async def _part(work: Work, head: str, found: Sequence[Numbered]) -> str:
    if not found:
        return ""
    lines = map(as_text, await showing.lines(work, found[:SHOWN]))
    more = ["- and more"] if len(found) > SHOWN else []
    return "\n".join([f"**{head}**", *(f"- {line}" for line in lines), *more])


def _overview(head: str, parts: Sequence[str], open_: Sequence[Numbered]) -> Overview | None:
    said = [part for part in parts if part]
    if not said:
        return None
    done = [Choice(f"Done #{each.number}", "done", each.task.id or 0) for each in open_[:PRESSED]]
    choices = (*done, Choice("All my tasks", "list", 0))
    return Overview(f"**{head}**", "\n\n".join(said), choices)
