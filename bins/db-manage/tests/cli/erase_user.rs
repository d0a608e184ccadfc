//! `erase-user`: a person is named by id, phone number or address, and every row goes.

use std::io::Write as _;
use std::process::Stdio;

use repository::testing::TestDatabase;
use serde_json::{Value, json};

use crate::{Place, Ran};

fn with_sample_data() -> Place {
    let place = Place::new(TestDatabase::new());
    assert_eq!(place.run(&["init", "--sample-data"]).code, 0);
    place
}

fn erase(place: &Place, arguments: &[&str]) -> Value {
    let ran = place.run(&[&["erase-user", "--format", "json", "--system"], arguments].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()
}

#[test]
fn a_user_goes_with_every_row_and_a_dry_run_keeps_them() {
    let place = with_sample_data();
    let before = place.count("contacts");
    let asha = ["split", "--phone", "+919000000001"];
    let foreseen = erase(&place, &[&asha[..], &["--dry-run"]].concat());
    assert_eq!(
        (&foreseen["users"], &foreseen["contacts"], &foreseen["bills"]),
        (&json!(1), &json!(4), &json!(4))
    );
    assert_eq!(place.count("contacts"), before);
    assert_eq!(erase(&place, &asha), foreseen);
    assert_eq!(place.count("contacts"), before.as_i64().unwrap() - 4);
    assert_eq!(erase(&place, &asha), json!({}));
}

#[test]
fn somebody_who_is_only_a_contact_is_found_by_the_number() {
    let place = with_sample_data();
    let erased = erase(&place, &["split", "--phone", "+919000000011"]);
    assert_eq!((&erased["contacts"], &erased["contacts_overwritten"]), (&json!(0), &json!(1)));
}

#[test]
fn an_address_is_read_from_standard_input() {
    let place = with_sample_data();
    let mut command =
        place.command(&["erase-user", "--system", "export", "--email", "-", "--format", "json"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"Meera@Suvarna-Spices.example\n").unwrap();
    let ran = Ran::new(child.wait_with_output().unwrap());
    assert_eq!((ran.code, &ran.json()["users"]), (0, &json!(1)), "{ran:?}");
}

#[test]
fn a_person_who_cannot_be_named_so_is_refused() {
    let place = Place::new(TestDatabase::new());
    let code = |arguments: &[&str]| {
        let ran = place.run(&[&["erase-user", "--system"], arguments].concat());
        assert!(!ran.err.contains("9000000001"), "{ran:?}");
        ran.code
    };
    assert_eq!(code(&["split"]), 2);
    assert_eq!(code(&["platform", "--phone", "+919000000001"]), 2);
    assert_eq!(code(&["split", "--phone", "9000000001x"]), 2);
    assert_eq!(code(&["split", "--email", "asha@example.com"]), 1);
    assert_eq!(code(&["split", "--id", "01994b1e-7c1f-7d7e-9f0e-3a4b5c6d7e8f"]), 1);
}
