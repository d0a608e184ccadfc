//! Connection strings, read by libpq's own rules, which are not those of any standard.
//!
//! A URI of libpq may name several hosts, or a user and no host, and a `+` in it is a plus; readers of other URLs refuse
//! or misread that. A rule that judged another host than the one libpq goes to would be no rule. So libpq never sees the
//! text that was judged, but one that is written anew from what was read.

use std::collections::BTreeMap;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;

/// What a connection string says: libpq's parameters and their values. It may hold a password, so it is not printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Conninfo {
    parameters: BTreeMap<String, String>,
}

/// The rule that a text breaks which is no connection string. It repeats nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a postgres:// URL or a list of name=value that libpq understands, in which {0}")]
pub struct ConninfoError(&'static str);

impl Conninfo {
    /// Reads `postgres://…`, `postgresql://…` or `name=value name='value'`.
    ///
    /// ```
    /// use strongroom_repository::Conninfo;
    ///
    /// let uri = Conninfo::parse("postgres://app@/books?host=%2Frun%2Fpg&sslmode=require").unwrap();
    /// assert!(uri == Conninfo::parse("user=app dbname=books host='/run/pg' sslmode = require").unwrap());
    /// ```
    ///
    /// # Errors
    /// [`ConninfoError`], which names the rule and nothing of the text.
    pub fn parse(text: &str) -> Result<Self, ConninfoError> {
        let mut read = Self::default();
        let uri = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        match uri {
            Some(rest) => read.read_uri(rest)?,
            None => read.read_pairs(text)?,
        }
        Ok(read)
    }

    /// The value of a parameter; an empty one counts as none, as it does for libpq.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Sets a parameter, whatever was set before.
    pub fn set(&mut self, name: &str, value: &str) {
        self.parameters.insert(name.to_owned(), value.to_owned());
    }

    /// Sets a parameter that has no value yet.
    pub fn set_default(&mut self, name: &str, value: &str) {
        if self.get(name).is_none() {
            self.set(name, value);
        }
    }

    /// Whether every connection that this can lead to stays on this machine: sockets and loopback addresses. Any
    /// other name, and a service file, could lead anywhere, whatever it leads to today.
    pub fn stays_on_this_machine(&self) -> bool {
        // libpq goes to the addresses where there are any, and takes the names for checking certificates only.
        let hosts = self.get("hostaddr").or_else(|| self.get("host"));
        // A service file may add an address to whatever stands here.
        self.get("service").is_none() && hosts.is_none_or(|hosts| hosts.split(',').all(is_this_machine))
    }

    /// The text for libpq. Holds the password, if there is one.
    pub(super) fn to_text(&self) -> String {
        let quoted = |value: &str| value.replace('\\', "\\\\").replace('\'', "\\'");
        let pairs = self.parameters.iter().map(|(name, value)| format!("{name}='{}'", quoted(value)));
        pairs.collect::<Vec<_>>().join(" ")
    }

    fn read_uri(&mut self, rest: &str) -> Result<(), ConninfoError> {
        // The first @ ends the login, unless a slash comes before it: a password may have a ? in it.
        let end = rest.find(['@', '/']).unwrap_or(rest.len());
        let (login, rest) = match rest.split_at(end) {
            (login, behind) if behind.starts_with('@') => (login, behind.get(1..).unwrap_or_default()),
            _ => ("", rest),
        };
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        self.store("user", user)?;
        self.store("password", password)?;
        self.read_hosts(hosts)?;
        self.store("dbname", database)?;
        self.read_query(query)
    }

    fn read_hosts(&mut self, hosts: &str) -> Result<(), ConninfoError> {
        let (mut names, mut ports) = (Vec::new(), Vec::new());
        for host in hosts.split(',') {
            let (name, port) = match host.strip_prefix('[') {
                Some(address) => {
                    let (address, rest) = address.split_once(']').ok_or(ConninfoError("a [ has its ]"))?;
                    if address.is_empty() || !(rest.is_empty() || rest.starts_with(':')) {
                        return Err(ConninfoError("an address stands in [ ], and a port behind it"));
                    }
                    (address, rest.strip_prefix(':').unwrap_or_default())
                }
                None => host.split_once(':').unwrap_or((host, "")),
            };
            names.push(name);
            ports.push(port);
        }
        self.store("host", &names.join(","))?;
        self.store("port", &ports.join(","))
    }

    fn read_query(&mut self, query: &str) -> Result<(), ConninfoError> {
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or(ConninfoError("a parameter has its ="))?;
            if value.contains('=') {
                return Err(ConninfoError("a = within a value is written %3D"));
            }
            match (decoded(name)?.as_str(), value) {
                // What JDBC writes.
                ("ssl", "true") => self.set("sslmode", "require"),
                (name, value) => self.set(name, &decoded(value)?),
            }
        }
        Ok(())
    }

    fn store(&mut self, name: &str, encoded: &str) -> Result<(), ConninfoError> {
        if !encoded.is_empty() {
            self.set(name, &decoded(encoded)?);
        }
        Ok(())
    }

    fn read_pairs(&mut self, text: &str) -> Result<(), ConninfoError> {
        let mut rest = text.trim_start_matches(is_space);
        while !rest.is_empty() {
            let (name, behind) = rest.split_once('=').ok_or(ConninfoError("a name has its ="))?;
            let name = name.trim_end_matches(is_space);
            if name.is_empty() || name.contains(is_space) {
                return Err(ConninfoError("a name is one word, with its = behind it"));
            }
            let (value, behind) = read_value(behind.trim_start_matches(is_space))?;
            self.set(name, &value);
            rest = behind.trim_start_matches(is_space);
        }
        Ok(())
    }
}

