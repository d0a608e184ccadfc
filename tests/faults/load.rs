//! Clients that make bills and read, and remember what they were told.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::service::{Outcome, Service};

/// What clients were told. Shared by them.
pub(crate) struct Ledger {
    name: &'static str,
    next: AtomicUsize,
    acknowledged: Mutex<Vec<(String, String)>>,
    seen: Mutex<Vec<Seen>>,
}

/// A request, and when it was answered.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) outcome: Outcome,
    pub(crate) at: Instant,
}

impl Ledger {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, next: AtomicUsize::new(0), acknowledged: Mutex::default(), seen: Mutex::default() }
    }

    /// A description that no other bill has.
    pub(crate) fn next_description(&self) -> String {
        format!("{}-{}", self.name, self.next.fetch_add(1, Ordering::SeqCst))
    }

    /// Notes what became of a bill.
    pub(crate) fn note_bill(&self, description: &str, outcome: &Outcome) {
        if outcome.is_success() {
            self.acknowledged.lock().unwrap().push((description.to_owned(), outcome.id()));
        }
        self.note(outcome);
    }

    pub(crate) fn note(&self, outcome: &Outcome) {
        self.seen.lock().unwrap().push(Seen { outcome: outcome.clone(), at: Instant::now() });
    }

    /// Descriptions and ids of the bills that clients were told of.
    pub(crate) fn acknowledged(&self) -> Vec<(String, String)> {
        self.acknowledged.lock().unwrap().clone()
    }

    /// How many bills clients were told of so far.
    pub(crate) fn acknowledged_so_far(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// When something succeeded for the first time after `start`; waits for it.
    pub(crate) fn next_success(&self, start: Instant) -> Instant {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let first = self
                .since(start)
                .into_iter()
                .filter(|seen| seen.outcome.is_success())
                .map(|seen| seen.at)
                .min();
            if let Some(first) = first {
                return first;
            }
            assert!(Instant::now() < end, "nothing succeeds any more");
            for_a_while(Duration::from_millis(5));
        }
    }

    /// Everything.
    pub(crate) fn all(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Everything since a time.
    pub(crate) fn since(&self, start: Instant) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.at >= start).cloned().collect()
    }

    /// What ninety-nine of a hundred requests that were answered between two times took at most.
    pub(crate) fn p99_between(&self, start: Instant, end: Instant) -> Duration {
        let seen = self.since(start).into_iter().filter(|seen| seen.at < end);
        let mut took: Vec<Duration> = seen.map(|seen| seen.outcome.took).collect();
        took.sort_unstable();
        assert!(took.len() >= 100, "only {} answers", took.len());
        took[took.len() * 99 / 100]
    }

    /// The longest that anything took since then.
    pub(crate) fn slowest_since(&self, start: Instant) -> Duration {
        self.since(start).iter().map(|seen| seen.outcome.took).max().unwrap_or_default()
    }

    /// How long after a time requests were still refused.
    pub(crate) fn last_failure_after(&self, start: Instant) -> Duration {
        let failed = self.since(start).into_iter().filter(|seen| !seen.outcome.is_success());
        failed.map(|seen| seen.at.duration_since(start)).max().unwrap_or_default()
    }

    /// Answers that are neither a success nor a refusal for a passing reason.
    pub(crate) fn out_of_order(&self) -> Vec<Outcome> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|seen| seen.outcome.clone()).filter(|outcome| !outcome.is_in_order()).collect()
    }
}

/// So many clients make bills without keys, and read between two of them, while `meanwhile` runs.
pub(crate) fn under_load<T>(
    service: &Service,
    ledger: &Ledger,
    clients: usize,
    meanwhile: impl FnOnce() -> T,
) -> T {
    while_clients(clients, meanwhile, |_| {
        let description = ledger.next_description();
        ledger.note_bill(&description, &service.make_bill(&description, None));
        ledger.note(&service.get_user());
    })
}

/// Makes a bill, and repeats the request with its key for so long as it is not answered with success.
pub(crate) fn make_until_acknowledged(service: &Service, ledger: &Ledger, patience: Duration) {
    let description = ledger.next_description();
    let key = service.key_for(&description);
    let end = Instant::now() + patience;
    loop {
        let outcome = service.make_bill(&description, Some(&key));
        ledger.note_bill(&description, &outcome);
        if outcome.is_success() || Instant::now() >= end {
            return;
        }
        for_a_while(Duration::from_millis(50));
    }
}

/// So many threads do `each` over and over, while `meanwhile` runs.
pub(crate) fn while_clients<T>(
    clients: usize,
    meanwhile: impl FnOnce() -> T,
    each: impl Fn(usize) + Sync,
) -> T {
    let over = Over(AtomicBool::new(false));
    thread::scope(|scope| {
        for client in 0..clients {
            let (over, each) = (&over, &each);
            scope.spawn(move || {
                while !over.0.load(Ordering::SeqCst) {
                    each(client);
                }
            });
        }
        // Also when `meanwhile` panics, or the clients would never end.
        let _end = EndWhenDropped(&over);
        meanwhile()
    })
}

struct Over(AtomicBool);

struct EndWhenDropped<'a>(&'a Over);

impl Drop for EndWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::SeqCst);
    }
}

/// Lets time pass in which the clients work: the length of a fault.
pub(crate) fn for_a_while(length: Duration) {
    thread::sleep(length);
}
