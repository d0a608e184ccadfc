//! Names of people, companies and places.

use super::{PiiKind, Rule, read_text};
use crate::text::{Form, fold};

/// Declares a kind of name: one line of at most so many characters, looked up in its folded form, so that
/// "ravi  KUMAR" is found as "Ravi Kumar".
macro_rules! name_kind {
    ($kind:ident, $type:ident, $what:literal, $max:literal) => {
        #[doc = concat!("See [`", stringify!($type), "`](super::", stringify!($type), ").")]
        #[derive(Debug)]
        pub enum $kind {}

        impl PiiKind for $kind {
            const NAME: &'static str = $what;

            fn normalise(input: &str) -> Result<String, Rule> {
                let text = concat!("must have at most ", $max, " characters");
                read_text(input, $max, Rule { code: "too_long", text }, Form::Line)
            }

            fn index_form(value: &str) -> String {
                fold(value)
            }
        }
    };
}

name_kind!(NameKind, PersonName, "name", 200);
name_kind!(CompanyNameKind, CompanyName, "company name", 255);
name_kind!(UserNameKind, UserName, "user name", 200);
name_kind!(PlaceKind, Place, "place", 200);

#[cfg(test)]
mod tests {
    use crate::{CompanyName, PersonName, Place, UserName};

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(PersonName::parse("  Asha Rao ").unwrap().expose(), "Asha Rao");
        assert!(PersonName::parse(&"न".repeat(200)).is_ok());
        assert_eq!(PersonName::parse(&"न".repeat(201)).unwrap_err().code(), "too_long");
        assert_eq!(PersonName::parse(" \t ").unwrap_err().code(), "empty");
        assert_eq!(PersonName::parse("a\0b").unwrap_err().code(), "control_character");
        assert_eq!(
            PersonName::parse("a\nb").unwrap_err().to_string(),
            "the name must not hold control characters"
        );
    }

    #[test]
    fn every_kind_has_its_limit_and_says_it() {
        assert!(CompanyName::parse(&"x".repeat(255)).is_ok() && UserName::parse(&"x".repeat(200)).is_ok());
        let said = |error: crate::PiiError| error.to_string();
        let refused = CompanyName::parse(&"x".repeat(256)).map_err(said).unwrap_err();
        assert_eq!(refused, "the company name must have at most 255 characters");
        let refused = UserName::parse("\u{202e}").map_err(said).unwrap_err();
        assert_eq!(refused, "the user name must not be empty");
        assert_eq!(Place::parse(&"x".repeat(201)).unwrap_err().code(), "too_long");
        assert_eq!(format!("{:?}", Place::parse("Sants").unwrap()), "[place]");
        let form = |name: &str| UserName::parse(name).unwrap().index_form();
        assert_eq!(form("Juan_Comprador"), form("juan_comprador"));
    }

    #[test]
    fn strange_names_are_names() {
        for name in ["A&am=1&pa=x@y", "O'Brien \"Bob\"", "🍕", "محمد", "<b>x</b>", "'; DROP TABLE users; --"]
        {
            assert_eq!(PersonName::parse(name).unwrap().expose(), name);
        }
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        let form = |name: &str| PersonName::parse(name).unwrap().index_form();
        assert_eq!(form("Ravi  KUMAR"), form("ravi kumar"));
        assert_eq!(form("STRASSE"), form("Straße"));
        assert_eq!(form("Ｒａｖｉ"), form("ravi"));
        assert_eq!(form("José"), form("Jose\u{301}"));
        assert_ne!(form("José"), form("Jose"));
    }
}
