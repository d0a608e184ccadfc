//! Reads `_chat.txt`, as WhatsApp exports a conversation.

use chrono::{DateTime, Utc};

use super::header::{Header, is_mark, normal};
use super::{DateOrder, ImportError, ImportFile, ImportedMessage, Rejected, Zone, after};
use crate::MessageText;
use crate::whatsapp::Role;

/// What a file does not say of itself.
#[derive(Debug, Clone, Copy)]
pub struct ExportOptions<'a> {
    /// The name under which the bot writes.
    pub assistant: &'a str,
    /// The name under which the person writes. Without it there may be but one other name.
    pub user: Option<&'a str>,
    /// The time zone of the phone that made the file.
    pub timezone: Zone,
    /// In which order its dates are written; found out by the dates when absent.
    pub date_order: Option<DateOrder>,
}

/// A line that begins something, with what follows up to the next such line.
struct Entry<'a> {
    line: usize,
    header: Header<'a>,
    more: Vec<&'a str>,
}

/// What a line that begins something is.
enum Kind<'a> {
    System,
    Message { role: Role, text: &'a str },
    OtherSender,
}

/// Reads an export.
///
/// # Errors
/// [`ImportError`]; then nothing of the file is to be kept.
pub fn read_export(text: &str, options: &ExportOptions<'_>) -> Result<ImportFile, ImportError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    let order = match options.date_order {
        Some(order) => order,
        None => DateOrder::of(&lines.iter().filter_map(|line| Header::parse(line)).collect::<Vec<_>>())?,
    };
    let mut file = ImportFile { date_order: Some(order), ..ImportFile::default() };
    let mut senders = Senders::new(options);
    let (mut last_own, mut last) = (None, None);
    for Entry { line, header, more } in entries(&lines, order)? {
        match senders.kind(line, &header)? {
            Kind::System => file.system_lines += 1,
            Kind::OtherSender => file.other_senders += 1,
            Kind::Message { role, text } => {
                let Some(local) = header.time(order) else { continue };
                let own = options.timezone.moment(local, last_own);
                last_own = Some(own);
                file.keep(line, role, text, &more, own, &mut last);
            }
        }
    }
    Ok(file)
}

/// Puts lines together. A line that begins nothing belongs to the one above.
fn entries<'a>(lines: &[&'a str], order: DateOrder) -> Result<Vec<Entry<'a>>, ImportError> {
    let mut entries: Vec<Entry<'a>> = Vec::new();
    for (line, text) in (1..).zip(lines) {
        let header = Header::parse(text).filter(|header| header.time(order).is_some());
        match (header, entries.last_mut()) {
            (Some(header), _) => entries.push(Entry { line, header, more: Vec::new() }),
            (None, Some(entry)) => entry.more.push(text),
            (None, None) if text.trim().is_empty() => {}
            (None, None) => return Err(ImportError::NotAnExport { line }),
        }
    }
    // The end of the last line is no line.
    if let Some(entry) = entries.last_mut() {
        entry.more.pop_if(|text| text.is_empty());
    }
    if entries.is_empty() { Err(ImportError::NotAnExport { line: 1 }) } else { Ok(entries) }
}

/// Who writes.
struct Senders {
    assistant: String,
    user: Option<String>,
    /// Whether the user was named, so that others are passed over.
    is_named: bool,
}

impl Senders {
    fn new(options: &ExportOptions<'_>) -> Self {
        let name = |given: &str| normal(given).trim().to_owned();
        Self {
            assistant: name(options.assistant),
            user: options.user.map(name),
            is_named: options.user.is_some(),
        }
    }

    fn kind<'a>(&mut self, line: usize, header: &Header<'a>) -> Result<Kind<'a>, ImportError> {
        let names: Vec<&str> =
            [Some(&self.assistant), self.user.as_ref()].into_iter().flatten().map(String::as_str).collect();
        let Some((sender, text)) = header.sender(&names) else { return Ok(Kind::System) };
        if is_system(text) {
            return Ok(Kind::System);
        }
        let role = if sender == self.assistant {
            Role::Assistant
        } else if *self.user.get_or_insert_with(|| sender.clone()) == sender {
            Role::User
        } else if self.is_named {
            return Ok(Kind::OtherSender);
        } else {
            return Err(ImportError::ThirdSender { line });
        };
        Ok(Kind::Message { role, text })
    }
}

impl ImportFile {
    fn keep(
        &mut self,
        line: usize,
        role: Role,
        text: &str,
        more: &[&str],
        own: DateTime<Utc>,
        last: &mut Option<DateTime<Utc>>,
    ) {
        let attachment = attachment(text);
        let first = attachment.as_deref().unwrap_or(text);
        let whole = [&[first], more].concat().join("\n");
        match MessageText::parse_delivered(without_edited(&whole)) {
            Ok(content) => {
                let timestamp = after(*last, own);
                *last = Some(timestamp);
                self.attachments += usize::from(attachment.is_some());
                self.messages.push(ImportedMessage { role, content, timestamp });
            }
            // A line without a text is one of WhatsApp's own.
            Err(error) if error.code() == "empty" => self.system_lines += 1,
            Err(error) => self.rejected.push(Rejected { line, code: error.code() }),
        }
    }
}

