//! The sliding window of one caller.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Quota;

/// When the requests of one caller were admitted, oldest first, as far back as they count.
#[derive(Clone, Debug, Default)]
pub struct Window(VecDeque<Instant>);

/// How a caller stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request may pass.
    pub admitted: bool,
    /// How many were admitted within the window, this one among them.
    pub used: u32,
    /// How many more may pass now.
    pub remaining: u32,
    /// When another one may pass than may now. After a refusal that is when the same request will be admitted.
    pub more_in: Duration,
}

impl Window {
    /// Admits a request if fewer than the quota were admitted within the window before `now`. One that was admitted
    /// exactly a window ago counts no more. A `now` that lies before an earlier one is taken for that.
    pub fn take(&mut self, quota: Quota, now: Instant) -> Decision {
        let now = self.advance(quota, now);
        let room = most(quota).saturating_sub(self.0.len());
        if room > 0 {
            self.0.push_back(now);
        }
        self.decision(room > 0, quota, now)
    }

    /// How a caller stands without a request: whether one would be admitted.
    pub fn look(&mut self, quota: Quota, now: Instant) -> Decision {
        let now = self.advance(quota, now);
        self.decision(self.0.len() < most(quota), quota, now)
    }

    fn decision(&self, admitted: bool, quota: Quota, now: Instant) -> Decision {
        let used = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        let remaining = quota.requests().saturating_sub(used);
        Decision { admitted, used, remaining, more_in: self.more_in(quota, now) }
    }

    /// Forgets the request that [`take`](Self::take) admitted at this time, because somebody else refused it.
    pub fn give_back(&mut self, now: Instant) {
        // The time it went by may have been a later one. Of those, the first goes: that errs on the strict side.
        let index = self.0.partition_point(|admitted| *admitted < now);
        self.0.remove(index);
    }

    /// Whether a request would be refused: for how long, if so.
    pub fn refuses(&mut self, quota: Quota, now: Instant) -> Option<Duration> {
        let now = self.advance(quota, now);
        (self.0.len() >= most(quota)).then(|| self.more_in(quota, now))
    }

    /// Whether nothing counts any more.
    pub fn is_idle(&self, quota: Quota, now: Instant) -> bool {
        self.0.back().is_none_or(|last| now.saturating_duration_since(*last) >= quota.window())
    }

    /// Forgets what lies too far back, and answers the time to go by.
    fn advance(&mut self, quota: Quota, now: Instant) -> Instant {
        let now = self.0.back().map_or(now, |last| now.max(*last));
        while self.0.front().is_some_and(|first| now.duration_since(*first) >= quota.window()) {
            self.0.pop_front();
        }
        now
    }

    /// The oldest one makes room when it leaves. Where the quota was lowered meanwhile, several must leave first.
    fn more_in(&self, quota: Quota, now: Instant) -> Duration {
        let surplus = self.0.len().saturating_sub(most(quota));
        let leaves = self.0.get(surplus).map(|admitted| *admitted + quota.window());
        leaves.map_or(Duration::ZERO, |leaves| leaves.saturating_duration_since(now))
    }
}

