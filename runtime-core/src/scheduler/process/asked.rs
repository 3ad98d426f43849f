//! The id of this process, asked of the system each time.

pub(super) fn id() -> u32 {
    std::process::id()
}
