// @generated automatically by Diesel CLI.

pub mod pantry {
    pub mod sql_types {
        #[derive(diesel::sql_types::SqlType)]
        #[diesel(postgres_type(name = "tsvector", schema = "pg_catalog"))]
        pub struct Tsvector;
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Categories of products and recipes
        pantry.categories (id) {
            /// Primary key
            id -> Uuid,
            /// Name, unique within the parent
            #[max_length = 100]
            name -> Varchar,
            /// The category that contains this one; null at the top
            parent_id -> Nullable<Uuid>,
            /// What belongs in it
            description -> Nullable<Text>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Conversations with the assistant
        pantry.conversations (id) {
            /// Primary key
            id -> Uuid,
            /// Whose conversation this is
            user_id -> Uuid,
            /// What the agent calls it, unique among the user's living conversations
            #[max_length = 100]
            session_id -> Varchar,
            /// Title
            #[max_length = 255]
            title -> Nullable<Varchar>,
            /// Whatever the agent keeps with it, as an object
            metadata -> Jsonb,
            /// Raised by every change: the ETag
            row_version -> Int8,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
            /// When the row was deleted; it can be restored until it is purged
            deleted_at -> Nullable<Timestamptz>,
            /// Names the deletion that took this row along: restoring brings back just those
            deletion_id -> Nullable<Uuid>,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// What comes with planned meals
        pantry.meal_plan_items (id) {
            /// Primary key
            id -> Uuid,
            /// The meal
            meal_plan_id -> Uuid,
            /// A recipe; null where it is a product
            recipe_id -> Nullable<Uuid>,
            /// A product; null where it is a recipe
            product_id -> Nullable<Uuid>,
            /// How much of a product, or how many times a recipe; null: some, or once
            quantity -> Nullable<Numeric>,
            /// What the quantity of a product counts, folded; null: pieces
            #[max_length = 50]
            unit -> Nullable<Varchar>,
            /// Where it stands in the meal, counted from zero
            position -> Int4,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Meals that households plan
        pantry.meal_plans (id) {
            /// Primary key
            id -> Uuid,
            /// Whose meal this is
            user_id -> Uuid,
            /// The day
            plan_date -> Date,
            /// breakfast, lunch, dinner or snack
            #[max_length = 20]
            meal_type -> Nullable<Varchar>,
            /// What is cooked
            recipe_id -> Nullable<Uuid>,
            /// For how many people; null: as many as the recipe is for
            servings -> Nullable<Int4>,
            /// Anything else
            notes -> Nullable<Text>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Messages of conversations
        pantry.messages (id) {
            /// Primary key
            id -> Uuid,
            /// The conversation
            conversation_id -> Uuid,
            /// Who wrote it: user or assistant
            #[max_length = 20]
            role -> Varchar,
            /// The text; sealed
            content -> Sealed,
            /// Word index of the text: of each different word a keyed digest, of 64 bits, of the user and the word
            words -> Array<Nullable<Int8>>,
            /// The agent that answered
            #[max_length = 50]
            agent_used -> Nullable<Varchar>,
            /// How sure that agent was, from 0 to 1
            confidence -> Nullable<Float8>,
            /// Whatever the agent keeps with it, as an object
            metadata -> Jsonb,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// What households have at home
        pantry.pantry_items (id) {
            /// Primary key
            id -> Uuid,
            /// Whose it is
            user_id -> Uuid,
            /// What it is
            product_id -> Uuid,
            /// How much there is; null: some, not measured
            quantity -> Nullable<Numeric>,
            /// What the quantity counts, folded; null: pieces
            #[max_length = 50]
            unit -> Nullable<Varchar>,
            /// The last day on which it is good; null: unknown
            expiry_date -> Nullable<Date>,
            /// When the first of it was added
            added_date -> Timestamptz,
            /// Free text of the household
            notes -> Nullable<Text>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Products of the catalogue and of households
        pantry.products (id) {
            /// Primary key
            id -> Uuid,
            /// Whose product this is; null: it is in the catalogue, for everybody
            user_id -> Nullable<Uuid>,
            /// Name as it is written
            #[max_length = 255]
            name -> Varchar,
            /// Name as it is compared: folded
            name_key -> Text,
            /// Its category
            category_id -> Nullable<Uuid>,
            /// What is known of its nutrients, as an object
            nutritional_info -> Jsonb,
            /// How it keeps, as an object; shelf_life_days makes the expiry of what was bought
            storage_info -> Jsonb,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Lines of receipts, in the order of their ids
        pantry.receipt_items (id) {
            /// Primary key
            id -> Uuid,
            /// The receipt
            receipt_id -> Uuid,
            /// The product it stands for, where that is known
            product_id -> Nullable<Uuid>,
            /// A category of its own, in place of its product's
            category_id -> Nullable<Uuid>,
            /// What it is, as the receipt writes it
            #[max_length = 255]
            product_name -> Varchar,
            /// How much was bought
            quantity -> Numeric,
            /// What the quantity counts, folded; null: pieces
            #[max_length = 50]
            unit -> Nullable<Varchar>,
            /// What one of them costs
            unit_price -> Nullable<Numeric>,
            /// What all of it costs; below zero it is a discount or a return
            total_price -> Nullable<Numeric>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Receipts of what households bought
        pantry.receipts (id) {
            /// Primary key
            id -> Uuid,
            /// Whose receipt this is
            user_id -> Uuid,
            /// The conversation in which it was sent
            conversation_id -> Nullable<Uuid>,
            /// The shop, as the receipt writes it
            #[max_length = 255]
            store_name -> Nullable<Varchar>,
            /// The shop as it is compared: folded
            store_key -> Nullable<Text>,
            /// What was paid; below zero where something was returned
            total_amount -> Nullable<Numeric>,
            /// The day on which it was bought
            purchase_date -> Nullable<Date>,
            /// When the receipt came in
            receipt_date -> Timestamptz,
            /// Where its picture is; never opened
            #[max_length = 500]
            image_path -> Nullable<Varchar>,
            /// How sure the reading of the picture is, from 0 to 1
            ocr_confidence -> Nullable<Float8>,
            /// Whatever the agent keeps with it, as an object; its key warnings is ours
            metadata -> Jsonb,
            /// When its items were put into the pantry, which happens once
            stocked_at -> Nullable<Timestamptz>,
            /// Raised by every change: the ETag
            row_version -> Int8,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
            /// When the row was deleted; it can be restored until it is purged
            deleted_at -> Nullable<Timestamptz>,
            /// Names the deletion that took this row along: restoring brings back just those
            deletion_id -> Nullable<Uuid>,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Ingredients of recipes, in the order of their ids
        pantry.recipe_ingredients (id) {
            /// Primary key
            id -> Uuid,
            /// The recipe
            recipe_id -> Uuid,
            /// The product, one of the catalogue
            product_id -> Uuid,
            /// How much the recipe takes of it; null: some
            quantity -> Nullable<Numeric>,
            /// What the quantity counts, folded; null: pieces
            #[max_length = 50]
            unit -> Nullable<Varchar>,
            /// Anything else: how it is cut, what replaces it
            notes -> Nullable<Text>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;
        use super::sql_types::Tsvector;

        /// Recipes
        pantry.recipes (id) {
            /// Primary key
            id -> Uuid,
            /// What it is called
            #[max_length = 255]
            title -> Varchar,
            /// What it is
            description -> Nullable<Text>,
            /// How it is cooked
            instructions -> Nullable<Text>,
            /// Its category
            category_id -> Nullable<Uuid>,
            /// How long it cooks, in minutes
            cooking_time -> Nullable<Int4>,
            /// For how many people it is
            servings -> Nullable<Int4>,
            /// How hard it is to cook, from 1 to 5
            difficulty_level -> Nullable<Int4>,
            /// What it is found by, folded
            tags -> Array<Nullable<Text>>,
            /// Words of title and description, folded by the application
            search -> Tsvector,
            /// How many different products its ingredients are; kept by the application, because counting them for thousands of recipes takes too long
            product_count -> Int4,
            /// Raised by every change: the ETag
            row_version -> Int8,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
            /// When the row was deleted; it can be restored until it is purged
            deleted_at -> Nullable<Timestamptz>,
            /// Names the deletion that took this row along: restoring brings back just those
            deletion_id -> Nullable<Uuid>,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Households
        pantry.users (id) {
            /// Primary key
            id -> Uuid,
            /// Name of the account; sealed
            username -> Sealed,
            /// Blind index of username
            username_bidx -> Bytea,
            /// E-mail address; sealed
            email -> Sealed,
            /// Blind index of email
            email_bidx -> Bytea,
            /// Settings of the assistant as an object; timezone decides which day it is
            preferences -> Jsonb,
            /// Raised by every change: the ETag
            row_version -> Int8,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
            /// When the row was deleted; it can be restored until it is purged
            deleted_at -> Nullable<Timestamptz>,
            /// Names the deletion that took this row along: restoring brings back just those
            deletion_id -> Nullable<Uuid>,
        }
    }

    diesel::joinable!(conversations -> users (user_id));
    diesel::joinable!(meal_plan_items -> meal_plans (meal_plan_id));
    diesel::joinable!(meal_plan_items -> products (product_id));
    diesel::joinable!(meal_plan_items -> recipes (recipe_id));
    diesel::joinable!(meal_plans -> recipes (recipe_id));
    diesel::joinable!(meal_plans -> users (user_id));
    diesel::joinable!(messages -> conversations (conversation_id));
    diesel::joinable!(pantry_items -> products (product_id));
    diesel::joinable!(pantry_items -> users (user_id));
    diesel::joinable!(products -> categories (category_id));
    diesel::joinable!(products -> users (user_id));
    diesel::joinable!(receipt_items -> categories (category_id));
    diesel::joinable!(receipt_items -> products (product_id));
    diesel::joinable!(receipt_items -> receipts (receipt_id));
    diesel::joinable!(receipts -> users (user_id));
    diesel::joinable!(recipe_ingredients -> products (product_id));
    diesel::joinable!(recipe_ingredients -> recipes (recipe_id));
    diesel::joinable!(recipes -> categories (category_id));

    diesel::allow_tables_to_appear_in_same_query!(
        categories,
        conversations,
        meal_plan_items,
        meal_plans,
        messages,
        pantry_items,
        products,
        receipt_items,
        receipts,
        recipe_ingredients,
        recipes,
        users,
    );
}
