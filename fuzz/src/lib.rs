//! What each fuzzer does with its octets. A panic is a finding; so is memory that is still held afterwards.
//!
//! libFuzzer chooses the octets by the code that they reach. It needs a compiler that counts edges, which the stable one
//! does when told so (tools/fuzz tells it); sanitizers need another compiler, and safe code has little for them to find.
//! Not here: how often each ran; that is docs/fuzzing.md.

mod element;
mod facility;
mod frames;
mod heap;
mod mask;
mod message;
mod script;
mod span;

pub use element::element;
pub use facility::facility;
pub use frames::frame;
pub use heap::{Counting, gives_back};
pub use mask::mask;
pub use message::message;
pub use span::span;
