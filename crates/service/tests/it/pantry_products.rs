//! Categories and products: the catalogue, and what households name themselves.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use domain::pantry::{Category, CategoryChanges, CategoryTree, ProductChanges, ProductFilter};
use domain::{Folded, Id, Limit, PageRequest, Text};
use repository::testing::{TestDatabase, count_statements};
use repository::{Actor, Error as RepositoryError, Tx, testing};
use strongroom_service::pantry::{categories, pantry_items, products};
use strongroom_service::{Error, Result};

use crate::fixtures::{conflict, violation};
use crate::pantry_world::{
    add, category, household, is_absent, new_product, product, product_name, refusal, taken_by,
};

fn move_to(tx: &mut Tx<'_>, id: Id<Category>, parent: Option<Id<Category>>) -> Result<Category> {
    categories::update(tx, id, CategoryChanges { parent_id: Some(parent), ..CategoryChanges::default() })
}

fn outline(trees: &[CategoryTree]) -> String {
    let one = |tree: &CategoryTree| format!("{}({})", tree.category.name, outline(&tree.children));
    trees.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_category_that_goes_hands_those_within_it_to_its_parent() {
    testing::check(|tx| {
        let food = category(tx, "Food", None).unwrap();
        let dairy = category(tx, "Dairy", Some(food)).unwrap();
        category(tx, "Cheese", Some(dairy)).unwrap();
        let mut milk = new_product(None, "Milk");
        milk.category_id = Some(dairy);
        let milk = products::create(tx, milk).unwrap();
        assert_eq!(outline(&categories::tree(tx).unwrap()), "Food(Dairy(Cheese()))");
        categories::delete(tx, dairy).unwrap();
        assert_eq!(outline(&categories::tree(tx).unwrap()), "Food(Cheese())");
        assert_eq!(products::get(tx, milk.id).unwrap().category_id, None);
        categories::delete(tx, food).unwrap();
        assert_eq!(outline(&categories::tree(tx).unwrap()), "Cheese()");
        assert!(is_absent(categories::delete(tx, food)));
    });
}

#[test]
fn a_name_is_unique_within_its_parent_also_when_it_is_handed_over() {
    testing::check(|tx| {
        let food = category(tx, "Food", None).unwrap();
        let dairy = category(tx, "Dairy", Some(food)).unwrap();
        let cheese = category(tx, "Cheese", Some(food)).unwrap();
        let within = category(tx, "Cheese", Some(dairy)).unwrap();
        assert_eq!(taken_by(category(tx, "Food", None).map(drop)), food.uuid());
        assert_eq!(taken_by(categories::delete(tx, dairy)), cheese.uuid());
        assert_eq!(taken_by(move_to(tx, within, Some(food)).map(drop)), cheese.uuid());
        // One may be called as the one that goes.
        let name = Some(Text::parse("Dairy").unwrap());
        categories::update(tx, within, CategoryChanges { name, ..CategoryChanges::default() }).unwrap();
        categories::delete(tx, dairy).unwrap();
        assert_eq!(outline(&categories::tree(tx).unwrap()), "Food(Cheese() Dairy())");
    });
}

/// Runs what the database is to refuse, which ends the transaction that it runs in.
fn refused(work: impl Fn(&mut Tx<'_>) -> Result<()>) -> (String, &'static str) {
    let test = TestDatabase::new();
    violation(test.database().write("test", &Actor::system(), |tx| work(tx)))
}

#[test]
fn no_category_is_within_itself_or_below_the_tenth_level() {
    let cycle = |tx: &mut Tx<'_>, levels: usize| {
        let food = category(tx, "Food", None)?;
        let deepest = (1..levels).try_fold(food, |parent, _| category(tx, "Within", Some(parent)))?;
        move_to(tx, food, Some(deepest)).map(drop)
    };
    for levels in [1, 3, 10] {
        assert_eq!(refused(|tx| cycle(tx, levels)), ("/parent_id".to_owned(), "cycle"), "{levels}");
    }
    let chain = |tx: &mut Tx<'_>, name: &str, levels: usize| {
        let top = category(tx, name, None)?;
        let deepest = (1..levels).try_fold(top, |parent, _| category(tx, "Within", Some(parent)))?;
        Ok::<_, Error>((top, deepest))
    };
    let eleventh = |tx: &mut Tx<'_>| {
        let (_, deepest) = chain(tx, "Food", 10)?;
        category(tx, "Eleventh", Some(deepest)).map(drop)
    };
    assert_eq!(refused(eleventh), ("/parent_id".to_owned(), "too_deep"));
    let joined = |tx: &mut Tx<'_>| {
        let ((_, deepest), (top, _)) = (chain(tx, "Food", 6)?, chain(tx, "Drinks", 5)?);
        move_to(tx, top, Some(deepest)).map(drop)
    };
    assert_eq!(refused(joined), ("/parent_id".to_owned(), "too_deep"));
    testing::check(|tx| {
        let ((_, deepest), (top, _)) = (chain(tx, "Food", 5).unwrap(), chain(tx, "Drinks", 5).unwrap());
        move_to(tx, top, Some(deepest)).unwrap();
        let unknown = category(tx, "Lost", Some(Id::generate()));
        assert_eq!(violation(unknown), ("/parent_id".to_owned(), "unknown_category"));
    });
}

