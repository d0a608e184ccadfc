//! 32 secret bytes that are wiped when dropped.

use crate::{RandomError, primitives};
use zeroize::Zeroizing;

/// How long every key of this crate is, in bytes.
pub(crate) const LENGTH: usize = 32;

/// On the heap, so that moving it leaves no copy behind on the stack.
pub(crate) struct Secret(Box<Zeroizing<[u8; LENGTH]>>);

impl Secret {
    /// Zeros, to be filled by the caller.
    pub(crate) fn zeroed() -> Self {
        Self(Box::new(Zeroizing::new([0; LENGTH])))
    }

    pub(crate) fn generate() -> Result<Self, RandomError> {
        let mut secret = Self::zeroed();
        primitives::fill_random(secret.as_mut())?;
        Ok(secret)
    }

    /// `None` unless there are exactly 32 bytes.
    pub(crate) fn copy_from(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != LENGTH {
            return None;
        }
        let mut secret = Self::zeroed();
        secret.as_mut().copy_from_slice(bytes);
        Some(secret)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    pub(crate) fn as_mut(&mut self) -> &mut [u8; LENGTH] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_32_bytes_are_taken() {
        assert!(Secret::copy_from(&[7; 31]).is_none());
        assert!(Secret::copy_from(&[7; 33]).is_none());
        assert_eq!(Secret::copy_from(&[7; 32]).unwrap().as_bytes(), &[7; 32]);
    }
}
