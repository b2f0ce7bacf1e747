//! Where ours and libpri differ, and who is right. Source: ITU-T Q.931, 4 and 5.8.

use super::{
    Deviation, Outcome as O,
    damage::{BEARER, CALL_STATE, Damage as D, NOTIFICATION},
};

/// One reason, and what it explains.
pub(super) struct Known {
    pub explains: fn(&Deviation) -> bool,
    /// The clause, and who is right by it.
    pub why: &'static str,
}

/// The reason of a deviation, by its place in the table.
pub(super) fn reason(deviation: &Deviation) -> Option<usize> {
    DEVIATIONS.iter().position(|known| (known.explains)(deviation))
}

/// The first reason that fits counts.
pub(super) const DEVIATIONS: &[Known] = &[
    Known {
        explains: |it| it.damage == D::Header && it.ours == O::Ignored,
        why: "5.8.1, 5.8.3.1, 5.8.3.2 d: another discriminator, a call reference of a bad length, or a SETUP with the flag of \
              an answer is ignored; libpri answers it or reads past it",
    },
    Known {
        explains: |it| it.damage == D::Header && it.ours == O::Cleared,
        why: "5.8.3.2 a: a message about a call that there is not is answered with cause 81; libpri hands it to its owner, \
              or looks at the message type first",
    },
    Known {
        explains: |it| it.damage == D::Header && it.ours == O::Status,
        why: "4.4, 5.8.4: a message type that is not in table 4-2, its reserved bit 8 included, is answered with cause 97; \
              5.8.10: STATUS ENQUIRY is answered with STATUS where there is no call too; libpri masks the bit, and clears",
    },
    Known {
        explains: |it| matches!(it.damage, D::Cut(_) | D::Length(_)) && it.theirs == O::Ignored,
        why: "5.8.6.2, 5.8.7.2: an element that is longer than its message has bad contents, and the message is treated \
              as such; libpri drops the whole message without a word",
    },
    Known {
        explains: |it| it.message == "SETUP" && it.ours == O::Cleared && it.theirs == O::Told,
        why: "5.8.6.2: bad contents of bearer or channel refuse the SETUP with cause 100 or 82; libpri offers the call",
    },
    Known {
        explains: |it| it.message == "SETUP" && it.damage == D::Contents(BEARER) && it.theirs == O::Cleared,
        why: "a choice: what a call may carry is decided above the span; libpri refuses codings that it does not know",
    },
    Known {
        explains: |it| {
            ["NOTIFY", "RESTART", "INFORMATION"].contains(&it.message)
                && it.ours == O::Status
                && matches!(it.theirs, O::Told | O::Answered | O::Ignored)
        },
        why: "5.8.6, 5.8.7: a mandatory element that is missing (96), bad (100), or one that must be understood (99) is \
              answered with STATUS; libpri acts as if nothing were wrong, or says nothing",
    },
    Known {
        explains: |it| it.message == "INFORMATION" && it.ours == O::Ignored,
        why: "nothing is left in it that is known, and nothing is wrong; libpri tells its owner no digits",
    },
    Known {
        explains: |it| it.damage == D::Contents(NOTIFICATION) && it.ours == O::Told,
        why: "4.5.22 leaves further values to other services, so the owner is told all of them; libpri knows a list",
    },
    Known {
        explains: |it| it.message == "STATUS without a call" && it.ours == O::Cleared && it.theirs == O::Status,
        why: "5.8.3.2 g comes before 5.8.6: a STATUS with another state than 0 about no call is answered with cause 101, \
              whatever else is wrong in it",
    },
    Known {
        explains: |it| it.message.starts_with("STATUS") && it.ours == O::Ignored && it.theirs == O::Status,
        why: "a departure: a STATUS is never answered with STATUS, or two faulty ends would never stop; libpri does",
    },
    Known {
        explains: |it| it.message == "STATUS" && it.damage == D::Contents(CALL_STATE) && it.theirs == O::Ignored,
        why: "5.8.11: a far end that is in a state of clearing cannot talk: the call is released; libpri goes on",
    },
    Known {
        explains: |it| it.message == "STATUS without a call" && it.ours == O::Ignored && it.theirs == O::Cleared,
        why: "5.8.3.2 g needs a state: of another coding standard, or of no length, there is none; libpri takes it for one",
    },
];
