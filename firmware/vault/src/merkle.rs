//! The Merkle tree of the log. Source: RFC 6962 section 2.1 with SHA-256.
//!
//! Appending needs the right edge only: O(log n) memory. Proofs are made from the stored leaf hashes and checked
//! without any of them.

use sha2::{Digest as _, Sha256};

use crate::suite::Hash;

/// The hash of a leaf: SHA-256(0x00, data).
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// The hash of a node: SHA-256(0x01, left, right).
fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The right edge of a growing tree: the roots of its perfect subtrees, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    edge: Vec<Hash>,
}

impl Frontier {
    /// The empty tree.
    pub const fn new() -> Frontier {
        Frontier { size: 0, edge: Vec::new() }
    }

    /// The frontier of a tree of `size` leaves with this edge; `None` when no such tree has so many perfect subtrees.
    pub fn from_edge(size: u64, edge: Vec<Hash>) -> Option<Frontier> {
        (edge.len() == size.count_ones() as usize).then_some(Frontier { size, edge })
    }

    /// The roots of the perfect subtrees, largest first: all that has to be kept to go on.
    pub fn edge(&self) -> &[Hash] {
        &self.edge
    }

    /// How many leaves there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf by its [`leaf_hash`].
    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        // Each trailing one of the size is a perfect subtree that the new leaf completes.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.edge.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.edge.push(node);
        self.size += 1;
    }

    /// The root; of the empty tree, the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut roots = self.edge.iter().rev().copied();
        let Some(last) = roots.next() else { return Sha256::digest([]).into() };
        roots.fold(last, |right, left| node_hash(&left, &right))
    }
}

/// The root of the tree over `leaves`.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.push(*leaf));
    frontier.root()
}

/// The largest power of two below `count`, where RFC 6962 splits a tree.
const fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}

/// The proof that leaf `index` is in the tree over `leaves`; `None` when it is not.
pub fn inclusion_proof(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, sibling) = match index.checked_sub(left.len()) {
        None => (inclusion_proof(left, index)?, root(right)),
        Some(index) => (inclusion_proof(right, index)?, root(left)),
    };
    proof.push(sibling);
    Some(proof)
}

/// The root of the tree over `leaves`, and the proofs of the leaves `wanted`, which are in order and each once: every node
/// is hashed once, however many are wanted. `None` when one of them is not in the tree.
pub fn inclusion_proofs(leaves: &[Hash], wanted: &[usize]) -> Option<(Hash, Vec<Vec<Hash>>)> {
    if wanted.is_empty() {
        return Some((root(leaves), Vec::new()));
    }
    match leaves {
        [] => None,
        [leaf] => (wanted == [0]).then(|| (*leaf, vec![Vec::new()])),
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            let (on_left, on_right) = wanted.split_at(wanted.partition_point(|index| *index < left.len()));
            let on_right: Vec<usize> = on_right.iter().map(|index| index - left.len()).collect();
            let (left_root, mut proofs) = inclusion_proofs(left, on_left)?;
            let (right_root, mut later) = inclusion_proofs(right, &on_right)?;
            proofs.iter_mut().for_each(|proof| proof.push(right_root));
            later.iter_mut().for_each(|proof| proof.push(left_root));
            proofs.append(&mut later);
            Some((node_hash(&left_root, &right_root), proofs))
        }
    }
}

/// Whether `proof` shows that `leaf` is number `index` of the `size` leaves under `tree_root`.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], tree_root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    // RFC 9162 section 2.1.3.2.
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            let up = node.trailing_zeros();
            if node & 1 == 0 {
                (node, last) = (node.unbounded_shr(up), last.unbounded_shr(up));
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == *tree_root
}

/// The proof that the tree over all `leaves` continues the tree over the first `old_size`; `None` when that is out of
/// range.
pub fn consistency_proof(leaves: &[Hash], old_size: usize) -> Option<Vec<Hash>> {
    let in_range = (1..=leaves.len()).contains(&old_size);
    in_range.then(|| subproof(leaves, old_size, true))
}

/// RFC 6962 section 2.1.2, SUBPROOF.
fn subproof(leaves: &[Hash], old_size: usize, whole: bool) -> Vec<Hash> {
    if old_size == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, other) = if old_size <= left.len() {
        (subproof(left, old_size, whole), root(right))
    } else {
        (subproof(right, old_size - left.len(), false), root(left))
    };
    proof.push(other);
    proof
}

