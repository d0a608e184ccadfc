//! Takes an array apart without reading what stands in it.

use hifijson::num::Lex as _;
use hifijson::str::Lex as _;
use hifijson::token::Lex as _;
use hifijson::{Read as _, SliceLexer};

use super::error::JsonError;
use super::reader::syntax_error;

/// The elements of a JSON array as they are written, at most so many, or `None` where the text begins with something else
/// than an array. The whole text must be well formed. Elements may be nested to any depth, because nothing here is
/// recursive, and each is judged when it is read.
///
/// # Errors
/// When the text is not JSON.
///
/// ```
/// let rows = strongroom_domain::json::elements(r#"[1, {"a": [2]}, 3]"#, 2)?;
/// assert_eq!(rows, Some(vec!["1", r#"{"a": [2]}"#]));
/// # Ok::<(), strongroom_domain::json::JsonError>(())
/// ```
pub fn elements(text: &str, most: usize) -> Result<Option<Vec<&str>>, JsonError> {
    let mut lexer = SliceLexer::new(text.as_bytes());
    let found = if lexer.ws_peek() == Some(b'[') {
        list(text, lexer.discarded(), most).map(Some)
    } else {
        let first = lexer.ws_peek();
        first.and_then(|first| skip(&mut lexer, first)).map(|()| None)
    };
    match (found, lexer.ws_peek()) {
        (Some(found), None) => Ok(found),
        _ => Err(syntax_error(text, lexer.as_slice())),
    }
}

/// The elements after an opening bracket, up to the closing one.
fn list<'t>(text: &'t str, lexer: &mut SliceLexer<'t>, most: usize) -> Option<Vec<&'t str>> {
    let mut found = Vec::new();
    if lexer.ws_peek()? == b']' {
        lexer.take_next();
        return Some(found);
    }
    loop {
        let first = lexer.ws_peek()?;
        let start = text.len() - lexer.as_slice().len();
        skip(lexer, first)?;
        if found.len() < most {
            found.push(text.get(start..text.len() - lexer.as_slice().len())?);
        }
        match lexer.ws_peek()? {
            b',' => lexer.take_next(),
            b']' => return lexer.take_next().map(|_| found),
            _ => return None,
        };
    }
}

/// Goes to the end of the value that begins with this byte; `None` where it is none.
fn skip(lexer: &mut SliceLexer<'_>, first: u8) -> Option<()> {
    let (mut next, mut open) = (first, Vec::new());
    loop {
        match next {
            b'[' | b'{' => {
                let end = if next == b'[' { b']' } else { b'}' };
                if lexer.discarded().ws_peek()? != end {
                    open.push(end);
                    next = begin_item(lexer, end)?;
                    continue;
                }
                lexer.take_next();
            }
            b'"' => lexer.discarded().str_ignore().ok()?,
            b'-' | b'0'..=b'9' => lexer.num_ignore().validate().map(|_| ()).ok()?,
            _ => lexer.null_or_bool().map(|_| ())?,
        }
        let Some(after) = end_items(lexer, &mut open)? else { return Some(()) };
        next = after;
    }
}

/// After a value: the first byte of the next one, or nothing where the outermost value is complete.
fn end_items(lexer: &mut SliceLexer<'_>, open: &mut Vec<u8>) -> Option<Option<u8>> {
    while let Some(&end) = open.last() {
        let found = lexer.ws_peek()?;
        lexer.take_next();
        if found == b',' {
            return begin_item(lexer, end).map(Some);
        }
        if found != end {
            return None;
        }
        open.pop();
    }
    Some(None)
}

/// The first byte of an array's element, or of a field's value after its name.
fn begin_item(lexer: &mut SliceLexer<'_>, end: u8) -> Option<u8> {
    if end == b'}' {
        lexer.expect(SliceLexer::ws_peek, b'"')?;
        lexer.str_ignore().ok()?;
        lexer.expect(SliceLexer::ws_peek, b':')?;
    }
    lexer.ws_peek()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_as_they_are_written() {
        let text = r#" [ {"a": "]\"["} ,[[],{}], -1.50e3,null , "x" ] "#;
        let rows = vec![r#"{"a": "]\"["}"#, "[[],{}]", "-1.50e3", "null", "\"x\""];
        assert_eq!(elements(text, 9), Ok(Some(rows.clone())));
        assert_eq!(elements(text, 2), Ok(Some(rows[..2].to_vec())));
        assert_eq!(elements("[]", 9), Ok(Some(vec![])));
        for other in [r#"{"a": [1]}"#, "7", "null"] {
            assert_eq!(elements(other, 9), Ok(None), "{other}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_by_its_place() {
        for text in [
            "",
            " ",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1]]",
            "[1] x",
            "[01]",
            "[1.]",
            "[\"a]",
            "[nul]",
            "[{1:2}]",
            "[{\"a\" 1}]",
            "[{\"a\":1]",
            "[{\"a\":1,}]",
            "[[1}]",
            "{\"a\":",
            "]",
        ] {
            assert!(matches!(elements(text, 9), Err(JsonError::Syntax { line: 1, .. })), "{text}");
        }
        assert_eq!(elements("[1,\n 2 x]", 9), Err(JsonError::Syntax { line: 2, column: 4 }));
    }

    #[test]
    fn no_depth_is_too_deep() {
        let deep = format!("[{}{}, 1]", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(elements(&deep, 9).unwrap().unwrap()[1], "1");
    }
}
