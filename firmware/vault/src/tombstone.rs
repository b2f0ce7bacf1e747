//! The tombstone: what an erased recording leaves, or an erased stretch of one, for whoever asks where it went.
//!
//! Text, so that a stranger reads it without a program; written in one way, because a leaf of the log holds its hash. It
//! stands under the recording's name once both key tables have confirmed that the key halves are gone. That of a stretch names
//! each half, for the object stays beside it and has others.
//! Not here: erasing, the log.

use std::{iter::Peekable, str::FromStr};

use frame::{BootNo, CallId, EventNo, PersonId, RecordingId, Stamp, Time, Utc};

use crate::{FormatError, Grave, Hash, KeyNo, LegMinute, Range, Stretch, VaultId, breaks_line};

/// The first line.
const HEAD: &str = "ringfence tombstone 1";

/// The first line of a stretch's.
const RANGE_HEAD: &str = "ringfence range tombstone 1";

/// The longest name of a rule, as the settings have it at most, or reason.
const RULE_MAX_CHARS: usize = 256;

/// Key tables on the box.
const TABLES: [&str; 2] = ["keys-a", "keys-b"];

/// A tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// The vault.
    pub vault: VaultId,
    /// What was erased.
    pub recording: RecordingId,
    /// Its call.
    pub call: CallId,
    /// The link of its last record: which recording it was.
    pub chain_head: Hash,
    /// The event of the list that two people agreed on.
    pub list: EventNo,
    /// Who asked.
    pub asked: PersonId,
    /// Who granted it.
    pub granted: PersonId,
    /// The rule by which it had to go; of a stretch, why two people wanted it gone.
    pub rule: String,
    /// The stretch that is erased; none where all of it is.
    pub range: Option<Range>,
    /// The packages in which it left the box: erasing does not reach them.
    pub packages: Vec<String>,
    /// When each key table confirmed that the key halves are gone; none while one is pending.
    pub confirmed: [Option<Stamp>; 2],
}

impl Tombstone {
    /// What it stands for.
    pub fn grave(&self) -> Grave {
        Grave { recording: self.recording, range: self.range.as_ref().map(|_| self.list) }
    }

    /// Whether nothing is pending.
    pub fn is_confirmed(&self) -> bool {
        self.confirmed.iter().all(Option::is_some)
    }

    /// The document.
    pub fn emit(&self) -> String {
        let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
        let rule: String = self.rule.chars().filter(|sign| !breaks_line(*sign)).take(RULE_MAX_CHARS).collect();
        let package = |name: &String| {
            format!("package {}\n", name.chars().filter(|sign| !breaks_line(*sign)).collect::<String>())
        };
        let packages: String = self.packages.iter().map(package).collect();
        let tables = TABLES.iter().zip(&self.confirmed).map(|(table, at)| match at {
            Some(Stamp { boot, time, utc }) => format!("{table} {boot} {} {}\n", time.as_us(), utc.as_us()),
            None => format!("{table} pending\n"),
        });
        let (head, why) = if self.range.is_some() { (RANGE_HEAD, "reason") } else { (HEAD, "rule") };
        let range = self.range.as_ref().map(emit_range).unwrap_or_default();
        format!(
            "{head}\nvault {}\nrecording {}\ncall {}\nlink {}\nlist {}\nasked {}\ngranted {}\n{why} {rule}\n{range}{packages}{}",
            self.vault,
            self.recording,
            self.call,
            hex(&self.chain_head),
            self.list.0,
            self.asked.0,
            self.granted.0,
            tables.collect::<String>(),
        )
    }

    /// Reads a document.
    ///
    /// # Errors
    /// When it is none, or written otherwise than it has to be.
    pub fn parse(text: &str) -> Result<Tombstone, FormatError> {
        let mut lines = text.lines().peekable();
        let (is_range, why) = match lines.next() {
            Some(HEAD) => (false, "rule"),
            Some(RANGE_HEAD) => (true, "reason"),
            _ => return Err(FormatError::Magic),
        };
        let tombstone = Tombstone {
            vault: VaultId(octets(field(&mut lines, "vault")?)?),
            recording: number(field(&mut lines, "recording")?)?,
            call: number(field(&mut lines, "call")?)?,
            chain_head: octets(field(&mut lines, "link")?)?,
            list: EventNo(number(field(&mut lines, "list")?)?),
            asked: PersonId(number(field(&mut lines, "asked")?)?),
            granted: PersonId(number(field(&mut lines, "granted")?)?),
            rule: field(&mut lines, why)?.to_owned(),
            range: is_range.then(|| range(&mut lines)).transpose()?,
            packages: std::iter::from_fn(|| package(&mut lines)).collect(),
            confirmed: [table(&mut lines, TABLES[0])?, table(&mut lines, TABLES[1])?],
        };
        // There is one way to write it.
        if tombstone.emit() == text { Ok(tombstone) } else { Err(FormatError::Value) }
    }
}

