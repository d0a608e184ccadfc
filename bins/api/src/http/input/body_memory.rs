//! The memory that the bodies of all requests take together.
//!
//! A body takes it as it grows, not as its head announces: whoever announces much and sends nothing keeps it from nobody.
//! A body that finds none is refused at once instead of waiting with what it holds, so that the others get on.

use std::sync::Arc;

use actix_web::web::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// Up to this many bytes a body is small.
const SMALL: usize = 64 * 1024;

/// The memory there is. Clones share it.
#[derive(Clone)]
pub(crate) struct BodyMemory {
    /// A permit is a byte.
    all: Arc<Semaphore>,
    /// What large bodies may take of it beyond [`SMALL`] bytes each: three quarters, so that small ones always find some.
    large: Arc<Semaphore>,
}

/// There is not enough memory left.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OutOfMemory;

impl From<TryAcquireError> for OutOfMemory {
    fn from(_: TryAcquireError) -> Self {
        Self
    }
}

impl BodyMemory {
    /// So many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let semaphore = |bytes| Arc::new(Semaphore::new(bytes));
        Self { all: semaphore(bytes), large: semaphore(bytes / 4 * 3) }
    }

    /// A body that will be at most `longest` bytes long.
    pub(super) fn buffer(&self, longest: usize) -> BodyBuffer {
        BodyBuffer { memory: self.clone(), longest, bytes: Vec::new(), permits: Vec::new() }
    }

    fn take(&self, capacity: usize, more: usize) -> Result<Vec<OwnedSemaphorePermit>, OutOfMemory> {
        let large = (capacity + more).saturating_sub(capacity.max(SMALL));
        let parts = [(&self.large, large), (&self.all, more)];
        parts.into_iter().map(|(semaphore, bytes)| take(semaphore, bytes)).collect()
    }
}

fn take(semaphore: &Arc<Semaphore>, bytes: usize) -> Result<OwnedSemaphorePermit, OutOfMemory> {
    let bytes = u32::try_from(bytes).map_err(|_| OutOfMemory)?;
    Ok(Arc::clone(semaphore).try_acquire_many_owned(bytes)?)
}

/// A body that is being read, and then the owner of what was read: its memory is given back when the last
/// [`Bytes`] of it is dropped.
pub(super) struct BodyBuffer {
    memory: BodyMemory,
    longest: usize,
    bytes: Vec<u8>,
    permits: Vec<OwnedSemaphorePermit>,
}

impl BodyBuffer {
    /// Appends what has arrived.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), OutOfMemory> {
        let (length, capacity) = (self.bytes.len() + chunk.len(), self.bytes.capacity());
        if length > capacity {
            let wanted = (capacity * 2).min(self.longest).max(length);
            self.permits.extend(self.memory.take(capacity, wanted - capacity)?);
            self.bytes.reserve_exact(wanted - self.bytes.len());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The whole.
    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for BodyBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEBIBYTE: usize = 1024 * 1024;

    fn grown(memory: &BodyMemory, length: usize) -> Result<BodyBuffer, OutOfMemory> {
        let mut buffer = memory.buffer(length);
        (0..length / 1024).try_for_each(|_| buffer.push(&[7; 1024]))?;
        Ok(buffer)
    }

    #[test]
    fn a_body_comes_out_as_it_went_in_and_gives_its_memory_back_with_its_last_part() {
        let memory = BodyMemory::new(4 * MEBIBYTE);
        let free = || (memory.all.available_permits(), memory.large.available_permits());
        let before = free();
        let body = grown(&memory, MEBIBYTE).unwrap().into_bytes();
        assert!(body.len() == MEBIBYTE && body.iter().all(|byte| *byte == 7));
        assert_eq!(free(), (before.0 - MEBIBYTE, before.1 - (MEBIBYTE - SMALL)));
        let part = body.slice(..1);
        drop(body);
        assert_ne!(free(), before);
        drop(part);
        assert_eq!(free(), before);
    }

    #[test]
    fn large_bodies_leave_a_quarter_to_small_ones() {
        let memory = BodyMemory::new(4 * MEBIBYTE);
        let _large: Vec<_> = (0..3).map(|_| grown(&memory, MEBIBYTE).unwrap()).collect();
        assert!(grown(&memory, MEBIBYTE).is_err());
        let small: Vec<_> = (0..16).map_while(|_| grown(&memory, SMALL).ok()).collect();
        assert_eq!(small.len(), 16);
        assert!(grown(&memory, SMALL).is_err());
        drop(small);
        assert!(grown(&memory, SMALL).is_ok());
    }

    #[test]
    fn a_body_that_is_refused_keeps_nothing() {
        let memory = BodyMemory::new(MEBIBYTE);
        assert!(grown(&memory, 2 * MEBIBYTE).is_err());
        assert!(
            memory.all.available_permits() == MEBIBYTE
                && memory.large.available_permits() == MEBIBYTE / 4 * 3
        );
    }
}
