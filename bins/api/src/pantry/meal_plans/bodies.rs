//! What meals are planned and changed by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::pantry::meal_plans::MOST_ITEMS;
use repository::domain::pantry::{
    Dish, MealPlan, MealPlanChanges, MealPlanItem, MealType, NewMealPlan, NewMealPlanItem, Product, Quantity,
    Recipe, Servings, Unit, User,
};
use repository::domain::{Day, Decimal, Id, Invalid, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::Located;
use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, optional_objects, present, present_objects};
use crate::pantry::printed_number::PrintedNumber;
use crate::pantry::schema;

/// A planned meal.
#[derive(Serialize, ToSchema)]
pub(super) struct MealPlanBody {
    #[schema(value_type = Uuid)]
    id: Id<MealPlan>,
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    #[schema(value_type = NaiveDate)]
    plan_date: Day,
    #[schema(value_type = Option<schema::MealType>)]
    meal_type: Option<MealType>,
    /// What is cooked; null too when the recipe was purged.
    #[schema(value_type = Option<Uuid>)]
    recipe_id: Option<Id<Recipe>>,
    /// For how many; null: as many as the recipe is for.
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 1_000)]
    servings: Option<Servings>,
    #[schema(value_type = Option<String>)]
    notes: Option<Text<2000>>,
    /// What comes with it, in the order given.
    items: Vec<MealPlanItemBody>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for MealPlanBody {
    fn location(&self) -> String {
        format!("/v1/pantry/meal-plans/{}", self.id)
    }
}

impl From<MealPlan> for MealPlanBody {
    fn from(plan: MealPlan) -> Self {
        let MealPlan {
            id,
            user_id,
            plan_date,
            meal_type,
            recipe_id,
            servings,
            notes,
            items,
            created_at,
            updated_at,
        } = plan;
        Self {
            id,
            user_id,
            plan_date,
            meal_type,
            recipe_id,
            servings,
            notes,
            items: items.into_iter().map(MealPlanItemBody::from).collect(),
            created_at,
            updated_at,
        }
    }
}

/// What comes with a meal: a recipe or a product.
#[derive(Serialize, ToSchema)]
struct MealPlanItemBody {
    #[schema(value_type = Uuid)]
    id: Id<MealPlanItem>,
    #[schema(value_type = Option<Uuid>)]
    recipe_id: Option<Id<Recipe>>,
    #[schema(value_type = Option<Uuid>)]
    product_id: Option<Id<Product>>,
    /// How much of a product, or how many times a recipe, with three decimals; null: some, or once.
    #[schema(value_type = Option<String>, example = "200.000")]
    quantity: Option<Quantity>,
    /// In lower case; null: pieces.
    #[schema(value_type = Option<String>, example = "g")]
    unit: Option<Unit>,
}

impl From<MealPlanItem> for MealPlanItemBody {
    fn from(item: MealPlanItem) -> Self {
        let MealPlanItem { id, dish, quantity, unit, .. } = item;
        Self { id, recipe_id: dish.recipe(), product_id: dish.product(), quantity, unit }
    }
}

/// A meal to be planned. A day's meal has a recipe once.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "user_id": "00000000-0000-7000-8000-000000000001", "plan_date": "2026-11-21", "meal_type": "dinner",
    "recipe_id": "00000000-0000-7000-8000-000000000001", "servings": 8,
    "items": [{"product_id": "00000000-0000-7000-8000-000000000001", "quantity": "200", "unit": "g"}],
}))]
pub(super) struct CreateMealPlan {
    #[schema(value_type = Uuid)]
    user_id: String,
    #[schema(value_type = NaiveDate)]
    plan_date: String,
    #[schema(value_type = Option<schema::MealType>)]
    meal_type: Option<String>,
    #[schema(value_type = Option<Uuid>)]
    recipe_id: Option<String>,
    /// As many as the recipe is for, when absent.
    #[schema(minimum = 1, maximum = 1_000)]
    servings: Option<i64>,
    #[schema(max_length = 2000)]
    notes: Option<String>,
    #[serde(default, deserialize_with = "optional_objects")]
    #[schema(max_items = 100)]
    items: Option<Vec<MealPlanItemInput>>,
}

