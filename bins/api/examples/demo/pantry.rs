//! A household that has been shopping: a receipt fills its pantry, and the pantry says what to cook and what to buy.

use anyhow::Context as _;
use chrono::NaiveDate;
use serde_json::json;

use crate::toolkit::{Database, Server, chapter, id, list, say, shown, table, text};

const QUERIES: &[&str] = &[
    "SELECT left(encode(username, 'hex'), 30) AS username, left(encode(email, 'hex'), 30) AS email
    FROM users ORDER BY created_at DESC LIMIT 2",
    "SELECT role, left(encode(content, 'hex'), 30) AS content, words[1:2] AS words
    FROM messages ORDER BY created_at DESC, id DESC LIMIT 2",
    "SELECT store_name, total_amount, purchase_date FROM receipts ORDER BY created_at DESC LIMIT 2",
];

const EMAIL: &str = "Zofia@Zielinski.example";
const RECIPE: &str = "Sunday pancakes";

/// Zofia calls with her token for her own rows, the assistant with its API key.
pub(crate) fn play(assistant: &Server, database: Option<&Database>) -> anyhow::Result<()> {
    let catalogue = Catalogue::find(assistant)?;
    let (zofia, home) = move_in(assistant)?;
    let receipt = read_a_receipt(assistant, &zofia, &home, &catalogue)?;
    correct_the_total(&zofia, &receipt)?;
    fill_the_pantry(&zofia, &receipt)?;
    let today = look_what_expires(&zofia, &home)?;
    drink_some_milk(&zofia, &home)?;
    let recipe = choose_a_recipe(assistant, &zofia, &home, &catalogue)?;
    plan_a_dinner(&zofia, &home, &catalogue, &recipe, today)?;
    write_a_shopping_list(&zofia, &home, today)?;
    look_at_the_spending(&zofia, &home, today)?;
    database.map_or(Ok(()), |database| database.show("pantry", QUERIES))?;
    move_out(assistant, &zofia, &home)
}

/// Products that all households share. The recipe stays in the catalogue, as they do.
struct Catalogue {
    milk: String,
    eggs: String,
    flour: String,
    butter: String,
    coffee: String,
}

impl Catalogue {
    fn find(assistant: &Server) -> anyhow::Result<Self> {
        let product = |name: &str, days: u16| {
            let new = json!({"name": name, "storage_info": {"shelf_life_days": days}});
            let made = assistant.send("POST", "/v1/pantry/products", Some(&new))?;
            if made.status == 409 {
                text(&made.body, "/existing_id").map(str::to_owned)
            } else {
                id(&made.body)
            }
        };
        Ok(Self {
            milk: product("Milk", 7)?,
            eggs: product("Eggs", 28)?,
            flour: product("Flour", 365)?,
            butter: product("Butter", 60)?,
            coffee: product("Coffee", 365)?,
        })
    }
}

fn move_in(assistant: &Server) -> anyhow::Result<(Server, String)> {
    let known = assistant.send("POST", "/v1/pantry/users/lookup", Some(&json!({"email": EMAIL})))?;
    if known.status == 200 {
        chapter("An earlier run did not come to its end: Zofia's rows are erased first.");
        assistant.call("DELETE", &format!("/v1/pantry/users/{}?erase=true", id(&known.body)?), None)?;
    }
    chapter("Zofia's household gets an account, and a token that reaches its own rows alone.");
    let new = json!({"username": "zofia", "email": EMAIL, "preferences": {"timezone": "Europe/Warsaw"}});
    let user = id(&assistant.call("POST", "/v1/pantry/users", Some(&new))?)?;
    let tokens = assistant.call("POST", &format!("/v1/pantry/users/{user}/tokens"), Some(&json!({})))?;
    say("Her name and her address are stored sealed, and found by keyed hashes.");
    Ok((assistant.with_token(text(&tokens, "/access_token")?), user))
}

