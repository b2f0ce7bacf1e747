//! Message waiting: a mailbox tells a telephone in another exchange that something was said for it.
//!
//! Source: ECMA-242, annex A (`mWIActivate`, `mWIDeactivate`, `mWIInterrogate`), EN 300 745-1, annex A (`MWIActivate`,
//! `MWIDeactivate`, `MWIIndicate`); the arguments are as libpri has them (rose.h, `roseEtsiMWIActivate_ARG` and those that
//! follow; rose_qsig_mwi.c). The services that are counted are not told apart: what is written is speech.
//! Not here: the time of a message, its priority and its identity, which are skipped; message centres that are no number.

use super::{
    address::{read_number, sendable, write_number},
    ber::{BerError, Reader, Tag, Writer},
};
use crate::q931::element::NumberElement;

/// What a message centre tells of a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// Whose it is. ETSI's indication goes to a line, and does not say.
    pub whose: Option<NumberElement>,
    /// How many messages there are, where that is told.
    pub count: Option<u16>,
    /// The number under which they are heard.
    pub centre: Option<NumberElement>,
    /// Who spoke the last one.
    pub from: Option<NumberElement>,
}

/// Messages wait for somebody, or no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagesWaiting {
    /// Of which mailbox.
    pub mailbox: Mailbox,
    /// Whether any do.
    pub waiting: bool,
}

impl Mailbox {
    /// `MWIActivateArg`, private.
    pub(super) fn read_private(reader: &mut Reader<'_>) -> Result<Mailbox, BerError> {
        let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
        let whose = Some(read_number(&mut inside)?);
        inside.take(Tag::ENUMERATED)?;
        let centre = read_centre(&mut inside)?;
        let count = inside.take_if(Tag::context(3))?.map(|value| value.unsigned(u16::MAX.into())).transpose()?;
        let from = inside.within_if(Tag::context(4), read_number)?;
        Ok(Mailbox { whose, count: count.map(|count| count as u16), centre, from })
    }

    /// `MWIDeactivateArg` and `MWIInterrogateArg`, private.
    pub(super) fn read_private_short(reader: &mut Reader<'_>) -> Result<Mailbox, BerError> {
        let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
        let whose = Some(read_number(&mut inside)?);
        inside.take(Tag::ENUMERATED)?;
        Ok(Mailbox { whose, centre: read_centre(&mut inside)?, ..Mailbox::default() })
    }

