//! What can be wrong with octets that claim to be the vault's, and why a key does not open them.

use thiserror::Error;

/// Octets that are not in the format. Nobody needs a key to find these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FormatError {
    /// A field goes past the end.
    #[error("the octets end within a field")]
    Short,
    /// Octets are left that no field explains.
    #[error("octets follow the last field")]
    Surplus,
    /// The octets do not begin as this kind of file or record does.
    #[error("the magic is wrong")]
    Magic,
    /// A format version that this program does not know.
    #[error("the format version is unknown")]
    Version,
    /// A suite that this program does not know.
    #[error("the suite is unknown")]
    Suite,
    /// A field holds a value that is not defined.
    #[error("a field holds an undefined value")]
    Value,
    /// The checksum does not fit: the octets were damaged.
    #[error("the checksum does not fit")]
    Crc,
    /// A hash does not fit: the octets were damaged or exchanged.
    #[error("the hash does not fit")]
    Hash,
    /// A signature does not fit its text and key.
    #[error("the signature does not fit")]
    Signature,
}

/// Why a secret does not open what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The code or passphrase is not the one.
    #[error("wrong code or passphrase")]
    WrongCode,
    /// No envelope is addressed to this key.
    #[error("the envelope is not addressed to this key")]
    NotAddressed,
    /// It was said outside of the compartments whose keys are open.
    #[error("it is of none of the compartments that are open")]
    OtherCompartment,
    /// The envelope was damaged, or belongs to another recording.
    #[error("the envelope does not open")]
    Envelope,
    /// The key does not fit the commitment in the record.
    #[error("the key does not fit its commitment")]
    Commitment,
    /// The half `b` was erased: the audio is gone for ever.
    #[error("the key was erased")]
    Erased,
    /// The key tables can't be read there.
    #[error("the key tables can't be read")]
    KeyTable,
    /// The ciphertext or what it is bound to was changed.
    #[error("the ciphertext does not open")]
    Ciphertext,
    /// The parameters of the key derivation are out of range.
    #[error("the key derivation's parameters are out of range")]
    Parameters,
}
