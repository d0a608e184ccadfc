//! What the households bought in three months, and what they mean to eat in a week.

use chrono::Days;
use domain::pantry::{
    Details, MealType, NewMealPlan, NewReceipt, NewReceiptItem, ProductName, Quantity, Recipe, User, printed,
};
use domain::{Day, Id, Text};
use repository::Tx;

use crate::Result;
use crate::pantry::{meal_plans, receipts, stocking};
use crate::system::parse;

/// A shop, and what is bought there: name, quantity, price as it is printed.
type Basket = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

/// The shops of a household, of which one is visited each week, by turns.
pub(super) struct Shopping {
    pub(super) baskets: &'static [Basket],
}

/// Every week for three months.
const WEEKS: u64 = 13;

pub(super) const WARSAW: Shopping = Shopping {
    baskets: &[
        (
            "Biedronka",
            &[
                ("Milk", "2", "7,58"),
                ("Bread", "1", "4,99"),
                ("Eggs", "10", "12,90"),
                ("Twaróg", "0,25", "6,49"),
            ],
        ),
        (
            "Lidl",
            &[
                ("Potatoes", "1,5", "5,24"),
                ("Chicken breast", "0,62", "13,58"),
                ("KAUCJA", "1", "0,50"),
                ("RABAT", "1", "2,00-"),
            ],
        ),
        ("BIEDRONKA", &[("Flour", "1", "3,49"), ("Butter", "2", "13,98"), ("Apples", "1,2", "4,78")]),
    ],
};

pub(super) const TOKYO: Shopping = Shopping {
    baskets: &[
        ("Life", &[("Sushi rice", "2", "1980"), ("Natto", "3", "98"), ("Spinach", "1", "198")]),
        ("Seiyu", &[("Salmon fillet", "0.4", "880"), ("Green tea", "1", "498"), ("Soy sauce", "1", "348")]),
    ],
};

/// Makes a receipt for each week until today. What the last one lists comes into the pantry.
pub(super) fn shop(tx: &mut Tx<'_>, user: &User, shopping: &Shopping) -> Result<()> {
    let today = user.preferences.local_date(tx.now).date();
    let mut last = None;
    for (basket, week) in shopping.baskets.iter().cycle().zip((0..WEEKS).rev()) {
        let purchase_date = today.checked_sub_days(Days::new(7 * week)).map(Day::from_trusted);
        last = Some(receipts::create(tx, new_receipt(user, basket, purchase_date)?)?.receipt.id);
    }
    if let Some(last) = last {
        stocking::to_pantry(tx, last, None)?;
    }
    Ok(())
}

fn new_receipt(user: &User, (store, lines): &Basket, purchase_date: Option<Day>) -> Result<NewReceipt> {
    let items = lines.iter().map(new_item).collect::<Result<Vec<_>>>()?;
    let store_name = parse(|fields| fields.take("/store_name", Text::parse(store)))?;
    Ok(NewReceipt {
        user_id: user.id,
        conversation_id: None,
        store_name: Some(store_name),
        total_amount: None,
        purchase_date,
        receipt_date: None,
        image_path: None,
        ocr_confidence: None,
        metadata: Details::default(),
        items,
    })
}

fn new_item((name, quantity, price): &(&str, &str, &str)) -> Result<NewReceiptItem> {
    parse(|fields| {
        let product_name = fields.take("/product_name", ProductName::parse(name));
        let quantity = fields.take("/quantity", printed::number(quantity));
        let total_price = fields.take("/total_price", printed::amount(price));
        let quantity: Quantity = quantity?;
        Some(NewReceiptItem {
            product_id: None,
            category_id: None,
            product_name: product_name?,
            quantity,
            unit: None,
            unit_price: None,
            total_price,
        })
    })
}

/// Plans a dinner for each day of a week from today on.
pub(super) fn plan(tx: &mut Tx<'_>, user: &User, recipes: &[Id<Recipe>]) -> Result<()> {
    let today = user.preferences.local_date(tx.now);
    // Every third recipe, so that the days differ.
    for (days, recipe) in (0..7).zip(recipes.iter().step_by(3).cycle()) {
        let Some(plan_date) = today.after(days) else { break };
        let new = NewMealPlan {
            user_id: user.id,
            plan_date,
            meal_type: Some(MealType::Dinner),
            recipe_id: Some(*recipe),
            servings: None,
            notes: None,
            items: Vec::new(),
        };
        meal_plans::create(tx, new)?;
    }
    Ok(())
}
