//! Where a log stands at its newest checkpoint, so that a start reads only what came after.
//!
//! Not trusted: its root is compared with the signed one.

use crate::{
    FORMAT_VERSION, FormatError,
    merkle::Frontier,
    octets::{Put, Reader, checked_crc, put_crc},
};

const MAGIC: &[u8; 8] = b"RFLGEDGE";

/// The edge of the tree, and where its files stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogEdge {
    /// The tree.
    pub frontier: Frontier,
    /// Octets of all its leaves with their salts.
    pub records_octets: u64,
    /// Where the checkpoint over it begins.
    pub checkpoint_offset: u64,
}

impl LogEdge {
    /// The octets that are stored.
    pub fn emit(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.u16(FORMAT_VERSION);
        out.u64(self.frontier.size());
        out.u64(self.records_octets);
        out.u64(self.checkpoint_offset);
        for root in self.frontier.edge() {
            out.octets(root);
        }
        put_crc(&mut out, 0);
        out
    }

    /// Reads an edge.
    ///
    /// # Errors
    /// What is wrong with the octets.
    pub fn parse(octets: &[u8]) -> Result<LogEdge, FormatError> {
        let mut reader = Reader::new(checked_crc(octets)?);
        reader.expect(MAGIC, FormatError::Magic)?;
        reader.expect(&FORMAT_VERSION.to_be_bytes(), FormatError::Version)?;
        let size = reader.u64()?;
        let (records_octets, checkpoint_offset) = (reader.u64()?, reader.u64()?);
        let edge = (0..size.count_ones()).map(|_| reader.array()).collect::<Result<_, _>>()?;
        reader.end()?;
        let frontier = Frontier::from_edge(size, edge).ok_or(FormatError::Value)?;
        Ok(LogEdge { frontier, records_octets, checkpoint_offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_is_read_back_and_every_changed_bit_is_found() {
        let mut frontier = Frontier::new();
        (0..11).for_each(|leaf| frontier.push([leaf; 32]));
        let edge = LogEdge { frontier, records_octets: 1_000, checkpoint_offset: 200 };
        let octets = edge.emit();
        assert_eq!(LogEdge::parse(&octets), Ok(edge));
        for bit in 0..octets.len() * 8 {
            let mut changed = octets.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(LogEdge::parse(&changed).is_err(), "bit {bit}");
        }
    }
}
