//! What may stand on the command line, as a table of verbs and options; help is made from it in both languages.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use access::TwoPersonAct;
use call::Masking;
use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser, error::ErrorKind, value_parser};
use frame::{CallId, EventNo, PersonId, RecordingId, SpanId, Timeslot};
use vault::CompartmentName;

use super::{
    keeping_arguments::{Erase, Holds, erase_command, erase_of, holds_command, holds_of},
    template,
    vault::Restore,
};
use crate::{
    opener::Whose,
    recorder::Day,
    words::{
        Language,
        command::{Help, Trouble},
    },
};

/// What a person asked for.
#[derive(Debug)]
pub struct Asked {
    /// In which language to answer.
    pub language: Language,
    /// What to do.
    pub verb: Verb,
}

/// The verbs with their options.
#[derive(Debug)]
pub enum Verb {
    /// Run the box.
    Run(Run),
    /// Run the box and hold what must outlive it.
    Hold(Hold),
    /// Hold the simulated cards.
    Sim(Sim),
    /// Show it.
    Demo(Demo),
    /// The real cards.
    Board(BoardAct),
    /// Check files.
    Check(Check),
    /// Check recordings.
    Verify(Verify),
    /// Open a recording.
    Open(Open),
    /// Who can open recordings.
    Vault(Vault),
    /// Rebuild the index.
    Rebuild(Rebuild),
    /// The box set back to how it was delivered.
    Reset(Reset),
    /// The settings of the running box.
    Settings(Settings),
    /// The trace of a D-channel.
    Trace(Trace),
    /// A call's story and ladder.
    Explain(Explain),
    /// How spans are.
    Span(Span),
    /// Restart one span.
    RestartSpan(RestartSpan),
    /// Take channels out of service, or put them back.
    Service(Service),
    /// Have a network keep who called.
    KeepCaller(KeepCaller),
    /// `mask`.
    Mask(Mask),
    /// `port`.
    Port(Port),
    /// The line that the settings keep of a PIN.
    Pin,
    /// Acts that need two.
    Approve(Approve),
    /// Holds.
    Holds(Holds),
    /// What must go.
    Erase(Erase),
}

/// Options of `approve`.
#[derive(Debug)]
pub struct Approve {
    /// The data directory of the running box.
    pub data: PathBuf,
    /// What to do.
    pub act: ApproveAct,
}

/// What to do about acts that need two.
#[derive(Debug)]
pub enum ApproveAct {
    /// List what waits.
    List,
    /// Ask for an act.
    Ask {
        /// Under whose name.
        name: String,
        /// Which act.
        act: TwoPersonAct,
        /// On what.
        object: String,
        /// Why.
        reason: String,
    },
    /// Grant one.
    Grant {
        /// Under whose name.
        name: String,
        /// Which.
        no: EventNo,
        /// Why.
        reason: String,
    },
    /// Refuse one.
    Refuse {
        /// Under whose name.
        name: String,
        /// Which.
        no: EventNo,
        /// Why.
        reason: String,
    },
    /// Withdraw one's own.
    Withdraw {
        /// Under whose name.
        name: String,
        /// Which.
        no: EventNo,
        /// Why.
        reason: String,
    },
}

/// Options of `service`.
#[derive(Debug)]
pub struct Service {
    /// The data directory of the running box.
    pub data: PathBuf,
    /// On which span.
    pub span: SpanId,
    /// Which channel; all where none is named.
    pub timeslot: Option<Timeslot>,
    /// They are to carry calls again.
    pub in_service: bool,
    /// Why.
    pub reason: String,
}

/// Options of `keep-caller`.
#[derive(Debug)]
pub struct KeepCaller {
    /// The data directory of the running box.
    pub data: PathBuf,
    /// Which call.
    pub call: CallId,
    /// Why.
    pub reason: String,
}

/// Options of `port`.
#[derive(Debug)]
pub struct Port {
    /// The data directory of the running box.
    pub data: PathBuf,
    /// Which: card and position, or a label.
    pub jack: String,
    /// What is to be done.
    pub act: PortAct,
}

/// What is to be done with a port.
#[derive(Debug)]
pub enum PortAct {
    /// To test it.
    Test {
        /// Why.
        reason: String,
        /// Also where it is the last free line of its group.
        even_last: bool,
        /// The telephone's jack that a cable joins it to.
        from: Option<String>,
    },
    /// To learn its busy tone.
    Learn {
        /// Why.
        reason: String,
        /// Nobody is asked whether what was heard is to be kept.
        yes: bool,
    },
}

/// Options of `mask`.
#[derive(Debug)]
pub struct Mask {
    /// The data directory of the running box.
    pub data: PathBuf,
    /// Which call.
    pub call: CallId,
    /// What.
    pub what: Masking,
    /// Whether; else it ends.
    pub on: bool,
}

/// Options of `trace`.
#[derive(Debug)]
pub struct Trace {
    /// The data directory of the running box.
    pub data: PathBuf,
    /// Which span's D-channel.
    pub span: SpanId,
    /// The file to write; standard output without it.
    pub out: Option<PathBuf>,
    /// Why.
    pub reason: String,
}

/// Options of `explain`.
#[derive(Debug)]
pub struct Explain {
    /// The data directory.
    pub data: PathBuf,
    /// Which call.
    pub call: CallId,
}

/// Options of `span`.
#[derive(Debug)]
pub struct Span {
    /// The data directory.
    pub data: PathBuf,
    /// Which; all where none is named.
    pub span: Option<SpanId>,
}

/// Options of `restart-span`.
#[derive(Debug)]
pub struct RestartSpan {
    /// The data directory of the running box.
    pub data: PathBuf,
    /// Which.
    pub span: SpanId,
    /// Whether the calls that are named may be lost.
    pub yes: bool,
    /// Why.
    pub reason: String,
}

/// Options of `run`.
#[derive(Debug)]
pub struct Run {
    /// The board file.
    pub board: PathBuf,
    /// The data directory.
    pub data: PathBuf,
    /// Settings for a data directory that has none.
    pub settings: Option<PathBuf>,
    /// Where the page listens.
    pub listen: SocketAddr,
    /// Whether a loopback address is served without TLS.
    pub plain_http: bool,
    /// Who holds the simulated cards, if not this process.
    pub lines: Option<PathBuf>,
    /// Who holds the call table, if not this process or a service manager.
    pub call_table: Option<PathBuf>,
}

