//! Whose a file is, and so whether this process may believe it.
//!
//! Root's files are as good as one's own, because root can do anything here anyway. What belongs to another account can be
//! changed by it at any time.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use nix::unistd::geteuid;

/// The part of a file's metadata that says who may change it.
#[derive(Clone, Copy, Debug)]
struct Owner {
    uid: u32,
    mode: u32,
}

impl Owner {
    fn of(found: &Metadata) -> Self {
        // The mode of a link means nothing.
        let mode = if found.is_symlink() { 0 } else { found.mode() };
        Self { uid: found.uid(), mode }
    }

    /// Whether only `user` and root decide what it is.
    fn is(self, user: u32) -> bool {
        self.uid == user || self.uid == 0
    }

    /// Why root must not act on it, if it must not. Other users act on what others write at their own risk: files that are
    /// shared by a group are common, and nothing but what is theirs is at stake.
    fn why_root_refuses(self, user: u32) -> Option<&'static str> {
        match user {
            0 if !self.is(user) => Some("it belongs to another account"),
            0 if self.mode & 0o022 != 0 => Some("others may write to it"),
            _ => None,
        }
    }
}

/// Whether it belongs to the account of this process, or to root.
pub(crate) fn is_trusted(found: &Metadata) -> bool {
    Owner::of(found).is(geteuid().as_raw())
}

/// Whether what lies in the directory was put there by this account, or by root.
pub(crate) fn is_safe_directory(found: &Metadata) -> bool {
    is_trusted(found) && why_root_refuses(found).is_none()
}

/// Why root must not act on what stands in it; nothing where this process is not root.
pub(crate) fn why_root_refuses(found: &Metadata) -> Option<&'static str> {
    Owner::of(found).why_root_refuses(geteuid().as_raw())
}

/// Whether everybody on this machine may read it.
pub(crate) fn is_open(found: &Metadata) -> bool {
    found.mode() & 0o004 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_acts_on_nothing_that_others_can_change() {
        let why = |user, uid, mode| Owner { uid, mode }.why_root_refuses(user);
        assert_eq!((why(0, 0, 0o100_600), why(0, 0, 0o100_644), why(0, 0, 0o040_755)), (None, None, None));
        assert_eq!(why(0, 1000, 0o100_600), Some("it belongs to another account"));
        for mode in [0o100_660, 0o100_606, 0o041_777] {
            assert_eq!(why(0, 0, mode), Some("others may write to it"), "{mode:o}");
        }
        assert_eq!((why(1000, 1000, 0o100_664), why(1000, 1001, 0o100_666)), (None, None));
    }

    #[test]
    fn what_belongs_to_root_is_as_good_as_ones_own() {
        let is = |user, uid| Owner { uid, mode: 0o600 }.is(user);
        assert!(is(0, 0) && is(1000, 1000) && is(1000, 0));
        assert!(!is(0, 1000) && !is(1000, 1001));
    }
}
