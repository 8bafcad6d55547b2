//! What the model runs on: threads and aligned memory.

mod aligned_buffer;
mod fork;
mod thread_pool;

pub(crate) use aligned_buffer::AlignedBuffer;
pub(crate) use fork::in_forked_child;
pub(crate) use thread_pool::ThreadPool;
