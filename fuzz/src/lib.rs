//! Calls of the C functions in any order, with any arguments that a C program could pass: bytes are read as a sequence
//! of calls, each call is performed, and what the header promises of it is checked. It needs no fuzzer: the replay of
//! the corpus in `tests/fuzz_corpus.rs` includes this file too.

mod arguments;
mod batches;
mod call;
mod contract;
mod encodings;
mod messages;
mod openings;
mod results;
mod session;
mod structs;
mod tasks;
mod tokens;
mod world;

use arbitrary::{Arbitrary, Unstructured};

pub use call::NAMES;
pub use world::World;

/// The longest sequence.
const MOST_CALLS: usize = 64;

/// Performs the calls that the bytes stand for and frees what is left. Panics if the library breaks a promise.
pub fn run(world: &World, bytes: &[u8]) {
    let mut bytes = Unstructured::new(bytes);
    let order = u64::arbitrary(&mut bytes).unwrap_or_default();
    let mut session = session::Session::new(world);
    // Up to the last byte: the iterator of `arbitrary` would toss a coin before each call and stop early.
    for _ in 0..MOST_CALLS {
        if bytes.is_empty() {
            break;
        }
        let Ok(call) = call::Call::arbitrary(&mut bytes) else { break };
        session.make_room();
        call.perform(&mut session);
    }
    messages::reset();
    session.free_all(order);
}
