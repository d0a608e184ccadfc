//! A split as it was written, and its check field by field.

use std::collections::HashSet;
use std::str::FromStr;

use super::error::OwedError;
use super::{Part, Percent, SharedItem, Sharer, Shares, Split, SplitMode};
use crate::id::InvalidId;
use crate::invalid::FieldError;
use crate::split::Item;
use crate::{Amount, Currency, Invalid, SignedAmount};

/// A split as somebody wrote it: numbers are still text, and nothing says yet that the fields go with the
/// mode.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SplitInput {
    /// The mode, in any case.
    pub mode: String,
    /// Whom to split among. In items mode it may be empty: then it is everybody who had an item.
    pub participants: Vec<ParticipantInput>,
    /// The organiser's own share, where the organiser takes part; empty in equal mode.
    pub organiser: Option<ShareInput>,
    /// What was had, in items mode.
    pub items: Vec<ItemInput>,
    /// On top of the items.
    pub tax: Option<String>,
    /// On top of the items.
    pub tip: Option<String>,
    /// Off the items.
    pub discount: Option<String>,
}

/// One participant as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParticipantInput {
    /// Who.
    pub contact_id: String,
    /// How much.
    pub share: ShareInput,
    /// Added after the rest was divided.
    pub adjustment: Option<String>,
}

/// How much somebody bears, as written: the one field that the mode uses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareInput {
    /// In exact mode.
    pub amount: Option<String>,
    /// In percent mode.
    pub percent: Option<String>,
    /// In shares mode.
    pub shares: Option<String>,
}

/// One item as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemInput {
    /// What it was.
    pub name: String,
    /// The line's total.
    pub amount: String,
    /// How many; one where nothing is said.
    pub quantity: Option<i64>,
    /// Ids of those who had it; `organiser` is the organiser.
    pub contact_ids: Vec<String>,
}

impl SplitInput {
    /// Reads every field, and names every one that is wrong, missing, or of another mode. Whether the parts
    /// add up is for [`divide`](super::divide()).
    ///
    /// # Errors
    ///
    /// The violations, their pointers starting at the split.
    pub fn check(&self, currency: Currency) -> Result<Split, Invalid> {
        let mut fields = Invalid::collect();
        let Some(mode) = fields.take("/mode", self.mode.parse()) else {
            return Err(fields);
        };
        self.refuse_other_modes(mode, &mut fields);
        let amount = |text: &str| Amount::parse_positive(text, currency).map_err(OwedError::from);
        let split = match mode {
            SplitMode::Equal => {
                let parts = self.parts(currency, &mut fields, |_, _, _| Some(()));
                Some(Split::Equal { parts, organiser: self.organiser.is_some() })
            }
            SplitMode::Exact => self
                .shares(mode, currency, &mut fields, amount)
                .map(|(parts, organiser)| Split::Exact { parts, organiser }),
            SplitMode::Percent => self
                .shares(mode, currency, &mut fields, Percent::parse)
                .map(|(parts, organiser)| Split::Percent { parts, organiser }),
            SplitMode::Shares => self
                .shares(mode, currency, &mut fields, Shares::parse)
                .map(|(parts, organiser)| Split::Shares { parts, organiser }),
            SplitMode::Items => self.by_items(currency, &mut fields),
        };
        fields.build(|| split)
    }

    /// The participants, each with what `value` reads at its place.
    fn parts<V>(
        &self,
        currency: Currency,
        fields: &mut Invalid,
        value: impl Fn(&ShareInput, &str, &mut Invalid) -> Option<V>,
    ) -> Vec<Part<V>> {
        let mut parts = Vec::with_capacity(self.participants.len());
        for (n, participant) in self.participants.iter().enumerate() {
            let place = format!("/participants/{n}");
            let contact_id = fields.take(&format!("{place}/contact_id"), participant.contact_id.parse());
            let value = value(&participant.share, &place, fields);
            let adjustment = participant.adjustment.as_deref().map_or(Ok(SignedAmount::ZERO), |text| {
                SignedAmount::parse(text).and_then(|adjustment| adjustment.fits(currency))
            });
            let adjustment = fields.take(&format!("{place}/adjustment"), adjustment);
            if let (Some(contact_id), Some(value), Some(adjustment)) = (contact_id, value, adjustment) {
                parts.push(Part { contact_id, value, adjustment });
            }
        }
        parts
    }

