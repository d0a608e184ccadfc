//! What is looked at of `report_data`, the report as the agent wrote it. Everything else in it is the agent's.
//!
//! ```json
//! {"hs_code": {"code": "09103030", "confidence": 92.5}, "risk_score": 41,
//!  "costs": {"total": 80000, "certifications": 45000, "documentation": 5000, "logistics": 30000},
//!  "timeline": {"estimated_days": 45, "breakdown": [{"duration_days": 20}, {"duration_days": 25}]}}
//! ```
//!
//! `null` at one of these places counts as absent. Decimals may be numbers or strings.

use bigdecimal::{BigDecimal, RoundingMode};
use serde_json::{Map, Value};

use super::{Figures, HsCode, RiskScore, TimelineDays};
use crate::invalid::FieldError;
use crate::json::MOST_DIGITS;
use crate::{Amount, Invalid, JsonObject, Percentage, Whole};

/// The figures of a report that is completed: those that are given, and the others as they stand in `report_data`, confidence
/// and cost rounded half up to two decimals.
///
/// # Errors
/// Every value of a wrong kind at one of the places above; `disagrees` at a given figure that `report_data` contradicts, by
/// more than 0.01 where it is the cost; `total_mismatch` where the total differs by more than 0.01 from the sum of the three
/// costs, and `days_mismatch` where the days differ by more than 1 from the sum of the phases, if all of them stand there.
///
/// ```
/// use strongroom_domain::export::{Figures, report_data};
/// use strongroom_domain::json;
///
/// let data = json::from_trusted(r#"{"hs_code": {"code": "0910.30.30"}, "risk_score": 41}"#)?;
/// let figures = report_data::figures(Figures::default(), &data)?;
/// assert_eq!(figures.hs_code.unwrap().as_str(), "09103030");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn figures(given: Figures, report_data: &JsonObject) -> Result<Figures, Invalid> {
    let mut invalid = Invalid::collect();
    let found = Found::read(&mut invalid, report_data);
    let cost = given.estimated_cost.map(Amount::to_bigdecimal);
    for (pointer, disagrees) in [
        ("/hs_code", differ(&given.hs_code, &found.hs_code)),
        ("/hs_code_confidence", differ(&given.hs_code_confidence, &found.confidence)),
        ("/risk_score", differ(&given.risk_score, &found.risk_score)),
        ("/estimated_cost", cost.zip(found.total).is_some_and(|(cost, total)| are_apart(&cost, &total))),
        ("/estimated_timeline_days", differ(&given.estimated_timeline_days, &found.days)),
    ] {
        if disagrees {
            invalid.add(pointer, "disagrees", "the value must be the one that stands in report_data");
        }
    }
    invalid.finish()?;
    Ok(Figures {
        hs_code: given.hs_code.or(found.hs_code),
        hs_code_confidence: given.hs_code_confidence.or(found.confidence),
        risk_score: given.risk_score.or(found.risk_score),
        estimated_cost: given.estimated_cost.or(found.cost),
        estimated_timeline_days: given.estimated_timeline_days.or(found.days),
    })
}

/// The report with another HS code, which is certain. What else is said of the code stays.
///
/// ```
/// use strongroom_domain::export::{HsCode, report_data};
/// use strongroom_domain::json;
///
/// let data = json::from_trusted(r#"{"hs_code": {"code": "091099", "confidence": 61.5, "description": "Spices"}}"#)?;
/// let data = report_data::with_hs_code(data, &HsCode::parse("0910.30.30")?);
/// let hs_code = &data.fields()["hs_code"];
/// assert_eq!(hs_code.to_string(), r#"{"code":"09103030","confidence":100,"description":"Spices"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn with_hs_code(report_data: JsonObject, code: &HsCode) -> JsonObject {
    let mut fields = report_data.into_fields();
    let mut hs_code = match fields.get_mut("hs_code").map(Value::take) {
        Some(Value::Object(hs_code)) => hs_code,
        _ => Map::new(),
    };
    hs_code.insert("code".to_owned(), code.as_str().into());
    hs_code.insert("confidence".to_owned(), 100.into());
    fields.insert("hs_code".to_owned(), hs_code.into());
    fields.into()
}

/// What stands in the report.
struct Found {
    hs_code: Option<HsCode>,
    confidence: Option<Percentage<2>>,
    risk_score: Option<RiskScore>,
    total: Option<BigDecimal>,
    cost: Option<Amount>,
    days: Option<TimelineDays>,
}

impl Found {
    fn read(invalid: &mut Invalid, report_data: &JsonObject) -> Self {
        let report = Object { fields: Some(report_data.fields()), pointer: "/report_data".to_owned() };
        let hs_code = report.object(invalid, "hs_code");
        let costs = report.object(invalid, "costs");
        let timeline = report.object(invalid, "timeline");
        let confidence = hs_code.read(invalid, "confidence", decimal);
        let total = costs.read(invalid, "total", decimal);
        check_total(invalid, &costs, total.as_ref());
        let days = timeline.read(invalid, "estimated_days", whole);
        check_days(invalid, &timeline, days);
        Self {
            hs_code: hs_code.read(invalid, "code", hs_code_text),
            confidence: confidence.and_then(|it| hs_code.take(invalid, "confidence", Percentage::round(&it))),
            risk_score: report.read(invalid, "risk_score", whole),
            cost: total
                .as_ref()
                .and_then(|it| costs.take(invalid, "total", Amount::from_bigdecimal(&half_up(it)))),
            total,
            days,
        }
    }
}