#[test]
fn a_change_of_the_categories_waits_for_another_to_end() {
    let test = TestDatabase::new();
    let database = test.database();
    let impatient = test.database_with(|options| options.lock_timeout = Duration::from_millis(50));
    let [a, b, c] = ["a", "b", "c"].map(|name| {
        database.write::<_, Error>("test", &Actor::system(), |tx| category(tx, name, None)).unwrap()
    });
    let (moved, refused) = database
        .write::<_, Error>("test", &Actor::system(), |tx| {
            let moved = move_to(tx, a, Some(b))?;
            // Another row, which nothing but the forest has in common with the first.
            let other = impatient.write("test", &Actor::system(), |tx| move_to(tx, c, Some(b)));
            Ok((moved, refusal(other)))
        })
        .unwrap();
    assert_eq!(moved.parent_id, Some(b));
    assert!(matches!(refused, RepositoryError::Locked), "{refused:?}");
    impatient.write("test", &Actor::system(), |tx| move_to(tx, c, Some(b))).unwrap();
}

#[test]
fn of_two_opposite_moves_at_once_one_fails() {
    let test = TestDatabase::new();
    let database = test.database();
    for round in 0..20 {
        let [a, b] = ["a", "b"].map(|name| {
            let name = format!("{name} {round}");
            database.write::<_, Error>("test", &Actor::system(), |tx| category(tx, &name, None)).unwrap()
        });
        let start = Barrier::new(2);
        let outcomes: Vec<Result<Category>> = thread::scope(|scope| {
            let moves = [(a, b), (b, a)].map(|(id, parent)| {
                let (database, start) = (&database, &start);
                scope.spawn(move || {
                    start.wait();
                    database.write("test", &Actor::system(), |tx| move_to(tx, id, Some(parent)))
                })
            });
            moves.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let (done, failed): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), failed.len()), (1, 1), "{done:?} {failed:?}");
        assert_eq!(violation(failed.into_iter().next().unwrap()).1, "cycle");
    }
}

#[test]
fn a_name_in_other_letters_is_the_same_product() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let cream = product(tx, Some(user), "Śmietana 18%").unwrap();
        let again = product(tx, Some(user), "ŚMIETANA  18%");
        assert_eq!(taken_by(again), cream.uuid());
        // The catalogue and other households have names of their own.
        let shared = product(tx, None, "śmietana 18%").unwrap();
        let other = household(tx, "tanaka");
        let names = ["ŚMIETANA 18%", "Z\u{307}urek"].map(product_name);
        let ids = |found: Vec<Option<domain::pantry::Product>>| {
            found.into_iter().map(|product| product.map(|product| product.id)).collect::<Vec<_>>()
        };
        assert_eq!(ids(products::lookup(tx, Some(user), &names).unwrap()), [Some(cream), None]);
        assert_eq!(ids(products::lookup(tx, Some(other), &names).unwrap()), [Some(shared), None]);
        assert_eq!(ids(products::lookup(tx, None, &names).unwrap()), [Some(shared), None]);
        let soup = product(tx, Some(user), "Żurek").unwrap();
        assert_eq!(ids(products::lookup(tx, Some(user), &names).unwrap()), [Some(cream), Some(soup)]);
    });
}

#[test]
fn products_are_listed_by_name_with_those_of_the_user() {
    testing::check(|tx| {
        let (user, other) = (household(tx, "kowalscy"), household(tx, "tanaka"));
        let dairy = category(tx, "Dairy", None).unwrap();
        for name in ["Milk", "Masło", "bread"] {
            product(tx, None, name).unwrap();
        }
        for name in ["mleko łaciate", "Mleko kozie", "Milk"] {
            let mut new = new_product(Some(user), name);
            new.category_id = Some(dairy);
            products::create(tx, new).unwrap();
        }
        product(tx, Some(other), "Miso").unwrap();
        let names = |tx: &mut Tx<'_>, filter: &ProductFilter| {
            let mut request = PageRequest { limit: Limit::new(2).unwrap(), after: None };
            let mut names = Vec::new();
            loop {
                let page = products::list(tx, filter, &request).unwrap();
                names.extend(page.items.into_iter().map(|product| product.name.as_str().to_owned()));
                match page.next {
                    Some(next) => request.after = Some(next),
                    None => return names.join(", "),
                }
            }
        };
        let of_user = ProductFilter { user_id: Some(user), ..ProductFilter::default() };
        assert_eq!(names(tx, &of_user), "bread, Masło, Milk, Milk, Mleko kozie, mleko łaciate");
        assert_eq!(names(tx, &ProductFilter::default()), "bread, Masło, Milk");
        let prefix = |text| ProductFilter { prefix: Some(Folded::of(text)), ..of_user.clone() };
        assert_eq!(names(tx, &prefix("MLEKO")), "Mleko kozie, mleko łaciate");
        assert_eq!(names(tx, &prefix("mi")), "Milk, Milk");
        assert_eq!(names(tx, &prefix("x")), "");
        let of_category = ProductFilter { category_id: Some(dairy), ..of_user.clone() };
        assert_eq!(names(tx, &of_category), "Milk, Mleko kozie, mleko łaciate");
        let both = ProductFilter { category_id: Some(dairy), ..prefix("mleko k") };
        assert_eq!(names(tx, &both), "Mleko kozie");
        let request = PageRequest { limit: Limit::default(), after: None };
        assert_eq!(count_statements(tx, |tx| products::list(tx, &of_user, &request).unwrap()).1, 1);
    });
}