/// Whether `proof` shows that the tree of `new_size` under `new_root` continues that of `old_size` under `old_root`.
pub fn verify_consistency(old_size: u64, old_root: &Hash, new_size: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old_size == 0 || old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    // RFC 9162 section 2.1.4.2: where the old tree is one perfect subtree, its root is the first node.
    let mut path = proof.iter();
    let first = if old_size.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(first) = first else { return false };
    let up = (old_size - 1).trailing_ones();
    let (mut node, mut last) = ((old_size - 1).unbounded_shr(up), (new_size - 1).unbounded_shr(up));
    let (mut old, mut new) = (*first, *first);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            (old, new) = (node_hash(sibling, &old), node_hash(sibling, &new));
            if node & 1 == 0 {
                let up = node.trailing_zeros();
                (node, last) = (node.unbounded_shr(up), last.unbounded_shr(up));
            }
        } else {
            new = node_hash(&new, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && old == *old_root && new == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|leaf| leaf_hash(&(leaf as u64).to_be_bytes())).collect()
    }

    fn hex(hash: &Hash) -> String {
        hash.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    #[test]
    fn roots_are_those_of_the_certificate_transparency_test_vectors() {
        // The eight leaves of certificate-transparency-go's merkle tests, and the roots of its first and last tree.
        let inputs: [&[u8]; 8] = [
            &[],
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let leaves = inputs.map(leaf_hash);
        assert_eq!(hex(&root(&[])), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex(&root(&leaves[..1])), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(hex(&root(&leaves)), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    #[test]
    fn a_tree_goes_on_from_its_edge() {
        let leaves = leaves(21);
        let mut tree = Frontier::new();
        for leaf in &leaves {
            let mut again = Frontier::from_edge(tree.size(), tree.edge().to_vec()).unwrap();
            tree.push(*leaf);
            again.push(*leaf);
            assert_eq!(again, tree);
            let with_one_more = [tree.edge(), &[*leaf]].concat();
            assert_eq!(Frontier::from_edge(tree.size(), with_one_more), None);
        }
        assert_eq!(tree.root(), root(&leaves));
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proved_and_no_other() {
        for count in 1..20 {
            let leaves = leaves(count);
            let tree = root(&leaves);
            for index in 0..count {
                let proof = inclusion_proof(&leaves, index).unwrap();
                let (at, size) = (index as u64, count as u64);
                assert!(verify_inclusion(&leaves[index], at, size, &proof, &tree), "{index} of {count}");
                assert!(!verify_inclusion(&leaf_hash(b"other"), at, size, &proof, &tree));
                assert!(!verify_inclusion(&leaves[index], at + 1, size, &proof, &tree));
                let mut longer = proof.clone();
                longer.push(tree);
                assert!(!verify_inclusion(&leaves[index], at, size, &longer, &tree));
            }
            assert_eq!(inclusion_proof(&leaves, count), None);
        }
    }

    #[test]
    fn proofs_made_together_are_those_made_one_by_one() {
        for count in 1..9 {
            let leaves = leaves(count);
            for chosen in 0..1_usize << count {
                let wanted: Vec<usize> = (0..count).filter(|index| chosen >> index & 1 == 1).collect();
                let each = wanted.iter().map(|index| inclusion_proof(&leaves, *index).unwrap()).collect();
                assert_eq!(inclusion_proofs(&leaves, &wanted), Some((root(&leaves), each)), "{wanted:?} of {count}");
            }
            assert_eq!(inclusion_proofs(&leaves, &[count]), None);
        }
        assert_eq!(inclusion_proofs(&[], &[0]), None);
    }

    #[test]
    fn every_growth_of_a_small_tree_is_proved_and_no_rewriting() {
        let all = leaves(20);
        for new in 1..20 {
            for old in 1..=new {
                let proof = consistency_proof(&all[..new], old).unwrap();
                let (old_root, new_root) = (root(&all[..old]), root(&all[..new]));
                assert!(verify_consistency(old as u64, &old_root, new as u64, &new_root, &proof), "{old} {new}");
                let mut other = all[..new].to_vec();
                other[0] = leaf_hash(b"rewritten");
                assert!(!verify_consistency(old as u64, &old_root, new as u64, &root(&other), &proof));
                if old < new {
                    let forged = consistency_proof(&other, old).unwrap();
                    assert!(!verify_consistency(old as u64, &old_root, new as u64, &root(&other), &forged));
                }
            }
        }
    }
}