    /// The participants and the organiser, each with the field that the mode uses.
    fn shares<V, E: FieldError>(
        &self,
        mode: SplitMode,
        currency: Currency,
        fields: &mut Invalid,
        parse: impl Fn(&str) -> Result<V, E>,
    ) -> Option<(Vec<Part<V>>, Option<V>)> {
        let read = |share: &ShareInput, place: &str, fields: &mut Invalid| {
            let pointer = format!("{place}/{mode_field}", mode_field = field_of(mode)?);
            if let Some(text) = share.text(mode) {
                return fields.take(&pointer, parse(text));
            }
            fields.add(pointer, "required", format!("the mode {mode} needs this field"));
            None
        };
        let parts = self.parts(currency, fields, read);
        let organiser = match &self.organiser {
            None => None,
            Some(share) => Some(read(share, "/organiser", fields)?),
        };
        Some((parts, organiser))
    }

    fn by_items(&self, currency: Currency, fields: &mut Invalid) -> Option<Split> {
        if self.organiser.is_some() {
            let detail =
                "the mode items does not use this field: put \"organiser\" among an item's contact_ids";
            fields.add("/organiser", "not_in_this_mode", detail);
        }
        let mut parts = self.parts(currency, fields, |_, _, _| Some(()));
        let mut items = Vec::with_capacity(self.items.len());
        for (n, item) in self.items.iter().enumerate() {
            items.extend(item.check(&format!("/items/{n}"), currency, fields));
        }
        if self.participants.is_empty() {
            parts = everybody(&items);
        }
        let mut extra = |pointer: &str, text: &Option<String>| match text {
            None => Some(Amount::ZERO),
            Some(text) => fields.take(pointer, Amount::parse(text).and_then(|amount| amount.fits(currency))),
        };
        let (tax, tip) = (extra("/tax", &self.tax), extra("/tip", &self.tip));
        let discount = extra("/discount", &self.discount);
        Some(Split::Items { parts, items, tax: tax?, tip: tip?, discount: discount? })
    }

    /// Notes each field that this mode does not use: to ignore it would divide otherwise than was meant.
    fn refuse_other_modes(&self, mode: SplitMode, fields: &mut Invalid) {
        let mut refuse = |pointer: String| {
            fields.add(pointer, "not_in_this_mode", format!("the mode {mode} does not use this field"));
        };
        let others = SplitMode::ALL.iter().copied().filter(|&other| other != mode);
        for (other, field) in others.filter_map(|other| Some((other, field_of(other)?))) {
            for (n, participant) in self.participants.iter().enumerate() {
                if participant.share.text(other).is_some() {
                    refuse(format!("/participants/{n}/{field}"));
                }
            }
            if self.organiser.as_ref().is_some_and(|share| share.text(other).is_some()) {
                refuse(format!("/organiser/{field}"));
            }
        }
        let of_items = [
            ("/items", !self.items.is_empty()),
            ("/tax", self.tax.is_some()),
            ("/tip", self.tip.is_some()),
            ("/discount", self.discount.is_some()),
        ];
        for (pointer, given) in of_items {
            if given && mode != SplitMode::Items {
                refuse(pointer.to_owned());
            }
        }
    }
}

impl ShareInput {
    /// What stands in the field that `mode` uses.
    fn text(&self, mode: SplitMode) -> Option<&str> {
        match mode {
            SplitMode::Exact => self.amount.as_deref(),
            SplitMode::Percent => self.percent.as_deref(),
            SplitMode::Shares => self.shares.as_deref(),
            SplitMode::Equal | SplitMode::Items => None,
        }
    }
}

