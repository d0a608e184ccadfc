//! Names of operations and components. Several systems have users and contacts, and generated clients put all names into
//! one place: so every name begins with its system, by one rule, and stays what it is when another system comes.

use serde_json::Value;

const COMPONENT: &str = "#/components/schemas/";

/// The components that all systems share.
const SHARED: [&str; 6] = ["Decimal", "ErasedBody", "FieldProblem", "Problem", "TokenScope", "TokensBody"];

/// `split_create_contact`, for the handler `create_contact` of `split`.
pub(super) fn operation_id(system: &str, handler: &str) -> String {
    format!("{system}_{handler}")
}

/// Gives the components of a section their names, where they are kept and wherever they are referred to.
///
/// # Errors
/// Two would have the same name.
pub(super) fn name_components(system: &str, section: &mut Value) -> anyhow::Result<()> {
    if let Some(schemas) = section.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for (name, schema) in std::mem::take(schemas) {
            let name = component(system, &name);
            let other = schemas.insert(name.clone(), schema);
            anyhow::ensure!(other.is_none(), "two components of {system} are named {name}");
        }
    }
    rename_references(system, section);
    Ok(())
}

fn rename_references(system: &str, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get_mut("$ref")
                && let Some(name) = reference.strip_prefix(COMPONENT)
            {
                *reference = format!("{COMPONENT}{}", component(system, name));
            }
            fields.values_mut().for_each(|value| rename_references(system, value));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename_references(system, value)),
        _ => {}
    }
}

/// `SplitContact` for the type `ContactBody` of `split`, `SplitContactList` for a `List` of them. A name that begins with
/// the system already stays: `SplitMode`.
fn component(system: &str, name: &str) -> String {
    let (row, list) = match name.strip_prefix("List_") {
        Some(row) => (row, "List"),
        None => (name, ""),
    };
    let noun = row.strip_suffix("Body").unwrap_or(row);
    let system = capitalized(system);
    let is_whole = SHARED.contains(&row) || noun.starts_with(&system);
    format!("{}{noun}{list}", if is_whole { "" } else { &system })
}

fn capitalized(word: &str) -> String {
    let mut signs = word.chars();
    signs.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(signs).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_component_begins_with_its_system_unless_all_share_it() {
        for (name, expected) in [
            ("ContactBody", "SplitContact"),
            ("CreateContact", "SplitCreateContact"),
            ("List_ContactBody", "SplitContactList"),
            ("SplitMode", "SplitMode"),
            ("Problem", "Problem"),
            ("TokensBody", "Tokens"),
        ] {
            assert_eq!(component("split", name), expected);
        }
    }

    #[test]
    fn references_follow_their_components() {
        let mut section = json!({
            "paths": {"/": [{"$ref": "#/components/schemas/UserBody"}, {"$ref": "#/components/schemas/Problem"}]},
            "components": {"schemas": {"UserBody": {}, "Problem": {}}},
        });
        name_components("split", &mut section).unwrap();
        let expected = json!({
            "paths": {"/": [{"$ref": "#/components/schemas/SplitUser"}, {"$ref": "#/components/schemas/Problem"}]},
            "components": {"schemas": {"SplitUser": {}, "Problem": {}}},
        });
        assert_eq!(section, expected);
    }

    #[test]
    fn no_component_takes_the_name_of_another() {
        let mut section = json!({"components": {"schemas": {"ChannelBody": {}, "Channel": {}}}});
        let error = name_components("split", &mut section).unwrap_err();
        assert_eq!(error.to_string(), "two components of split are named SplitChannel");
    }
}