fn most(quota: Quota) -> usize {
    usize::try_from(quota.requests()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every request there ever was, and whether it was admitted: nothing is forgotten, nothing is clever.
    #[derive(Default)]
    struct Naive(Vec<Instant>);

    impl Naive {
        fn take(&mut self, quota: Quota, now: Instant) -> Decision {
            let counts = |admitted: &&Instant| now.duration_since(**admitted) < quota.window();
            let used = self.0.iter().filter(counts).count() as u32;
            let admitted = used < quota.requests();
            if admitted {
                self.0.push(now);
            }
            let remaining = quota.requests() - used - u32::from(admitted);
            let oldest = *self.0.iter().find(counts).unwrap();
            let used = used + u32::from(admitted);
            Decision { admitted, used, remaining, more_in: oldest + quota.window() - now }
        }
    }

    proptest! {
        #[test]
        fn the_window_decides_as_one_that_remembers_everything(
            requests in 1_u32..8,
            seconds in 1_u32..4,
            // Steps are whole tenths of a second, so that requests often lie exactly a window apart.
            steps in prop::collection::vec(0_u64..12, 1..200),
        ) {
            let quota = Quota::new(requests, seconds).unwrap();
            let (mut window, mut naive, mut now) = (Window::default(), Naive::default(), Instant::now());
            for step in steps {
                now += Duration::from_millis(step * 100);
                let looked = window.look(quota, now);
                let taken = window.take(quota, now);
                prop_assert_eq!(looked.admitted, taken.admitted);
                prop_assert_eq!(looked.used + u32::from(taken.admitted), taken.used);
                prop_assert_eq!(taken, naive.take(quota, now));
                prop_assert!(window.0.len() <= most(quota));
            }
        }

        #[test]
        fn no_stretch_of_a_windows_length_holds_more_than_the_quota(
            requests in 1_usize..8,
            steps in prop::collection::vec(0_u64..500, 1..200),
        ) {
            let quota = Quota::new(requests as u32, 1).unwrap();
            let (mut window, mut now, mut admitted) = (Window::default(), Instant::now(), Vec::new());
            for step in steps {
                now += Duration::from_millis(step);
                if window.take(quota, now).admitted {
                    admitted.push(now);
                }
            }
            for too_many in admitted.windows(requests + 1) {
                prop_assert!(too_many[requests] - too_many[0] >= quota.window());
            }
        }
    }

    #[test]
    fn a_refusal_says_when_the_same_request_passes() {
        let (quota, start, second) = (Quota::new(2, 60).unwrap(), Instant::now(), Duration::from_secs(1));
        let mut window = Window::default();
        window.take(quota, start);
        window.take(quota, start + 10 * second);
        let refused = window.take(quota, start + 20 * second);
        assert_eq!(refused, Decision { admitted: false, used: 2, remaining: 0, more_in: 40 * second });
        assert_eq!(window.refuses(quota, start + 20 * second), Some(40 * second));
        assert!(!window.take(quota, start + 60 * second - Duration::from_nanos(1)).admitted);
        assert!(window.take(quota, start + 60 * second).admitted);
        assert_eq!(window.take(quota, start + 61 * second).more_in, 9 * second);
    }

    #[test]
    fn hits_at_0_10_and_20_of_three_within_60_seconds_leave_one_by_one() {
        let (quota, start, mut window) = (Quota::new(3, 60).unwrap(), Instant::now(), Window::default());
        for (millis, admitted, used, seconds) in [
            (0, true, 1, 60),
            (10_000, true, 2, 50),
            (20_000, true, 3, 40),
            (30_000, false, 3, 30),
            (59_999, false, 3, 1),
            (60_000, true, 3, 10),
            (65_000, false, 3, 5),
            (70_000, true, 3, 10),
        ] {
            let decision = window.take(quota, start + Duration::from_millis(millis));
            let more_in = decision.more_in.as_millis().div_ceil(1000);
            assert_eq!((decision.admitted, decision.used, more_in), (admitted, used, seconds), "{millis}");
            assert_eq!(decision.remaining, 3 - used, "{millis}");
        }
    }

    #[test]
    fn a_look_counts_nothing() {
        let (quota, start) = (Quota::new(1, 60).unwrap(), Instant::now());
        let mut window = Window::default();
        let fresh = Decision { admitted: true, used: 0, remaining: 1, more_in: Duration::ZERO };
        assert_eq!((window.look(quota, start), window.look(quota, start)), (fresh, fresh));
        assert!(window.take(quota, start).admitted && !window.look(quota, start).admitted);
    }

    #[test]
    fn a_quota_that_was_lowered_holds_at_once() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut window = Window::default();
        for n in 0..5 {
            assert!(window.take(Quota::new(5, 60).unwrap(), start + n * second).admitted);
        }
        let lower = Quota::new(2, 60).unwrap();
        // Three have to leave before the fourth makes room; the third was admitted in second 3.
        assert_eq!(window.take(lower, start + 5 * second).more_in, 58 * second);
        assert!(!window.take(lower, start + 62 * second).admitted);
        assert!(window.take(lower, start + 63 * second).admitted);
    }

    #[test]
    fn what_is_given_back_was_never_taken_and_old_news_change_nothing() {
        let (quota, start, second) = (Quota::new(1, 60).unwrap(), Instant::now(), Duration::from_secs(1));
        let mut window = Window::default();
        assert!(window.is_idle(quota, start) && window.refuses(quota, start).is_none());
        assert!(window.take(quota, start + second).admitted);
        window.give_back(start + second);
        assert!(window.take(quota, start + second).admitted);
        assert!(!window.take(quota, start).admitted, "a clock read before another is no way around");
        assert!(!window.is_idle(quota, start + 60 * second));
        assert!(window.is_idle(quota, start + 61 * second));
    }
}
