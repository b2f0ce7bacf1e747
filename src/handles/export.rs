//! What is asked of the desk that exports recordings, and what it answers.

use frame::{EventNo, PersonId, RecordingId};
use serde::{Deserialize, Serialize};

use super::{Passphrase, VaultRefusal};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportRequest {
    /// Make a package, under a grant for `vault::export_object`. It is audited first.
    Make(MakeExport),
    /// A piece of a package; the first one is audited.
    Read {
        /// The event that registered it.
        no: EventNo,
        /// Who takes it.
        by: PersonId,
        /// From which octet on.
        offset: u64,
        /// How many octets at most; never more than [`super::READ_MAX_OCTETS`].
        octets_max: u32,
    },
    /// Delete a package from the box. It is audited first.
    Remove {
        /// The event that registered it.
        no: EventNo,
        /// Who.
        by: PersonId,
        /// Why.
        reason: String,
    },
}

/// A wish to export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MakeExport {
    /// Which recordings.
    pub recordings: Vec<RecordingId>,
    /// To whom the keys are sealed: `age1…`.
    pub recipient: String,
    /// Who makes it: whose passphrase opens the vault.
    pub by: PersonId,
    /// The passphrase of their slot.
    pub passphrase: Passphrase,
    /// Why.
    pub reason: String,
    /// What the package says to people.
    pub readme: String,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportReply {
    /// The package is there, registered under this number.
    Made(EventNo),
    /// The octets; none at the end.
    Piece(Vec<u8>),
    /// It is deleted.
    Removed,
    /// Nothing was done.
    Refused(ExportRefusal),
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportRefusal {
    /// No recording is named, or more than fit into a package.
    Count,
    /// The recipient's key is none.
    Recipient,
    /// No second person has granted exactly this.
    NotGranted,
    /// The audit intent, or the event, could not be made durable in time.
    NotAudited,
    /// The vault does not open, or not all of it.
    Vault(VaultRefusal),
    /// A recording is not finished, or was erased.
    NotFinished(RecordingId),
    /// The log's next signed root is waited for: a minute at most.
    NotSigned,
    /// The package can't be written or read.
    Disk,
    /// The index can't be read.
    NotReady,
}
