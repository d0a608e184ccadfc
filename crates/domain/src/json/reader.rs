//! Reads JSON into whatever serde can make of it.

use std::borrow::Cow;

use hifijson::num::LexWrite as _;
use hifijson::str::{Error as StringError, LexAlloc as _};
use hifijson::token::Lex as _;
use hifijson::{SliceLexer, escape};
use serde::de::value::{BorrowedStrDeserializer, StringDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::error::{JsonError, LONE_SURROGATE, NULL_CHARACTER, TOO_DEEP, TOO_MANY_DIGITS};
use super::value::NAME;
use super::{DEEPEST, MOST_DIGITS};

type Result<T> = std::result::Result<T, JsonError>;

/// Reads one JSON text. The depth is counted over the whole text, whatever type is read.
///
/// ```
/// use strongroom_domain::json::Reader;
///
/// let numbers: Vec<u8> = Reader::new("[1, 2]").read()?;
/// assert_eq!(numbers, [1, 2]);
/// # Ok::<(), strongroom_domain::json::JsonError>(())
/// ```
pub struct Reader<'de> {
    text: &'de str,
    lexer: SliceLexer<'de>,
    /// Whether the text is our own, and may hold what is not taken from others.
    is_trusted: bool,
    /// Arrays and objects that are open.
    depth: usize,
    /// How many may be.
    deepest: usize,
    /// Whether a [`Json`](super::Json) is being read.
    is_in_value: bool,
}

impl<'de> Reader<'de> {
    /// For a text that was sent.
    pub fn new(text: &'de str) -> Self {
        let lexer = SliceLexer::new(text.as_bytes());
        Self { text, lexer, is_trusted: false, depth: 0, deepest: DEEPEST, is_in_value: false }
    }

    /// For a text that this program wrote, or that the database answered: it is as long as it is. It may hold a stored
    /// value within a document of its own, and so may be twice as deep.
    pub fn trusted(text: &'de str) -> Self {
        Self { is_trusted: true, deepest: 2 * DEEPEST, ..Self::new(text) }
    }

    /// Reads the whole text.
    ///
    /// # Errors
    /// When it is not JSON, breaks a rule of stored JSON, or is no `T`.
    pub fn read<T: Deserialize<'de>>(mut self) -> Result<T> {
        let value = T::deserialize(&mut self)?;
        self.end()?;
        Ok(value)
    }

    /// After a value was deserialised: that nothing follows it.
    ///
    /// # Errors
    /// When something does.
    pub fn end(&mut self) -> Result<()> {
        match self.lexer.ws_peek() {
            None => Ok(()),
            Some(_) => Err(self.syntax()),
        }
    }

    /// An error at the place that was reached.
    fn syntax(&self) -> JsonError {
        syntax_error(self.text, self.lexer.as_slice())
    }

    fn peek(&mut self) -> Result<u8> {
        self.lexer.ws_peek().ok_or_else(|| self.syntax())
    }

    fn expect(&mut self, byte: u8) -> Result<()> {
        self.lexer.expect(SliceLexer::ws_peek, byte).ok_or_else(|| self.syntax())
    }

    fn value<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        match self.peek()? {
            b'n' | b't' | b'f' => match self.lexer.null_or_bool() {
                Some(None) => visitor.visit_unit(),
                Some(Some(value)) => visitor.visit_bool(value),
                None => Err(self.syntax()),
            },
            b'"' => match self.string()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            b'-' | b'0'..=b'9' => self.number(visitor),
            b'[' => self.nested(b']', |items| visitor.visit_seq(items)),
            b'{' => self.nested(b'}', |items| visitor.visit_map(items)),
            _ => Err(self.syntax()),
        }
    }

    /// Whoever asks for a [`Json`](super::Json) gets the text of a number; others get what serde has for numbers.
    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let Ok((text, parts)) = self.lexer.num_string().validated() else { return Err(self.syntax()) };
        if self.is_in_value {
            if !self.is_trusted && !is_storable(text) {
                return Err(JsonError::Rule(TOO_MANY_DIGITS));
            }
            return visitor.visit_borrowed_bytes(text.as_bytes());
        }
        let (unsigned, signed) = (text.parse().ok(), text.parse().ok());
        match (unsigned, signed) {
            (Some(number), _) if parts.is_int() => visitor.visit_u64(number),
            (_, Some(number)) if parts.is_int() => visitor.visit_i64(number),
            _ => visitor.visit_f64(text.parse().map_err(JsonError::custom)?),
        }
    }

    fn string(&mut self) -> Result<Cow<'de, str>> {
        let text = self.lexer.discarded().str_string().map_err(|error| match error {
            StringError::Escape(escape::Error::InvalidChar(_) | escape::Error::ExpectedLowSurrogate) => {
                JsonError::Rule(LONE_SURROGATE)
            }
            _ => self.syntax(),
        })?;
        if self.is_in_value && !self.is_trusted && text.contains('\0') {
            return Err(JsonError::Rule(NULL_CHARACTER));
        }
        Ok(text)
    }

    /// An array or an object, up to its end.
    fn nested<T>(&mut self, end: u8, read: impl FnOnce(&mut Items<'_, 'de>) -> Result<T>) -> Result<T> {
        if self.depth == self.deepest {
            return Err(JsonError::Rule(TOO_DEEP));
        }
        self.lexer.discarded();
        self.depth += 1;
        let mut items = Items { reader: self, end, is_first: true };
        let value = read(&mut items)?;
        // A type of a fixed length stops before the end.
        items.reader.expect(end).map_err(|_| JsonError::custom("invalid length, expected fewer values"))?;
        self.depth -= 1;
        Ok(value)
    }
}