fn check_total(invalid: &mut Invalid, costs: &Object<'_>, total: Option<&BigDecimal>) {
    let parts = ["certifications", "documentation", "logistics"];
    let parts: Vec<_> = parts.iter().map(|part| costs.read(invalid, part, decimal)).collect();
    let sum = parts.into_iter().sum::<Option<BigDecimal>>();
    if total.zip(sum).is_some_and(|(total, sum)| are_apart(total, &sum)) {
        let detail = "the total must be the sum of certifications, documentation and logistics";
        invalid.add(costs.place("total"), "total_mismatch", detail);
    }
}

fn check_days(invalid: &mut Invalid, timeline: &Object<'_>, days: Option<TimelineDays>) {
    let phases = timeline.list(invalid, "breakdown");
    let durations: Vec<_> =
        phases.iter().map(|phase| phase.read(invalid, "duration_days", whole::<0, { i32::MAX }>)).collect();
    let sum = durations.iter().map(|days| days.map(|days| i64::from(days.get()))).sum::<Option<i64>>();
    let sum = sum.filter(|_| !durations.is_empty());
    if days.zip(sum).is_some_and(|(days, sum)| (i64::from(days.get()) - sum).abs() > 1) {
        let detail = "the days must be the sum of the phases' duration_days, give or take one";
        invalid.add(timeline.place("estimated_days"), "days_mismatch", detail);
    }
}

fn differ<T: PartialEq>(given: &Option<T>, found: &Option<T>) -> bool {
    given.as_ref().zip(found.as_ref()).is_some_and(|(given, found)| given != found)
}

/// Whether two sums of money differ by more than a rounding.
fn are_apart(a: &BigDecimal, b: &BigDecimal) -> bool {
    (a - b).abs() > BigDecimal::new(1.into(), 2)
}

fn half_up(number: &BigDecimal) -> BigDecimal {
    number.with_scale_round(2, RoundingMode::HalfUp)
}

fn decimal(value: &Value) -> Result<BigDecimal, Invalid> {
    let is_decimal = |text: &&String| text.len() <= MOST_DIGITS && !text.contains(['e', 'E', '+', '_']);
    let text = match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text).filter(is_decimal).cloned(),
        _ => None,
    };
    text.and_then(|text| text.parse().ok()).ok_or_else(|| wrong_type("a decimal as a string or a number"))
}

fn whole<const MIN: i32, const MAX: i32>(value: &Value) -> Result<Whole<MIN, MAX>, Invalid> {
    let Value::Number(number) = value else { return Err(wrong_type("a whole number")) };
    at_the_place(Whole::parse(&number.to_string()))
}

fn hs_code_text(value: &Value) -> Result<HsCode, Invalid> {
    at_the_place(HsCode::parse(value.as_str().ok_or_else(|| wrong_type("a string"))?))
}

fn wrong_type(expected: &str) -> Invalid {
    Invalid::one("", "wrong_type", format!("this value is of a wrong type; expected {expected}"))
}

fn at_the_place<T, E: FieldError>(read: Result<T, E>) -> Result<T, Invalid> {
    let mut invalid = Invalid::collect();
    let read = invalid.take("", read);
    invalid.build(|| read)
}

/// An object within the report, absent or not, and where it stands.
struct Object<'a> {
    fields: Option<&'a Map<String, Value>>,
    pointer: String,
}

impl<'a> Object<'a> {
    fn place(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields?.get(name).filter(|value| !value.is_null())
    }

    fn take<T, E: FieldError>(&self, invalid: &mut Invalid, name: &str, read: Result<T, E>) -> Option<T> {
        invalid.take(&self.place(name), read)
    }

    fn read<T>(
        &self,
        invalid: &mut Invalid,
        name: &str,
        read: impl Fn(&'a Value) -> Result<T, Invalid>,
    ) -> Option<T> {
        self.take(invalid, name, read(self.get(name)?))
    }

    fn object(&self, invalid: &mut Invalid, name: &str) -> Self {
        let fields =
            self.read(invalid, name, |value| value.as_object().ok_or_else(|| wrong_type("an object")));
        Self { fields, pointer: self.place(name) }
    }

    fn list(&self, invalid: &mut Invalid, name: &str) -> Vec<Self> {
        let elements =
            self.read(invalid, name, |value| value.as_array().ok_or_else(|| wrong_type("an array")));
        let elements = elements.into_iter().flatten().enumerate();
        let object = |(n, element): (usize, &'a Value)| {
            let (pointer, fields) = (format!("{}/{n}", self.place(name)), element.as_object());
            invalid.take(&pointer, fields.ok_or_else(|| wrong_type("an object")));
            Self { fields, pointer }
        };
        elements.map(object).collect()
    }
}

#[cfg(test)]
mod tests;
