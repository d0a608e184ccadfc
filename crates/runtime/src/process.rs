//! What the operating system may do with this process.

/// The limit of open files where the system does not tell it.
const DEFAULT_FILES: u64 = 1024;

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

/// Lets the process have as many files and connections open as it may, and answers how many. Many systems begin with 1,024
/// or fewer, for the sake of programs that can handle no more.
pub fn allow_many_files() -> u64 {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let Ok((now, most)) = getrlimit(Resource::RLIMIT_NOFILE) else { return DEFAULT_FILES };
    if setrlimit(Resource::RLIMIT_NOFILE, most, most).is_ok() { most } else { now }
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
