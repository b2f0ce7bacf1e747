//! User-user services that are asked for: more than what a SETUP and its answers carry by themselves.
//!
//! Source: EN 300 286-1 (`UserUserService`); ITU-T Q.957.1. The argument is as Wireshark has it (packet-isdn-sup.c).
//! Not here: service 1 without a request, which is the element of Q.931 alone; and giving any of them. Nothing in the box has
//! a use for octets of the far end beyond those, so all are refused.

use super::ber::{BerError, Reader, Tag, Writer};

/// `UserUserService`: which one, and whether the call is to be without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserUserService {
    /// Where it is not given, the caller would rather have no call.
    pub required: bool,
    service: u8,
}

impl UserUserService {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<UserUserService, BerError> {
        let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
        let service = inside.take(SERVICE)?.small()?;
        let preferred = inside.take(PREFERRED)?.boolean()?;
        if !(1..=3).contains(&service) {
            return Err(BerError::Type);
        }
        Ok(UserUserService { required: !preferred, service })
    }

    pub(super) fn write(self, writer: &mut Writer) {
        writer.sequence(|writer| {
            writer.integer(SERVICE, i32::from(self.service));
            writer.boolean(PREFERRED, !self.required);
        });
    }
}

const SERVICE: Tag = Tag::context(1);
const PREFERRED: Tag = Tag::context(2);

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    impl UserUserService {
        pub(crate) fn of(required: bool, service: u8) -> UserUserService {
            UserUserService { required, service }
        }
    }

    pub fn any_service() -> impl Strategy<Value = UserUserService> {
        (any::<bool>(), 1..=3_u8).prop_map(|(required, service)| UserUserService::of(required, service))
    }
}
