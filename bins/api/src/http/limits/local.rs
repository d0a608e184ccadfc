//! The windows that this process keeps by itself.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use repository::domain::rate_limit::{Decision, Quota, Window};

use super::Subject;

/// Callers that are remembered at a time. Those who send wrong keys from ever new addresses shall not fill memory.
const ROOM: usize = 50_000;

/// How often the windows that are over are looked for, at most.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// A window for each caller that has a limit.
#[derive(Default)]
pub(super) struct Local(Mutex<Windows>);

#[derive(Default)]
struct Windows {
    of: HashMap<Subject, (Quota, Window)>,
    swept: Option<Instant>,
}

impl Local {
    /// Counts a request, and tells whether it may pass.
    pub(super) fn take(&self, subject: Subject, quota: Quota, now: Instant) -> Decision {
        let mut windows = self.lock();
        windows.make_room(subject, now);
        let (last_quota, window) = windows.of.entry(subject).or_insert_with(|| (quota, Window::default()));
        *last_quota = quota;
        window.take(quota, now)
    }

    /// How a caller stands, without a request.
    pub(super) fn look(&self, subject: Subject, quota: Quota, now: Instant) -> Decision {
        let mut windows = self.lock();
        let known = windows.of.get_mut(&subject);
        known.map_or_else(|| Window::default().look(quota, now), |(_, window)| window.look(quota, now))
    }

    /// Forgets a request that was admitted at this time.
    pub(super) fn give_back(&self, subject: Subject, now: Instant) {
        if let Some((_, window)) = self.lock().of.get_mut(&subject) {
            window.give_back(now);
        }
    }

    /// Whether a request would be refused now: for how long, if so.
    pub(super) fn refuses(&self, subject: Subject, quota: Quota, now: Instant) -> Option<Duration> {
        self.lock().of.get_mut(&subject)?.1.refuses(quota, now)
    }

    fn lock(&self) -> MutexGuard<'_, Windows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Windows {
    fn make_room(&mut self, newcomer: Subject, now: Instant) {
        let is_due = self.swept.is_none_or(|last| now.saturating_duration_since(last) >= SWEEP_EVERY);
        if is_due {
            self.swept = Some(now);
            self.of.retain(|_, (quota, window)| !window.is_idle(*quota, now));
        }
        if self.of.len() >= ROOM && !self.of.contains_key(&newcomer) {
            // Whoever it is begins anew. Better that than no room for somebody else.
            let unlucky = self.of.keys().next().copied();
            unlucky.and_then(|unlucky| self.of.remove(&unlucky));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn caller(number: u32) -> Subject {
        Subject::Address(IpAddr::V4(Ipv4Addr::from(number)))
    }

    #[test]
    fn callers_have_windows_of_their_own() {
        let (local, quota, start) = (Local::default(), Quota::new(1, 60).unwrap(), Instant::now());
        assert!(local.take(caller(1), quota, start).admitted);
        assert!(local.take(caller(2), quota, start).admitted);
        assert!(!local.take(caller(1), quota, start).admitted);
        assert_eq!(local.refuses(caller(2), quota, start + SECOND), Some(59 * SECOND));
        assert_eq!(local.refuses(caller(3), quota, start), None);
        local.give_back(caller(2), start);
        assert_eq!(local.refuses(caller(2), quota, start), None);
    }

    #[test]
    fn windows_that_are_over_are_forgotten() {
        let (local, start) = (Local::default(), Instant::now());
        local.take(caller(1), Quota::new(1, 5).unwrap(), start);
        local.take(caller(2), Quota::new(1, 60).unwrap(), start);
        local.take(caller(3), Quota::new(1, 60).unwrap(), start + 11 * SECOND);
        assert_eq!(local.lock().of.len(), 2);
    }

    #[test]
    fn a_flood_of_callers_does_not_fill_memory() {
        let (local, quota, start) = (Local::default(), Quota::new(1, 60).unwrap(), Instant::now());
        for number in 0..=u32::try_from(ROOM).unwrap() {
            local.take(caller(number), quota, start);
        }
        assert_eq!(local.lock().of.len(), ROOM);
    }
}
