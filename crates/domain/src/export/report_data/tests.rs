use proptest::prelude::*;

use super::*;
use crate::json;

fn data(text: &str) -> JsonObject {
    json::from_trusted(text).unwrap()
}

fn found(text: &str) -> Figures {
    figures(Figures::default(), &data(text)).unwrap()
}

/// Place and code of everything that is wrong.
fn wrong(given: Figures, text: &str) -> Vec<(String, &'static str)> {
    let invalid = figures(given, &data(text)).unwrap_err();
    invalid.violations().iter().map(|violation| (violation.pointer.clone(), violation.code)).collect()
}

fn wrong_data(text: &str) -> Vec<(String, &'static str)> {
    wrong(Figures::default(), text)
}

fn at(pointer: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(pointer.to_owned(), code)]
}

fn given() -> Figures {
    Figures {
        hs_code: HsCode::parse("091030").ok(),
        hs_code_confidence: Percentage::parse("92.5").ok(),
        risk_score: RiskScore::new(40).ok(),
        estimated_cost: Amount::parse("80000").ok(),
        estimated_timeline_days: TimelineDays::new(45).ok(),
    }
}

#[test]
fn absent_figures_are_taken_from_the_report() {
    let figures = found(
        r#"{"hs_code": {"code": "09.10 30", "confidence": 61.505, "description": "Spices"}, "risk_score": 41,
            "costs": {"total": "80000.005"}, "timeline": {"estimated_days": 45}, "other": [1e900]}"#,
    );
    assert_eq!(figures.hs_code.unwrap().as_str(), "091030");
    assert_eq!(figures.hs_code_confidence.unwrap().to_string(), "61.51");
    assert_eq!(figures.risk_score.unwrap().get(), 41);
    assert_eq!(figures.estimated_cost.unwrap().to_string(), "80000.01");
    assert_eq!(figures.estimated_timeline_days.unwrap().get(), 45);
    assert_eq!(found("{}"), Figures::default());
    let nulls =
        r#"{"hs_code": {"code": null}, "risk_score": null, "costs": null, "timeline": {"breakdown": null}}"#;
    assert_eq!(found(nulls), Figures::default());
}

