//! The address a request comes from: the socket's, or what a trusted proxy says.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, X_FORWARDED_FOR};
use ipnet::IpNet;

/// The proxies whose word is believed.
pub(super) struct Proxies(Vec<IpNet>);

impl Proxies {
    pub(super) fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whom to hold to account for a request.
    pub(super) fn client(&self, request: &HttpRequest) -> IpAddr {
        let socket = request.peer_addr().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
        account(self.behind(socket.to_canonical(), request.headers()))
    }

    /// Every proxy appends whom it got the request from, so that the list is read from its end: up to the first address
    /// that is no proxy of ours. Whatever stands before that, the client may have made up.
    fn behind(&self, socket: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trust(socket) {
            return socket;
        }
        let lines = headers.get_all(X_FORWARDED_FOR).filter_map(|line| line.to_str().ok());
        let lines: Vec<&str> = lines.collect();
        let mut nearest = socket;
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            // What is no address was not written by a proxy of ours. The one before it is the best that is known.
            let Some(address) = parse(hop.trim()) else { break };
            nearest = address;
            if !self.trust(address) {
                break;
            }
        }
        nearest
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address, which some proxies write with its port.
fn parse(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse::<IpAddr>().ok().or_else(with_port).map(|address| address.to_canonical())
}

/// One customer of a provider has a whole network of IPv6, so that counts as one.
fn account(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::from(u64::MAX) << 64)))
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let networks = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
        for line in forwarded {
            request = request.append_header((X_FORWARDED_FOR, *line));
        }
        Proxies::new(networks.into()).client(&request.to_http_request()).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(client("203.0.113.9:5", &[]), "203.0.113.9");
        assert_eq!(client("203.0.113.9:5", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1:5", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("[::ffff:10.0.0.1]:5", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1:5", &[]), "10.0.0.1");
    }

    #[test]
    fn what_a_client_made_up_stands_too_far_left_to_count() {
        assert_eq!(client("10.0.0.1:5", &["1.1.1.1, 2.2.2.2, 203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1:5", &["1.1.1.1", "203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1:5", &["10.9.9.9, 10.0.0.2"]), "10.9.9.9");
        assert_eq!(client("10.0.0.1:5", &["203.0.113.9, unknown, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(client("10.0.0.1:5", &["", "nonsense"]), "10.0.0.1");
    }

    #[test]
    fn addresses_are_read_as_proxies_write_them() {
        assert_eq!(client("10.0.0.1:5", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1:5", &["::ffff:203.0.113.9"]), "203.0.113.9");
        for hop in ["2001:db8:1:2:3:4:5:6", "[2001:db8:1:2:3:4:5:6]", "[2001:db8:1:2:3:4:5:6]:4711"] {
            assert_eq!(client("10.0.0.1:5", &[hop]), "2001:db8:1:2::", "{hop}");
        }
        assert_eq!(client("[fd00::1]:5", &["203.0.113.9"]), "203.0.113.9");
    }
}
