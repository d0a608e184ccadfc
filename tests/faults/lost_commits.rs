//! A commit whose answer was lost: the client repeats with the same key, and the bill is there once.

use strongroom_tests::Mode;

use crate::figures::{Figures, scale};
use crate::load::Ledger;
use crate::oracle::Oracle;
use crate::service::Service;

#[test]
fn a_repeated_request_finds_what_was_committed() {
    let figures = Figures::of("LC");
    let (service, proxy, database) = Service::behind_proxy(&[]);
    let ledger = Ledger::new("lost");
    let bills = scale(20, 200);
    // Recording the use of the API key commits, too.
    assert!(service.get_user().is_success());
    let (mut made, mut lost, mut replayed) = (0, 0, 0);
    while lost < bills {
        let description = ledger.next_description();
        let key = service.key_for(&description);
        let before = proxy.commits_lost();
        proxy.set(Mode::Commit);
        let first = service.make_bill(&description, Some(&key));
        assert!(first.is_in_order(), "{first:?}");
        proxy.set(Mode::Ok);
        lost += usize::from(!first.is_success() && proxy.commits_lost() > before);
        made += 1;
        let again = service.make_bill(&description, Some(&key));
        assert_eq!(again.status, 201, "{again:?}");
        replayed += usize::from(again.replayed);
        ledger.note_bill(&description, &again);
    }
    figures.exactly("answers to commits lost", lost, bills);
    figures.check("answered from what was stored", replayed, &format!(">= {lost}"), replayed >= lost);
    let oracle = Oracle::of(&database.url("postgres"));
    figures.exactly("bills", oracle.count("SELECT count(*) FROM split.bills"), made);
    oracle.acknowledges(&figures, &ledger);
}
