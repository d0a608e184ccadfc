//! Recipes: how they are written, found, and suggested by what is in the pantry.

use domain::pantry::{
    Category, Difficulty, NewRecipe, NewRecipeIngredient, Product, Quantity, Recipe, RecipeChanges,
    RecipeFilter, Servings, Suggestion, SuggestionRequest, Unit, User, WholeRecipe,
};
use domain::text::SearchWords;
use domain::{Id, Limit, Offset, PageRequest, Tags, Text, Whole};
use repository::testing::count_statements;
use repository::{Error as RepositoryError, Tx, testing};
use strongroom_service::Error;
use strongroom_service::pantry::{products, recipes, suggestions};

use crate::fixtures::{conflict, violation, violations};
use crate::pantry_receipts::is_absent;
use crate::pantry_world::{add, category, day, household, product, product_name};

/// The product of the catalogue that is called so, made if it is not there.
pub(crate) fn shared(tx: &mut Tx<'_>, name: &str) -> Id<Product> {
    let found = products::lookup(tx, None, &[product_name(name)]).unwrap().remove(0);
    found.map_or_else(|| product(tx, None, name).unwrap(), |product| product.id)
}

/// Ingredients as a recipe writes them: "eggs 3 szt", "salt".
pub(crate) fn ingredients(tx: &mut Tx<'_>, texts: &[&str]) -> Vec<NewRecipeIngredient> {
    let ingredient = |text: &&str| {
        let mut words = text.split(' ');
        NewRecipeIngredient {
            product_id: shared(tx, words.next().unwrap()),
            quantity: words.next().map(|quantity| Quantity::parse(quantity).unwrap()),
            unit: words.next().map(|unit| Unit::parse(unit).unwrap()),
            notes: None,
        }
    };
    texts.iter().map(ingredient).collect()
}

pub(crate) fn new_recipe(tx: &mut Tx<'_>, title: &str, of: &[&str]) -> NewRecipe {
    NewRecipe {
        title: Text::parse(title).unwrap(),
        description: None,
        instructions: None,
        category_id: None,
        cooking_time: None,
        servings: None,
        difficulty_level: None,
        tags: Tags::default(),
        ingredients: ingredients(tx, of),
    }
}

pub(crate) fn recipe(tx: &mut Tx<'_>, title: &str, servings: Option<i64>, of: &[&str]) -> Id<Recipe> {
    let new =
        NewRecipe { servings: servings.map(|n| Servings::new(n).unwrap()), ..new_recipe(tx, title, of) };
    recipes::create(tx, new).unwrap().recipe.id
}

fn tags(list: &str) -> Tags {
    Tags::parse_list(list).unwrap()
}

fn names(whole: &WholeRecipe) -> Vec<&str> {
    whole.ingredients.iter().map(|ingredient| ingredient.product_name.as_str()).collect()
}

#[test]
fn a_recipe_comes_back_with_its_ingredients_in_the_order_given() {
    testing::check(|tx| {
        let soups = category(tx, "Soups", None).unwrap();
        let new = NewRecipe {
            description: Some(Text::parse("Kwaśna zupa").unwrap()),
            instructions: Some(Text::parse("Gotuj.").unwrap()),
            category_id: Some(soups),
            cooking_time: Some(Whole::new(60).unwrap()),
            servings: Some(Servings::new(4).unwrap()),
            difficulty_level: Some(Difficulty::new(2).unwrap()),
            tags: tags("Soup, QUICK"),
            ..new_recipe(tx, "Żurek", &["zakwas 500 ml", "kiełbasa 2 szt", "sól"])
        };
        let made = recipes::create(tx, new).unwrap();
        assert_eq!(names(&made), ["zakwas", "kiełbasa", "sól"]);
        assert_eq!(made.ingredients[2].quantity, None);
        let (read, statements) = count_statements(tx, |tx| recipes::get(tx, made.recipe.id).unwrap());
        assert_eq!(statements, 1);
        assert_eq!(read, made);

        let changes = RecipeChanges {
            title: Some(Text::parse("Biały barszcz").unwrap()),
            description: Some(None),
            ingredients: Some(ingredients(tx, &["mąka 100 g"])),
            ..Default::default()
        };
        let changed = recipes::update(tx, made.recipe.id, Some(1), changes.clone()).unwrap();
        assert_eq!((names(&changed), changed.recipe.row_version), (vec!["mąka"], 2));
        assert_eq!((changed.recipe.description, changed.recipe.category_id), (None, Some(soups)));
        let stale = recipes::update(tx, made.recipe.id, Some(1), changes);
        assert!(matches!(stale, Err(Error::Repository(RepositoryError::StaleVersion { current: 2 }))));
        let same = recipes::update(tx, made.recipe.id, None, RecipeChanges::default()).unwrap();
        assert_eq!(same.recipe.row_version, 2);
    });
}