/// A value up to the next space, or in quotes; a backslash takes the next letter as it is.
fn read_value(text: &str) -> Result<(String, &str), ConninfoError> {
    let (quoted, text) = text.strip_prefix('\'').map_or((false, text), |text| (true, text));
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
            '\'' if quoted => return Ok((value, text.get(at + 1..).unwrap_or_default())),
            letter if !quoted && is_space(letter) => return Ok((value, text.get(at..).unwrap_or_default())),
            letter => value.push(letter),
        }
    }
    if quoted {
        Err(ConninfoError("a ' at the beginning of a value has one at its end"))
    } else {
        Ok((value, ""))
    }
}

/// What C takes for a space.
fn is_space(letter: char) -> bool {
    letter.is_ascii_whitespace() || letter == '\x0b'
}

fn decoded(text: &str) -> Result<String, ConninfoError> {
    let is_code = |code: &str| {
        code.get(..2).is_some_and(|digits| digits != "00" && u8::from_str_radix(digits, 16).is_ok())
    };
    if !text.split('%').skip(1).all(is_code) {
        return Err(ConninfoError("a % is written %25, and others are followed by two hexadecimal digits"));
    }
    let text = percent_decode_str(text).decode_utf8();
    text.map(Into::into).map_err(|_| ConninfoError("everything is UTF-8"))
}

fn is_this_machine(host: &str) -> bool {
    host.is_empty()
        // The directory of a socket, or a socket without one.
        || host.starts_with(['/', '@'])
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        Conninfo::parse(text).unwrap().to_text()
    }

    #[test]
    fn uris_are_read_as_libpq_reads_them() {
        for (uri, read) in [
            ("postgres://", ""),
            ("postgresql://localhost", "host='localhost'"),
            ("postgres://app@/books", "dbname='books' user='app'"),
            (
                "postgres://app:p%40%2Fss@h:6432/b%20c",
                "dbname='b c' host='h' password='p@/ss' port='6432' user='app'",
            ),
            ("postgres://a@h1:1,[::1]:2,h3/db", "dbname='db' host='h1,::1,h3' port='1,2,' user='a'"),
            ("postgres://%2Frun%2Fpg:5432/db", "dbname='db' host='/run/pg' port='5432'"),
            ("postgres:///db?host=/tmp&user=x+y", "dbname='db' host='/tmp' user='x+y'"),
            ("postgres://h?sslmode=require&sslmode=disable", "host='h' sslmode='disable'"),
            ("postgres://h/db?host=other&ssl=true", "dbname='db' host='other' sslmode='require'"),
            ("postgres://h/a@b", "dbname='a@b' host='h'"),
            ("postgres://u:p?w@h", "host='h' password='p?w' user='u'"),
            ("postgres://a:b@c@h/db", "dbname='db' host='c@h' password='b' user='a'"),
        ] {
            assert_eq!(text(uri), read, "{uri}");
        }
    }

    #[test]
    fn pairs_are_read_as_libpq_reads_them() {
        for (pairs, read) in [
            ("", ""),
            ("  host = localhost\tport=5432 ", "host='localhost' port='5432'"),
            (r"password='it\'s \\ a' user=a\ b", r"password='it\'s \\ a' user='a b'"),
            ("host=a host=b", "host='b'"),
            ("host='' user=x", "host='' user='x'"),
            ("user=a'b", r"user='a\'b'"),
        ] {
            assert_eq!(text(pairs), read, "{pairs}");
            assert_eq!(text(&text(pairs)), read, "what is written is read alike");
        }
    }

    #[test]
    fn what_is_no_connection_string_is_refused_without_being_repeated() {
        for wrong in [
            "s3cret",
            "host",
            "a b=s3cret",
            "=s3cret",
            "password='s3cret",
            "postgres://h?s3cret",
            "postgres://[::1/s3cret",
            "postgres://[]/s3cret",
            "postgres://[::1]s3cret",
            "postgres://u:s3cret%@h",
            "postgres://u:s3cret%00@h",
            "postgres://u:s3cret%zz@h",
            "postgres://h?password=s3cret=x",
            "postgres://%ff@s3cret",
            "mysql://u:s3cret@h",
        ] {
            let error =
                Conninfo::parse(wrong).err().unwrap_or_else(|| panic!("{wrong} was taken")).to_string();
            assert!(!error.contains("s3cret"), "{wrong}: {error}");
        }
    }

    #[test]
    fn only_sockets_and_loopback_stay_on_this_machine() {
        for here in [
            "",
            "host=/run",
            "host=@pg",
            "host=LOCALHOST",
            "host=127.8.9.1",
            "postgres://[::1]/",
            "host=localhost,/run",
            "host=db.example hostaddr=127.0.0.1",
            "hostaddr=::ffff:127.0.0.1",
        ] {
            assert!(Conninfo::parse(here).unwrap().stays_on_this_machine(), "{here}");
        }
        for away in [
            "host=db.example",
            "host=localhost.example",
            "host=10.0.0.1",
            "host=localhost hostaddr=10.0.0.1",
            "service=x",
            "host=localhost service=x",
            "host=localhost,db.example",
            "postgres://localhost@db.example/",
            "postgres://h?host=db.example",
            "host=127.0.0.1.example",
            "host=::",
            "postgres://localhost,db.example/x",
        ] {
            assert!(!Conninfo::parse(away).unwrap().stays_on_this_machine(), "{away}");
        }
    }
}
