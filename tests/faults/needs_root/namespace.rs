//! A network namespace for a process of its own, with a link to the database and one to its clients.

use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;

use super::administer;

/// The first of the addresses that are set aside for measuring (RFC 2544), so that they are nobody's.
const ADDRESSES: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 0);

/// How many each test takes: two links of four.
const PER_TEST: u32 = 8;

/// Removed with the value, and the links with it.
pub(super) struct Namespace {
    name: String,
    first: u32,
}

impl Namespace {
    /// Makes one that no other test has.
    pub(super) fn new() -> Self {
        let process = std::process::id();
        let this = Self {
            name: format!("sr{process}"),
            first: ADDRESSES.to_bits() + process % (1 << 14) * PER_TEST,
        };
        let name = &this.name;
        administer(&format!("ip netns add {name}"));
        for (link, here, there) in
            [("db", this.database(), this.address(2)), ("web", this.address(5), this.inside())]
        {
            administer(&format!("ip link add {name}{link} type veth peer name {link} netns {name}"));
            administer(&format!("ip address add {here}/30 dev {name}{link}"));
            administer(&format!("ip -netns {name} address add {there}/30 dev {link}"));
            administer(&format!("ip link set {name}{link} up"));
            administer(&format!("ip -netns {name} link set {link} up"));
        }
        this
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where the database is to listen.
    pub(super) fn database(&self) -> IpAddr {
        self.address(1)
    }

    /// Where the process in it is to listen.
    pub(super) fn inside(&self) -> IpAddr {
        self.address(6)
    }

    /// Takes the link to the database down, on the side of the process, or up again.
    pub(super) fn set_link(&self, is_up: bool) {
        let state = if is_up { "up" } else { "down" };
        administer(&format!("ip -netns {} link set db {state}", self.name));
    }

    fn address(&self, number: u32) -> IpAddr {
        Ipv4Addr::from_bits(self.first + number).into()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // By their ends on this side: the namespace itself lives on until the last connection in it is forgotten.
        for link in ["db", "web"] {
            let _ = Command::new("ip").args(["link", "delete", &format!("{}{link}", self.name)]).status();
        }
        let _ = Command::new("ip").args(["netns", "delete", &self.name]).status();
    }
}