#[test]
fn ingredients_are_products_of_the_catalogue() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let own = product(tx, Some(user), "Mleko").unwrap();
        let mut new = new_recipe(tx, "Omelette", &["eggs 3"]);
        new.ingredients.push(NewRecipeIngredient {
            product_id: own,
            quantity: None,
            unit: None,
            notes: None,
        });
        assert_eq!(
            violation(recipes::create(tx, new.clone())),
            ("/ingredients/1/product_id".to_owned(), "unknown_product")
        );
        let id = recipe(tx, "Eggs", None, &["eggs 3"]);
        let changes = RecipeChanges { ingredients: Some(new.ingredients), ..Default::default() };
        assert_eq!(violations(recipes::update(tx, id, None, changes)).len(), 1);
        let category_id = Some(Id::<Category>::generate());
        let new = NewRecipe { category_id, ..new_recipe(tx, "Soup", &[]) };
        assert_eq!(violation(recipes::create(tx, new)), ("/category_id".to_owned(), "unknown_category"));
        let changes = RecipeChanges { category_id: Some(category_id), ..Default::default() };
        assert_eq!(
            violation(recipes::update(tx, id, None, changes)),
            ("/category_id".to_owned(), "unknown_category")
        );
        let many = new_recipe(tx, "Stew", &["salt"; 101]);
        assert_eq!(violation(recipes::create(tx, many)), ("/ingredients".to_owned(), "too_many"));
        let eggs = shared(tx, "eggs");
        assert_eq!(conflict(products::delete(tx, eggs)), "product_in_use");
    });
}

#[test]
fn a_deleted_recipe_is_gone_until_it_is_restored() {
    testing::check(|tx| {
        let id = recipe(tx, "Soup", None, &["salt"]);
        let stale = recipes::delete(tx, id, Some(7));
        assert!(matches!(stale, Err(RepositoryError::StaleVersion { current: 1 })));
        recipes::delete(tx, id, Some(1)).unwrap();
        assert!(is_absent(recipes::get(tx, id)) && is_absent(recipes::delete(tx, id, None)));
        assert!(is_absent(recipes::update(tx, id, None, RecipeChanges::default())));
        assert_eq!(titles(tx, &RecipeFilter::default()), [""; 0]);
        assert_eq!(names(&recipes::restore(tx, id).unwrap()), ["salt"]);
        assert!(recipes::restore(tx, id).is_ok() && is_absent(recipes::restore(tx, Id::generate())));
    });
}

/// The titles of all pages of a list, two at a time.
fn titles(tx: &mut Tx<'_>, filter: &RecipeFilter) -> Vec<String> {
    let (mut found, mut page) = (Vec::new(), PageRequest { limit: Limit::new(2).unwrap(), after: None });
    loop {
        let (next, statements) = count_statements(tx, |tx| recipes::list(tx, filter, page).unwrap());
        assert_eq!(statements, 1);
        found.extend(next.items.into_iter().map(|recipe| recipe.title.into_string()));
        page.after = next.next;
        if page.after.is_none() {
            return found;
        }
    }
}

