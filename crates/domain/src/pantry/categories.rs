//! Categories of products and recipes, which are within each other.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::{Id, Text};

/// A category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its id.
    pub id: Id<Category>,
    /// Unique within the parent.
    pub name: Text<100>,
    /// The category that contains it; none at the top.
    pub parent_id: Option<Id<Category>>,
    /// What belongs in it.
    pub description: Option<Text<2_000>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A category with those that are within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryTree {
    /// The category.
    pub category: Category,
    /// Those within it, by name.
    pub children: Vec<CategoryTree>,
}

/// Arranges all categories as trees, by name.
pub fn forest(categories: Vec<Category>) -> Vec<CategoryTree> {
    let mut by_parent: HashMap<Option<Id<Category>>, Vec<Category>> = HashMap::new();
    for category in categories {
        by_parent.entry(category.parent_id).or_default().push(category);
    }
    trees_within(None, &mut by_parent)
}

/// There are at most ten levels, and no cycles: the database sees to that.
fn trees_within(
    parent: Option<Id<Category>>,
    by_parent: &mut HashMap<Option<Id<Category>>, Vec<Category>>,
) -> Vec<CategoryTree> {
    let mut within = by_parent.remove(&parent).unwrap_or_default();
    within.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    let tree = |category: Category| {
        let children = trees_within(Some(category.id), by_parent);
        CategoryTree { category, children }
    };
    within.into_iter().map(tree).collect()
}

/// A category to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCategory {
    /// Unique within the parent.
    pub name: Text<100>,
    /// The category that contains it; none at the top.
    pub parent_id: Option<Id<Category>>,
    /// What belongs in it.
    pub description: Option<Text<2_000>>,
}

/// What to change of a category: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CategoryChanges {
    /// A new name.
    pub name: Option<Text<100>>,
    /// Another parent, or none.
    pub parent_id: Option<Option<Id<Category>>>,
    /// A new description, or none.
    pub description: Option<Option<Text<2_000>>>,
}

impl CategoryChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(name: &str, parent_id: Option<Id<Category>>) -> Category {
        let (created_at, updated_at) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        let name = Text::parse(name).unwrap();
        Category { id: Id::generate(), name, parent_id, description: None, created_at, updated_at }
    }

    fn outline(trees: &[CategoryTree]) -> String {
        let one = |tree: &CategoryTree| format!("{}({})", tree.category.name, outline(&tree.children));
        trees.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn categories_stand_within_their_parents_by_name() {
        let food = category("Food", None);
        let dairy = category("Dairy", Some(food.id));
        let all = vec![
            category("Other", None),
            category("Cheese", Some(dairy.id)),
            category("Bread", Some(food.id)),
            dairy,
            food,
        ];
        assert_eq!(outline(&forest(all)), "Food(Bread() Dairy(Cheese())) Other()");
        assert_eq!(forest(Vec::new()), []);
    }
}