fn read_a_receipt(
    assistant: &Server,
    zofia: &Server,
    home: &str,
    catalogue: &Catalogue,
) -> anyhow::Result<String> {
    chapter(
        "She sends the picture of a receipt. What is said to the assistant is sealed too, and yet searched.",
    );
    let session = json!({"user_id": home, "session_id": "default"});
    let conversation = id(&zofia.call("PUT", "/v1/pantry/conversations/by-session", Some(&session))?)?;
    let said = json!({"role": "user", "content": "Zakupy z Biedronki: mleko, jajka i kajzerki."});
    zofia.call("POST", &format!("/v1/pantry/conversations/{conversation}/messages"), Some(&said))?;

    chapter(
        "The assistant reads it. Amounts are sent as they are printed; it misread the total by a few grosze.",
    );
    let today = zofia.call("GET", &format!("/v1/pantry/users/{home}/pantry-items/statistics"), None)?;
    let receipt = json!({
        "user_id": home, "conversation_id": conversation, "store_name": "Biedronka", "total_amount": "21,80",
        "purchase_date": text(&today, "/on")?, "ocr_confidence": 0.91, "items": [
            {"product_name": "MLEKO 3,2% 1L", "product_id": catalogue.milk, "quantity": "2", "unit": "l", "unit_price": "3,99"},
            {"product_name": "JAJA L 10SZT", "product_id": catalogue.eggs, "quantity": "10", "unit": "szt", "total_price": "12,90"},
            {"product_name": "Kajzerka", "quantity": "4", "unit": "szt", "unit_price": "0,55"},
            {"product_name": "RABAT", "total_price": "2,00-"},
        ],
    });
    let receipt = assistant.call("POST", "/v1/pantry/receipts", Some(&receipt))?;
    table(&receipt, "/items", &["/product_name", "/quantity", "/unit", "/total_price"])?;
    println!("    total {}", text(&receipt, "/total_amount")?);
    table(&receipt, "/metadata/warnings", &["/code", "/difference"])?;
    id(&receipt)
}

fn correct_the_total(zofia: &Server, receipt: &str) -> anyhow::Result<()> {
    chapter("She corrects the total, and the warning is gone.");
    let path = format!("/v1/pantry/receipts/{receipt}");
    let receipt = zofia.call("PATCH", &path, Some(&json!({"total_amount": "21,08"})))?;
    println!("    total {}, metadata {}", text(&receipt, "/total_amount")?, shown(&receipt, "/metadata"));
    Ok(())
}

fn fill_the_pantry(zofia: &Server, receipt: &str) -> anyhow::Result<()> {
    chapter(
        "What she bought comes into the pantry, once: rolls become a product of hers, the discount stays out.",
    );
    let path = format!("/v1/pantry/receipts/{receipt}/to-pantry");
    for _ in 0..2 {
        let came = zofia.call("POST", &path, Some(&json!({})))?;
        let [already, added, made, skipped] =
            ["/already", "/added", "/products_created", "/skipped"].map(|field| shown(&came, field));
        println!("    already: {already}, added: {added}, new products: {made}, skipped: {skipped}");
    }
    Ok(())
}

fn look_what_expires(zofia: &Server, home: &str) -> anyhow::Result<NaiveDate> {
    chapter("What expires within a week? The milk keeps for seven days, as the catalogue says.");
    let expiring = zofia.call("GET", &format!("/v1/pantry/users/{home}/pantry-items/expiring"), None)?;
    table(&expiring, "/data", &["/product_name", "/quantity", "/unit", "/days_until_expiry"])?;
    let statistics = zofia.call("GET", &format!("/v1/pantry/users/{home}/pantry-items/statistics"), None)?;
    let today = text(&statistics, "/on")?;
    println!(
        "    of {} things, {} expire soon",
        shown(&statistics, "/total_items"),
        shown(&statistics, "/expiring_soon")
    );
    today.parse().context("the day is none")
}

fn drink_some_milk(zofia: &Server, home: &str) -> anyhow::Result<()> {
    chapter("Half a litre of milk is drunk at breakfast.");
    let at_home = zofia.call("GET", &format!("/v1/pantry/users/{home}/pantry-items"), None)?;
    let milk = list(&at_home, "/data")?.iter().find(|item| item["product_name"] == "Milk");
    let path = format!("/v1/pantry/pantry-items/{}/consume", id(milk.context("there is no milk")?)?);
    let left = zofia.call("POST", &path, Some(&json!({"quantity": "0,5"})))?;
    println!("    {} {} are left", text(&left, "/quantity")?, text(&left, "/unit")?);
    Ok(())
}

