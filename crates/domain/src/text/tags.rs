//! Tags: short texts that sort things.

use serde::{Serialize, Serializer};

use super::fold::fold;
use super::{Form, read};
use crate::invalid::Invalid;

/// At most 30 tags of 1 to 50 characters, folded, in the order given. A tag that is repeated counts once. None holds a comma,
/// which stands between tags where they are written as one text.
///
/// ```
/// use strongroom_domain::Tags;
///
/// let tags = Tags::parse(["Vegan", "quick  meals", "VEGAN"])?;
/// assert_eq!(tags.as_slice(), ["vegan", "quick meals"]);
/// assert_eq!(Tags::parse_list("Quick meals, vegan")?.as_slice(), ["quick meals", "vegan"]);
/// # Ok::<(), strongroom_domain::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags(Vec<String>);

impl Tags {
    /// How many there may be.
    pub const MOST: usize = 30;
    /// How many characters one may have.
    pub const LONGEST: usize = 50;

    /// Folds and checks; a tag that is wrong is named by its place.
    pub fn parse<'a>(tags: impl IntoIterator<Item = &'a str>) -> Result<Self, Invalid> {
        let mut fields = Invalid::collect();
        let mut kept: Vec<String> = Vec::new();
        for (n, tag) in tags.into_iter().enumerate() {
            let tag = fields.take(&format!("/{n}"), read_tag(tag));
            kept.extend(tag.filter(|tag| !kept.contains(tag)));
            if kept.len() > Self::MOST {
                return Err(Invalid::one(
                    "",
                    "too_many",
                    format!("there must be at most {} tags", Self::MOST),
                ));
            }
        }
        fields.finish().map(|()| Self(kept))
    }

    /// Reads tags that are written as one text, with commas between them.
    pub fn parse_list(list: &str) -> Result<Self, Invalid> {
        Self::parse(list.split(','))
    }

    /// Takes what came out of the store as it is.
    pub fn from_trusted(tags: Vec<String>) -> Self {
        Self(tags)
    }

    /// The tags, folded.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

fn read_tag(input: &str) -> Result<String, Invalid> {
    // Folding may make a text longer (ß becomes ss), and the column holds what was folded.
    let read =
        read(input, Tags::LONGEST, Form::Line).and_then(|tag| read(&fold(&tag), Tags::LONGEST, Form::Line));
    let tag = read.map_err(|error| Invalid::one("", error.code(), error.to_string()))?;
    if tag.contains(',') {
        return Err(Invalid::one("", "comma", "the tag must not hold a comma: make it two tags"));
    }
    Ok(tag)
}

impl Serialize for Tags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(tags: &[&str]) -> Vec<(String, &'static str)> {
        let invalid = Tags::parse(tags.iter().copied()).unwrap_err();
        invalid.violations().iter().map(|v| (v.pointer.clone(), v.code)).collect()
    }

    #[test]
    fn wrong_tags_are_named_by_their_place() {
        let long = "x".repeat(51);
        let wrong = refused(&["ok", "", "a,b", &long, "a\0", "\u{202e}a", "\u{200b}"]);
        let expected = [
            ("/1", "empty"),
            ("/2", "comma"),
            ("/3", "too_long"),
            ("/4", "control_character"),
            ("/5", "direction_mark"),
            ("/6", "empty"),
        ];
        assert_eq!(wrong, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
        assert_eq!(refused(&["ß".repeat(50).as_str()]), [("/0".to_owned(), "too_long")]);
        assert_eq!(refused(&["，"]), [("/0".to_owned(), "comma")], "a wide comma folds to one");
    }

    #[test]
    fn repeated_ones_count_once() {
        let many: Vec<String> = (0..31).map(|n| n.to_string()).collect();
        assert_eq!(
            refused(&many.iter().map(String::as_str).collect::<Vec<_>>()),
            [(String::new(), "too_many")]
        );
        assert!(Tags::parse(["Ż", "ż", "Z\u{307}"].repeat(20)).is_ok_and(|tags| tags.as_slice() == ["ż"]));
        assert_eq!(Tags::parse([]), Ok(Tags::default()));
        assert_eq!(serde_json::to_string(&Tags::parse(["B", "a"]).unwrap()).unwrap(), r#"["b","a"]"#);
    }

    proptest! {
        #[test]
        fn what_was_read_reads_the_same_as_a_list(tags in proptest::collection::vec(".{0,60}", 0..40)) {
            if let Ok(read) = Tags::parse(tags.iter().map(String::as_str)) {
                prop_assert!(read.as_slice().len() <= Tags::MOST);
                let list = read.as_slice().join(", ");
                prop_assert!(read.as_slice().is_empty() || Tags::parse_list(&list) == Ok(read));
            }
        }
    }
}