/// The field of a share that a mode uses.
fn field_of(mode: SplitMode) -> Option<&'static str> {
    match mode {
        SplitMode::Exact => Some("amount"),
        SplitMode::Percent => Some("percent"),
        SplitMode::Shares => Some("shares"),
        SplitMode::Equal | SplitMode::Items => None,
    }
}

impl ItemInput {
    fn check(&self, place: &str, currency: Currency, fields: &mut Invalid) -> Option<SharedItem> {
        let line = fields.take(place, Item::parse(&self.name, &self.amount, self.quantity, currency));
        let mut had_by = Vec::with_capacity(self.contact_ids.len());
        for (k, id) in self.contact_ids.iter().enumerate() {
            had_by.extend(fields.take(&format!("{place}/contact_ids/{k}"), id.parse::<Sharer>()));
        }
        Some(SharedItem { amount: line?.amount, had_by })
    }
}

impl FromStr for Sharer {
    type Err = InvalidId;

    fn from_str(input: &str) -> Result<Self, InvalidId> {
        if input == "organiser" { Ok(Self::Organiser) } else { input.parse().map(Self::Contact) }
    }
}

/// Everybody who had an item, in the order in which they first appear.
fn everybody(items: &[SharedItem]) -> Vec<Part<()>> {
    let mut seen = HashSet::new();
    let contacts = items.iter().flat_map(|item| &item.had_by).filter_map(|sharer| match sharer {
        Sharer::Contact(id) => Some(*id),
        Sharer::Organiser => None,
    });
    contacts.filter(|id| seen.insert(*id)).map(|id| Part::new(id, ())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;
    use crate::split::Contact;
    use crate::split::division::divide;
    use crate::split::division::error::LEAVE_OUT;

    fn text(input: &str) -> Option<String> {
        Some(input.to_owned())
    }

    fn id() -> String {
        Id::<Contact>::generate().to_string()
    }

    fn exact(amount: &str) -> ParticipantInput {
        let share = ShareInput { amount: text(amount), ..ShareInput::default() };
        ParticipantInput { contact_id: id(), share, adjustment: None }
    }

    fn violations(input: &SplitInput) -> Vec<(String, &'static str)> {
        let invalid = input.check(Currency::INR).unwrap_err();
        invalid.violations().iter().map(|v| (v.pointer.clone(), v.code)).collect()
    }

    #[test]
    fn whoever_owes_nothing_is_to_be_left_out() {
        let split = |mode: &str, share: ShareInput, organiser: Option<ShareInput>| {
            let contact_id = Id::<Contact>::generate().to_string();
            let participants = vec![ParticipantInput { contact_id, share, adjustment: None }];
            let input =
                SplitInput { mode: mode.to_owned(), participants, organiser, ..SplitInput::default() };
            input.check(Currency::INR)
        };
        let nothing = text("0");
        for (mode, share, code) in [
            ("exact", ShareInput { amount: nothing.clone(), ..ShareInput::default() }, "not_positive"),
            ("shares", ShareInput { shares: nothing.clone(), ..ShareInput::default() }, "invalid_shares"),
        ] {
            let refused = split(mode, share, None).unwrap_err().violations()[0].clone();
            assert_eq!(refused.code, code);
            assert!(refused.detail.ends_with(LEAVE_OUT), "{}", refused.detail);
        }
        let percent = |percent| ShareInput { percent, ..ShareInput::default() };
        let split = split("percent", percent(nothing), Some(percent(text("100")))).unwrap();
        let refused = divide(Amount::parse("100").unwrap(), Currency::INR, &split).unwrap_err();
        assert_eq!(refused.code(), "part_not_positive");
        assert!(refused.to_string().ends_with(LEAVE_OUT), "{refused}");
    }

    #[test]
    fn a_split_is_read_in_each_mode() {
        let mode = |mode: &str, share: ShareInput| SplitInput {
            mode: mode.to_owned(),
            participants: vec![ParticipantInput {
                contact_id: id(),
                share: share.clone(),
                adjustment: text("-1.5"),
            }],
            organiser: Some(share),
            ..SplitInput::default()
        };
        let equal = mode("EQUAL", ShareInput::default()).check(Currency::INR).unwrap();
        assert!(equal.has_organiser());
        assert_eq!(equal.people()[0].1.to_string(), "-1.50");
        for (name, share) in [
            ("exact", ShareInput { amount: text("50"), ..ShareInput::default() }),
            ("percent", ShareInput { percent: text("50"), ..ShareInput::default() }),
            ("shares", ShareInput { shares: text("2"), ..ShareInput::default() }),
        ] {
            let split = mode(name, share).check(Currency::INR).unwrap();
            assert_eq!(split.mode().as_str(), name);
            assert!(split.has_organiser());
            assert_eq!(split.people().len(), 1);
        }
    }

    #[test]
    fn every_wrong_field_is_named_at_its_place() {
        let mut second = exact("0");
        second.contact_id = "Ravi".to_owned();
        second.adjustment = text("1e3");
        second.share.percent = text("50");
        let input = SplitInput {
            mode: "exact".to_owned(),
            participants: vec![
                exact("-5"),
                second,
                ParticipantInput { contact_id: id(), ..Default::default() },
            ],
            organiser: Some(ShareInput::default()),
            tip: text("5"),
            ..SplitInput::default()
        };
        let expected = [
            ("/participants/1/percent", "not_in_this_mode"),
            ("/tip", "not_in_this_mode"),
            ("/participants/0/amount", "not_positive"),
            ("/participants/1/contact_id", "invalid_id"),
            ("/participants/1/amount", "not_positive"),
            ("/participants/1/adjustment", "invalid_amount"),
            ("/participants/2/amount", "required"),
            ("/organiser/amount", "required"),
        ];
        let found = violations(&input);
        assert_eq!(
            found.iter().map(|(pointer, code)| (pointer.as_str(), *code)).collect::<Vec<_>>(),
            expected
        );
        let unknown = SplitInput { mode: "half".to_owned(), ..SplitInput::default() };
        assert_eq!(violations(&unknown), [("/mode".to_owned(), "unknown_value")]);
    }

    #[test]
    fn items_alone_say_who_takes_part() {
        let (asha, ravi) = (id(), id());
        let item = |amount: &str, ids: &[&str]| ItemInput {
            name: "Dosa".to_owned(),
            amount: amount.to_owned(),
            quantity: None,
            contact_ids: ids.iter().map(|&id| id.to_owned()).collect(),
        };
        let input = SplitInput {
            mode: "items".to_owned(),
            items: vec![item("60", &["organiser", &ravi]), item("30", &[&asha])],
            tax: text("9"),
            discount: text("0"),
            ..SplitInput::default()
        };
        let split = input.check(Currency::INR).unwrap();
        let division = divide(Amount::parse("99").unwrap(), Currency::INR, &split).unwrap();
        let parts: Vec<_> =
            division.parts.iter().map(|(id, amount)| (id.to_string(), amount.to_string())).collect();
        assert_eq!(parts, [(ravi, "33.00".to_owned()), (asha, "33.00".to_owned())]);
        assert_eq!(division.organiser_share.unwrap().to_string(), "33.00");

        let wrong = SplitInput {
            items: vec![item("0", &["organizer"])],
            tip: text("-1"),
            organiser: Some(ShareInput::default()),
            ..input
        };
        assert_eq!(
            violations(&wrong),
            [
                ("/organiser".to_owned(), "not_in_this_mode"),
                ("/items/0/amount".to_owned(), "not_positive"),
                ("/items/0/contact_ids/0".to_owned(), "invalid_id"),
                ("/tip".to_owned(), "negative"),
            ]
        );
    }
}