#[test]
fn recipes_are_found_by_all_that_is_asked() {
    testing::check(|tx| {
        let soups = category(tx, "Soups", None).unwrap();
        let mut make = |title: &str, description: &str, labels: &str, minutes: i64, level: i64| {
            let new = NewRecipe {
                description: Some(Text::parse(description).unwrap()),
                category_id: (title != "Śledzie").then_some(soups),
                cooking_time: (minutes > 0).then(|| Whole::new(minutes).unwrap()),
                difficulty_level: (level > 0).then(|| Difficulty::new(level).unwrap()),
                tags: tags(labels),
                ..new_recipe(tx, title, &[])
            };
            recipes::create(tx, new).unwrap();
        };
        make("Żurek", "Kwaśna zupa z kiełbasą", "soup, polish", 60, 2);
        make("Rosół", "Zupa z kury", "Soup", 120, 1);
        make("Śledzie", "W śmietanie, how are you", "polish, fish", 0, 0);
        let all = RecipeFilter::default();
        assert_eq!(titles(tx, &all), ["Śledzie", "Rosół", "Żurek"], "newest first");
        let words =
            |text: &str| RecipeFilter { words: Some(SearchWords::parse(text).unwrap()), ..all.clone() };
        let minutes = |n| RecipeFilter { max_cooking_time: Some(Whole::new(n).unwrap()), ..all.clone() };
        for (filter, expected) in [
            (RecipeFilter { tags: tags("POLISH"), ..all.clone() }, vec!["Śledzie", "Żurek"]),
            (RecipeFilter { tags: tags("polish, soup"), ..all.clone() }, vec!["Żurek"]),
            (RecipeFilter { category_id: Some(soups), ..all.clone() }, vec!["Rosół", "Żurek"]),
            (minutes(60), vec!["Żurek"]),
            (minutes(120), vec!["Rosół", "Żurek"]),
            (RecipeFilter { difficulty: Some(Difficulty::new(1).unwrap()), ..all.clone() }, vec!["Rosół"]),
            (
                RecipeFilter { max_difficulty: Some(Difficulty::new(2).unwrap()), ..all.clone() },
                vec!["Rosół", "Żurek"],
            ),
            (words("ZUP"), vec!["Rosół", "Żurek"]),
            (words("zupa KIEŁB"), vec!["Żurek"]),
            (words("śled śmiet"), vec!["Śledzie"]),
            (words("how are you"), vec!["Śledzie"]),
            (words("upa"), vec![]),
            (RecipeFilter { tags: tags("polish"), ..words("zupa") }, vec!["Żurek"]),
        ] {
            assert_eq!(titles(tx, &filter), expected, "{filter:?}");
        }
        assert_eq!(recipes::list_from(tx, Offset { offset: 1, limit: Limit::default() }).unwrap().len(), 2);
    });
}

#[test]
fn a_changed_title_is_found_and_the_old_one_is_not() {
    testing::check(|tx| {
        let id = recipe(tx, "Żurek", None, &[]);
        let changes = RecipeChanges { title: Some(Text::parse("Barszcz").unwrap()), ..Default::default() };
        recipes::update(tx, id, None, changes).unwrap();
        let words = |text: &str| RecipeFilter {
            words: Some(SearchWords::parse(text).unwrap()),
            ..Default::default()
        };
        assert_eq!(titles(tx, &words("żurek")), [""; 0]);
        assert_eq!(titles(tx, &words("barszcz")), ["Barszcz"]);
    });
}

fn on(date: &str) -> SuggestionRequest {
    SuggestionRequest { on: Some(day(date)), ..Default::default() }
}

fn suggested(tx: &mut Tx<'_>, user: Id<User>, request: &SuggestionRequest) -> Vec<Suggestion> {
    let (found, statements) = count_statements(tx, |tx| suggestions::for_user(tx, user, request).unwrap());
    assert!(statements == 1 || found.is_empty(), "{statements} statements");
    found
}

fn shown(found: &[Suggestion]) -> Vec<String> {
    let one = |suggestion: &Suggestion| {
        let missing: Vec<_> = suggestion.missing.iter().map(|product| product.name.as_str()).collect();
        let expiry = suggestion.soonest_expiry.map_or("undated".to_owned(), |day| day.to_string());
        format!("{} {} {expiry} [{}]", suggestion.recipe.title, suggestion.share, missing.join(", "))
    };
    found.iter().map(one).collect()
}

