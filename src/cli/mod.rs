//! The command line: `ringfence VERB`, its help and its errors in both languages.

mod approve;
mod arguments;
mod board;
mod check;
mod demo;
mod explain;
mod hold;
mod keep_caller;
mod keeping;
mod keeping_arguments;
mod mask;
mod open;
mod open_log;
mod pin;
mod port;
mod port_learn;
mod rebuild;
mod reset;
mod restart_span;
mod run;
mod run_log;
mod service;
mod settings;
mod sim;
mod span;
mod template;
mod trace;
mod vault;
mod verify;

use std::{path::Path, process::ExitCode};

use frame::SpanId;

pub use arguments::{Asked, Verb};

use crate::{
    data_dir::{DataDir, DataDirError},
    handles::{Asker, LinesRefusal},
    words::{Language, command::Trouble, data_dir_error},
};

/// What a verb ends with: an exit code, or a sentence for stderr and exit code 1.
pub type Outcome = Result<ExitCode, Trouble>;

/// Runs the command line of this process.
pub fn main(arguments: impl Iterator<Item = String>, locale: Option<String>) -> ExitCode {
    let asked = match arguments::parse(arguments, locale.as_deref()) {
        Ok(asked) => asked,
        Err(arguments::Stop::Help(text)) => {
            say(&text);
            return ExitCode::SUCCESS;
        }
        Err(arguments::Stop::Wrong(language, trouble)) => {
            complain(&trouble.say(language));
            return ExitCode::from(2);
        }
    };
    let language = asked.language;
    act(asked).unwrap_or_else(|trouble| {
        complain(&trouble.say(language));
        ExitCode::FAILURE
    })
}

fn act(asked: Asked) -> Outcome {
    let language = asked.language;
    match asked.verb {
        Verb::Run(run) => run::run(run, language),
        Verb::Hold(hold) => hold::hold(hold, language),
        Verb::Sim(sim) => sim::sim(sim, language),
        Verb::Demo(demo) => demo::demo(demo, language),
        Verb::Board(act) => board::board(&act, language),
        Verb::Check(check) => check::check(&check, language),
        Verb::Verify(verify) => verify::verify(&verify, language),
        Verb::Settings(settings) => settings::settings(&settings, language),
        Verb::Trace(trace) => trace::trace(&trace, language),
        Verb::Explain(explain) => explain::explain(&explain, language),
        Verb::Service(service) => service::service(&service, language),
        Verb::KeepCaller(keep) => keep_caller::keep_caller(&keep, language),
        Verb::Span(span) => span::span(&span, language),
        Verb::Mask(asked) => mask::mask(&asked, language),
        Verb::Approve(asked) => approve::approve(&asked, language),
        Verb::Holds(asked) => keeping::holds(&asked, language),
        Verb::Erase(asked) => keeping::erase(&asked, language),
        Verb::Port(asked) => port::port(&asked, language),
        Verb::Pin => pin::pin(language),
        Verb::RestartSpan(restart) => restart_span::restart_span(&restart, language),
        Verb::Open(open) => open::open(open, language),
        Verb::Vault(asked) => vault::vault(&asked, language),
        Verb::Rebuild(rebuild) => rebuild::rebuild(&rebuild, language),
        Verb::Reset(asked) => reset::reset(&asked, language),
    }
}

/// Tells a person at the terminal. Nobody reading is no reason to stop.
#[allow(clippy::print_stdout)] // the one place where verbs write their answer
pub(crate) fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Tells a person at the terminal what does not belong to the answer, which may go into a file.
#[allow(clippy::print_stderr)] // beside an answer that is a document
pub(crate) fn note(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[allow(clippy::print_stderr)] // the one place where verbs complain
fn complain(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "ringfence: {text}");
}

/// Who asks a running box from the command line. The box asks the system who that is; what stands here is not believed.
fn console() -> Asker {
    Asker::Console { uid: nix::unistd::getuid().as_raw() }
}

/// The sentence for what the box did not do with a span.
fn lines_refused(why: LinesRefusal, span: SpanId, data: &Path) -> Trouble {
    match why {
        LinesRefusal::NoSuchSpan => Trouble::NoSuchSpan { span: span.0 },
        LinesRefusal::NotAudited => Trouble::NotAudited,
        LinesRefusal::NoSuchTimeslot => Trouble::NoSuchTimeslot { span: span.0 },
        // Nobody asked about a call.
        LinesRefusal::NoAnswer | LinesRefusal::NoSuchCall | LinesRefusal::NotOverIsdn => {
            Trouble::BoxSilent { path: data.display().to_string() }
        }
    }
}

/// The sentence for an operating system's refusal, where a verb did `what`.
pub(crate) fn system(what: &str) -> impl FnOnce(std::io::Error) -> Trouble {
    let what = what.to_owned();
    move |error| Trouble::System { what, why: error.to_string() }
}

/// Whether a data directory has settings already.
fn has_settings(data: &Path) -> bool {
    data.join("settings").read_dir().is_ok_and(|mut entries| entries.next().is_some())
}

/// Reads a file that a person named.
pub(crate) fn read_file(path: &Path) -> Result<String, Trouble> {
    std::fs::read_to_string(path)
        .map_err(|error| Trouble::CantRead { path: path.display().to_string(), why: error.to_string() })
}

/// Opens a data directory.
pub(crate) fn data_dir(path: &Path, create: bool, language: Language) -> Result<DataDir, Trouble> {
    let boot_id = os::boot_id().map_err(system("/proc/sys/kernel/random/boot_id"))?;
    let name = path.display().to_string();
    DataDir::open(path, create, &boot_id).map_err(|error| data_dir_trouble(name, &error, language))
}

/// The sentence for a data directory that can't be opened.
pub(crate) fn data_dir_trouble(path: String, error: &DataDirError, language: Language) -> Trouble {
    Trouble::DataDir { path, why: data_dir_error(error, language) }
}
