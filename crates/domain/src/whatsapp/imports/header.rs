//! The beginning of a line of an export: when, and the sender.
//!
//! iOS writes `[31/12/2025, 21:28:10] Asha: hi`, Android `31/12/2025, 21:28 - Asha: hi`. Both put marks that do not show and
//! blanks of several kinds between.

use chrono::NaiveTime;

use super::dates::{Written, WrittenDate};

/// A line that begins as one with a date does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub(super) date: WrittenDate,
    pub(super) clock: NaiveTime,
    /// What follows, as it is written.
    pub(super) rest: &'a str,
}

/// A mark of direction, which is passed over in a header.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A character of a header as it counts.
fn plain(c: char) -> char {
    if matches!(c, '\u{a0}' | '\u{2009}' | '\u{202f}') { ' ' } else { c }
}

/// A text without marks and with plain blanks.
pub(super) fn normal(text: &str) -> String {
    text.chars().filter(|&c| !is_mark(c)).map(plain).collect()
}

impl<'a> Header<'a> {
    /// Reads the beginning of a line; `None` where it is none.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let mut scan = Scan(line);
        let is_bracketed = scan.take('[');
        let date = date(&mut scan)?;
        let has_comma = scan.take(',');
        let has_blank = scan.blanks();
        if !has_comma && !has_blank {
            return None;
        }
        let clock = clock(&mut scan)?;
        let ends = if is_bracketed {
            scan.take(']') && (scan.blanks() || scan.peek().is_none())
        } else {
            scan.blanks() && scan.take('-') && (scan.blanks() || scan.peek().is_none())
        };
        ends.then_some(Self { date, clock, rest: scan.0 })
    }

    /// The sender, without `~ `, and the text. Those of `names` count before the first colon does: a name may hold one.
    pub(super) fn sender(&self, names: &[&str]) -> Option<(String, &'a str)> {
        let shown = normal(self.rest);
        let named = shown.strip_prefix("~ ").unwrap_or(&shown);
        let before_colon = |name: &str| {
            let after = named.strip_prefix(name)?.strip_prefix(':')?;
            (after.is_empty() || after.starts_with(' ')).then_some(name.len())
        };
        let given = names.iter().find_map(|name| before_colon(name));
        let length = given.or_else(|| named.find(": ")).or_else(|| named.strip_suffix(':').map(str::len))?;
        let name = named.get(..length)?;
        // As many characters that show stand before the text: the sender, what was dropped before it, the colon and a blank.
        let shown_before = shown.chars().count() - named.chars().count() + name.chars().count() + 1;
        let mut scan = Scan(self.rest);
        (0..shown_before).for_each(|_| scan.skip());
        scan.take(' ');
        Some((name.to_owned(), scan.0))
    }
}

/// The rest of a line. Marks are passed over before each character that is taken.
struct Scan<'a>(&'a str);

impl Scan<'_> {
    fn peek(&self) -> Option<char> {
        self.0.chars().find(|&c| !is_mark(c)).map(plain)
    }

    fn skip(&mut self) {
        let rest = self.0.trim_start_matches(is_mark);
        let length = rest.chars().next().map_or(0, char::len_utf8);
        self.0 = rest.get(length..).unwrap_or_default();
    }

    fn take(&mut self, wanted: char) -> bool {
        self.take_if(|c| c == wanted).is_some()
    }

    fn take_if(&mut self, is_wanted: impl Fn(char) -> bool) -> Option<char> {
        let found = self.peek().filter(|&c| is_wanted(c))?;
        self.skip();
        Some(found)
    }

    /// Whether there was a blank.
    fn blanks(&mut self) -> bool {
        let mut found = false;
        while self.take(' ') {
            found = true;
        }
        found
    }

    /// A number of at most so many digits.
    fn number(&mut self, most: usize) -> Option<Written> {
        let (mut value, mut digits) = (0, 0);
        while digits < most
            && let Some(digit) = self.take_if(|c| c.is_ascii_digit()).and_then(|c| c.to_digit(10))
        {
            value = value * 10 + digit;
            digits += 1;
        }
        (digits > 0).then_some(Written { value, digits })
    }
}

fn date(scan: &mut Scan<'_>) -> Option<WrittenDate> {
    let first = scan.number(4)?;
    let separator = scan.take_if(|c| matches!(c, '/' | '.' | '-'))?;
    let second = scan.number(2)?;
    if !scan.take(separator) {
        return None;
    }
    Some(WrittenDate { numbers: [first, second, scan.number(4)?], separator })
}

