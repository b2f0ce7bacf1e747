//! The field of 256 elements in which the recovery key is shared.
//!
//! Source: FIPS 197 section 4 (polynomial x^8 + x^4 + x^3 + x + 1). No tables and no branches on values: what is
//! multiplied here is secret, and neither time nor caches shall tell it.

/// The polynomial without its x^8.
const REDUCTION: u8 = 0x1b;

/// The product.
pub(crate) fn multiply(a: u8, b: u8) -> u8 {
    let (mut product, mut shifted) = (0, a);
    for bit in 0..8 {
        product ^= shifted & mask(b >> bit & 1);
        shifted = (shifted << 1) ^ (REDUCTION & mask(shifted >> 7));
    }
    product
}

/// The inverse; 0 for 0, which has none. Source: section 4.2, a^254, since a^255 is 1.
pub(crate) fn inverse(a: u8) -> u8 {
    let (mut result, mut square) = (1, a);
    for _ in 1..8 {
        square = multiply(square, square);
        result = multiply(result, square);
    }
    result
}

/// All ones for 1, none for 0.
const fn mask(bit: u8) -> u8 {
    bit.wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_fips_197_section_4_2() {
        assert_eq!(multiply(0x57, 0x83), 0xc1);
        assert_eq!(multiply(0x57, 0x13), 0xfe);
        assert_eq!([2, 4, 8, 0x10].map(|b| multiply(0x57, b)), [0xae, 0x47, 0x8e, 0x07]);
    }

    #[test]
    fn every_element_but_0_has_its_inverse() {
        assert_eq!(inverse(0), 0);
        for a in 1..=255 {
            assert_eq!(multiply(a, inverse(a)), 1, "{a}");
        }
    }

    #[test]
    fn multiplying_distributes_over_adding() {
        for a in 0..=255 {
            for b in 0..=255 {
                assert_eq!(multiply(a, b), multiply(b, a));
                assert_eq!(multiply(a, b ^ 0x35), multiply(a, b) ^ multiply(a, 0x35));
            }
        }
    }
}