/// Options of `hold`.
#[derive(Debug)]
pub struct Hold {
    /// How the box is run.
    pub run: Run,
    /// How long to wait before it is started again.
    pub pause: Duration,
}

/// Options of `sim`.
#[derive(Debug)]
pub struct Sim {
    /// The board file.
    pub board: PathBuf,
    /// The socket to which boxes attach.
    pub lines: PathBuf,
    /// The outside exchanges.
    pub peers: Vec<Peer>,
}

/// Where an outside exchange connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The span behind which it stands.
    pub span: SpanId,
    /// The socket of its D-channel.
    pub d_channel: PathBuf,
    /// The socket of its audio.
    pub audio: PathBuf,
}

/// Options of `demo`.
#[derive(Debug)]
pub struct Demo {
    /// The board file.
    pub board: PathBuf,
    /// The settings file.
    pub settings: PathBuf,
    /// The data directory; a new one if none is named.
    pub data: Option<PathBuf>,
    /// Whether to stop after the first call.
    pub once: bool,
    /// An outside exchange's program.
    pub exchange: Option<PathBuf>,
    /// What the caller says.
    pub voice: Option<PathBuf>,
}

/// What to do with the real cards.
#[derive(Debug)]
pub enum BoardAct {
    /// List them.
    Probe {
        /// The board file to write.
        out: Option<PathBuf>,
    },
    /// Compare them with a board file.
    Compare {
        /// The board file.
        board: PathBuf,
    },
    /// Set them as a board file says.
    Apply(BoardApply),
}

/// Options of `board apply`.
#[derive(Debug)]
pub struct BoardApply {
    /// The board file.
    pub board: PathBuf,
    /// The data directory of the box, which may run.
    pub data: PathBuf,
    /// Where the options of kernel modules are written.
    pub modprobe: PathBuf,
    /// Whether the calls that are named may end.
    pub end_calls: bool,
}

/// Options of `check`.
#[derive(Debug)]
pub struct Check {
    /// The board file.
    pub board: PathBuf,
    /// The settings file.
    pub settings: PathBuf,
}

/// Options of `verify`.
#[derive(Debug)]
pub struct Verify {
    /// What to check.
    pub path: PathBuf,
    /// Whether to decrypt, too.
    pub open: bool,
    /// The file of a root that was held outside.
    pub root: Option<PathBuf>,
    /// The fingerprint of the vault's certificate.
    pub key: Option<[u8; 32]>,
    /// The one day whose recordings are looked at.
    pub day: Option<Day>,
}

/// Options of `open`.
#[derive(Debug)]
pub struct Open {
    /// For whom.
    pub what: OpenFor,
}

/// For whom a recording is opened.
#[derive(Debug)]
pub enum OpenFor {
    /// For the process at the other end of standard input.
    Socket {
        /// How long it may be silent.
        idle: Duration,
    },
    /// For a person.
    Person {
        /// The data directory.
        data: PathBuf,
        /// Which.
        recording: RecordingId,
        /// The WAV file to write.
        out: PathBuf,
        /// Why.
        reason: String,
        /// Whose what is typed is.
        whose: Whose,
        /// Without the second person whom the settings want.
        breaks_glass: bool,
    },
}

/// Options of `vault`.
#[derive(Debug)]
pub struct Vault {
    /// The data directory.
    pub data: PathBuf,
    /// What.
    pub act: VaultAct,
}

/// What is asked of the vault's keys.
#[derive(Debug)]
pub enum VaultAct {
    /// Who can open.
    Keys,
    /// The ceremony.
    Ceremony {
        /// Who gets a slot.
        holders: Vec<PersonId>,
    },
    /// New keys.
    Rotate {
        /// Who opens the old ones.
        holder: PersonId,
        /// Who gets a slot, too.
        added: Vec<PersonId>,
        /// Why.
        reason: String,
    },
    /// Take a slot away.
    Remove {
        /// Whose.
        person: PersonId,
        /// Of compartments; else of the vault.
        is_member: bool,
        /// Why.
        reason: String,
    },
    /// Make a compartment, or let more people open one.
    Compartment {
        /// Its name.
        name: CompartmentName,
        /// Who opens the vault for it.
        holder: PersonId,
        /// Who gets a slot of it.
        members: Vec<PersonId>,
        /// Why.
        reason: String,
    },
    /// By two shares.
    Recover {
        /// Who gets a slot.
        holders: Vec<PersonId>,
        /// Whether an older backup stands in the keyring's place on purpose.
        from_older: bool,
        /// Why.
        reason: String,
    },
    /// What copies have not destroyed yet.
    Copies,
    /// The key of a store that a copy is in.
    StoreKey {
        /// The copy's name in the settings.
        copy: String,
        /// The key's id.
        id: String,
    },
    /// Write the keyring as a backup may have it.
    Backup {
        /// The file to write.
        out: PathBuf,
    },
    /// Open the event log that was brought back.
    OpenLog {
        /// By two shares of the recovery key; else by what is typed.
        by_shares: bool,
        /// Why.
        reason: String,
    },
    /// Bring it back from a copy.
    Restore(Restore),
    /// Another passphrase.
    Passphrase {
        /// Whose.
        person: PersonId,
    },
}

/// Options of `rebuild`.
#[derive(Debug)]
pub struct Rebuild {
    /// The data directory.
    pub data: PathBuf,
}

/// Options of `reset`.
#[derive(Debug)]
pub struct Reset {
    /// The data directory.
    pub data: PathBuf,
    /// The file for the log's last word.
    pub out: PathBuf,
    /// Why.
    pub reason: String,
}

/// Options of `settings`.
#[derive(Debug)]
pub struct Settings {
    /// The data directory of the running box.
    pub data: PathBuf,
    /// What to do.
    pub act: SettingsAct,
}

/// What to do with settings.
#[derive(Debug)]
pub enum SettingsAct {
    /// Show those that hold.
    Show,
    /// Say what a file would do.
    Try(PathBuf),
    /// Let a file hold.
    Apply(PathBuf),
    /// Print rows for how long recordings are kept; without a name, what there is.
    Template(Option<String>),
}

