//! What is said in a conversation: questions of the exporter and answers of the agent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ChatSession;
use crate::pii::{MessageKind, Rule};
use crate::{Id, Invalid, MessageText, PiiError, Text, WebUrl};

closed_set! {
    /// Who says something.
    ChatRole, "role" {
        /// The exporter, who asks.
        User = "user",
        /// The agent, who answers.
        Assistant = "assistant",
    }
}

/// A question or an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// Its id.
    pub id: Id<ChatMessage>,
    /// The conversation.
    pub session_id: Id<ChatSession>,
    /// Who says it.
    pub role: ChatRole,
    /// What is said.
    pub content: MessageText,
    /// What an answer is founded on; none for a question.
    pub sources: Option<Sources>,
    /// When it was said.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A question with its answer, which are stored together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// What was asked: [`parse_question`].
    pub question: MessageText,
    /// What was answered.
    pub answer: MessageText,
    /// What the answer is founded on.
    pub sources: Option<Sources>,
}

/// Reads a question: 1 to 1,000 characters.
///
/// ```
/// use strongroom_domain::export::chat_messages::parse_question;
///
/// assert!(parse_question("Which certificates does turmeric need?").is_ok());
/// assert_eq!(parse_question(&"?".repeat(1_001)).unwrap_err().code(), "too_long");
/// ```
pub fn parse_question(input: &str) -> Result<MessageText, PiiError> {
    const TOO_LONG: Rule = Rule { code: "too_long", text: "must have at most 1,000 characters" };
    let question = MessageText::parse(input)?;
    if question.expose().chars().nth(1_000).is_some() {
        return Err(PiiError::of::<MessageKind>(TOO_LONG));
    }
    Ok(question)
}

/// What an answer is founded on: at most 50 sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sources(Vec<Source>);

/// One source of an answer. This is also how it is stored in `sources`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What it is called.
    pub title: Text<300>,
    /// Where it comes from.
    pub source: Text<300>,
    /// Where it can be read.
    pub url: Option<WebUrl>,
}

impl Sources {
    /// How many there may be.
    pub const MOST: usize = 50;

    /// Takes sources that are not too many.
    pub fn of(sources: Vec<Source>) -> Result<Self, Invalid> {
        if sources.len() > Self::MOST {
            let detail = format!("there must be at most {} sources", Self::MOST);
            return Err(Invalid::one("", "too_many", detail));
        }
        Ok(Self(sources))
    }

    /// The sources, in the order given.
    pub fn as_slice(&self) -> &[Source] {
        &self.0
    }
}

impl Source {
    /// Reads a source, naming everything that is wrong with it.
    pub fn parse(title: &str, source: &str, url: Option<&str>) -> Result<Self, Invalid> {
        let mut fields = Invalid::collect();
        let title = fields.take("/title", Text::parse(title));
        let source = fields.take("/source", Text::parse(source));
        let url = fields.take_optional("/url", url.map(WebUrl::parse));
        fields.build(|| Some(Self { title: title?, source: source?, url: url? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_a_thousand_characters_at_most() {
        assert!(parse_question(&"न".repeat(1_000)).is_ok());
        assert_eq!(parse_question(&"न".repeat(1_001)).unwrap_err().code(), "too_long");
        assert_eq!(parse_question(" ").unwrap_err().code(), "empty");
    }

    #[test]
    fn a_source_names_what_is_wrong_with_it() {
        let wrong = Source::parse("", &"x".repeat(301), Some("ftp://x.example")).unwrap_err();
        let places: Vec<_> = wrong.violations().iter().map(|violation| violation.pointer.as_str()).collect();
        assert_eq!(places, ["/title", "/source", "/url"]);
        let source = Source::parse("Spices Board", "Circular 7", Some("https://x.example/7")).unwrap();
        let json = serde_json::to_string(&Sources::of(vec![source.clone(); 50]).unwrap()).unwrap();
        assert_eq!(crate::json::from_trusted::<Sources>(&json).unwrap().as_slice()[49], source);
        assert_eq!(Sources::of(vec![source; 51]).unwrap_err().violations()[0].code, "too_many");
    }
}
