//! What a flow is told, and what it tells to do.

/// What a flow is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowInput {
    /// The caller is there and hears what is played.
    Start,
    /// What was played has come to its end.
    PromptDone,
    /// The caller pressed a key.
    Digit(char),
    /// The caller is back from a queue, without an agent.
    QueueLeft(QueueLeft),
    /// The caller is gone.
    HungUp,
    /// Only time has passed.
    Timeout,
}

/// Why a caller came back from a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueLeft {
    /// The queue had no place left.
    Full,
    /// The longest wait was over.
    TimedOut,
    /// Nobody works in the queue.
    Unstaffed,
}

/// What a flow tells to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowOutput {
    /// Play these, one after the other, then say [`FlowInput::PromptDone`].
    Play {
        /// Their names.
        prompts: Vec<String>,
    },
    /// Stop what is being played. Nothing is said about its end.
    StopPlay,
    /// The caller waits in this queue. Without an agent they come back with [`FlowInput::QueueLeft`].
    Queue(String),
    /// Ring the station with this extension. The flow has ended.
    Dial(String),
    /// End the call. The flow has ended.
    HangUp {
        /// Why, as ITU-T Q.850 counts causes.
        cause: u8,
    },
    /// A fact for the call's story.
    Said(Fact),
}

/// How a caller said whether the call may be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentBy {
    /// Pressed the key for it.
    Key,
    /// Heard the announcement and stayed, which is enough.
    Staying,
    /// Pressed no key in any try, which is not.
    NoKey,
}

/// What a caller did, for the call's story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Chose from a menu.
    MenuChosen {
        /// The menu's step.
        step: String,
        /// The key.
        key: char,
    },
    /// Pressed a key that the menu does not have, or keyed too few digits.
    Invalid {
        /// The step.
        step: String,
    },
    /// Pressed nothing in time.
    TimedOut {
        /// The step.
        step: String,
    },
    /// Was asked whether the call may be recorded.
    Consent {
        /// The step.
        step: String,
        /// Whether it may.
        given: bool,
        /// By what that is known.
        by: ConsentBy,
        /// Whether the call is recorded from here on.
        recorded: bool,
    },
    /// Keyed a number.
    DigitsTaken {
        /// The step.
        step: String,
        /// How many digits.
        count: u32,
        /// Which, only where the step marks them public.
        public: Option<String>,
    },
}
