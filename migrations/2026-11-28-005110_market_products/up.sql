-- Second-hand goods that a bot sells on Wallapop. All callers are programs, so strongroom_user has no right here.

CREATE SCHEMA market;
COMMENT ON SCHEMA market IS 'Second-hand goods';
GRANT USAGE ON SCHEMA market TO strongroom_app, strongroom_reader;

CREATE TABLE market.products (
    id              UUID NOT NULL DEFAULT gen_random_uuid(),
    wallapop_id     VARCHAR(50) NOT NULL,
    title           VARCHAR(200) NOT NULL,
    description     TEXT,
    price           NUMERIC(10, 2) NOT NULL,
    currency        VARCHAR(3) NOT NULL DEFAULT 'EUR',
    status          VARCHAR(20) NOT NULL DEFAULT 'available',
    category        VARCHAR(100),
    location        VARCHAR(100),
    condition       VARCHAR(50),
    views_count     INTEGER NOT NULL DEFAULT 0,
    favorites_count INTEGER NOT NULL DEFAULT 0,
    listed_at       TIMESTAMPTZ,
    sold_at         TIMESTAMPTZ,
    CONSTRAINT products_pkey PRIMARY KEY (id),
    CONSTRAINT products_description_length CHECK (char_length(description) <= 2000),
    CONSTRAINT products_price_not_negative CHECK (price >= 0 AND price < 'Infinity'),
    CONSTRAINT products_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT products_status_known CHECK (status IN ('available', 'reserved', 'sold', 'inactive')),
    CONSTRAINT products_condition_known CHECK (condition IN ('new', 'like_new', 'good', 'fair')),
    CONSTRAINT products_views_not_negative CHECK (views_count >= 0),
    CONSTRAINT products_favorites_not_negative CHECK (favorites_count >= 0),
    CONSTRAINT products_sold_at_while_sold CHECK ((sold_at IS NOT NULL) = (status = 'sold'))
);
COMMENT ON TABLE market.products IS 'Goods for sale';
COMMENT ON COLUMN market.products.wallapop_id IS 'The marketplace''s id of the listing';
COMMENT ON COLUMN market.products.title IS 'What it is';
COMMENT ON COLUMN market.products.description IS 'What is said about it';
COMMENT ON COLUMN market.products.price IS 'Asking price, in its currency';
COMMENT ON COLUMN market.products.currency IS 'Code of ISO 4217';
COMMENT ON COLUMN market.products.status IS 'available, reserved, sold (final) or inactive';
COMMENT ON COLUMN market.products.category IS 'The marketplace''s category';
COMMENT ON COLUMN market.products.location IS 'Where it can be had';
COMMENT ON COLUMN market.products.condition IS 'new, like_new, good or fair';
COMMENT ON COLUMN market.products.views_count IS 'How often it was looked at';
COMMENT ON COLUMN market.products.favorites_count IS 'How many keep it as a favourite';
COMMENT ON COLUMN market.products.listed_at IS 'Since when it is for sale';
COMMENT ON COLUMN market.products.sold_at IS 'When it was sold';
SELECT platform.make_table('market.products', versioned => true, soft_delete => true, enums => '{currency,status,condition}');
SELECT platform.secure_programs('market.products');
CREATE UNIQUE INDEX products_wallapop_id_unique ON market.products (wallapop_id) WHERE deleted_at IS NULL;
CREATE INDEX products_created_at ON market.products (created_at, id);
CREATE INDEX idx_product_status_created ON market.products (status, created_at, id);
CREATE INDEX products_category_created_at ON market.products (category, created_at, id);
CREATE INDEX products_price ON market.products (price);
