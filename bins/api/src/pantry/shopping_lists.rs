//! What a household has to buy for planned meals.

use repository::domain::day::DayRange;
use repository::domain::pantry::meal_plans::range;
use repository::domain::pantry::shopping_lists::Amount;
use repository::domain::pantry::{ShoppingLine, Unit, User};
use repository::domain::{Day, Invalid, Text};
use serde::{Deserialize, Serialize};
use service::pantry::shopping_lists;
use utoipa::{IntoParams, ToSchema};

use super::{PantryRead, days};
use crate::http::{ApiResult, Caller, PathId, Query, Routes, Shown, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "pantry meal plans": show_shopping_list);
}

/// What is missing for planned meals, by name and unit.
#[derive(Serialize, ToSchema)]
struct ShoppingListBody {
    data: Vec<ShoppingLineBody>,
}

/// A product that is to be bought. Weights are in grams and volumes in millilitres; every other unit has lines of its own.
#[derive(Serialize, ToSchema)]
struct ShoppingLineBody {
    #[schema(value_type = String, example = "Flour")]
    name: Text<255>,
    /// Null: pieces.
    #[schema(value_type = Option<String>, example = "g")]
    unit: Option<Unit>,
    /// What the meals take, three decimals; null where no recipe says how much.
    #[schema(value_type = Option<String>, example = "500.000")]
    needed: Option<Amount>,
    /// How much is available in this unit.
    #[schema(value_type = String, example = "300.000")]
    in_pantry: Amount,
    /// Needed less what is available; null where it is not known how much is needed.
    #[schema(value_type = Option<String>, example = "200.000")]
    to_buy: Option<Amount>,
    /// Whether there is more of it, not measured or in another unit.
    check_pantry: bool,
}

impl From<Vec<ShoppingLine>> for ShoppingListBody {
    fn from(lines: Vec<ShoppingLine>) -> Self {
        Self { data: lines.into_iter().map(ShoppingLineBody::from).collect() }
    }
}

impl From<ShoppingLine> for ShoppingLineBody {
    fn from(line: ShoppingLine) -> Self {
        let ShoppingLine { name, unit, needed, in_pantry, to_buy, check_pantry } = line;
        Self { name, unit, needed, in_pantry, to_buy, check_pantry }
    }
}

/// For the meals of which days.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ShowShoppingList {
    /// Planned for this day or later.
    #[param(format = Date, example = "2026-11-16")]
    start_date: String,
    /// Planned for this day or earlier. There are at most 92 days.
    #[param(format = Date, example = "2026-11-22")]
    end_date: String,
    /// The day on which what is available must still be good; today where the household lives, when absent.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-16")]
    on: Option<String>,
}

impl ShowShoppingList {
    fn read(&self) -> Result<(DayRange, Option<Day>), Invalid> {
        let mut fields = Invalid::collect();
        let range = days::range(&mut fields, &self.start_date, &self.end_date, range);
        let on = days::on(&mut fields, self.on.as_deref());
        fields.build(|| Some((range?, on?)))
    }
}

/// Shows what a user has to buy for the meals of some days: what they take less what is available.
///
/// What no recipe measures, such as salt, is listed where nothing of it is available.
#[utoipa::path(get, path = "/v1/pantry/users/{id}/shopping-list")]
async fn show_shopping_list(
    caller: Caller<PantryRead>,
    PathId(user): PathId<User>,
    Query(query): Query<ShowShoppingList>,
) -> ApiResult<Shown<ShoppingListBody>> {
    let (range, on) = query.read()?;
    caller
        .read("pantry.show_shopping_list", move |conn| shopping_lists::for_user(conn, user, range, on))
        .await
}