/// Why there is nothing to do.
#[derive(Debug)]
pub enum Stop {
    /// Help was asked for: its text.
    Help(String),
    /// The command line is wrong.
    Wrong(Language, Trouble),
}

pub(super) const THERE: &str = "clap made sure that it is there";
pub(super) const DATA_DIR: &str = "/var/lib/ringfence";
/// As on the page.
const REASON_MAX_CHARS: usize = 200;
const MODPROBE_FILE: &str = "/etc/modprobe.d/ringfence.conf";
const LISTEN: &str = "127.0.0.1:8443";

/// Reads a command line without its program name.
///
/// # Errors
/// [`Stop`], when there is nothing to do.
pub fn parse(arguments: impl Iterator<Item = String>, locale: Option<&str>) -> Result<Asked, Stop> {
    let arguments: Vec<String> = arguments.collect();
    let language = language_of(&arguments, locale);
    let command = command(language);
    let matches = command.try_get_matches_from(&arguments).map_err(|error| stop(&error, language))?;
    let verb = match matches.subcommand() {
        Some(("run", of)) => Verb::Run(run_of(of)),
        Some(("hold", of)) => Verb::Hold(Hold { run: run_of(of), pause: pause_of(of) }),
        Some(("sim", of)) => Verb::Sim(sim_of(of)),
        Some(("demo", of)) => Verb::Demo(demo_of(of)),
        Some(("board", of)) => Verb::Board(board_of(of)),
        Some(("check", of)) => Verb::Check(Check { board: path(of, "board"), settings: path(of, "settings") }),
        Some(("verify", of)) => Verb::Verify(Verify {
            path: path(of, "path"),
            open: of.get_flag("open"),
            root: of.get_one("root").cloned(),
            key: of.get_one("key").copied(),
            day: of.get_one("day").cloned(),
        }),
        Some(("settings", of)) => Verb::Settings(settings_of(of)),
        Some(("open", of)) => Verb::Open(Open { what: open_of(of) }),
        Some(("vault", of)) => Verb::Vault(vault_of(of)),
        Some(("trace", of)) => Verb::Trace(trace_of(of)),
        Some(("explain", of)) => {
            Verb::Explain(Explain { data: path(of, "data"), call: *of.get_one("call").expect(THERE) })
        }
        Some(("span", of)) => Verb::Span(Span { data: path(of, "data"), span: of.get_one("span").copied() }),
        Some(("restart-span", of)) => Verb::RestartSpan(restart_span_of(of)),
        Some(("service", of)) => Verb::Service(service_of(of)),
        Some(("pin", _)) => Verb::Pin,
        Some(("approve", of)) => Verb::Approve(approve_of(of)),
        Some(("holds", of)) => Verb::Holds(holds_of(of)),
        Some(("erase", of)) => Verb::Erase(erase_of(of)),
        Some(("mask", of)) => Verb::Mask(mask_of(of)),
        Some(("port", of)) => Verb::Port(port_of(of)),
        Some(("keep-caller", of)) => Verb::KeepCaller(keep_caller_of(of)),
        Some(("rebuild", of)) => Verb::Rebuild(Rebuild { data: path(of, "data") }),
        Some(("reset", of)) => Verb::Reset(Reset {
            data: path(of, "data"),
            out: path(of, "out"),
            reason: of.get_one::<String>("reason").cloned().expect(THERE),
        }),
        other => unreachable!("clap knows no verb that this table does not: {other:?}"),
    };
    Ok(Asked { language, verb })
}

/// `--lang` wherever it stands, else the locale, else Chinese. Looked for before parsing, because help is parsed, too.
fn language_of(arguments: &[String], locale: Option<&str>) -> Language {
    let mut after = arguments.iter().skip_while(|argument| *argument != "--lang").skip(1);
    let next = after.next().map(String::as_str);
    let joined = arguments.iter().find_map(|argument| argument.strip_prefix("--lang="));
    let named = joined.or(next).and_then(|tag| tag.parse().ok());
    named.unwrap_or_else(|| Language::of_locale(locale.unwrap_or_default()))
}