/// Whether a number is short enough to be stored.
fn is_storable(number: &str) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let exponent = exponent.trim_start_matches(['+', '-']).trim_start_matches('0');
    let largest =
        exponent.is_empty() || exponent.parse::<usize>().is_ok_and(|exponent| exponent <= MOST_DIGITS);
    largest && mantissa.bytes().filter(u8::is_ascii_digit).count() <= MOST_DIGITS
}

/// An error where the rest of a text begins.
pub(super) fn syntax_error(text: &str, rest: &[u8]) -> JsonError {
    let reached = text.as_bytes().get(..text.len() - rest.len()).unwrap_or_default();
    let line = reached.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = reached.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    JsonError::Syntax { line, column }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = JsonError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.value(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        // `null` is the only value that begins with this letter.
        if self.peek()? == b'n' { self.value(visitor) } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if name != NAME {
            return visitor.visit_newtype_struct(self);
        }
        if self.is_in_value {
            return self.value(visitor);
        }
        let outside = self.deepest;
        self.is_in_value = true;
        self.deepest = outside.max(self.depth + DEEPEST);
        let value = self.value(visitor);
        (self.is_in_value, self.deepest) = (false, outside);
        value
    }

    /// A word of a closed set.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        if self.peek()? != b'"' {
            return self.value(visitor);
        }
        visitor.visit_enum(StringDeserializer::new(self.string()?.into_owned()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// What stands in an array or object.
struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    end: u8,
    is_first: bool,
}

impl Items<'_, '_> {
    /// Goes on to the next one, if there is one.
    fn advance(&mut self) -> Result<bool> {
        let is_first = std::mem::take(&mut self.is_first);
        if self.reader.peek()? == self.end {
            return Ok(false);
        }
        if !is_first {
            self.reader.expect(b',')?;
        }
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.advance()? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = JsonError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.advance()? {
            return Ok(None);
        }
        if self.reader.peek()? != b'"' {
            return Err(self.reader.syntax());
        }
        let key = match self.reader.string()? {
            Cow::Borrowed(name) => seed.deserialize(BorrowedStrDeserializer::new(name)),
            Cow::Owned(name) => seed.deserialize(StringDeserializer::new(name)),
        };
        key.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}
