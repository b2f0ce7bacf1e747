//! The ioctl numbers, constants and struct layouts of DAHDI, the kernel's driver for line cards; nothing else.
//!
//! Source: `dahdi/user.h` of Debian's dahdi-source, at the version that `tools/versions` pins. Copyright (C) 2001 Jim Dixon
//! / Zapata Telephony, 2001 - 2008 Digium, Inc. The header is licensed under the GNU Lesser General Public License 2.1,
//! unlike the kernel's code, which is under the GPL: it is what programs are to speak to the kernel by. Taken from it are
//! numbers and layouts alone (its section 5: "numerical parameters, data structure layouts and accessors").
//!
//! `./justw bindings` makes `bindings.rs` anew and `./justw bindings --check` compares, so that building the box needs
//! neither the header nor libclang. The sizes and offsets are asserted where the file is compiled.
//!
//! Not here: the ioctls themselves; `drivers/dahdi` makes them.
//!
//! ```
//! // `_IOW(0xDA, 38, int)`: written, four octets, DAHDI's letter, its number.
//! assert_eq!(dahdi_sys::DAHDI_SPECIFY, 0x4004_da26);
//! ```

#[allow(
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unsafe_code,
    unsafe_op_in_unsafe_fn,
    unused_qualifications,
    clippy::all,
    reason = "named by DAHDI, written by bindgen"
)]
#[rustfmt::skip]
mod bindings;

pub use bindings::*;
