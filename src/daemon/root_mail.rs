//! A signed root as a mail to a witness, handed to the mail server of the house.
//!
//! A few words say what it is; the root itself is a file of its own beside them, in base64, so that no mail server on the way
//! breaks its lines, and `ringfence verify --root` takes it as it was saved. Neither TLS nor a password: a root is nobody's
//! secret, and what was altered on the way fails by its signature. Source: RFC 5321 (SMTP), RFC 5322 and RFC 2045 to 2047 (the
//! message), RFC 2183 (the file's name).

use std::{
    io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpStream},
    time::Duration,
};

use base64ct::{Base64, Encoding as _};
use frame::Utc;
use settings::Mailbox;
use vault::VaultId;

use crate::{
    journal::mail_date,
    words::{Language, root::RootMail},
};

/// The longest line of a reply that is read (RFC 5321, 4.5.3.1.5: 512 octets), and how many lines one may have.
const REPLY_OCTETS_MAX: u64 = 512;
const REPLY_LINES_MAX: usize = 100;

/// Octets of a line of base64 (RFC 2045, 6.8).
const LINE_OCTETS: usize = 76;

/// No line of base64 begins with two dashes.
const BOUNDARY: &str = "--root";

/// Hands a mail to a server.
///
/// # Errors
/// When the server can't be reached within `patience`, or refuses; then its own words.
pub(super) fn send(server: SocketAddr, to: &Mailbox, message: &str, patience: Duration) -> io::Result<()> {
    let stream = TcpStream::connect_timeout(&server, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let own = literal(stream.local_addr()?.ip());
    let mut session = Session(BufReader::new(stream));
    session.reply("220")?;
    session.say(&format!("EHLO {own}"), "250")?;
    session.say(&format!("MAIL FROM:<{}>", from(to)), "250")?;
    // 251: it is taken, and goes on to another server.
    session.say(&format!("RCPT TO:<{to}>"), "25")?;
    session.say("DATA", "354")?;
    session.say(&format!("{message}\r\n."), "250")?;
    // The mail is the server's now, whatever it answers.
    let _ = session.say("QUIT", "221");
    Ok(())
}

/// The mail that brings a root. No line of it begins with a dot.
pub(super) fn message(note: &str, vault: VaultId, to: &Mailbox, at: Utc, language: Language) -> String {
    let (date, from, domain) = (mail_date(at), from(to), to.domain());
    let entries = note.lines().nth(1).unwrap_or_default();
    let name = format!("ringfence-{vault}-{entries}.root");
    let text = in_lines(RootMail::Text { file: name.clone() }.say(language).as_bytes());
    let root = in_lines(note.as_bytes());
    [
        &format!("From: Ringfence <{from}>"),
        &format!("To: <{to}>"),
        &format!("Date: {date}"),
        &format!("Subject: Ringfence: signed root of {entries} entries, vault {vault}"),
        &format!("Message-ID: <root.{vault}.{entries}.{}@{domain}>", at.as_us()),
        // Nobody's absence note is wanted (RFC 3834).
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        &format!("Content-Type: multipart/mixed; boundary=\"{BOUNDARY}\""),
        "",
        &format!("--{BOUNDARY}"),
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        &text,
        &format!("--{BOUNDARY}"),
        "Content-Type: text/plain; charset=utf-8",
        &format!("Content-Disposition: attachment; filename=\"{name}\""),
        "Content-Transfer-Encoding: base64",
        "",
        &root,
        &format!("--{BOUNDARY}--"),
    ]
    .join("\r\n")
}

/// The box has no mailbox: what the server can't deliver comes back to the domain that asked for it.
fn from(to: &Mailbox) -> String {
    format!("ringfence@{}", to.domain())
}

/// What a client without a name says it is (RFC 5321, 4.1.3).
fn literal(own: IpAddr) -> String {
    match own {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    }
}

fn in_lines(octets: &[u8]) -> String {
    let text = Base64::encode_string(octets);
    let lines: Vec<&str> =
        (0..text.len()).step_by(LINE_OCTETS).map(|at| &text[at..text.len().min(at + LINE_OCTETS)]).collect();
    lines.join("\r\n")
}

struct Session(BufReader<TcpStream>);

impl Session {
    fn say(&mut self, line: &str, wanted: &str) -> io::Result<()> {
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes())?;
        self.reply(wanted)
    }

    /// Reads a reply, which may have several lines: all but the last have a dash after their number.
    fn reply(&mut self, wanted: &str) -> io::Result<()> {
        for _ in 0..REPLY_LINES_MAX {
            let mut line = Vec::new();
            self.0.by_ref().take(REPLY_OCTETS_MAX).read_until(b'\n', &mut line)?;
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end();
            if line.is_empty() {
                return Err(io::Error::new(ErrorKind::UnexpectedEof, "the mail server said nothing more"));
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return if line.starts_with(wanted) { Ok(()) } else { Err(refused(line)) };
            }
        }
        Err(refused("a reply without an end"))
    }
}

fn refused(line: &str) -> io::Error {
    io::Error::other(format!("the mail server refuses: {line}"))
}
