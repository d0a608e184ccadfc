-- Recipes, which every household reads.

CREATE TABLE pantry.recipes (
    id               UUID NOT NULL DEFAULT gen_random_uuid(),
    title            VARCHAR(255) NOT NULL,
    description      TEXT,
    instructions     TEXT,
    category_id      UUID,
    cooking_time     INTEGER,
    servings         INTEGER,
    difficulty_level INTEGER,
    tags             TEXT[] NOT NULL DEFAULT '{}',
    search           TSVECTOR NOT NULL DEFAULT '',
    product_count    INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT recipes_pkey PRIMARY KEY (id),
    CONSTRAINT recipes_category_fkey FOREIGN KEY (category_id) REFERENCES pantry.categories (id) ON DELETE SET NULL,
    CONSTRAINT recipes_description_length CHECK (length(description) <= 2000),
    CONSTRAINT recipes_instructions_length CHECK (length(instructions) <= 20000),
    CONSTRAINT recipes_cooking_time_range CHECK (cooking_time BETWEEN 1 AND 10080),
    CONSTRAINT recipes_servings_range CHECK (servings BETWEEN 1 AND 1000),
    CONSTRAINT recipes_difficulty_level_range CHECK (difficulty_level BETWEEN 1 AND 5),
    CONSTRAINT recipes_product_count_not_negative CHECK (product_count >= 0),
    CONSTRAINT recipes_tags_complete CHECK (array_position(tags, NULL) IS NULL)
);
COMMENT ON TABLE pantry.recipes IS 'Recipes';
COMMENT ON COLUMN pantry.recipes.title IS 'What it is called';
COMMENT ON COLUMN pantry.recipes.description IS 'What it is';
COMMENT ON COLUMN pantry.recipes.instructions IS 'How it is cooked';
COMMENT ON COLUMN pantry.recipes.category_id IS 'Its category';
COMMENT ON COLUMN pantry.recipes.cooking_time IS 'How long it cooks, in minutes';
COMMENT ON COLUMN pantry.recipes.servings IS 'For how many people it is';
COMMENT ON COLUMN pantry.recipes.difficulty_level IS 'How hard it is to cook, from 1 to 5';
COMMENT ON COLUMN pantry.recipes.tags IS 'What it is found by, folded';
COMMENT ON COLUMN pantry.recipes.search IS 'Words of title and description, folded by the application';
COMMENT ON COLUMN pantry.recipes.product_count IS 'How many different products its ingredients are; kept by the application, because counting them for thousands of recipes takes too long';
SELECT platform.make_table('pantry.recipes', versioned => true, soft_delete => true);
SELECT platform.secure_catalogue('pantry.recipes');
CREATE INDEX recipes_created_at ON pantry.recipes (created_at, id);
CREATE INDEX recipes_category ON pantry.recipes (category_id);
CREATE INDEX recipes_tags ON pantry.recipes USING gin (tags);
CREATE INDEX recipes_search ON pantry.recipes USING gin (search);
