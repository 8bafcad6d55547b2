//! Whether this process is a copy of one in which the library already ran.

use std::sync::OnceLock;

/// Whether this process was forked from one that had opened a model. The threads of the parent are not there: whoever
/// hands work to rayon's pool would wait forever if the parent had started it.
pub(crate) fn in_forked_child() -> bool {
    static FIRST_PROCESS: OnceLock<u32> = OnceLock::new();
    let process = std::process::id();
    *FIRST_PROCESS.get_or_init(|| process) != process
}