fn command(language: Language) -> Command {
    let verb = |name: &'static str, about: &Help| localised(Command::new(name), language).about(about.say(language));
    let option = |name: &'static str, value: &'static str, help: &Help| {
        Arg::new(name).long(name).value_name(value).value_parser(value_parser!(PathBuf)).help(help.say(language))
    };
    let board = || option("board", "FILE", &Help::Board);
    let settings = || option("settings", "FILE", &Help::SettingsFile);
    let data = || option("data", "DIR", &Help::Data);
    let flag =
        |name: &'static str, help: &Help| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help.say(language));
    let listen = || {
        let listen = Arg::new("listen").long("listen").value_name("ADDR").default_value(LISTEN);
        listen.value_parser(value_parser!(SocketAddr)).help(Help::Listen.say(language))
    };
    let pause = Arg::new("pause").long("pause").value_name("S").default_value("0").value_parser(value_parser!(u64));
    let peer = Arg::new("peer")
        .long("peer")
        .value_name("SPAN:D:AUDIO")
        .action(ArgAction::Append)
        .value_parser(peer_of)
        .help(Help::Peer.say(language));
    let lines = || option("lines", "SOCKET", &Help::Lines);
    let run = |name: &'static str, about: &Help| {
        verb(name, about)
            .arg(board().required(true))
            .arg(data().default_value(DATA_DIR))
            .arg(settings())
            .arg(listen())
            .arg(flag("plain-http", &Help::PlainHttp))
            .arg(lines())
            .arg(option("call-table", "FILE", &Help::CallTable))
    };
    localised(Command::new("ringfence"), language)
        .about(Help::About.say(language))
        .version(env!("CARGO_PKG_VERSION"))
        .disable_version_flag(true)
        .subcommand_required(true)
        .subcommand_value_name(Help::Verbs.say(language))
        .subcommand_help_heading(Help::Verbs.say(language))
        .disable_help_subcommand(true)
        .subcommand(run("run", &Help::Run))
        .subcommand(run("hold", &Help::Hold).arg(pause.help(Help::HoldPause.say(language))))
        .subcommand(
            verb("sim", &Help::Sim)
                .arg(board().required(true))
                .arg(option("lines", "SOCKET", &Help::HeldLines).required(true))
                .arg(peer),
        )
        .subcommand(
            verb("demo", &Help::Demo)
                .arg(board().default_value("board/demo.toml"))
                .arg(settings().default_value("board/demo.settings.toml"))
                .arg(data())
                .arg(flag("once", &Help::Once))
                .arg(option("exchange", "PROGRAM", &Help::Exchange))
                .arg(option("voice", "FILE", &Help::Voice)),
        )
        .subcommand(verb("pin", &Help::Pin))
        .subcommand(verb("check", &Help::Check).arg(board().required(true)).arg(settings().required(true)))
        .subcommand(
            verb("verify", &Help::Verify)
                .arg(
                    Arg::new("path")
                        .value_name("PATH")
                        .required(true)
                        .value_parser(value_parser!(PathBuf))
                        .help(Help::VerifyPath.say(language)),
                )
                .arg(flag("open", &Help::VerifyOpen))
                .arg(option("root", "FILE", &Help::VerifyRoot))
                .arg(
                    Arg::new("key")
                        .long("key")
                        .value_name("FINGERPRINT")
                        .value_parser(fingerprint)
                        .help(Help::VerifyKey.say(language)),
                )
                .arg(
                    Arg::new("day")
                        .long("day")
                        .value_name("YYYY-MM-DD")
                        .value_parser(|text: &str| text.parse::<Day>())
                        .help(Help::VerifyDay.say(language)),
                ),
        )
        .subcommand(
            verb("open", &Help::Open)
                .arg(
                    Arg::new("recording")
                        .value_name("RECORDING")
                        .required_unless_present("serve")
                        .value_parser(|text: &str| text.parse::<RecordingId>().map_err(|_| "LIFE-NUMBER"))
                        .help(Help::OpenRecording.say(language)),
                )
                .arg(data().default_value(DATA_DIR))
                .arg(option("out", "FILE", &Help::OpenOut).required_unless_present("serve"))
                .arg(
                    Arg::new("reason")
                        .long("reason")
                        .value_name("TEXT")
                        .required_unless_present("serve")
                        .value_parser(reason)
                        .help(Help::OpenReason.say(language)),
                )
                .arg(holder("as", "holder").help(Help::VaultAs.say(language)))
                .arg(flag("shares", &Help::OpenShares).conflicts_with("holder"))
                .arg(flag("break-glass", &Help::OpenBreakGlass).conflicts_with("shares").requires("holder"))
                // How the box starts its opener; people have no use for it.
                .arg(Arg::new("serve").long("serve").value_name("MS").value_parser(value_parser!(u64)).hide(true)),
        )
        .subcommand(verb("rebuild", &Help::Rebuild).arg(data().default_value(DATA_DIR)))
        .subcommand(
            verb("reset", &Help::Reset)
                .arg(data().default_value(DATA_DIR))
                .arg(option("out", "FILE", &Help::ResetOut).required(true))
                .arg(
                    Arg::new("reason")
                        .long("reason")
                        .value_name("TEXT")
                        .required(true)
                        .value_parser(reason)
                        .help(Help::OpenReason.say(language)),
                ),
        )
        .subcommand(settings_command(language))
        .subcommand(approve_command(language))
        .subcommand(holds_command(language))
        .subcommand(erase_command(language))
        .subcommand(vault_command(language))
        .subcommand(board_command(language))
        .subcommands(lines_commands(language))
}

/// The verbs about lines and calls of the running box.
fn lines_commands(language: Language) -> [Command; 8] {
    let verb = |name: &'static str, about: &Help| {
        let data = Arg::new("data").long("data").value_name("DIR").value_parser(value_parser!(PathBuf));
        let data = data.default_value(DATA_DIR).help(Help::Data.say(language));
        localised(Command::new(name), language).about(about.say(language)).arg(data)
    };
    let span = || {
        let span = Arg::new("span").value_name("SPAN").required(true);
        span.value_parser(|text: &str| text.parse().map(SpanId).map_err(|_| "SPAN")).help(Help::Span.say(language))
    };
    let call = || {
        let call = Arg::new("call").value_name("CALL").required(true).help(Help::Call.say(language));
        call.value_parser(|text: &str| text.parse::<CallId>().map_err(|_| "LIFE-NUMBER"))
    };
    let jack = || Arg::new("jack").value_name("PORT").required(true).help(Help::Jack.say(language));
    let timeslot = Arg::new("timeslot").value_name("TIMESLOT").help(Help::Timeslot.say(language));
    let timeslot = timeslot.value_parser(|text: &str| text.parse().map(Timeslot).map_err(|_| "TIMESLOT"));
    let state = Arg::new("state").value_name("out|in").required(true).value_parser(["out", "in"]);
    let out = Arg::new("out").long("out").value_name("FILE").value_parser(value_parser!(PathBuf));
    let why = || {
        let why = Arg::new("reason").long("reason").value_name("TEXT").value_parser(reason);
        why.help(Help::OpenReason.say(language))
    };
    let masked = Arg::new("what").value_name("WHAT").required(true).value_parser(["secret-input", "pause"]);
    let end = Arg::new("end").long("end").action(ArgAction::SetTrue);
    let even_last =
        Arg::new("even-last").long("even-last").action(ArgAction::SetTrue).help(Help::EvenLast.say(language));
    let from =
        Arg::new("from").long("from").value_name("PORT").conflicts_with("even-last").help(Help::TestFrom.say(language));
    let yes = Arg::new("yes").long("yes").action(ArgAction::SetTrue).help(Help::Yes.say(language));
    [
        verb("trace", &Help::Trace).arg(span()).arg(out.help(Help::TraceOut.say(language))).arg(why()),
        verb("explain", &Help::Explain).arg(call()),
        verb("span", &Help::SpanState).arg(span().required(false)),
        verb("restart-span", &Help::RestartSpan).arg(span()).arg(yes.clone()).arg(why()),
        verb("service", &Help::Service)
            .arg(span())
            .arg(state.help(Help::ServiceState.say(language)))
            .arg(timeslot)
            .arg(why()),
        verb("keep-caller", &Help::KeepCaller).arg(call()).arg(why()),
        localised(Command::new("port"), language)
            .about(Help::Port.say(language))
            .subcommand_required(true)
            .subcommand_value_name(Help::Verbs.say(language))
            .subcommand_help_heading(Help::Verbs.say(language))
            .disable_help_subcommand(true)
            .subcommand(verb("test", &Help::PortTest).arg(jack()).arg(even_last).arg(from).arg(why()))
            .subcommand(verb("learn", &Help::PortLearn).arg(jack()).arg(why()).arg(yes)),
        verb("mask", &Help::Mask)
            .arg(call())
            .arg(masked.help(Help::Masked.say(language)))
            .arg(end.help(Help::MaskEnd.say(language))),
    ]
}

