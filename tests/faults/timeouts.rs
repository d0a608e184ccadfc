//! T5: statements that take too long, and rows that somebody else holds.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;

use crate::figures::Figures;
use crate::load::for_a_while;
use crate::oracle::{Oracle, with_oracle};
use crate::service::{DEADLINE, Service};

/// The longest that a statement waits for a lock (`DATABASE_LOCK_TIMEOUT`, which has its default here).
const LOCK: Duration = Duration::from_secs(2);

/// What the refusal may take beyond the limit.
const SLACK: Duration = Duration::from_millis(200);

/// How long a statement may outlive its request.
const ROLLED_BACK: Duration = Duration::from_secs(10);

/// Makes a bill that cannot be made in time, and waits until its transaction is over.
fn is_refused_and_rolled_back(
    figures: &Figures,
    (what, limit): (&str, Duration),
    service: &Service,
    oracle: &Oracle,
) {
    let refused = service.make_bill(what, None);
    figures.exactly(&format!("{what}: status"), refused.status.into(), 503);
    assert!(refused.is_in_order(), "{refused:?}");
    figures.within(&format!("{what}: refused within"), refused.took, limit + SLACK);
    let end = Instant::now() + ROLLED_BACK;
    let in_use = || service.metric("database_connections_active");
    while oracle.count_busy() + in_use() > 0 && Instant::now() < end {
        for_a_while(Duration::from_millis(50));
    }
    figures.exactly(&format!("{what}: transactions left"), oracle.count_busy(), 0);
    figures.exactly(&format!("{what}: connections in use"), in_use(), 0);
    let stored = format!("SELECT count(*) FROM split.bills WHERE description = '{what}'");
    figures.exactly(&format!("{what}: rows left"), oracle.count(&stored), 0);
}

/// Holds the row that every bill needs.
pub(crate) fn hold_user(service: &Service) -> String {
    format!("BEGIN; SELECT FROM split.users WHERE id = '{}' FOR UPDATE", service.user())
}

#[test]
fn a_slow_statement_is_ended() {
    let figures = Figures::of("T5");
    let (service, oracle, _database) = with_oracle();
    oracle.run(
        "CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
         CREATE TRIGGER dawdle BEFORE INSERT ON split.bills FOR EACH ROW EXECUTE FUNCTION public.dawdle()",
    );
    is_refused_and_rolled_back(&figures, ("slow statement", DEADLINE), &service, &oracle);
    oracle.run("DROP TRIGGER dawdle ON split.bills");
    figures.exactly("slow statement: afterwards", service.make_bill("afterwards", None).status.into(), 201);
}

#[test]
fn a_row_that_is_held_is_not_waited_for_too_long() {
    let figures = Figures::of("T5");
    let (service, oracle, _database) = with_oracle();
    let mut holder = oracle.connection();
    holder.batch_execute(&hold_user(&service)).unwrap();
    is_refused_and_rolled_back(&figures, ("held row", LOCK), &service, &oracle);
    holder.batch_execute("ROLLBACK").unwrap();
    figures.exactly("held row: afterwards", service.make_bill("afterwards", None).status.into(), 201);
}