#[test]
fn given_figures_count_and_must_agree_with_the_report() {
    assert_eq!(figures(given(), &data("{}")).unwrap(), given());
    let same = r#"{"hs_code": {"code": "0910.30", "confidence": 92.504}, "risk_score": 40, "costs": {"total": 80000.01},
                   "timeline": {"estimated_days": 45}}"#;
    assert_eq!(figures(given(), &data(same)).unwrap(), given());
    for (text, pointer) in [
        (r#"{"hs_code": {"code": "09103030"}}"#, "/hs_code"),
        (r#"{"hs_code": {"confidence": 92.51}}"#, "/hs_code_confidence"),
        (r#"{"risk_score": 41}"#, "/risk_score"),
        (r#"{"costs": {"total": 79999.98}}"#, "/estimated_cost"),
        (r#"{"costs": {"total": 80000.011}}"#, "/estimated_cost"),
        (r#"{"timeline": {"estimated_days": 44}}"#, "/estimated_timeline_days"),
    ] {
        assert_eq!(wrong(given(), text), at(pointer, "disagrees"), "{text}");
    }
}

#[test]
fn a_total_is_the_sum_of_its_parts_give_or_take_a_hundredth() {
    let costs = |total: &str| {
        format!(
            r#"{{"costs": {{"total": {total}, "certifications": 45000, "documentation": "5000", "logistics": 30000.01}}}}"#
        )
    };
    assert_eq!(found(&costs("80000")).estimated_cost.unwrap().to_string(), "80000.00");
    assert_eq!(found(&costs("80000.02")).estimated_cost.unwrap().to_string(), "80000.02");
    for total in ["80000.03", "79999.999"] {
        assert_eq!(wrong_data(&costs(total)), at("/report_data/costs/total", "total_mismatch"), "{total}");
    }
    found(r#"{"costs": {"total": 5, "certifications": 45000, "documentation": 5000}}"#);
    found(r#"{"costs": {"certifications": 45000, "documentation": 5000, "logistics": 1}}"#);
}

#[test]
fn days_are_the_sum_of_the_phases_give_or_take_one() {
    let timeline = |days: &[i32]| {
        let phases: Vec<_> =
            days.iter().map(|days| format!(r#"{{"name": "x", "duration_days": {days}}}"#)).collect();
        format!(r#"{{"timeline": {{"estimated_days": 45, "breakdown": [{}]}}}}"#, phases.join(","))
    };
    for fits in [&[20, 15, 9][..], &[20, 15, 11], &[45], &[]] {
        assert_eq!(found(&timeline(fits)).estimated_timeline_days.unwrap().get(), 45);
    }
    for unfit in [&[20, 15, 8][..], &[47], &[0], &[i32::MAX, i32::MAX, i32::MAX]] {
        assert_eq!(wrong_data(&timeline(unfit)), at("/report_data/timeline/estimated_days", "days_mismatch"));
    }
    found(r#"{"timeline": {"estimated_days": 45, "breakdown": [{"duration_days": 3}, {"name": "open"}]}}"#);
}

#[test]
fn a_value_of_a_wrong_kind_is_named() {
    for (text, pointer, code) in [
        (r#"{"hs_code": "091030"}"#, "/report_data/hs_code", "wrong_type"),
        (r#"{"hs_code": {"code": 91030}}"#, "/report_data/hs_code/code", "wrong_type"),
        (r#"{"hs_code": {"code": "9103"}}"#, "/report_data/hs_code/code", "invalid_hs_code"),
        (r#"{"hs_code": {"confidence": "sure"}}"#, "/report_data/hs_code/confidence", "wrong_type"),
        (r#"{"hs_code": {"confidence": 100.001}}"#, "/report_data/hs_code/confidence", "out_of_range"),
        (r#"{"hs_code": {"confidence": -1}}"#, "/report_data/hs_code/confidence", "out_of_range"),
        (r#"{"risk_score": 101}"#, "/report_data/risk_score", "out_of_range"),
        (r#"{"risk_score": 4.5}"#, "/report_data/risk_score", "out_of_range"),
        (r#"{"risk_score": "41"}"#, "/report_data/risk_score", "wrong_type"),
        (r#"{"costs": []}"#, "/report_data/costs", "wrong_type"),
        (r#"{"costs": {"total": -1}}"#, "/report_data/costs/total", "negative"),
        (r#"{"costs": {"total": 10000000000}}"#, "/report_data/costs/total", "too_large"),
        (r#"{"costs": {"total": 1e900}}"#, "/report_data/costs/total", "too_large"),
        (r#"{"costs": {"total": "1e3"}}"#, "/report_data/costs/total", "wrong_type"),
        (r#"{"costs": {"total": "NaN"}}"#, "/report_data/costs/total", "wrong_type"),
        (r#"{"costs": {"logistics": true}}"#, "/report_data/costs/logistics", "wrong_type"),
        (r#"{"timeline": 45}"#, "/report_data/timeline", "wrong_type"),
        (
            r#"{"timeline": {"estimated_days": 2147483648}}"#,
            "/report_data/timeline/estimated_days",
            "out_of_range",
        ),
        (r#"{"timeline": {"breakdown": {}}}"#, "/report_data/timeline/breakdown", "wrong_type"),
        (r#"{"timeline": {"breakdown": [{}, 3]}}"#, "/report_data/timeline/breakdown/1", "wrong_type"),
        (
            r#"{"timeline": {"breakdown": [{"duration_days": 1.5}]}}"#,
            "/report_data/timeline/breakdown/0/duration_days",
            "out_of_range",
        ),
    ] {
        assert_eq!(wrong_data(text), at(pointer, code), "{text}");
    }
    let many = wrong(given(), r#"{"hs_code": [], "risk_score": 41, "costs": {"total": {}}}"#);
    let pointers: Vec<_> = many.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/report_data/hs_code", "/report_data/costs/total", "/risk_score"]);
    let long = format!(r#"{{"costs": {{"total": "{}"}}}}"#, "1".repeat(100_000));
    assert_eq!(wrong_data(&long), at("/report_data/costs/total", "wrong_type"));
}

#[test]
fn another_code_is_certain_and_the_rest_stays() {
    let code = HsCode::parse("09103030").unwrap();
    for (before, after) in [
        (
            r#"{"a":1,"hs_code":{"code":"091099","confidence":61.5,"description":"Spices"},"z":0.10}"#,
            r#"{"a":1,"hs_code":{"code":"09103030","confidence":100,"description":"Spices"},"z":0.10}"#,
        ),
        (r#"{"hs_code":"091099"}"#, r#"{"hs_code":{"code":"09103030","confidence":100}}"#),
        (r#"{"hs_code":[1]}"#, r#"{"hs_code":{"code":"09103030","confidence":100}}"#),
        (r#"{"x":null}"#, r#"{"x":null,"hs_code":{"code":"09103030","confidence":100}}"#),
    ] {
        let changed = with_hs_code(data(before), &code);
        assert_eq!(serde_json::to_string(&changed).unwrap(), after);
        assert_eq!(with_hs_code(changed.clone(), &code), changed, "the same again changes nothing");
        assert_eq!(figures(Figures::default(), &changed).unwrap().hs_code, Some(code.clone()));
    }
}

proptest! {
    #[test]
    fn a_cost_is_rounded_half_up_and_agrees_with_itself(thousandths in 0_u64..9_999_999_999_000) {
        let text = format!(r#"{{"costs": {{"total": {}.{:03}}}}}"#, thousandths / 1000, thousandths % 1000);
        let figures_found = found(&text);
        let cost = figures_found.estimated_cost.unwrap().to_bigdecimal() * BigDecimal::from(1000);
        prop_assert_eq!(cost, BigDecimal::from((thousandths + 5) / 10 * 10));
        prop_assert_eq!(figures(figures_found.clone(), &data(&text)).unwrap(), figures_found);
    }

    #[test]
    fn a_total_fits_its_parts_exactly_when_it_is_near(parts in [0_i64..1_000_000, 0_i64..1_000_000, 0_i64..1_000_000], off in -30_i64..30) {
        let total = parts.iter().sum::<i64>() + off;
        prop_assume!(total >= 0);
        let money = |thousandths: i64| format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
        let [a, b, c] = parts.map(money);
        let text = format!(
            r#"{{"costs": {{"total": {}, "certifications": {a}, "documentation": {b}, "logistics": {c}}}}}"#, money(total));
        prop_assert_eq!(figures(Figures::default(), &data(&text)).is_ok(), off.abs() <= 10);
    }

    #[test]
    fn no_report_panics(
        name in "hs_code|costs|timeline|risk_score", inner in "code|confidence|total|breakdown|estimated_days",
        value in "-?[1-9][0-9]{0,29}|-?[0-9]\\.[0-9]{1,9}|1e-?[0-9]{1,3}|\"[-+_.0-9e]{0,9}\"|null|true|\\[[0-9]\\]|\\[\\{\\}\\]",
    ) {
        let _ = figures(given(), &data(&format!(r#"{{"{name}": {{"{inner}": {value}}}}}"#)));
        let _ = figures(given(), &data(&format!(r#"{{"{name}": {value}}}"#)));
    }
}