/// 64 hexadecimal digits.
fn fingerprint(text: &str) -> Result<[u8; 32], &'static str> {
    const WANTED: &str = "64 hexadecimal digits";
    if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(WANTED);
    }
    let mut octets = [0; 32];
    for (octet, at) in octets.iter_mut().zip((0..64).step_by(2)) {
        *octet = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| WANTED)?;
    }
    Ok(octets)
}

fn trace_of(of: &ArgMatches) -> Trace {
    Trace {
        data: path(of, "data"),
        span: *of.get_one("span").expect(THERE),
        out: of.get_one("out").cloned(),
        reason: of.get_one::<String>("reason").cloned().unwrap_or_default(),
    }
}

fn restart_span_of(of: &ArgMatches) -> RestartSpan {
    RestartSpan {
        data: path(of, "data"),
        span: *of.get_one("span").expect(THERE),
        yes: of.get_flag("yes"),
        reason: of.get_one::<String>("reason").cloned().unwrap_or_default(),
    }
}

fn service_of(of: &ArgMatches) -> Service {
    Service {
        data: path(of, "data"),
        span: *of.get_one("span").expect(THERE),
        timeslot: of.get_one("timeslot").copied(),
        in_service: of.get_one::<String>("state").is_some_and(|state| state == "in"),
        reason: of.get_one::<String>("reason").cloned().unwrap_or_default(),
    }
}

fn keep_caller_of(of: &ArgMatches) -> KeepCaller {
    KeepCaller {
        data: path(of, "data"),
        call: *of.get_one("call").expect(THERE),
        reason: of.get_one::<String>("reason").cloned().unwrap_or_default(),
    }
}

fn port_of(of: &ArgMatches) -> Port {
    let (verb, of) = of.subcommand().expect(THERE);
    let reason = of.get_one::<String>("reason").cloned().unwrap_or_default();
    let act = match verb {
        "test" => PortAct::Test { reason, even_last: of.get_flag("even-last"), from: of.get_one("from").cloned() },
        "learn" => PortAct::Learn { reason, yes: of.get_flag("yes") },
        other => unreachable!("clap knows no verb of `port` that this table does not: {other}"),
    };
    Port { data: path(of, "data"), jack: of.get_one::<String>("jack").cloned().expect(THERE), act }
}

fn mask_of(of: &ArgMatches) -> Mask {
    let pause = of.get_one::<String>("what").is_some_and(|what| what == "pause");
    Mask {
        data: path(of, "data"),
        call: *of.get_one("call").expect(THERE),
        what: if pause { Masking::Pause } else { Masking::SecretInput },
        on: !of.get_flag("end"),
    }
}

fn settings_command(language: Language) -> Command {
    let verb = |name: &'static str, about: &Help| localised(Command::new(name), language).about(about.say(language));
    let path = |name: &'static str, value: &'static str, help: &Help| {
        Arg::new(name).value_name(value).value_parser(value_parser!(PathBuf)).help(help.say(language))
    };
    let data = || path("data", "DIR", &Help::Data).long("data").default_value(DATA_DIR);
    let file = || path("file", "FILE", &Help::NewSettings).required(true);
    let name = Arg::new("name")
        .value_name("NAME")
        .value_parser(PossibleValuesParser::new(template::names()))
        .hide_possible_values(true)
        .help(Help::TemplateName.say(language));
    verb("settings", &Help::Settings)
        .subcommand_required(true)
        .subcommand_value_name(Help::Verbs.say(language))
        .subcommand_help_heading(Help::Verbs.say(language))
        .disable_help_subcommand(true)
        .subcommand(verb("show", &Help::SettingsShow).arg(data()))
        .subcommand(verb("try", &Help::SettingsTry).arg(file()).arg(data()))
        .subcommand(verb("apply", &Help::SettingsApply).arg(file()).arg(data()))
        .subcommand(verb("template", &Help::SettingsTemplate).arg(name))
}

fn approve_command(language: Language) -> Command {
    let verb = |name: &'static str, about: &Help| localised(Command::new(name), language).about(about.say(language));
    let data = || {
        let data = Arg::new("data").long("data").value_name("DIR").value_parser(value_parser!(PathBuf));
        data.default_value(DATA_DIR).help(Help::Data.say(language))
    };
    let text = |name: &'static str, value: &'static str, help: &Help| {
        Arg::new(name).value_name(value).value_parser(reason).help(help.say(language))
    };
    let name = || text("as", "NAME", &Help::ApproveAs).long("as").required(true);
    let why = || text("reason", "TEXT", &Help::OpenReason).long("reason");
    let no = || Arg::new("no").value_name("NO").required(true).value_parser(value_parser!(u64));
    let answer = |verb: Command| verb.arg(no().help(Help::ApproveNo.say(language))).arg(name()).arg(why()).arg(data());
    let act = Arg::new("act").value_name("ACT").required(true);
    let act = act.value_parser(TwoPersonAct::ALL.map(TwoPersonAct::tag)).help(Help::ApproveWhat.say(language));
    let object = text("object", "OBJECT", &Help::ApproveObject).required(true);
    verb("approve", &Help::Approve)
        .subcommand_required(true)
        .subcommand_value_name(Help::Verbs.say(language))
        .subcommand_help_heading(Help::Verbs.say(language))
        .disable_help_subcommand(true)
        .subcommand(verb("list", &Help::ApproveList).arg(data()))
        .subcommand(
            verb("ask", &Help::ApproveAsk).arg(act).arg(object).arg(name()).arg(why().required(true)).arg(data()),
        )
        .subcommand(answer(verb("grant", &Help::ApproveGrant)))
        .subcommand(answer(verb("refuse", &Help::ApproveRefuse)))
        .subcommand(answer(verb("withdraw", &Help::ApproveWithdraw)))
}

