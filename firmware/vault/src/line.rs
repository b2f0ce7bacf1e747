//! Lines of the texts that the vault keeps: each ends with a line feed.

/// Whether a sign could end a line for somebody who reads one: nothing that people give may have any, or it would write lines of its
/// own. Besides control characters the separators of lines and paragraphs, by which Python divides, too.
pub fn breaks_line(sign: char) -> bool {
    sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}')
}