    /// `MWIActivate`, ETSI.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Mailbox, BerError> {
        let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
        let whose = Some(read_number(&mut inside)?);
        inside.take(Tag::ENUMERATED)?;
        let centre = inside.within_if(Tag::context(1), read_number)?;
        let count = inside.within_if(Tag::context(2), read_count)?;
        Ok(Mailbox { whose, count, centre, from: inside.within_if(Tag::context(3), read_number)? })
    }

    /// `MWIDeactivate`, ETSI.
    pub(super) fn read_short(reader: &mut Reader<'_>) -> Result<Mailbox, BerError> {
        let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
        let whose = Some(read_number(&mut inside)?);
        inside.take(Tag::ENUMERATED)?;
        let follows = inside.peek().is_some_and(|tag| tag != Tag::ENUMERATED);
        let centre = follows.then(|| read_number(&mut inside)).transpose()?;
        Ok(Mailbox { whose, centre, ..Mailbox::default() })
    }

    /// `MWIIndicate`, ETSI.
    pub(super) fn read_indicated(reader: &mut Reader<'_>) -> Result<Mailbox, BerError> {
        let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
        let centre = inside.within_if(Tag::context(1), read_number)?;
        inside.take_if(Tag::context(2))?;
        let count = inside.within_if(Tag::context(3), read_count)?;
        Ok(Mailbox { whose: None, count, centre, from: inside.within_if(Tag::context(4), read_number)? })
    }

    pub(super) fn write_private(&self, writer: &mut Writer) -> Option<()> {
        let (whose, rest) = self.sendable()?;
        writer.sequence(|writer| {
            write_number(writer, whose);
            writer.integer(Tag::ENUMERATED, SPEECH);
            write_at(writer, 1, rest.centre);
            self.count.iter().for_each(|count| writer.integer(Tag::context(3), i32::from(*count)));
            write_at(writer, 4, rest.from);
        });
        Some(())
    }

    pub(super) fn write_private_short(&self, writer: &mut Writer) -> Option<()> {
        let (whose, rest) = self.sendable()?;
        writer.sequence(|writer| {
            write_number(writer, whose);
            writer.integer(Tag::ENUMERATED, SPEECH);
            write_at(writer, 1, rest.centre);
        });
        Some(())
    }

    pub(super) fn write(&self, writer: &mut Writer) -> Option<()> {
        let (whose, rest) = self.sendable()?;
        writer.sequence(|writer| {
            write_number(writer, whose);
            writer.integer(Tag::ENUMERATED, SPEECH);
            write_at(writer, 1, rest.centre);
            write_count(writer, 2, self.count);
            write_at(writer, 3, rest.from);
        });
        Some(())
    }

    pub(super) fn write_short(&self, writer: &mut Writer) -> Option<()> {
        let (whose, rest) = self.sendable()?;
        writer.sequence(|writer| {
            write_number(writer, whose);
            writer.integer(Tag::ENUMERATED, SPEECH);
            rest.centre.iter().for_each(|centre| write_number(writer, centre));
        });
        Some(())
    }

    pub(super) fn write_indicated(&self, writer: &mut Writer) -> Option<()> {
        let rest = self.rest();
        writer.sequence(|writer| {
            write_at(writer, 1, rest.centre);
            writer.constructed(Tag::context(2), |writer| writer.integer(Tag::ENUMERATED, SPEECH));
            write_count(writer, 3, self.count);
            write_at(writer, 4, rest.from);
        });
        Some(())
    }

    /// Whose it is, where that can be written.
    fn sendable(&self) -> Option<(&NumberElement, Rest<'_>)> {
        Some((self.whose.as_ref().filter(|whose| sendable(whose))?, self.rest()))
    }

    /// What may be left out, and is where it can't be written.
    fn rest(&self) -> Rest<'_> {
        let can = |number: &&NumberElement| sendable(number);
        Rest { centre: self.centre.as_ref().filter(can), from: self.from.as_ref().filter(can) }
    }
}

struct Rest<'a> {
    centre: Option<&'a NumberElement>,
    from: Option<&'a NumberElement>,
}

/// `MsgCentreId`: only a number is of use.
fn read_centre(reader: &mut Reader<'_>) -> Result<Option<NumberElement>, BerError> {
    let number = reader.within_if(Tag::context(1), read_number)?;
    reader.take_if(Tag::context(0))?;
    reader.take_if(Tag::context(2))?;
    Ok(number)
}

fn read_count(reader: &mut Reader<'_>) -> Result<u16, BerError> {
    reader.take(Tag::INTEGER)?.unsigned(u16::MAX.into()).map(|count| count as u16)
}

fn write_at(writer: &mut Writer, at: u8, number: Option<&NumberElement>) {
    if let Some(number) = number {
        writer.constructed(Tag::context(at), |writer| write_number(writer, number));
    }
}

fn write_count(writer: &mut Writer, at: u8, count: Option<u16>) {
    if let Some(count) = count {
        writer.constructed(Tag::context(at), |writer| writer.integer(Tag::INTEGER, i32::from(count)));
    }
}

/// `BasicService`.
const SPEECH: i32 = 1;

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::suppl::address::tests::any_number;

    pub fn any_mailbox() -> impl Strategy<Value = Mailbox> {
        let maybe = || proptest::option::of(any_number());
        (any_number(), any::<Option<u16>>(), maybe(), maybe()).prop_map(|(whose, count, centre, from)| Mailbox {
            whose: Some(whose),
            count,
            centre,
            from,
        })
    }
}