fn approve_of(of: &ArgMatches) -> Approve {
    let (verb, of) = of.subcommand().expect(THERE);
    let text = |name: &str| of.try_get_one::<String>(name).ok().flatten().cloned().unwrap_or_default();
    let no = || EventNo(*of.get_one("no").expect(THERE));
    let (name, reason) = (text("as"), text("reason"));
    let act = match verb {
        "list" => ApproveAct::List,
        "ask" => {
            let act = TwoPersonAct::of_tag(&text("act")).expect("clap knows the acts");
            ApproveAct::Ask { name, act, object: text("object"), reason }
        }
        "grant" => ApproveAct::Grant { name, no: no(), reason },
        "refuse" => ApproveAct::Refuse { name, no: no(), reason },
        "withdraw" => ApproveAct::Withdraw { name, no: no(), reason },
        other => unreachable!("clap knows no verb that this table does not: {other}"),
    };
    Approve { data: path(of, "data"), act }
}

/// A person's number.
fn holder(option: &'static str, name: &'static str) -> Arg {
    let holder = Arg::new(name).long(option).value_name("PERSON");
    holder.value_parser(|text: &str| text.parse().map(PersonId).map_err(|_| "PERSON"))
}

fn vault_command(language: Language) -> Command {
    let verb = |name: &'static str, about: &Help| {
        let data = Arg::new("data").long("data").value_name("DIR").value_parser(value_parser!(PathBuf));
        let data = data.default_value(DATA_DIR).help(Help::Data.say(language));
        localised(Command::new(name), language).about(about.say(language)).arg(data)
    };
    let why = || {
        let why = Arg::new("reason").long("reason").value_name("TEXT").required(true).value_parser(reason);
        why.help(Help::OpenReason.say(language))
    };
    let holders = || holder("holder", "holders").action(ArgAction::Append).help(Help::VaultHolder.say(language));
    let older = Arg::new("older-backup").long("older-backup").action(ArgAction::SetTrue);
    let older = older.help(Help::VaultOlderBackup.say(language));
    let members = || holder("member", "members").action(ArgAction::Append).help(Help::VaultMember.say(language));
    let name = Arg::new("name").value_name("NAME").required(true).help(Help::VaultCompartmentName.say(language));
    let name = name.value_parser(|text: &str| CompartmentName::parse(text).ok_or("NAME"));
    let out = Arg::new("out").long("out").value_name("FILE").value_parser(value_parser!(PathBuf));
    let copy = Arg::new("copy").value_name("NAME").required(true).help(Help::VaultStoreKeyCopy.say(language));
    let id = Arg::new("id").long("id").value_name("ID").required(true).help(Help::VaultStoreKeyId.say(language));
    let as_holder = || holder("as", "holder").required(true).help(Help::VaultAs.say(language));
    let shares = Arg::new("shares").long("shares").action(ArgAction::SetTrue).help(Help::OpenShares.say(language));
    localised(Command::new("vault"), language)
        .about(Help::Vault.say(language))
        .subcommand_required(true)
        .subcommand_value_name(Help::Verbs.say(language))
        .subcommand_help_heading(Help::Verbs.say(language))
        .disable_help_subcommand(true)
        .subcommand(verb("keys", &Help::VaultKeys))
        .subcommand(verb("copies", &Help::VaultCopies))
        .subcommand(verb("store-key", &Help::VaultStoreKey).arg(copy).arg(id))
        .subcommand(verb("ceremony", &Help::VaultCeremony).arg(holders().required(true)))
        .subcommand(verb("rotate", &Help::VaultRotate).arg(as_holder()).arg(holders()).arg(why()))
        .subcommand(
            verb("remove", &Help::VaultRemove)
                .arg(holders().action(ArgAction::Set).required_unless_present("members").conflicts_with("members"))
                .arg(members().action(ArgAction::Set))
                .arg(why()),
        )
        .subcommand(verb("compartment", &Help::VaultCompartment).arg(name).arg(as_holder()).arg(members()).arg(why()))
        .subcommand(verb("recover", &Help::VaultRecover).arg(holders().required(true)).arg(older).arg(why()))
        .subcommand(verb("passphrase", &Help::VaultPassphrase).arg(as_holder()))
        .subcommand(verb("backup", &Help::VaultBackup).arg(out.required(true).help(Help::VaultBackupOut.say(language))))
        .subcommand(restore_options(verb("restore", &Help::VaultRestore), language).arg(why()))
        .subcommand(verb("open-log", &Help::VaultOpenLog).arg(shares).arg(why()))
}

fn restore_options(verb: Command, language: Language) -> Command {
    let text = |name: &'static str, value: &'static str, help: &Help| {
        Arg::new(name).long(name).value_name(value).help(help.say(language))
    };
    let file = |name, help| text(name, "FILE", help).value_parser(value_parser!(PathBuf));
    let in_host = Arg::new("bucket-in-host").long("bucket-in-host").action(ArgAction::SetTrue);
    verb.arg(text("from", "COPY", &Help::VaultRestoreFrom).required(true))
        .arg(file("root", &Help::VerifyRoot))
        .arg(text("key", "FINGERPRINT", &Help::VerifyKey).value_parser(fingerprint))
        .arg(text("id", "ID", &Help::VaultStoreKeyId))
        .arg(file("ca", &Help::VaultRestoreCa))
        .arg(text("region", "REGION", &Help::VaultRestoreRegion))
        .arg(in_host.help(Help::VaultRestoreInHost.say(language)))
}

fn restore_of(of: &ArgMatches) -> Restore {
    Restore {
        from: of.get_one::<String>("from").cloned().expect(THERE),
        ca: of.get_one("ca").cloned(),
        region: of.get_one("region").cloned(),
        bucket_in_host: of.get_flag("bucket-in-host"),
        id: of.get_one("id").cloned(),
        root: of.get_one("root").cloned(),
        key: of.get_one("key").copied(),
        reason: of.get_one::<String>("reason").cloned().expect(THERE),
    }
}

