//! Reads messages as rows of NDJSON.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{ImportFile, ImportedMessage, Rejected, after};
use crate::MessageText;
use crate::json::Reader;
use crate::whatsapp::Role;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    role: String,
    content: String,
    timestamp: String,
}

/// Reads a row for each line that is not blank: `{"role": …, "content": …, "timestamp": …}`, the time in RFC 3339 with its
/// zone and not before that of the row above. Rows that are wrong are reported, and the others taken.
///
/// ```
/// use strongroom_domain::whatsapp::imports::read_ndjson;
///
/// let file = read_ndjson(r#"{"role": "user", "content": "hi", "timestamp": "2025-10-19T11:37:20+05:30"}"#);
/// assert_eq!((file.messages.len(), file.rejected.len()), (1, 0));
/// ```
pub fn read_ndjson(text: &str) -> ImportFile {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut file = ImportFile::default();
    let mut above = None;
    for (line, text) in (1..).zip(text.split('\n')).filter(|(_, text)| !text.trim().is_empty()) {
        match read_row(text, above) {
            Ok((role, content, own)) => {
                above = Some(own);
                let timestamp = after(file.messages.last().map(|message| message.timestamp), own);
                file.messages.push(ImportedMessage { role, content, timestamp });
            }
            Err(code) => file.rejected.push(Rejected { line, code }),
        }
    }
    file
}

fn read_row(
    text: &str,
    above: Option<DateTime<Utc>>,
) -> Result<(Role, MessageText, DateTime<Utc>), &'static str> {
    let row: Row = Reader::new(text).read().map_err(|_| "invalid_row")?;
    let role = row.role.parse().map_err(|_| "unknown_value")?;
    let content = MessageText::parse_delivered(&row.content).map_err(|error| error.code())?;
    let at = DateTime::parse_from_rfc3339(&row.timestamp).map_err(|_| "invalid_timestamp")?.to_utc();
    // PostgreSQL keeps microseconds.
    let at = DateTime::from_timestamp_micros(at.timestamp_micros()).ok_or("invalid_timestamp")?;
    if above.is_some_and(|above| at < above) {
        return Err("out_of_order");
    }
    Ok((role, content, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whatsapp::userchats::timestamp_text;

    #[test]
    fn rows_that_are_wrong_are_reported_and_the_others_taken() {
        let text = "{\"role\":\"USER\",\"content\":\"hi\",\"timestamp\":\"2025-10-19T11:37:20.7596784+05:30\"}\r\n\n\
                    {\"role\":\"system\",\"content\":\"hi\",\"timestamp\":\"2025-10-19T11:37:20Z\"}\n\
                    [1]\n\
                    {\"role\":\"assistant\",\"content\":\"\",\"timestamp\":\"2025-10-19T11:37:20Z\"}\n\
                    {\"role\":\"assistant\",\"content\":\"x\",\"timestamp\":\"2025-10-19T11:37:20\"}\n\
                    {\"role\":\"assistant\",\"content\":\"x\",\"timestamp\":\"2025-10-19T06:07:20Z\"}\n\
                    {\"role\":\"assistant\",\"content\":\"a\\u0000b\",\"timestamp\":\"2025-10-19T06:07:20.759678Z\"}\n\
                    {\"role\":\"assistant\",\"content\":\"x\",\"timestamp\":\"2025-10-20T06:07:20Z\",\"id\":1}";
        let file = read_ndjson(text);
        let times: Vec<String> = file.messages.iter().map(|m| timestamp_text(m.timestamp)).collect();
        assert_eq!(times, ["2025-10-19T06:07:20.759678+00:00", "2025-10-19T06:07:20.759679+00:00"]);
        assert_eq!(file.messages[1].content.expose(), "a\u{fffd}b");
        let codes: Vec<_> = file.rejected.iter().map(|row| (row.line, row.code)).collect();
        assert_eq!(
            codes,
            [
                (3, "unknown_value"),
                (4, "invalid_row"),
                (5, "empty"),
                (6, "invalid_timestamp"),
                (7, "out_of_order"),
                (9, "invalid_row")
            ]
        );
    }
}
