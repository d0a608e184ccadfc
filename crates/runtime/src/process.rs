//! What the operating system may do with this process.

/// Keeps the process' memory, which holds keys and opened values, to itself: no core file is written when it crashes,
/// and on Linux no other process of the same account may look into it or read its environment.
///
/// To be called first of all. Programs that this one starts write no core files either, but can be looked into: they
/// hold no keys.
pub fn protect_memory() {
    use nix::sys::resource::{Resource, setrlimit};

    // Neither can fail for a process that only gives up rights. Were one to, serving would still be better than not.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use nix::sys::prctl;
    use nix::sys::resource::{Resource, getrlimit};

    use super::*;

    #[test]
    fn memory_is_neither_dumped_nor_looked_into() {
        protect_memory();
        assert_eq!(getrlimit(Resource::RLIMIT_CORE), Ok((0, 0)));
        assert_eq!(prctl::get_dumpable(), Ok(false));
    }
}