fn vault_of(of: &ArgMatches) -> Vault {
    let (verb, of) = of.subcommand().expect(THERE);
    let holders = || of.get_many("holders").into_iter().flatten().copied().collect::<Vec<PersonId>>();
    let why = || of.get_one::<String>("reason").cloned().expect(THERE);
    let act = match verb {
        "keys" => VaultAct::Keys,
        "copies" => VaultAct::Copies,
        "store-key" => VaultAct::StoreKey {
            copy: of.get_one::<String>("copy").cloned().expect(THERE),
            id: of.get_one::<String>("id").cloned().expect(THERE),
        },
        "ceremony" => VaultAct::Ceremony { holders: holders() },
        "rotate" => VaultAct::Rotate { holder: *of.get_one("holder").expect(THERE), added: holders(), reason: why() },
        "remove" => {
            let (holder, member) = (of.get_one("holders"), of.get_one("members"));
            let person = *holder.or(member).expect(THERE);
            VaultAct::Remove { person, is_member: member.is_some(), reason: why() }
        }
        "compartment" => VaultAct::Compartment {
            name: of.get_one::<CompartmentName>("name").cloned().expect(THERE),
            holder: *of.get_one("holder").expect(THERE),
            members: of.get_many("members").into_iter().flatten().copied().collect(),
            reason: why(),
        },
        "recover" => VaultAct::Recover { holders: holders(), from_older: of.get_flag("older-backup"), reason: why() },
        "backup" => VaultAct::Backup { out: path(of, "out") },
        "restore" => VaultAct::Restore(restore_of(of)),
        "open-log" => VaultAct::OpenLog { by_shares: of.get_flag("shares"), reason: why() },
        "passphrase" => VaultAct::Passphrase { person: *of.get_one("holder").expect(THERE) },
        other => unreachable!("clap knows no verb that this table does not: {other}"),
    };
    Vault { data: path(of, "data"), act }
}

fn board_command(language: Language) -> Command {
    let verb = |name: &'static str, about: &Help| localised(Command::new(name), language).about(about.say(language));
    let path = |name: &'static str, value: &'static str, help: &Help| {
        let path = Arg::new(name).long(name).value_name(value).value_parser(value_parser!(PathBuf));
        path.help(help.say(language))
    };
    let board = || path("board", "FILE", &Help::Board).required(true);
    let end_calls = Arg::new("end-calls").long("end-calls").action(ArgAction::SetTrue);
    let apply = verb("apply", &Help::BoardApply)
        .arg(board())
        .arg(path("data", "DIR", &Help::Data).default_value(DATA_DIR))
        .arg(path("modprobe", "FILE", &Help::Modprobe).default_value(MODPROBE_FILE))
        .arg(end_calls.help(Help::EndCalls.say(language)));
    verb("board", &Help::BoardVerb)
        .subcommand_required(true)
        .subcommand_value_name(Help::Verbs.say(language))
        .subcommand_help_heading(Help::Verbs.say(language))
        .disable_help_subcommand(true)
        .subcommand(verb("probe", &Help::BoardProbe).arg(path("out", "FILE", &Help::BoardOut)))
        .subcommand(verb("compare", &Help::BoardCompare).arg(board()))
        .subcommand(apply)
}

fn board_of(of: &ArgMatches) -> BoardAct {
    let (verb, of) = of.subcommand().expect(THERE);
    match verb {
        "probe" => BoardAct::Probe { out: of.get_one("out").cloned() },
        "compare" => BoardAct::Compare { board: path(of, "board") },
        "apply" => BoardAct::Apply(BoardApply {
            board: path(of, "board"),
            data: path(of, "data"),
            modprobe: path(of, "modprobe"),
            end_calls: of.get_flag("end-calls"),
        }),
        other => unreachable!("clap knows no verb that this table does not: {other}"),
    }
}

fn settings_of(of: &ArgMatches) -> Settings {
    let (verb, of) = of.subcommand().expect(THERE);
    let act = match verb {
        "show" => SettingsAct::Show,
        "try" => SettingsAct::Try(path(of, "file")),
        "apply" => SettingsAct::Apply(path(of, "file")),
        "template" => {
            return Settings { data: PathBuf::new(), act: SettingsAct::Template(of.get_one("name").cloned()) };
        }
        other => unreachable!("clap knows no verb that this table does not: {other}"),
    };
    Settings { data: path(of, "data"), act }
}

/// Clap's own English words in the wanted language: headings, help and the usage line.
pub(super) fn localised(command: Command, language: Language) -> Command {
    let (usage, options) = (Help::Usage.say(language), Help::Options.say(language));
    command
        .help_template(format!("{{about}}\n\n{usage}: {{usage}}\n\n{{all-args}}"))
        .disable_help_flag(true)
        .next_help_heading(options)
        .arg(Arg::new("help").long("help").short('h').action(ArgAction::Help).help(Help::Help.say(language)))
        .arg(
            Arg::new("lang")
                .long("lang")
                .value_name("LANG")
                .global(true)
                .value_parser(["zh-CN", "en"])
                .hide_possible_values(true)
                .help(Help::Lang.say(language)),
        )
}

fn run_of(of: &ArgMatches) -> Run {
    Run {
        board: path(of, "board"),
        data: path(of, "data"),
        settings: of.get_one("settings").cloned(),
        listen: *of.get_one("listen").expect("it has a default"),
        plain_http: of.get_flag("plain-http"),
        lines: of.get_one("lines").cloned(),
        call_table: of.get_one("call-table").cloned(),
    }
}

fn pause_of(of: &ArgMatches) -> Duration {
    Duration::from_secs(*of.get_one("pause").expect("it has a default"))
}

fn sim_of(of: &ArgMatches) -> Sim {
    let peers = of.get_many("peer").into_iter().flatten().cloned().collect();
    Sim { board: path(of, "board"), lines: path(of, "lines"), peers }
}

/// `SPAN:D:AUDIO`; the sockets' paths have no colon.
fn peer_of(text: &str) -> Result<Peer, &'static str> {
    let mut parts = text.split(':');
    let (Some(span), Some(d_channel), Some(audio), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("SPAN:D:AUDIO");
    };
    let span = SpanId(span.parse().map_err(|_| "SPAN")?);
    Ok(Peer { span, d_channel: d_channel.into(), audio: audio.into() })
}

fn demo_of(of: &ArgMatches) -> Demo {
    Demo {
        board: path(of, "board"),
        settings: path(of, "settings"),
        data: of.get_one("data").cloned(),
        once: of.get_flag("once"),
        exchange: of.get_one("exchange").cloned(),
        voice: of.get_one("voice").cloned(),
    }
}

