//! What a framer has counted since the box opened its span. The kernel counts from the loading of its module on, and begins
//! again when that is loaded anew or somebody clears its counts (`dahdi_maint`).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use line::LineCounters;

use crate::ioctl::SpanStatus;

/// The kernel's counts of a span when it was asked last; none since it was opened.
#[derive(Debug, Default)]
pub(crate) struct LineTotals(Option<[u32; 5]>);

impl LineTotals {
    /// Adds what came since the last time. The first time after opening nothing is added: those are of others.
    pub(crate) fn take(&mut self, status: &SpanStatus, line: &LineCounters) {
        let now = counts(status);
        let before = self.0.replace(now).unwrap_or(now);
        for (counter, (now, before)) in counters(line).into_iter().zip(now.into_iter().zip(before)) {
            // Less than before: they were begun anew.
            let grown = now.checked_sub(before).unwrap_or(now);
            counter.fetch_add(u64::from(grown), Relaxed);
        }
    }
}

/// In the order of [`counters`]. A card counts violations and framing in one of two fields.
fn counts(status: &SpanStatus) -> [u32; 5] {
    let of = |count: i32| count.max(0) as u32;
    [
        status.cvcount.max(of(status.bpvcount)),
        of(status.crc4count),
        of(status.ebitcount),
        status.fecount.max(of(status.fascount)),
        status.errsec,
    ]
}

fn counters(line: &LineCounters) -> [&AtomicU64; 5] {
    [&line.code_violations, &line.crc4_errors, &line.far_end_errors, &line.framing_errors, &line.errored_seconds]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_before_the_box_came_or_twice_is_not_its_own() {
        let (mut totals, line) = (LineTotals::default(), LineCounters::default());
        let mut status = crate::ioctl::no_status();
        let mut crc4 = |totals: &mut LineTotals, count| {
            status.crc4count = count;
            totals.take(&status, &line);
            line.crc4_errors.load(Relaxed)
        };
        assert_eq!(crc4(&mut totals, 700), 0, "before the box");
        assert_eq!(crc4(&mut totals, 703), 3);
        assert_eq!(crc4(&mut totals, 703), 3);
        assert_eq!(crc4(&mut totals, 2), 5, "somebody cleared the kernel's");
        assert_eq!(crc4(&mut LineTotals::default(), 900), 5, "the card was taken away and is there again");
    }

    #[test]
    fn each_of_the_frames_faults_goes_where_it_belongs() {
        let (mut totals, line) = (LineTotals::default(), LineCounters::default());
        let mut status = crate::ioctl::no_status();
        totals.take(&status, &line);
        (status.bpvcount, status.crc4count, status.ebitcount) = (1, 2, 3);
        (status.fascount, status.errsec) = (4, 5);
        totals.take(&status, &line);
        assert_eq!(counters(&line).map(|counter| counter.load(Relaxed)), [1, 2, 3, 4, 5]);
    }
}