#[test]
fn what_uses_most_of_the_pantry_and_expires_soonest_is_suggested_first() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        recipe(tx, "Fried eggs", None, &["eggs"]);
        recipe(tx, "Omelette", None, &["eggs", "milk"]);
        recipe(tx, "Pancakes", None, &["eggs", "flour", "milk"]);
        recipe(tx, "Shakshuka", None, &["eggs", "tomatoes", "onion"]);
        recipe(tx, "Soup", None, &["tomatoes"]);
        recipe(tx, "Nothing", None, &[]);
        for (name, expiry) in
            [("eggs", "2026-11-22"), ("milk", "2026-11-21"), ("flour", ""), ("tomatoes", "2026-11-19")]
        {
            add(tx, user, name, ["1", "", expiry]).unwrap();
        }
        let found = suggested(tx, user, &on("2026-11-20"));
        let expected = [
            "Omelette 1.0000 2026-11-21 []",
            "Pancakes 1.0000 2026-11-21 []",
            "Fried eggs 1.0000 2026-11-22 []",
            "Shakshuka 0.3333 2026-11-22 [onion, tomatoes]",
        ];
        assert_eq!(shown(&found), expected);
        assert_eq!((found[3].have, found[3].needed), (1, 3));
        let two = SuggestionRequest { limit: Some(Whole::new(2).unwrap()), ..on("2026-11-20") };
        assert_eq!(shown(&suggested(tx, user, &two)), expected[..2]);
        let earlier = suggested(tx, user, &on("2026-11-19"));
        assert_eq!(shown(&earlier)[0], "Soup 1.0000 2026-11-19 []", "it was good then");
        let late = suggested(tx, user, &on("2026-11-23"));
        assert_eq!(shown(&late), ["Pancakes 0.3333 undated [eggs, milk]"]);
        let nobody = suggestions::for_user(tx, Id::generate(), &on("2026-11-20"));
        assert!(matches!(nobody, Err(Error::Repository(RepositoryError::NotFound("user")))));
    });
}

#[test]
fn products_are_compared_by_name_and_what_is_used_up_is_not_there() {
    testing::check(|tx| {
        let (user, other) = (household(tx, "kowalscy"), household(tx, "tanaka"));
        recipe(tx, "Żurek", None, &["ŚMIETANA 200 g", "sól", "sól 1 szt", "zakwas"]);
        let own = product(tx, Some(user), "śmietana").unwrap();
        assert_ne!(own, shared(tx, "ŚMIETANA"));
        add(tx, user, "śmietana", ["1", "pack", ""]).unwrap();
        add(tx, user, "sól", ["", "", ""]).unwrap();
        add(tx, user, "zakwas", ["0", "", ""]).unwrap();
        add(tx, other, "zakwas", ["1", "", ""]).unwrap();
        let found = suggested(tx, user, &SuggestionRequest::default());
        assert_eq!(shown(&found), ["Żurek 0.6667 undated [zakwas]"], "amounts do not count");
        assert_eq!((found[0].have, found[0].needed), (2, 3), "a product counts once");
    });
}

#[test]
fn suggestions_go_by_title_at_last_and_leave_out_what_is_not_asked_for() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        add(tx, user, "rice", ["1", "kg", ""]).unwrap();
        for (title, minutes, labels) in
            [("b", 10, "quick"), ("A", 20, "quick"), ("ą", 30, "slow"), ("a", 5, "quick")]
        {
            let mut new = new_recipe(tx, title, &["rice"]);
            (new.cooking_time, new.tags) = (Some(Whole::new(minutes).unwrap()), tags(labels));
            recipes::create(tx, new).unwrap();
        }
        let titles = |found: Vec<Suggestion>| {
            found.into_iter().map(|s| s.recipe.title.into_string()).collect::<Vec<_>>()
        };
        assert_eq!(titles(suggested(tx, user, &SuggestionRequest::default())), ["A", "a", "b", "ą"]);
        let quick = SuggestionRequest {
            tags: tags("Quick"),
            max_cooking_time: Some(Whole::new(10).unwrap()),
            ..Default::default()
        };
        assert_eq!(titles(suggested(tx, user, &quick)), ["a", "b"]);
        let first = suggested(tx, user, &quick).remove(0).recipe.id;
        recipes::delete(tx, first, None).unwrap();
        assert_eq!(titles(suggested(tx, user, &quick)), ["b"]);
    });
}