fn emit_range(Range { meant, gone, minutes }: &Range) -> String {
    let minute = |of: &LegMinute| format!("minute {} {} {} {}\n", of.part, of.leg, of.minute, of.key.0);
    let minutes: String = minutes.iter().map(minute).collect();
    format!("range {} {}\ngone {} {}\n{minutes}", meant.from_s, meant.to_s, gone.from_s, gone.to_s)
}

fn range<'t>(lines: &mut Peekable<impl Iterator<Item = &'t str>>) -> Result<Range, FormatError> {
    let (meant, gone) = (stretch(field(lines, "range")?)?, stretch(field(lines, "gone")?)?);
    let mut minutes = Vec::new();
    while let Some(of) = lines.peek().and_then(|line| line.strip_prefix("minute ")) {
        let mut words = of.split(' ');
        let mut next = || words.next().ok_or(FormatError::Short);
        let (part, leg, minute, key) = (number(next()?)?, number(next()?)?, number(next()?)?, number(next()?)?);
        minutes.push(LegMinute { part, leg, minute, key: KeyNo(key) });
        lines.next();
    }
    Ok(Range { meant, gone, minutes })
}

fn stretch(text: &str) -> Result<Stretch, FormatError> {
    let (from, to) = text.split_once(' ').ok_or(FormatError::Short)?;
    Ok(Stretch { from_s: number(from)?, to_s: number(to)? })
}

/// The package that the next line names, where it names one.
fn package<'t>(lines: &mut Peekable<impl Iterator<Item = &'t str>>) -> Option<String> {
    let name = lines.peek()?.strip_prefix("package ")?.to_owned();
    lines.next();
    Some(name)
}

fn field<'t>(lines: &mut impl Iterator<Item = &'t str>, name: &str) -> Result<&'t str, FormatError> {
    let line = lines.next().ok_or(FormatError::Short)?;
    line.strip_prefix(name).and_then(|rest| rest.strip_prefix(' ')).ok_or(FormatError::Value)
}

fn number<T: FromStr>(text: &str) -> Result<T, FormatError> {
    text.parse().map_err(|_| FormatError::Value)
}

fn octets<const N: usize>(text: &str) -> Result<[u8; N], FormatError> {
    let mut octets = [0; N];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return Err(FormatError::Value);
    }
    for (octet, pair) in octets.iter_mut().zip(pairs) {
        let pair = std::str::from_utf8(pair).map_err(|_| FormatError::Value)?;
        *octet = u8::from_str_radix(pair, 16).map_err(|_| FormatError::Value)?;
    }
    Ok(octets)
}

fn table<'t>(lines: &mut impl Iterator<Item = &'t str>, name: &str) -> Result<Option<Stamp>, FormatError> {
    let said = field(lines, name)?;
    if said == "pending" {
        return Ok(None);
    }
    let mut numbers = said.split(' ');
    let mut next = || numbers.next().ok_or(FormatError::Short);
    let (boot, time, utc) = (number(next()?)?, number(next()?)?, number(next()?)?);
    Ok(Some(Stamp { boot: BootNo(boot), time: Time::from_us(time), utc: Utc::from_us(utc) }))
}

#[cfg(test)]
mod tests {
    use frame::{LegId, LifeNo};
    use proptest::prelude::*;

    use super::*;

    fn sample(confirmed: [Option<Stamp>; 2]) -> Tombstone {
        Tombstone {
            vault: VaultId([0xAB; 16]),
            recording: RecordingId::new(LifeNo(3), 9),
            call: CallId::new(LifeNo(3), 7),
            chain_head: [0x5C; 32],
            list: EventNo(4711),
            asked: PersonId(3),
            granted: PersonId(7),
            rule: "保险 销售".into(),
            range: None,
            packages: vec![],
            confirmed,
        }
    }

