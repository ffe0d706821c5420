"""What people type, understood without a model: the list before, what is said, the list after.

tests/lines*.txt say for each block what the last message leads to. A change that nobody asked
for must not happen once.
"""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from support.lines import BERLIN, NOW, Block, blocks, task_of
from support.stage import QUICK, Stage, on_stage

from bots.settings import Settings
from core.heard import Heard, Person, Place
from core.tasks.showing import PRIORITIES, WORDS_OF
from core.understanding.english import Grammar
from db import tasks
from db.models import Task
from db.tasks import Cause

RIGHT = 0.97
TOOLS = {
    "add_tasks": "add", "complete_tasks": "complete", "reopen_tasks": "reopen",
    "update_tasks": "update", "delete_tasks": "delete", "undo_changes": "undo", "find_tasks": "find",
    "show_task": "show", "confirm": "confirm",
}  # fmt: skip


async def fill(stage: Stage, block: Block, user: str, here: int, others: dict[str, str]) -> None:
    """Puts the list before in place, as if it had been said."""
    async with stage.todd.database.acting(user, here) as session:
        message = (
            await stage.rows(
                "insert into messages (user_id, conversation_id, role, content, state)"
                " values (%s, %s, 'assistant', '', 'said') returning id", user, here,
            )
        )[0]["id"]  # fmt: skip
        cause = Cause(user, here, message, 0, 0)
        made: list[Task] = []
        for text in block.before:
            part = task_of(text)
            due = part["due"] and datetime.fromisoformat(part["due"])
            has_time = bool(due and ":" in part["due"])
            at = due and (due.replace(tzinfo=BERLIN if has_time else UTC)).astimezone(UTC)
            repeats = part["repeats"] and {"recurrence": part["repeats"], "recurs_on": due}
            added = await tasks.add(
                session, cause, title=part["title"],
                description=(part["note"] or "").replace(" / ", "\n"), due_at=at or None,
                due_has_time=has_time, priority=PRIORITIES[part["priority"] or "normal"],
                labels=[label.strip("# ") for label in part["labels"].split()],
                assignee_id=part["assignee"] and others[part["assignee"]],
                parent_id=part["part_of"] and made[int(part["part_of"]) - 1].id,
                **(repeats or {}),
            )  # fmt: skip
            made.append(added.task)
            if part["done"]:
                await tasks.complete(session, cause, added.task, NOW)
    await stage.rows("update messages set created_at = created_at - interval '1 hour'"
                     " where id = %s", message)  # fmt: skip


def written(row: dict, numbers: dict[int, int]) -> str:
    """A task as the blocks write it."""
    made = ("✓ " if row["completed"] else "") + row["title"]
    if row["due_at"]:
        at = row["due_at"].astimezone(BERLIN if row["due_has_time"] else UTC)
        made += f" ({at:%Y-%m-%d %H:%M})" if row["due_has_time"] else f" ({at:%Y-%m-%d})"
    made += f" [{row['recurrence']}]" if row["recurrence"] else ""
    if row["priority"] != 3:
        made += f" !{WORDS_OF[row['priority']]}"
    made += "".join(f" #{label}" for label in row["labels"])
    made += f" @{row['assignee']}" if row["assignee"] else ""
    made += f" ^{numbers[row['parent_id']]}" if row["parent_id"] else ""
    note = row["description"].replace("\n", " / ")
    return made + (f" // {note}" if note else "")


async def play(stage: Stage, block: Block) -> tuple[list[str], str, str]:
    """The list after a block, what its last message led to, and the last reply."""
    place = Place("fake", channel=f"dm-{block.number}", private=True)
    person = Person(f"p{block.number}", name="P", timezone="Europe/Berlin", locale="en-GB")
    user, here = await stage.todd.inbox.enter(place, person)
    others = {}
    for name in ("ana", "bo"):
        somewhere = Place("fake", channel=f"dm-{name}", private=True)
        others[name], _ = await stage.todd.inbox.enter(somewhere, Person(name, name=name))
    await fill(stage, block, user, here, others)
    for at, text in enumerate(block.said):
        key = f"{block.number}-{at}"
        mentions = {name: Person(name) for name in others if f"@{name}" in text}
        await stage.todd.inbox.keep(Heard(place, person, key, key, text, mentions=mentions))
        async with asyncio.timeout(60):
            while not await stage.rows(
                "select 1 from messages where external_id = %s and conversation_id = %s"
                " and state in ('answered', 'failed')", key, here,
            ):  # fmt: skip
                await asyncio.sleep(0.1)
    after = await stage.rows(
        "select t.*, n.number, u.name as assignee from tasks t join task_numbers n"
        " on n.task_id = t.id and n.user_id = t.user_id left join users u on u.id = t.assignee_id"
        " where t.user_id = %s and t.deleted_at is null order by n.number", user,
    )  # fmt: skip
    numbers = {row["id"]: row["number"] for row in after}
    (last,) = await stage.rows(
        "select content, tool_calls from messages where conversation_id = %s and role = 'assistant'"
        " order by id desc limit 1", here,
    )  # fmt: skip
    calls = json.loads(last["tool_calls"] or "[]")
    led = [
        TOOLS[call["name"]] for call in calls if call["outcome"] == "done" and call["name"] in TOOLS
    ]
    if len(set(led)) > 1 and led[0] == "find" and block.does != "add+find":
        led = [each for each in led if each != "find"]
    return (
        [written(row, numbers) for row in after],
        "+".join(dict.fromkeys(led)) or "ask",
        last["content"],
    )


def right_tool(block: Block, led: str) -> bool:
    if block.does in ("ask", "chat", "help"):
        return led in ("ask", "find", "show")  # nothing was changed
    return led == block.does


@pytest.mark.timeout(400)  # hundreds of conversations, and others' tests beside them
@pytest.mark.parametrize(
    "name",
    [
        "lines.txt",
        "lines_aside.txt",
        "lines_fresh.txt",
        "lines_third.txt",
        "lines_idioms.txt",
        "lines_kept.txt",
        "lines_kept_aside.txt",
    ],
)
async def test_lines_do_what_they_say(name: str, url: str, settings: Settings) -> None:
    found = list(blocks(name))
    tools = lists = both = 0
    wrong: list[str] = []
    changed: list[str] = []
    async with on_stage(url, settings, Grammar(), patience=QUICK, clock=lambda: NOW) as stage:
        few = asyncio.Semaphore(8)

        async def one(block: Block) -> None:
            nonlocal tools, lists, both
            async with few:
                after, led, reply = await play(stage, block)
            tool, as_said = right_tool(block, led), after == block.after
            tools, lists, both = tools + tool, lists + as_said, both + (tool and as_said)
            told = (
                f"{block.said} → {led}, {after} instead of {block.does}, {block.after}: {reply!r}"
            )
            if not (tool and as_said):
                wrong.append(told)
            if after not in (block.after, block.before):
                changed.append(told)

        await asyncio.gather(*map(one, found))
    count = len(found)
    print(  # noqa: T201
        f"\n{name}: {count} blocks, right tool {tools / count:.1%}, right list afterwards"
        f" {lists / count:.1%}, both {both / count:.1%}, wrong changes {len(changed)}"
    )
    assert changed == []
    assert both / count >= RIGHT, "\n".join(wrong)
