//! Octets as lower-case hexadecimal.

/// The octets as text.
pub(crate) fn encode(octets: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    octets.iter().flat_map(|octet| [digit(octet >> 4), digit(octet & 15)]).collect()
}

/// 32 octets from exactly 64 digits.
pub(crate) fn decode(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let mut octets = [0; 32];
    if digits.len() != 2 * octets.len() {
        return None;
    }
    for (octet, pair) in octets.iter_mut().zip(digits.chunks_exact(2)) {
        *octet = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(octets)
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_read_back_and_nothing_else_is_read() {
        let octets: [u8; 32] = std::array::from_fn(|at| at as u8 * 7 + 3);
        let text = encode(&octets);
        assert_eq!(decode(&text), Some(octets));
        for wrong in ["", &text[1..], &text.to_uppercase(), &text.replace('0', "g"), &format!("{text}00")] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