impl CreateMealPlan {
    pub(super) fn read(self) -> Result<NewMealPlan, Invalid> {
        let mut fields = Invalid::collect();
        let user_id = fields.take("/user_id", self.user_id.parse());
        let plan_date = fields.take("/plan_date", Day::parse(&self.plan_date));
        let meal_type = fields.take_optional("/meal_type", self.meal_type.as_deref().map(str::parse));
        let recipe_id = fields.take_optional("/recipe_id", self.recipe_id.as_deref().map(str::parse));
        let servings = fields.take_optional("/servings", self.servings.map(Servings::new));
        let notes = fields.take_optional("/notes", self.notes.as_deref().map(Text::parse));
        let items = fields.take("/items", read_items(self.items.unwrap_or_default()));
        fields.build(|| {
            Some(NewMealPlan {
                user_id: user_id?,
                plan_date: plan_date?,
                meal_type: meal_type?,
                recipe_id: recipe_id?,
                servings: servings?,
                notes: notes?,
                items: items?,
            })
        })
    }
}

/// What comes with a meal: `recipe_id` or `product_id`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MealPlanItemInput {
    #[schema(value_type = Option<Uuid>)]
    recipe_id: Option<String>,
    /// A product of the catalogue or of the same user.
    #[schema(value_type = Option<Uuid>)]
    product_id: Option<String>,
    /// How much of a product, or how many times a recipe: above zero, at most three decimals. Some of it, or once, when
    /// absent.
    quantity: Option<PrintedNumber>,
    /// Pieces when absent.
    #[schema(max_length = 50)]
    unit: Option<String>,
}

impl MealPlanItemInput {
    fn read(self) -> Result<NewMealPlanItem, Invalid> {
        let mut fields = Invalid::collect();
        let recipe = fields.take_optional("/recipe_id", self.recipe_id.as_deref().map(str::parse));
        let product = fields.take_optional("/product_id", self.product_id.as_deref().map(str::parse));
        let dish = recipe.zip(product).map(|(recipe, product)| Dish::one_of(recipe, product));
        let dish = fields.take_optional("", dish);
        let quantity = self.quantity.map(|quantity| quantity.number().and_then(Decimal::positive));
        let quantity = fields.take_optional("/quantity", quantity);
        let unit = fields.take_optional("/unit", self.unit.as_deref().map(Unit::parse));
        fields.build(|| Some(NewMealPlanItem { dish: dish??, quantity: quantity?, unit: unit? }))
    }
}

fn read_items(given: Vec<MealPlanItemInput>) -> Result<Vec<NewMealPlanItem>, Invalid> {
    if given.len() > MOST_ITEMS {
        return Err(Invalid::one("", "too_many", format!("there must be at most {MOST_ITEMS} items")));
    }
    let mut fields = Invalid::collect();
    let read = given.into_iter().enumerate();
    let read = read.filter_map(|(n, item)| fields.take(&format!("/{n}"), item.read())).collect();
    fields.finish()?;
    Ok(read)
}

/// What to change of a planned meal. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"plan_date": "2026-11-22", "servings": 2}))]
pub(super) struct UpdateMealPlan {
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    plan_date: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<schema::MealType>)]
    meal_type: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    recipe_id: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000)]
    servings: Patch<i64>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    notes: Patch<String>,
    /// In place of all items that are there. Cannot be cleared, but may be empty.
    #[serde(default, deserialize_with = "present_objects")]
    #[schema(value_type = Option<Vec<MealPlanItemInput>>, max_items = 100)]
    items: Patch<Vec<MealPlanItemInput>>,
}

impl UpdateMealPlan {
    pub(super) fn read(self) -> Result<MealPlanChanges, Invalid> {
        let mut fields = Invalid::collect();
        let changes = MealPlanChanges {
            plan_date: replaced(&mut fields, "/plan_date", self.plan_date, |day| Day::parse(&day)),
            meal_type: changed(&mut fields, "/meal_type", self.meal_type, |meal| meal.parse()),
            recipe_id: changed(&mut fields, "/recipe_id", self.recipe_id, |id| id.parse()),
            servings: changed(&mut fields, "/servings", self.servings, Servings::new),
            notes: changed(&mut fields, "/notes", self.notes, |text| Text::parse(&text)),
            items: replaced(&mut fields, "/items", self.items, read_items),
        };
        fields.finish()?;
        Ok(changes)
    }
}
