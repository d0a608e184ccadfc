//! The reference for logging in: the hash of a password alone, on as many threads as the service hashes on.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use repository::domain::identity::Password;
use service::identity::{Cost, Passwords};

/// The longest that a hash may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many passwords are hashed in a second.
pub(crate) fn per_second(time: Duration) -> anyhow::Result<f64> {
    let passwords = Passwords::new(Cost::default())?;
    let password = Password::parse("Turmeric to Hamburg 7")?;
    let start = Instant::now();
    let work = || {
        let mut hashes = 0_u32;
        while start.elapsed() < time {
            passwords.hash(&password, Instant::now() + PATIENCE)?;
            hashes += 1;
        }
        anyhow::Ok(hashes)
    };
    let hashes = thread::scope(|scope| {
        let threads: Vec<_> = (0..passwords.at_once()).map(|_| scope.spawn(work)).collect();
        let joined =
            threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a thread panicked"))?);
        joined.sum::<anyhow::Result<u32>>()
    });
    Ok(f64::from(hashes.context("no password could be hashed")?) / start.elapsed().as_secs_f64())
}
