//! T3: the link to the database is down.

use repository::testing::TestDatabase;
use strongroom_tests::FaultProxy;

use super::namespace::Namespace;
use crate::network::survives;
use crate::service::Service;

#[test]
fn a_link_that_is_down_is_answered_in_time_and_left_behind() {
    let namespace = Namespace::new();
    let database = TestDatabase::new();
    let direct = database.url("strongroom_app");
    let (_proxy, through) = FaultProxy::before_postgres_at(namespace.database(), &direct);
    let launcher = ["ip", "netns", "exec", namespace.name()];
    let inside = namespace.inside().to_string();
    let settings = [
        ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        ("HOST", inside.as_str()),
        // The address is not this machine's, as far as the service knows, and the proxy speaks no TLS.
        ("DATABASE_ALLOW_INSECURE", "true"),
    ];
    let service = Service::start_by(&launcher, &direct, &through, &settings);
    survives("link down", &service, &database, 40, |is_broken| namespace.set_link(!is_broken));
}
