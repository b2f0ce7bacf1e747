//! What a compartment is called. The name is what it is: another name is another compartment, with a key of its own.

use std::fmt;

use crate::{
    FormatError,
    octets::{Put, Reader},
};

/// The longest name in characters, as settings have it.
const CHARS_MAX: usize = 40;

/// The name of a compartment: 1 to 40 characters, none of them a control character, no blank at the ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompartmentName(String);

impl CompartmentName {
    /// The name that a text is; none where it is none.
    pub fn parse(text: &str) -> Option<CompartmentName> {
        let fits = (1..=CHARS_MAX).contains(&text.chars().count());
        let is_name = fits && text.trim() == text && !text.chars().any(char::is_control);
        is_name.then(|| CompartmentName(text.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn emit(&self, out: &mut Vec<u8>) {
        // 40 characters have at most 160 octets.
        out.u8(self.0.len() as u8);
        out.octets(self.0.as_bytes());
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<CompartmentName, FormatError> {
        let octets = reader.u8()?;
        let text = std::str::from_utf8(reader.take(octets.into())?).map_err(|_| FormatError::Value)?;
        CompartmentName::parse(text).ok_or(FormatError::Value)
    }
}

impl fmt::Display for CompartmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written_and_what_is_none_is_refused() {
        for text in ["心内科", "Cardiology, ward 4", &"x".repeat(40), &"心".repeat(40)] {
            let name = CompartmentName::parse(text).unwrap();
            let mut out = Vec::new();
            name.emit(&mut out);
            assert_eq!(CompartmentName::read(&mut Reader::new(&out)), Ok(name));
        }
        for text in ["", " x", "x ", "a\nb", &"x".repeat(41)] {
            assert_eq!(CompartmentName::parse(text), None);
            let mut out = vec![text.len() as u8];
            out.octets(text.as_bytes());
            assert_eq!(CompartmentName::read(&mut Reader::new(&out)), Err(FormatError::Value));
        }
        assert_eq!(CompartmentName::read(&mut Reader::new(&[1, 0xff])), Err(FormatError::Value));
    }
}
