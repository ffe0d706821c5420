"""What claims in English; a new way of saying it is a line."""

from core.turn.claims.tongue import ANY, PROMISED, Tongue, one_of

ENGLISH = Tongue(
    done={
        "added": one_of("""
            added
            created
            saved
            noted(?: down)?
            jotted down
            logged
            popped
            (?:threw|slipped|tossed|put) in
            set up
            put down
            duplicated
            recorded
        """),
        "completed": one_of("""
            completed
            finished
            (?:checked|ticked|crossed)(?: it| that| them)? off
            marked(?! as (?:not|un)| urgent)
            closed(?: out)?
            complete
        """),
        "reopened": one_of("""
            reopened
            re-opened
            restored
            unchecked
            brought back
            marked as (?:not done|undone)
        """),
        "deleted": one_of("""
            deleted
            removed
            cleared
            erased
            scrapped
            dropped
            discarded
            cancelled
            canceled
            wiped
            taken off
            got rid of
            binned
            trashed
        """),
        "updated": one_of("""
            updated
            changed
            renamed
            moved
            rescheduled
            postponed
            pushed
            bumped
            assigned
            reassigned
            unassigned
            handed
            snoozed
            labelled
            labeled
            tagged
            undone
            undid
            reverted
            rolled back
            shifted
            switched
            swapped
            edited
            adjusted
            prioriti[sz]ed
            raised
            lowered
            skipped
            given
            gave
            delayed
            extended
            corrected
            fixed
        """),
        ANY: one_of("""
            scheduled
            set
            put
            taken care of
            sorted
            handled
            made
        """),
    },
    i_have=one_of("""
        (?:i|we)(?:['’]ve| have)?(?: just| now| also| already| successfully| both| all)*(?: (?:gone|went) ahead and)?(?: just| now)*
    """),
    now=one_of("""
        now
        just
        successfully
    """),
    was=one_of("""
        (?:has|have|['’]s|['’]ve) (?:now |just |all |already |both )*been
        was just
        were just
        (?:got|gets)
    """),
    is_="(?:is|are|was|were|['’]s|['’]re)",
    whole=one_of("""
        done(?: and dusted)?
        all done
        (?:you['’]re )?all set
        consider (?:it|that) done
        that['’]s (?:done|sorted|taken care of)
        it['’]s (?:done|sorted|taken care of)
        all sorted
        sorted
        your changes (?:have been|are) saved
        changes saved
        undone
        gone
        (?:taken care of|ticked off|checked off|crossed off|saved|noted|snoozed)
    """),
    denies=one_of("""
        not
        never
        no longer
        nothing
        none
        cannot
        unable
        failed
        if
        when
        once
        before
        should
        shall
        would
        could
        can
        will
        want
        unless
        until
        to be
        you
        they
        who
        that
        which
        said
        says
        last
        looks like
        sorry
        need
        needs
        try
        let me
        he
        she
        somebody
        someone
        had
        yet to
        still
        recently
        no
    """),
    past=one_of(r"""
        (?:on|at|by|in|last|yesterday|from|this morning|earlier|\w+ (?:days?|weeks?) ago|ago)
    """),
    opens=one_of("""
        just
        ok(?:ay)?
        sure(?: thing)?
        great(?: job)?
        alright
        all right
        got it
        perfect
        no problem
        absolutely
        of course
        you got it
        certainly
        nice(?: work)?
        understood
        yes
        yep
        awesome
        as you (?:asked|wish)
        sounds good
        there you go
        poof
        voil[aà]
        right
        noted
    """),
    phrases={
        PROMISED: one_of(r"""
            \bi(?:['’]ll| will|['’]m going to) (?:(?:be|make) sure to |also |then |now )?(?:remind|ping|nudge|notify|alert) you\b(?! (?:once|if|as soon as|when(?:ever)?) you)
            \byou(?:['’]ll| will) (?:get|receive) a reminder\b
        """),
        "added": one_of(r"""
            (?:is|are|['’]s|['’]re) (?:now )?(?:safely )?on (?:the|your) (?:\w+ )?list(?: now)
            (?:is|are|['’]s|['’]re) now (?:safely )?(?:on|in) (?:the|your)(?: [\w-]+)* list
            \bsaved as #\d
            your list just got
            ['’]s (?:now )?logged as
            ^\W*(?:got it|ok(?:ay)?|sure|done|great|perfect)\W+.{1,80}? (?:is|are) on (?:the|your) list
            i['’]ve (?:got|made|taken) (?:a note|.{1,60} on your list)
            you(?:['’]ll| will) find it on your list now
            (?:reminder|task|note)s? (?:created|added|saved|set)\b(?! (?:on|by|last|up))
            ^\W*new task(?: created)?:
        """),
        "completed": one_of(r"""
            (?:^\W*|task |#)\d* ?marked (?:as )?(?:done|complete|completed)
            (?:is|are) now (?:done|closed|complete)
            (?:is|are) (?:all )?done now
            now closed out
            another one (?:bites the dust|done)
            one less thing
        """),
        "reopened": one_of(r"""
            (?:is|are|['’]s|['’]re) (?:open|active|to-?do) again
            back (?:on|among|in) your (?:open |to-?do |active )?(?:list|tasks)
            (?:is|are) back (?:to|as) (?:open|pending|active)
            ^\W*(?:ok(?:ay)?\W+)?(?:it|#\d+|.{1,60}) (?:is|are) back on (?:the|your) list
        """),
        "deleted": one_of(r"""
            off (?:of )?your list(?! yet)(?=\W*(?:$|now|for good|[,.—–-]))
            (?:is|are|['’]s|['’]re) (?:now )?gone(?: now| for good)?(?=\W*$|[,.—–-])
            ^\W*gone\b(?=\W*$|\W+you won)
            your list is (?:now )?(?:clear(?:ed)?|empty now)
        """),
        "updated": one_of(r"""
            will now (?:repeat|recur|be due|come|go off)
            your (?:reminder|task)['’]?s? (?:is|are|has been)? ?(?:now )?set (?:for|to)
            (?:is|are|['’]s|['’]re) now (?:due|called|assigned|set|marked|scheduled|labelled|labeled|tagged|high|low|urgent|named|titled|with|\w+['’]s (?:task|job))
            (?:over to|belongs to|in the hands of) \w+ now
            no longer repeats now
            from now on it
        """),
        ANY: one_of("""
            taken care of
            i took care of
            as (?:you )?requested, i
        """),
    },
    states=one_of("""
        completed
        finished
        marked[^|]*
        scheduled
        set
        put
        noted[^|]*
        saved
        checked off
        ticked off
        cleared
        closed[^|]*
        complete
        assigned
        given
        made
        sorted
        handled
        handed
        logged
        recorded
        dropped
        labelled
        labeled
        tagged
        fixed
        finished
    """),
    header=r"(?: (?:tasks?|items?|today|yesterday|this|last|on|in|at)\b|\s*:\W*$)",
)