#[test]
fn a_product_is_changed_and_keeps_what_is_not_named() {
    testing::check(|tx| {
        let dairy = category(tx, "Dairy", None).unwrap();
        let milk = product(tx, None, "Milk").unwrap();
        let butter = product(tx, None, "Butter").unwrap();
        let changes = ProductChanges { category_id: Some(Some(dairy)), ..ProductChanges::default() };
        let changed = products::update(tx, milk, changes).unwrap();
        assert_eq!((changed.name.as_str(), changed.category_id), ("Milk", Some(dairy)));
        let name =
            |name: &str| ProductChanges { name: Some(product_name(name)), ..ProductChanges::default() };
        let taken = products::update(tx, milk, name("BUTTER"));
        assert_eq!(taken_by(taken), butter.uuid());
        assert_eq!(products::update(tx, milk, name("MILK")).unwrap().name.as_str(), "MILK");
        let lost = ProductChanges { category_id: Some(Some(Id::generate())), ..ProductChanges::default() };
        assert_eq!(
            violation(products::update(tx, milk, lost)),
            ("/category_id".to_owned(), "unknown_category")
        );
        let nobody = products::create(tx, new_product(Some(Id::generate()), "Milk"));
        assert_eq!(violation(nobody), ("/user_id".to_owned(), "unknown_user"));
    });
}

#[test]
fn a_product_in_use_stays() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let (item, _) = add(tx, user, "Milk", ["1", "l", ""]).unwrap();
        assert_eq!(conflict(products::delete(tx, item.product_id)), "product_in_use");
        pantry_items::delete(tx, item.id).unwrap();
        products::delete(tx, item.product_id).unwrap();
        assert!(products::delete(tx, item.product_id).is_err());
    });
}

#[test]
fn a_token_reads_the_catalogue_and_writes_its_own_products_alone() {
    let test = TestDatabase::new();
    let database = test.database();
    let (asha, shared, of_bina) = database
        .write::<_, Error>("test", &Actor::system(), |tx| {
            let (asha, bina) = (household(tx, "asha"), household(tx, "bina"));
            Ok((asha, product(tx, None, "Milk")?, product(tx, Some(bina), "Natto")?))
        })
        .unwrap();
    let as_asha = Actor::end_user("pantry", asha.uuid());
    let attempt = |work: &dyn Fn(&mut Tx<'_>) -> Result<()>| database.write("test", &as_asha, |tx| work(tx));
    let rename = |id| {
        move |tx: &mut Tx<'_>| {
            let name = Some(product_name("Mine"));
            products::update(tx, id, ProductChanges { name, ..ProductChanges::default() }).map(drop)
        }
    };
    assert!(attempt(&|tx| Ok(products::get(tx, shared).map(drop)?)).is_ok());
    assert!(is_absent(attempt(&|tx| Ok(products::get(tx, of_bina).map(drop)?))));
    assert!(is_absent(attempt(&rename(of_bina))));
    let is_refused = |outcome: Result<()>| matches!(outcome, Err(Error::NotAllowed(_)));
    assert!(is_refused(attempt(&rename(shared))));
    assert!(is_refused(attempt(&|tx| products::delete(tx, shared))));
    assert!(is_refused(attempt(&|tx| product(tx, None, "Mine").map(drop))));
    assert!(attempt(&|tx| product(tx, Some(asha), "Mine").map(drop)).is_ok());
    assert!(attempt(&|tx| add(tx, asha, "Milk", ["1", "l", ""]).map(drop)).is_ok());
    let found = database
        .write("test", &as_asha, |tx| products::lookup(tx, Some(asha), &["Natto", "milk"].map(product_name)));
    let found: Vec<_> = found.unwrap().into_iter().map(|product| product.map(|product| product.id)).collect();
    assert_eq!(found, [None, Some(shared)]);
}
