//! What a household can cook of what is available in its pantry.

use repository::domain::pantry::suggestions::{MissingProduct, Share};
use repository::domain::pantry::{CookingTime, Product, Suggestion, SuggestionRequest, User};
use repository::domain::{Day, Id, Invalid, Tags, Text};
use serde::{Deserialize, Serialize};
use service::pantry::suggestions;
use utoipa::{IntoParams, ToSchema};

use super::recipes::RecipeSummaryBody;
use super::{PantryRead, days};
use crate::http::{ApiResult, AtMost, Caller, PathId, Query, Routes, Shown, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "pantry recipes": suggest_recipes);
}

/// Recipes for which something is available. Those of which most is available come first, then those whose products expire
/// soonest, then by title.
#[derive(Serialize, ToSchema)]
struct SuggestionsBody {
    data: Vec<SuggestionBody>,
}

/// A recipe for which something is available. Amounts do not count.
#[derive(Serialize, ToSchema)]
struct SuggestionBody {
    recipe: RecipeSummaryBody,
    /// How many of its products are available.
    #[schema(minimum = 1)]
    have: i64,
    /// How many products it takes.
    #[schema(minimum = 1)]
    needed: i64,
    /// `have` of `needed`, four decimals.
    #[schema(value_type = String, example = "0.3333")]
    share: Share,
    /// When the first of what would be used expires, where that is known.
    #[schema(value_type = Option<NaiveDate>)]
    soonest_expiry: Option<Day>,
    /// What is not available, by name.
    missing: Vec<MissingProductBody>,
}

/// A product that a recipe takes and that is not available.
#[derive(Serialize, ToSchema)]
struct MissingProductBody {
    #[schema(value_type = Uuid)]
    id: Id<Product>,
    #[schema(value_type = String, example = "Onion")]
    name: Text<255>,
}

impl From<Vec<Suggestion>> for SuggestionsBody {
    fn from(found: Vec<Suggestion>) -> Self {
        Self { data: found.into_iter().map(SuggestionBody::from).collect() }
    }
}

impl From<Suggestion> for SuggestionBody {
    fn from(suggestion: Suggestion) -> Self {
        let Suggestion { recipe, have, needed, share, soonest_expiry, missing } = suggestion;
        let missing = missing.into_iter().map(|MissingProduct { id, name }| MissingProductBody { id, name });
        Self { recipe: recipe.into(), have, needed, share, soonest_expiry, missing: missing.collect() }
    }
}

/// Which recipes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct SuggestRecipes {
    /// With all of these tags, separated by commas.
    #[param(example = "breakfast")]
    tags: Option<String>,
    /// That cook at most so many minutes.
    #[param(minimum = 1, maximum = 10_080)]
    max_cooking_time: Option<i64>,
    /// The day on which what is used must still be good; today where the household lives, when absent.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-20")]
    on: Option<String>,
}

/// How many recipes are suggested at most.
const MOST: i32 = 50;

impl SuggestRecipes {
    fn read(&self, limit: AtMost<MOST>) -> Result<SuggestionRequest, Invalid> {
        let mut fields = Invalid::collect();
        let tags = fields.take_optional("/tags", self.tags.as_deref().map(Tags::parse_list));
        let time = self.max_cooking_time.map(CookingTime::new);
        let max_cooking_time = fields.take_optional("/max_cooking_time", time);
        let on = days::on(&mut fields, self.on.as_deref());
        fields.build(|| {
            Some(SuggestionRequest {
                limit: limit.0,
                tags: tags?.unwrap_or_default(),
                max_cooking_time: max_cooking_time?,
                on: on?,
            })
        })
    }
}

/// Suggests recipes by what is available in a user's pantry, 10 when no `limit` is given.
///
/// A product of the user's counts as that of the catalogue with the same name.
#[utoipa::path(get, path = "/v1/pantry/users/{id}/recipe-suggestions")]
async fn suggest_recipes(
    caller: Caller<PantryRead>,
    PathId(user): PathId<User>,
    Query(query): Query<SuggestRecipes>,
    limit: AtMost<MOST>,
) -> ApiResult<Shown<SuggestionsBody>> {
    let request = query.read(limit)?;
    caller.read("pantry.suggest_recipes", move |conn| suggestions::for_user(conn, user, &request)).await
}