fn choose_a_recipe(
    assistant: &Server,
    zofia: &Server,
    home: &str,
    catalogue: &Catalogue,
) -> anyhow::Result<String> {
    chapter(
        "What can she cook? Recipes for which most is at home come first, then those whose food expires soonest.",
    );
    let known = assistant.call("GET", "/v1/pantry/recipes?words=sunday+pancakes", None)?;
    let recipe = match list(&known, "/data")?.first() {
        Some(recipe) => id(recipe)?,
        None => {
            let new = json!({
                "title": RECIPE, "servings": 4, "cooking_time": 30, "difficulty_level": 1, "tags": ["sweet"],
                "ingredients": [
                    {"product_id": catalogue.eggs, "quantity": 3, "unit": "szt"},
                    {"product_id": catalogue.milk, "quantity": 500, "unit": "ml"},
                    {"product_id": catalogue.flour, "quantity": 250, "unit": "g"},
                    {"product_id": catalogue.butter, "quantity": 50, "unit": "g"},
                ],
            });
            id(&assistant.call("POST", "/v1/pantry/recipes", Some(&new))?)?
        }
    };
    let path = format!("/v1/pantry/users/{home}/recipe-suggestions?limit=5");
    let suggested = zofia.call("GET", &path, None)?;
    table(&suggested, "/data", &["/recipe/title", "/share", "/soonest_expiry"])?;
    Ok(recipe)
}

fn plan_a_dinner(
    zofia: &Server,
    home: &str,
    catalogue: &Catalogue,
    recipe: &str,
    today: NaiveDate,
) -> anyhow::Result<()> {
    chapter("Tomorrow there will be pancakes for six, though the recipe is for four, and coffee.");
    let tomorrow = today.succ_opt().context("there is no tomorrow")?;
    let plan = json!({
        "user_id": home, "plan_date": tomorrow, "meal_type": "dinner", "recipe_id": recipe, "servings": 6,
        "items": [{"product_id": catalogue.coffee, "quantity": 1, "unit": "pack"}],
    });
    zofia.call("POST", "/v1/pantry/meal-plans", Some(&plan))?;
    Ok(())
}

fn write_a_shopping_list(zofia: &Server, home: &str, today: NaiveDate) -> anyhow::Result<()> {
    chapter("What is missing for the plans of the week? Litres and millilitres count together.");
    let last = today.checked_add_days(chrono::Days::new(6)).context("there is no next week")?;
    let path = format!("/v1/pantry/users/{home}/shopping-list?start_date={today}&end_date={last}");
    let missing = zofia.call("GET", &path, None)?;
    table(&missing, "/data", &["/name", "/to_buy", "/unit"])
}

fn look_at_the_spending(zofia: &Server, home: &str, today: NaiveDate) -> anyhow::Result<()> {
    chapter("What did she spend this month, and where?");
    let first = format!("{}01", today.to_string().trim_end_matches(|digit: char| digit.is_ascii_digit()));
    let path = format!("/v1/pantry/users/{home}/spending?start_date={first}&end_date={today}&by=store");
    let spending = zofia.call("GET", &path, None)?;
    println!("    {} in {} receipts", text(&spending, "/total_spent")?, shown(&spending, "/receipt_count"));
    table(&spending, "/groups", &["/name", "/total_spent", "/receipt_count"])
}

fn move_out(assistant: &Server, zofia: &Server, home: &str) -> anyhow::Result<()> {
    chapter("Months later she finds what she wrote, in whatever case she asks.");
    let path = format!("/v1/pantry/users/{home}/messages/lookup");
    let found = zofia.call("POST", &path, Some(&json!({"words": "MLEKO kajzerki"})))?;
    table(&found, "/data", &["/role", "/content"])?;

    chapter("And she has everything erased. What is printed is how many rows of each table went.");
    let erased = assistant.call("DELETE", &format!("/v1/pantry/users/{home}?erase=true"), None)?;
    println!("    {erased}");
    Ok(())
}
