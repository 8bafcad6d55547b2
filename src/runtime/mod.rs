//! What the model runs on: threads and aligned memory.

mod aligned_buffer;
mod thread_pool;

pub(crate) use aligned_buffer::AlignedBuffer;
pub(crate) use thread_pool::ThreadPool;