/// Whether WhatsApp wrote a text in somebody's name.
fn is_system(text: &str) -> bool {
    let shown = normal(text);
    let is_deleted = matches!(
        shown.trim().strip_suffix('.').unwrap_or(shown.trim()),
        "This message was deleted" | "You deleted this message"
    );
    is_deleted || (text.starts_with('\u{200e}') && attachment(text).is_none())
}

/// What stands in place of a picture, a video and the like, without marks.
fn attachment(text: &str) -> Option<String> {
    const OMITTED: [&str; 7] = ["image", "video", "audio", "sticker", "GIF", "document", "Contact card"];
    let shown = normal(text);
    let shown = shown.trim();
    let is_omitted = |kind: &str| {
        let before = shown.strip_suffix(" omitted").and_then(|rest| rest.strip_suffix(kind));
        // The name and the size of a document may stand before.
        before.is_some_and(|before| before.is_empty() || (kind == "document" && before.ends_with(' ')))
    };
    let is_attachment = (shown.starts_with("<attached: ") && shown.ends_with('>'))
        || shown.ends_with(" (file attached)")
        || shown == "<Media omitted>"
        || OMITTED.into_iter().any(is_omitted);
    is_attachment.then(|| shown.to_owned())
}

/// A text without the note that it was edited.
fn without_edited(text: &str) -> &str {
    let end = text.trim_end_matches(|c| is_mark(c) || c == ' ');
    let edited = end.strip_suffix("<This message was edited>");
    edited.map_or(text, |before| before.trim_end_matches(|c: char| is_mark(c) || c.is_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whatsapp::userchats::timestamp_text;
    use proptest::prelude::*;

    fn options(assistant: &'static str, zone: &str) -> ExportOptions<'static> {
        ExportOptions { assistant, user: None, timezone: zone.parse().unwrap(), date_order: None }
    }

    fn read(text: &str, options: &ExportOptions<'_>) -> ImportFile {
        read_export(text, options).unwrap()
    }

    fn shown(file: &ImportFile) -> Vec<String> {
        let line = |m: &ImportedMessage| {
            format!("{} {} {}", m.role, timestamp_text(m.timestamp), m.content.expose())
        };
        file.messages.iter().map(line).collect()
    }

    #[test]
    fn an_export_of_ios_is_read() {
        let text = "[19/10/2025, 11:37:20] Asha: What is Spark?\r\n[19/10/2025, 11:37:22] Bot: An engine.\nIt is fast.\n\
                    \u{200e}[19/10/2025, 11:38:01] Asha: \u{200e}<attached: 00000012-PHOTO.jpg>\n\
                    [19/10/2025, 11:38:02] Asha: \u{200e}You deleted this message.\n";
        let file = read(text, &options("Bot", "Asia/Kolkata"));
        assert_eq!(
            shown(&file),
            [
                "user 2025-10-19T06:07:20.000000+00:00 What is Spark?",
                "assistant 2025-10-19T06:07:22.000000+00:00 An engine.\nIt is fast.",
                "user 2025-10-19T06:08:01.000000+00:00 <attached: 00000012-PHOTO.jpg>",
            ]
        );
        assert_eq!((file.attachments, file.system_lines, file.date_order), (1, 1, Some(DateOrder::DayFirst)));
    }

    #[test]
    fn an_export_of_android_is_read_and_minutes_keep_their_order() {
        let text = "10/19/25, 12:05\u{202f}AM - Messages and calls are end-to-end encrypted.\n\
                    10/19/25, 12:05\u{202f}AM - Asha: hi\n10/19/25, 12:05\u{202f}AM - Bot: hello: you";
        let file = read(text, &options("Bot", "America/New_York"));
        assert_eq!(
            shown(&file),
            [
                "user 2025-10-19T04:05:00.000000+00:00 hi",
                "assistant 2025-10-19T04:05:00.000001+00:00 hello: you",
            ]
        );
        assert_eq!((file.system_lines, file.date_order), (1, Some(DateOrder::MonthFirst)));
    }

    #[test]
    fn every_form_of_attachment_is_kept_as_its_text() {
        for (text, kept) in [
            ("\u{200e}image omitted", "image omitted"),
            ("<Media omitted>", "<Media omitted>"),
            ("IMG-1.jpg (file attached)", "IMG-1.jpg (file attached)"),
            (
                "\u{200e}report.pdf \u{2022} \u{200e}12 pages \u{200e}document omitted",
                "report.pdf \u{2022} 12 pages document omitted",
            ),
            ("\u{200e}Contact card omitted", "Contact card omitted"),
            ("\u{200e}GIF omitted", "GIF omitted"),
        ] {
            let file = read(&format!("[1/13/25, 10:00:00] Asha: {text}\nlook"), &options("Bot", "UTC"));
            assert_eq!((file.messages[0].content.expose(), file.attachments), (&*format!("{kept}\nlook"), 1));
        }
        let none = read("[1/13/25, 10:00:00] Asha: the image omitted", &options("Bot", "UTC"));
        assert_eq!(none.attachments, 0);
    }

    #[test]
    fn what_whatsapp_wrote_is_counted_and_goes_with_its_continuations() {
        let text = "13/1/25, 10:00 - Asha changed the group's name\nto this\n13/1/25, 10:00 - Asha: \u{200e}Missed call\n\
                    13/1/25, 10:01 - Asha: This message was deleted\n13/1/25, 10:01 - Asha:\n13/1/25, 10:02 - Asha: hi\u{200e}<This message was edited>";
        let file = read(text, &options("Bot", "UTC"));
        assert_eq!((shown(&file).len(), file.system_lines), (1, 4));
        assert_eq!(file.messages[0].content.expose(), "hi");
    }

    #[test]
    fn a_third_sender_is_told_by_line_unless_the_user_is_named() {
        let text =
            "13/1/25, 10:00 - Asha: hi\n13/1/25, 10:01 - Bot: hello\n13/1/25, 10:02 - Ravi: and me\nmore";
        let error = read_export(text, &options("Bot", "UTC")).unwrap_err();
        assert_eq!(error, ImportError::ThirdSender { line: 3 });
        assert!(!error.to_string().contains("Ravi"));
        let named = ExportOptions { user: Some(" Asha "), ..options("Bot", "UTC") };
        let file = read(text, &named);
        assert_eq!((file.messages.len(), file.other_senders), (2, 1));
    }

    #[test]
    fn a_file_begins_with_a_message() {
        let not = |text: &str, line| {
            assert_eq!(
                read_export(text, &options("Bot", "UTC")),
                Err(ImportError::NotAnExport { line }),
                "{text}"
            );
        };
        not("", 1);
        not("\n \n", 1);
        not("\n\nhello\n13/1/25, 10:00 - Asha: hi", 3);
        not("30/02/25, 10:00 - Asha: hi", 1);
        let file = read("\u{feff}\n\r\n13/1/25, 10:00 - Asha: hi\n\n\n", &options("Bot", "UTC"));
        assert_eq!(file.messages[0].content.expose(), "hi\n\n", "the blank lines of a message stay");
    }

    #[test]
    fn what_looks_like_a_date_and_is_none_continues_the_message() {
        let text = "[19/10/2025, 11:37:20] Asha: see\n[30/02/2025, 11:37:21] Bot: quoted\n99/99/99, 1:00 - x";
        let file = read(text, &options("Bot", "UTC"));
        assert_eq!(
            file.messages[0].content.expose(),
            "see\n[30/02/2025, 11:37:21] Bot: quoted\n99/99/99, 1:00 - x"
        );
    }

    #[test]
    fn an_order_that_is_given_counts() {
        let text = "2/4/23, 10:35 PM - Asha: hi";
        assert_eq!(
            read_export(&format!("{text}\n3/4/23, 1:00 PM - Asha: x"), &options("Shop", "UTC")),
            Err(ImportError::AmbiguousDates)
        );
        let given =
            ExportOptions { date_order: Some(DateOrder::MonthFirst), ..options("Shop", "Asia/Kolkata") };
        assert_eq!(shown(&read(text, &given)), ["user 2023-02-04T17:05:00.000000+00:00 hi"]);
    }

    #[test]
    fn no_message_is_refused_for_its_characters_and_a_long_one_is_reported() {
        let long = "x".repeat(20_001);
        let file = read(
            &format!("13/1/25, 10:00 - Asha: a\0b \n13/1/25, 10:01 - Asha: {long}\n13/1/25, 10:02 - Asha: c"),
            &options("Bot", "UTC"),
        );
        assert_eq!(
            file.messages.iter().map(|m| m.content.expose()).collect::<Vec<_>>(),
            ["a\u{fffd}b ", "c"]
        );
        assert_eq!(file.rejected, [Rejected { line: 2, code: "too_long" }]);
    }

    proptest! {
        #[test]
        fn no_file_panics_and_times_rise(lines in proptest::collection::vec("(1[0-9]/1/25, 1[0-9]:0[0-9] - (Asha|Bot|x): )?.{0,8}", 0..12)) {
            let named = ExportOptions { user: Some("Asha"), ..options("Bot", "America/New_York") };
            if let Ok(file) = read_export(&lines.join("\n"), &named) {
                prop_assert!(file.messages.windows(2).all(|pair| pair[0].timestamp < pair[1].timestamp));
            }
        }
    }
}
