//! The traces of the D-channels: what is kept of each, and what may be asked of it.

use std::collections::BTreeMap;

use frame::{LegId, SpanId, Stamp, Time, Utc};
use isdn::{
    CallEntry, Role,
    trace::{Cursor, Direction, GivenUp, KeptNumbers, Ladder, Told, Trace},
};
use settings::{TracedNumbers, Traces as Rules, TrunkGroup};

use crate::handles::LadderNow;

/// The trace of each D-channel, from its first frame on.
#[derive(Debug, Default)]
pub(super) struct Traces {
    traces: BTreeMap<SpanId, Trace>,
}

impl Traces {
    /// Learns the spans that there are and what is kept of them. A span that is gone keeps its trace.
    pub(super) fn apply<'a>(&mut self, rules: Rules, spans: impl Iterator<Item = (SpanId, &'a TrunkGroup)>) {
        let numbers = match rules.numbers {
            TracedNumbers::Masked => KeptNumbers::Masked,
            TracedNumbers::Whole => KeptNumbers::Whole,
        };
        for (span, group) in spans {
            let role = match group.role {
                settings::Role::User => Role::User,
                settings::Role::Network => Role::Network,
            };
            let trace = self.traces.entry(span).or_insert_with(|| Trace::new(role, numbers));
            trace.apply(role, numbers);
        }
    }

    /// Keeps a frame.
    pub(super) fn keep(&mut self, now: Time, span: SpanId, direction: Direction, octets: &[u8]) {
        if let Some(trace) = self.traces.get_mut(&span) {
            trace.keep(now, direction, octets);
        }
    }

    /// The call table hears of a call.
    pub(super) fn remember(&mut self, span: SpanId, entry: &CallEntry) {
        if let Some(trace) = self.traces.get_mut(&span) {
            trace.remember(entry);
        }
    }

    /// The call table forgets a call.
    pub(super) fn forget(&mut self, span: SpanId, entry: &CallEntry) {
        if let Some(trace) = self.traces.get_mut(&span) {
            trace.forget(entry);
        }
    }

    /// A leg ended by itself.
    pub(super) fn give_up(&mut self, now: Time, span: SpanId, leg: LegId, why: GivenUp) {
        if let Some(trace) = self.traces.get_mut(&span) {
            trace.give_up(now, leg.as_u64(), why);
        }
    }

    /// The next piece of a span's trace as pcap without its header, and the place after it; `None` where the span has no
    /// trace, nothing in it where there is no more.
    pub(super) fn piece(&self, span: SpanId, from: Option<Cursor>, at: Stamp) -> Option<Option<(Vec<u8>, Cursor)>> {
        let trace = self.traces.get(&span)?;
        let utc_at_zero = Utc::from_us(at.utc.as_us().saturating_sub_unsigned(at.time.as_us()));
        Some(trace.piece(from.unwrap_or_else(|| trace.oldest()), utc_at_zero))
    }

    /// What the traces have of these legs, in their order. A call of lines that share two D-channels has a ladder for each
    /// that said something of it.
    pub(super) fn ladders(&self, legs: &[LegId], at: Stamp) -> Vec<LadderNow> {
        let of = |leg: LegId| {
            let known = self.traces.iter().filter_map(move |(span, trace)| {
                let ladder = trace.ladder(at.time, leg.as_u64())?;
                Some(LadderNow { span: *span, at, ladder })
            });
            let (mut told, silent): (Vec<_>, Vec<_>) = known.partition(|now| has_a_message(&now.ladder));
            told.extend(silent.into_iter().take(usize::from(told.is_empty())));
            told
        };
        legs.iter().copied().flat_map(of).collect()
    }
}

/// What happened to a data link is told in every trace of a call, also where all its messages went another way.
fn has_a_message(ladder: &Ladder) -> bool {
    ladder.rungs.iter().any(|rung| matches!(rung.told, Told::Message(_)))
}