/// `h:mm`, `h:mm:ss`, and half of the day where there is one.
fn clock(scan: &mut Scan<'_>) -> Option<NaiveTime> {
    let hour = scan.number(2)?.value;
    if !scan.take(':') {
        return None;
    }
    let two =
        |scan: &mut Scan<'_>| scan.number(2).filter(|number| number.digits == 2).map(|number| number.value);
    let minute = two(scan)?;
    let second = if scan.take(':') { two(scan)? } else { 0 };
    let hour = match half(scan) {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(is_after_noon) => hour % 12 + if is_after_noon { 12 } else { 0 },
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}

/// AM or PM, with dots and blanks between or without; whether it is after noon.
fn half(scan: &mut Scan<'_>) -> Option<bool> {
    let mut ahead = Scan(scan.0);
    ahead.blanks();
    let letter = ahead.take_if(|c| matches!(c, 'a' | 'A' | 'p' | 'P'))?;
    ahead.take('.');
    ahead.blanks();
    ahead.take_if(|c| matches!(c, 'm' | 'M'))?;
    ahead.take('.');
    scan.0 = ahead.0;
    Some(letter.eq_ignore_ascii_case(&'p'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(line: &str, names: &[&str]) -> Option<(String, String, String)> {
        let header = Header::parse(line)?;
        let [a, b, c] = header.date.numbers.map(|number| number.value);
        let (name, text) = header.sender(names).unwrap_or_default();
        Some((format!("{a} {b} {c} {}", header.clock), name, text.to_owned()))
    }

    #[test]
    fn phones_write_headers_in_many_ways() {
        for (line, when, sender, text) in [
            ("[19/10/2025, 11:37:20] Asha: What is Spark?", "19 10 2025 11:37:20", "Asha", "What is Spark?"),
            (
                "\u{200e}[07.03.26, 21:28:10] Ben: \u{200e}image omitted",
                "7 3 26 21:28:10",
                "Ben",
                "\u{200e}image omitted",
            ),
            ("[07.03.26, 21:22:39] ~\u{202f}Asha: first", "7 3 26 21:22:39", "Asha", "first"),
            ("1/4/23, 7:03\u{202f}PM - Asha: <Media omitted>", "1 4 23 19:03:00", "Asha", "<Media omitted>"),
            ("20/6/2017 8:28 p.\u{a0}m. - Ben: time: 20:30?", "20 6 2017 20:28:00", "Ben", "time: 20:30?"),
            ("2024/12/02, 4:09 pm - Asha: hello", "2024 12 2 16:09:00", "Asha", "hello"),
            ("10/19/25, 12:05 AM - Asha: hi", "10 19 25 00:05:00", "Asha", "hi"),
            ("10/19/25, 12:05 a.m. - Asha:", "10 19 25 00:05:00", "Asha", ""),
            ("1/1/25, 12:00 PM - \u{202a}+91 98\u{202c}: a", "1 1 25 12:00:00", "+91 98", "a"),
            ("1/1/25, 23:59 - You created the group", "1 1 25 23:59:00", "", ""),
            ("[1/1/25, 9:05:01 AM] Dr: A: hi", "1 1 25 09:05:01", "Dr", "A: hi"),
        ] {
            let expected = (when.to_owned(), sender.to_owned(), text.to_owned());
            assert_eq!(parts(line, &[]), Some(expected), "{line}");
        }
        let given = parts("[1/1/25, 9:05:01] ~ Dr: A: hi", &["Bot", "Dr: A"]).unwrap();
        assert_eq!((given.1.as_str(), given.2.as_str()), ("Dr: A", "hi"));
    }

    #[test]
    fn other_lines_begin_nothing() {
        for line in [
            "",
            "It is fast.",
            "1/4/23",
            "1/4/23, 7:03 Asha: hi",
            "1/4/23, 7:03PM",
            "1/4/23,7 - Asha: hi",
            "1/4/23, 25:00 - Asha: hi",
            "1/4/23, 13:00 PM - Asha: hi",
            "1/4/23, 0:30 AM - Asha: hi",
            "1/4/23, 7:60 - Asha: hi",
            "1/4/23, 7:5 - Asha: hi",
            "1/4-23, 7:05 - Asha: hi",
            "[1/4/23, 7:05 - Asha: hi",
            "1/4/23, 7:05] Asha: hi",
            "12345/4/23, 7:05 - Asha: hi",
        ] {
            assert_eq!(parts(line, &[]), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_panics(line in "[\\[\\]0-9/:., \u{200e}\u{202f}~aApPmM-]{0,40}", name in ".{0,5}") {
            if let Some(header) = Header::parse(&line) {
                header.sender(&[&name]);
            }
        }
    }
}
