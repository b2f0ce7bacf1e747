//! What people write down and type back: passphrases and shares. Shown once each, then cleared from the screen.

use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use frame::PersonId;
use vault::{PASSPHRASE_WORDS, SHARE_ROWS, Share, ShareRow, WordList, draw_passphrase};
use zeroize::Zeroizing;

use super::super::{say, system};
use crate::{
    recorder::OsRandom,
    words::{Language, command::Trouble, vault::Keys},
};

/// How often something may be typed back wrong. It is shown again each time; who still can't has no paper to keep.
const TRIES: usize = 5;

/// Clears the screen and what was scrolled off it (ECMA-48 ED, and its xterm extension).
const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

/// A person with paper at this terminal.
#[derive(Clone, Copy)]
pub(super) struct Paper(pub(super) Language);

impl Paper {
    fn say(self, sentence: &Keys) {
        say(&sentence.say(self.0));
    }

    /// Draws a passphrase, shows it, and has it typed back.
    pub(super) fn new_passphrase(self, person: PersonId) -> Result<Zeroizing<String>, Trouble> {
        let list = match self.0 {
            Language::Chinese => WordList::Pinyin,
            Language::English => WordList::English,
        };
        let drawn = draw_passphrase(list, &mut OsRandom);
        self.until_typed_back(|| {
            self.say(&Keys::Drawn { person: person.0 });
            say(&format!("\n  {}\n", *drawn));
            self.cleared_once_written()?;
            self.say(&Keys::TypeAgain);
            Ok(is_same(&unseen()?, &drawn))
        })?;
        Ok(drawn)
    }

    /// Asks for a passphrase that somebody has.
    pub(super) fn passphrase(self, question: &Keys) -> Result<Zeroizing<String>, Trouble> {
        self.say(question);
        unseen()
    }

    /// Asks for the fingerprint on the sheet, and gives it without what groups it.
    pub(super) fn fingerprint(self) -> Result<String, Trouble> {
        self.say(&Keys::AskSheet);
        let typed = line()?;
        let digits = typed.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | ':'));
        Ok(digits.collect::<String>().to_ascii_lowercase())
    }

    /// A file that somebody names; none where they name none, or nobody is there.
    pub(super) fn file(self) -> Option<PathBuf> {
        let typed = line().ok()?;
        let name = typed.trim();
        (!name.is_empty()).then(|| PathBuf::from(name))
    }

    /// Shows a share and has it typed back.
    pub(super) fn prove(self, share: &Share) -> Result<Share, Trouble> {
        self.until_typed_back(|| {
            self.say(&Keys::Shown { index: share.index });
            for (number, row) in (1..).zip(share.rows()) {
                let letters = Zeroizing::new(Keys::Row { number, letters: row.to_string() }.say(self.0));
                say(&letters);
            }
            self.cleared_once_written()?;
            let typed = self.share(share.index)?;
            Ok(typed == *share)
        })?;
        Ok(share.clone())
    }

    /// Asks for a share row by row. A mistyped row is asked for again at once.
    pub(super) fn share(self, index: u8) -> Result<Share, Trouble> {
        for _ in 0..TRIES {
            let rows = (1..=SHARE_ROWS as u8).map(|row| self.row(index, row)).collect::<Result<Vec<_>, _>>()?;
            let rows: [ShareRow; SHARE_ROWS] = rows.try_into().unwrap_or_else(|_| unreachable!("twelve were asked"));
            match Share::of_rows(&rows) {
                Ok(share) => {
                    self.clear();
                    return Ok(share);
                }
                Err(_) => self.say(&Keys::ShareMixed),
            }
        }
        Err(Trouble::NotTypedBack)
    }

    fn row(self, index: u8, number: u8) -> Result<ShareRow, Trouble> {
        for _ in 0..TRIES {
            self.say(&Keys::TypeRow { index, row: number });
            match ShareRow::typed(number, &line()?) {
                Ok(row) => return Ok(row),
                Err(_) => self.say(&Keys::RowWrong { row: number }),
            }
        }
        Err(Trouble::NotTypedBack)
    }

    fn until_typed_back(self, mut shown: impl FnMut() -> Result<bool, Trouble>) -> Result<(), Trouble> {
        for _ in 0..TRIES {
            if shown()? {
                return Ok(());
            }
            self.say(&Keys::NotIt);
        }
        Err(Trouble::NotTypedBack)
    }

    fn cleared_once_written(self) -> Result<(), Trouble> {
        self.say(&Keys::WrittenDown);
        line()?;
        self.clear();
        Ok(())
    }

    fn clear(self) {
        if io::stdout().is_terminal() {
            say(CLEAR);
        }
    }
}

/// As it is hashed: letters' size and spaces do not count.
fn is_same(typed: &str, drawn: &str) -> bool {
    let typed = typed.split_whitespace();
    typed.clone().count() == PASSPHRASE_WORDS && typed.zip(drawn.split(' ')).all(|(a, b)| a.eq_ignore_ascii_case(b))
}

/// A line that is shown while it is typed.
fn line() -> Result<Zeroizing<String>, Trouble> {
    let mut line = Zeroizing::new(String::with_capacity(LINE_OCTETS));
    match io::stdin().read_line(&mut line) {
        Ok(0) => Err(Trouble::NotTypedBack),
        Ok(_) => {
            let octets = line.trim_end().len();
            line.truncate(octets);
            Ok(line)
        }
        Err(error) => Err(system("stdin")(error)),
    }
}

/// Longer than any row or passphrase, so that reading it leaves no copy behind.
const LINE_OCTETS: usize = 256;

fn unseen() -> Result<Zeroizing<String>, Trouble> {
    os::read_line_unseen().map(Zeroizing::new).map_err(system("stdin"))
}
