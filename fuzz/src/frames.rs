//! A frame of the data link: any octets between two flags.

use isdn::q921::{Frame, FrameError};

/// What is read is written back octet for octet, and what is refused has its reason.
pub fn frame(octets: &[u8]) {
    match Frame::parse(octets) {
        Ok(frame) => {
            let written = frame.emit();
            assert_eq!(Frame::parse(&written), Ok(frame));
            // The P/F bit and the reserved bits have one place each, so that nothing is lost.
            assert_eq!(written.as_slice(), octets, "{frame:?}");
        }
        Err(FrameError::Address | FrameError::Short) => {}
        Err(error) => assert!(error.fault().is_some(), "{error}"),
    }
}