fn open_of(of: &ArgMatches) -> OpenFor {
    if let Some(ms) = of.get_one("serve") {
        return OpenFor::Socket { idle: Duration::from_millis(*ms) };
    }
    OpenFor::Person {
        data: path(of, "data"),
        recording: *of.get_one("recording").expect(THERE),
        out: path(of, "out"),
        reason: of.get_one::<String>("reason").cloned().expect(THERE),
        whose: match of.get_one("holder") {
            _ if of.get_flag("shares") => Whose::Shares,
            Some(person) => Whose::Persons(*person),
            None => Whose::Anybodys,
        },
        breaks_glass: of.get_flag("break-glass"),
    }
}

/// A reason is a line that says something.
pub(super) fn reason(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= REASON_MAX_CHARS && !text.chars().any(vault::breaks_line);
    if fits { Ok(text.to_owned()) } else { Err("TEXT") }
}

pub(super) fn path(of: &ArgMatches, name: &str) -> PathBuf {
    of.get_one::<PathBuf>(name).cloned().expect(THERE)
}

fn stop(error: &clap::Error, language: Language) -> Stop {
    if error.kind() == ErrorKind::DisplayHelp {
        return Stop::Help(error.to_string().trim_end().to_owned());
    }
    let what: Vec<String> = error.context().filter_map(|(kind, value)| named(kind, value)).collect();
    let what = if what.is_empty() { "ringfence".to_owned() } else { what.join(", ") };
    Stop::Wrong(language, Trouble::BadArguments { what })
}

/// The parts of clap's error that name something on the command line, without clap's sentences.
fn named(kind: clap::error::ContextKind, value: &clap::error::ContextValue) -> Option<String> {
    use clap::error::ContextKind as K;
    matches!(kind, K::InvalidArg | K::InvalidSubcommand | K::InvalidValue).then(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str, locale: &str) -> Result<Asked, Stop> {
        parse(std::iter::once("ringfence").chain(line.split_whitespace()).map(str::to_owned), Some(locale))
    }

    fn help(line: &str, locale: &str) -> String {
        match parsed(line, locale) {
            Err(Stop::Help(text)) => text,
            other => panic!("no help: {other:?}"),
        }
    }

    #[test]
    fn every_verb_has_help_in_both_languages() {
        let of_settings = ["settings", "settings show", "settings try", "settings apply", "settings template"];
        let of_vault = [
            "keys",
            "copies",
            "store-key",
            "ceremony",
            "rotate",
            "remove",
            "recover",
            "passphrase",
            "backup",
            "restore",
            "open-log",
        ]
        .map(|verb| format!("vault {verb}"));
        for verb in [
            "",
            "run",
            "sim",
            "demo",
            "check",
            "verify",
            "open",
            "rebuild",
            "trace",
            "explain",
            "span",
            "restart-span",
            "service",
            "keep-caller",
            "mask",
            "port",
            "port test",
        ]
        .into_iter()
        .chain(of_settings)
        .chain(["vault"])
        .chain(of_vault.iter().map(String::as_str))
        {
            let (zh, en) = (help(&format!("{verb} --help"), "zh_CN.UTF-8"), help(&format!("{verb} --help"), "en_US"));
            assert!(zh.contains("用法") && zh.contains("显示帮助"), "{zh}");
            assert!(en.contains("Usage") && en.contains("Show this help"), "{en}");
            assert!(!zh.contains("Options") && !zh.contains("Print"), "{zh}");
        }
    }

    #[test]
    fn service_takes_a_whole_span_or_one_timeslot() {
        let asked = |line: &str| match parsed(line, "C").unwrap().verb {
            Verb::Service(Service { span, timeslot, in_service, .. }) => (span.0, timeslot, in_service),
            other => panic!("{other:?}"),
        };
        assert_eq!(asked("service 3 out"), (3, None, false));
        assert_eq!(asked("service 0 in 17"), (0, Some(Timeslot(17)), true));
        assert!(parsed("service 3", "C").is_err());
        assert!(parsed("service 3 out x", "C").is_err());
    }

    #[test]
    fn lang_wins_over_the_locale_and_chinese_is_the_default() {
        assert!(help("--lang en --help", "zh_CN").contains("Usage"));
        assert!(help("run --lang=zh-CN --help", "en_US").contains("用法"));
        assert!(help("--help", "C").contains("用法"));
    }

    #[test]
    fn run_has_the_documented_defaults() {
        let Ok(Asked { verb: Verb::Run(run), .. }) = parsed("run --board b.toml", "en") else { panic!() };
        assert_eq!(run.data, PathBuf::from(DATA_DIR));
        assert_eq!(run.listen.to_string(), LISTEN);
        assert!(run.settings.is_none() && run.lines.is_none());
    }

    #[test]
    fn the_simulated_cards_are_held_at_a_socket_and_outside_exchanges_have_two_each() {
        let line = "sim --board b.toml --lines l --peer 0:d:a --peer 3:e:b";
        let Ok(Asked { verb: Verb::Sim(sim), .. }) = parsed(line, "en") else { panic!() };
        let peer = |span, d: &str, a: &str| Peer { span: SpanId(span), d_channel: d.into(), audio: a.into() };
        assert_eq!((sim.lines, sim.peers), ("l".into(), vec![peer(0, "d", "a"), peer(3, "e", "b")]));
        for wrong in ["0:d", "x:d:a", "0:d:a:b"] {
            let line = format!("sim --board b --lines l --peer {wrong}");
            let Err(Stop::Wrong(_, trouble)) = parsed(&line, "en") else { panic!("{wrong}") };
            assert!(trouble.say(Language::English).contains(wrong), "{trouble:?}");
        }
    }

    #[test]
    fn a_wrong_word_is_named() {
        for (line, word) in [
            ("walk", "walk"),
            ("run --bord x", "--bord"),
            ("run", "--board"),
            ("run --board x --listen y", "y"),
            ("settings forget", "forget"),
            ("trace one", "one"),
            ("explain 7", "7"),
        ] {
            let Err(Stop::Wrong(_, trouble)) = parsed(line, "en") else { panic!("{line}") };
            assert!(trouble.say(Language::English).contains(word), "{line}: {trouble:?}");
        }
    }
}
