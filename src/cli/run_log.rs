//! What the box says of itself while it runs: lines on stderr, which the service manager keeps.
//!
//! Whoever says something never waits for who keeps it: on a disk that hangs that one hangs, too. Lines go through a channel to a thread
//! of its own; what finds no room there is counted, and said so. `RINGFENCE_LOG` chooses what is told (`debug`,
//! `ringfence::recorder=trace`); without it warnings and errors are.
//! Not here: what people have to know, which are events and alarms (`journal`).

use std::{
    env,
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use tracing_subscriber::{EnvFilter, filter::ParseError, fmt::MakeWriter};

/// Lines that wait: some seconds of a box to which everything happens at once.
const LINES: usize = 1024;

/// How long the end waits for the last lines.
const LAST_LINES: Duration = Duration::from_millis(500);

/// What is told without another word.
const TOLD: &str = "warn";

enum Said {
    Line(Vec<u8>),
    /// The end: answered once all before it is written.
    All(SyncSender<()>),
}

/// The way to the thread that writes.
#[derive(Clone)]
struct Lines {
    to: SyncSender<Said>,
    lost: Arc<AtomicU64>,
}

impl Write for Lines {
    /// A line as a whole, as it comes from `tracing_subscriber`.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.to.try_send(Said::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Lines;

    fn make_writer(&self) -> Lines {
        self.clone()
    }
}

/// The log of a running box. Dropped, it has written its last lines, where they are taken.
pub(super) struct RunLog(Lines);

impl RunLog {
    /// Begins it. A second one in the same process tells nothing.
    ///
    /// # Errors
    /// When the process may not start a thread.
    pub(super) fn start() -> io::Result<RunLog> {
        let (lines, said) = lines();
        let lost = Arc::clone(&lines.lost);
        thread::Builder::new().name("log".into()).spawn(move || write_all(&said, &lost, io::stderr()))?;
        let (filter, wrong) = filter(env::var("RINGFENCE_LOG").ok().as_deref());
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(lines.clone());
        let _ = log.try_init();
        if let Some(wrong) = wrong {
            tracing::warn!(%wrong, "RINGFENCE_LOG can't be read, so warnings and errors are told");
        }
        Ok(RunLog(lines))
    }
}

impl Drop for RunLog {
    fn drop(&mut self) {
        let (answer, written) = sync_channel(1);
        if self.0.to.try_send(Said::All(answer)).is_ok() {
            let _ = written.recv_timeout(LAST_LINES);
        }
    }
}

/// What is told, and what is wrong with what was asked for.
fn filter(asked: Option<&str>) -> (EnvFilter, Option<ParseError>) {
    match asked.map(EnvFilter::try_new).transpose() {
        Ok(asked) => (asked.unwrap_or_else(|| EnvFilter::new(TOLD)), None),
        Err(wrong) => (EnvFilter::new(TOLD), Some(wrong)),
    }
}

fn lines() -> (Lines, Receiver<Said>) {
    let (to, said) = sync_channel(LINES);
    (Lines { to, lost: Arc::default() }, said)
}

fn write_all(said: &Receiver<Said>, lost: &AtomicU64, mut out: impl Write) {
    for said in said {
        // Where nobody takes them there is nobody to tell.
        match said {
            Said::Line(line) => _ = out.write_all(&line),
            Said::All(answer) => _ = answer.send(()),
        }
        let lost = lost.swap(0, Relaxed);
        if lost > 0 {
            let _ = writeln!(out, "{lost} lines were lost: the log did not take them");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn nobody_waits_for_a_log_that_hangs_and_what_it_lost_is_counted() {
        let (lines, said) = lines();
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(lines.clone()).finish();
        tracing::subscriber::with_default(log, || {
            // Nobody takes them: a thread that waited would wait for ever.
            for no in 0..LINES + 7 {
                tracing::warn!(no, "something happens");
            }
        });
        assert_eq!(lines.lost.load(Relaxed), 7);
        let (answer, written) = sync_channel(1);
        let lost = Arc::clone(&lines.lost);
        let out = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&out);
        thread::spawn(move || write_all(&said, &lost, Told(told)));
        lines.to.send(Said::All(answer)).unwrap();
        written.recv_timeout(Duration::from_secs(20)).expect("it is written");
        let text = String::from_utf8(out.lock().unwrap().clone()).unwrap();
        assert_eq!(
            text.lines().filter(|line| line.contains("WARN") && line.contains("something happens")).count(),
            LINES
        );
        assert!(text.contains("7 lines were lost"), "{}", text.lines().last().unwrap());
    }

    #[test]
    fn a_filter_that_cant_be_read_is_told_and_takes_no_warning_away() {
        for (asked, wanted, is_right) in [
            (None, "warn", true),
            (Some("ringfence::recorder=trace"), "ringfence::recorder=trace", true),
            (Some("ringfence=loud"), "warn", false),
        ] {
            let (filter, wrong) = filter(asked);
            assert_eq!((filter.to_string().as_str(), wrong.is_none()), (wanted, is_right), "{asked:?}");
        }
    }

    struct Told(Arc<Mutex<Vec<u8>>>);

    impl Write for Told {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(octets);
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}