    fn stamp(no: u64) -> Stamp {
        Stamp { boot: BootNo(2), time: Time::from_us(no), utc: Utc::from_us(-(no as i64)) }
    }

    #[test]
    fn a_tombstone_reads_back_and_says_what_is_pending() {
        for confirmed in [[None, None], [Some(stamp(5)), None], [Some(stamp(5)), Some(stamp(6))]] {
            let tombstone = sample(confirmed);
            assert_eq!(Tombstone::parse(&tombstone.emit()), Ok(tombstone.clone()));
            assert_eq!(tombstone.is_confirmed(), confirmed[1].is_some());
        }
        let packages = vec!["export-1.tar".to_owned(), "export 2.tar".to_owned()];
        let left = Tombstone { packages, ..sample([None, None]) };
        let text = left.emit();
        assert!(
            text.contains("rule 保险 销售\npackage export-1.tar\npackage export 2.tar\nkeys-a pending\n"),
            "{text}"
        );
        assert_eq!(Tombstone::parse(&text), Ok(left));
        let text = sample([Some(stamp(5)), None]).emit();
        assert!(text.ends_with("rule 保险 销售\nkeys-a 2 5 -5\nkeys-b pending\n"), "{text}");
        assert!(text.starts_with("ringfence tombstone 1\nvault abab"), "{text}");
    }

    #[test]
    fn there_is_one_way_to_write_it() {
        let text = sample([Some(stamp(5)), None]).emit();
        for wrong in [
            text.replace("list 4711", "list 04711"),
            text.replace("abab", "ABAB"),
            text.replace("pending", "pending "),
            text.replace("call 3-7\n", ""),
            text.trim_end().to_owned(),
            text.clone() + "more\n",
            text.replace(" 1\n", " 2\n"),
        ] {
            assert!(Tombstone::parse(&wrong).is_err(), "{wrong}");
        }
        let line = Tombstone { rule: "a\nkeys-a pending".into(), ..sample([None, None]) };
        assert!(Tombstone::parse(&line.emit()).is_ok_and(|read| read.rule == "akeys-a pending"), "a rule is a line");
    }

    #[test]
    fn a_stretchs_says_which_minutes_of_which_legs_are_gone_and_reads_back() {
        let minute =
            |no| LegMinute { part: 1, leg: LegId::new(LifeNo(3), no), minute: 0, key: KeyNo(125 + u64::from(no)) };
        let (meant, gone) = (Stretch { from_s: 12, to_s: 15 }, Stretch { from_s: 0, to_s: 68 });
        let range = Some(Range { meant, gone, minutes: vec![minute(1), minute(2)] });
        let packages = vec!["export-1.tar".to_owned()];
        let erased = Tombstone { range, packages, ..sample([Some(stamp(5)), None]) };
        let text = erased.emit();
        let part =
            "reason 保险 销售\nrange 12 15\ngone 0 68\nminute 1 3-1 0 126\nminute 1 3-2 0 127\npackage export-1.tar\n";
        assert!(text.starts_with("ringfence range tombstone 1\n") && text.contains(part), "{text}");
        assert_eq!(Tombstone::parse(&text), Ok(erased.clone()));
        assert_eq!(
            (erased.grave().to_string(), sample([None, None]).grave().to_string()),
            ("3-9.4711".into(), "3-9".into())
        );
        for wrong in [
            text.replace("range tombstone", "tombstone"),
            text.replace("reason", "rule"),
            text.replace("gone 0 68\n", ""),
            text.replace("minute 1 3-1 0 126", "minute 1 3-1 0"),
            text.replace("minute 1 3-1 0 126", "minute 1 3-1 0 0126"),
        ] {
            assert!(Tombstone::parse(&wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn parse_of_any_text_never_panics(text in ".{0,300}", from in 0usize..200, cut in 0usize..200) {
            let _ = Tombstone::parse(&text);
            let sample = sample([Some(stamp(5)), None]).emit();
            let signs: Vec<char> = sample.chars().collect();
            let from = from.min(signs.len());
            let damaged: String = signs[..from].iter().chain(&signs[(from + cut).min(signs.len())..]).collect();
            prop_assert!(cut == 0 || from == signs.len() || Tombstone::parse(&damaged).ok().is_none_or(|read| read.emit() == damaged));
        }
    }
}
