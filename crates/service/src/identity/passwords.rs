//! Hashing passwords: Argon2id, a few at a time.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use argon2::password_hash;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use domain::identity::Password;
use zeroize::Zeroize as _;

use super::turns::Turns;
use crate::{Error, Result};

/// How much work a hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// KiB of memory.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes that could be worked on side by side.
    pub lanes: u32,
}

impl Default for Cost {
    /// 19 MiB, two passes, one lane: the least that OWASP recommends, some 30 ms.
    fn default() -> Self {
        Self { memory: 19 * 1024, passes: 2, lanes: 1 }
    }
}

/// Hashes and compares passwords. One per process: it also limits how many are worked on at a time, because each takes
/// a processor and the memory of [`Cost`].
pub struct Passwords {
    argon2: Argon2<'static>,
    cost: Cost,
    /// The hash of nobody's password, for names that nobody has.
    nobody: String,
    /// The memory that Argon2 fills goes from hash to hash: an allocator would keep much of what is freed.
    turns: Turns<Vec<Block>>,
    verifications: AtomicU64,
}

impl Passwords {
    /// Works on as many passwords at a time as there are processors.
    ///
    /// # Errors
    /// [`repository::Error::NotReady`] when `cost` is beyond what Argon2 takes.
    pub fn new(cost: Cost) -> Result<Self> {
        let params =
            Params::new(cost.memory, cost.passes, cost.lanes, None).map_err(|error| not_ready(&error))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash(&argon2, &mut Vec::new(), b"").map_err(|error| not_ready(&error))?.to_string();
        let at_once = thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Self { argon2, cost, nobody, turns: Turns::new(at_once), verifications: AtomicU64::new(0) })
    }

    /// How many are worked on at a time.
    pub fn at_once(&self) -> usize {
        self.turns.count()
    }

    /// Hashes a password, with a salt of its own.
    ///
    /// # Errors
    /// [`repository::Error::Timeout`] when there was no turn before `deadline`.
    pub fn hash(&self, password: &Password, deadline: Instant) -> Result<String> {
        let mut memory = self.turns.take(deadline).ok_or(repository::Error::Timeout("password hashing"))?;
        let hash = hash(&self.argon2, &mut memory, password.expose().as_bytes());
        Ok(hash.map_err(|error| not_ready(&error))?.to_string())
    }

    /// Whether `hash` is of this password. Without a hash the work is the same, and the answer no.
    ///
    /// # Errors
    /// [`repository::Error::Timeout`] when there was no turn before `deadline`.
    pub fn verify(&self, password: &Password, hash: Option<&str>, deadline: Instant) -> Result<bool> {
        let mut memory = self.turns.take(deadline).ok_or(repository::Error::Timeout("password hashing"))?;
        self.verifications.fetch_add(1, Ordering::Relaxed);
        let is_right = is_of(hash.unwrap_or(&self.nobody), &mut memory, password.expose().as_bytes())
            .map_err(|_| repository::Error::Invalid("a password hash is not one".to_owned()))?;
        Ok(is_right && hash.is_some())
    }

    /// Whether a hash was made with less work than new ones are.
    pub fn is_outdated(&self, hash: &str) -> bool {
        let params = PasswordHash::new(hash).ok().and_then(|hash| Params::try_from(&hash).ok());
        params.is_none_or(|params| {
            params.m_cost() < self.cost.memory
                || params.t_cost() < self.cost.passes
                || params.p_cost() < self.cost.lanes
        })
    }

    /// How many passwords have been compared. A test counts by it that a name that nobody has costs what others cost.
    pub fn verifications(&self) -> u64 {
        self.verifications.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").field("cost", &self.cost).finish_non_exhaustive()
    }
}

/// Hashes a password, with a salt of its own.
fn hash(
    argon2: &Argon2<'_>,
    memory: &mut Vec<Block>,
    password: &[u8],
) -> password_hash::Result<PasswordHash> {
    let salt = Salt::generate();
    Ok(PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2.params())?,
        hash: Some(fill(argon2, memory, password, &salt)?),
        salt: Some(salt),
    })
}

/// Whether a hash is of this password.
fn is_of(stored: &str, memory: &mut Vec<Block>, password: &[u8]) -> password_hash::Result<bool> {
    let stored = PasswordHash::new(stored)?;
    let (Some(salt), Some(expected)) = (&stored.salt, stored.hash) else { return Ok(false) };
    let version = stored.version.map(Version::try_from).transpose()?.unwrap_or_default();
    let argon2 =
        Argon2::new(Algorithm::try_from(stored.algorithm.as_str())?, version, Params::try_from(&stored)?);
    // Outputs are compared in constant time.
    Ok(fill(&argon2, memory, password, salt)? == expected)
}

/// Fills the memory, and wipes it.
fn fill(
    argon2: &Argon2<'_>,
    memory: &mut Vec<Block>,
    password: &[u8],
    salt: &Salt,
) -> password_hash::Result<Output> {
    let params = argon2.params();
    memory.resize(params.block_count(), Block::new());
    let mut output = vec![0; params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
    let filled = argon2.hash_password_into_with_memory(password, salt, &mut output, &mut *memory);
    memory.iter_mut().zeroize();
    filled?;
    Ok(Output::new(&output)?)
}

/// What Argon2 says names parameters, never the password.
fn not_ready(error: &dyn std::fmt::Display) -> Error {
    repository::Error::NotReady(format!("passwords cannot be hashed: {error}")).into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    #[test]
    fn a_hash_is_argon2id_of_the_wanted_cost_and_nobody_elses() {
        let passwords = Passwords::new(Cost::default()).unwrap();
        let [one, two] = [(), ()].map(|()| passwords.hash(&password("correct horse"), soon()).unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert!(one.len() <= 255 && one != two, "each has a salt of its own");
        assert!(passwords.verify(&password("correct horse"), Some(&one), soon()).unwrap());
        assert!(!passwords.verify(&password("correct horsf"), Some(&one), soon()).unwrap());
    }

    #[test]
    fn nobody_has_a_password_not_even_the_one_that_was_hashed() {
        let passwords = Passwords::new(Cost { memory: 64, passes: 1, lanes: 1 }).unwrap();
        assert!(!passwords.verify(&password(" "), None, soon()).unwrap());
        assert_eq!(passwords.verifications(), 1);
    }

    #[test]
    fn a_hash_of_less_work_is_outdated() {
        let [little, more] = [(64, 1), (128, 2)]
            .map(|(memory, passes)| Passwords::new(Cost { memory, passes, lanes: 1 }).unwrap());
        let hash = little.hash(&password("correct horse"), soon()).unwrap();
        assert!(!little.is_outdated(&hash) && more.is_outdated(&hash));
        assert!(!little.is_outdated(&more.hash(&password("correct horse"), soon()).unwrap()));
        assert!(more.verify(&password("correct horse"), Some(&hash), soon()).unwrap(), "it still opens");
    }

    #[test]
    fn nobody_waits_beyond_the_deadline() {
        let passwords = Passwords::new(Cost { memory: 64, passes: 1, lanes: 1 }).unwrap();
        let turns: Vec<_> = std::iter::from_fn(|| passwords.turns.take(Instant::now())).collect();
        assert!(!turns.is_empty());
        let refused = passwords.hash(&password("correct horse"), Instant::now());
        assert!(matches!(refused, Err(Error::Repository(repository::Error::Timeout(_)))), "{refused:?}");
    }
}
