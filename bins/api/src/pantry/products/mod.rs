//! `pantry.products`: the catalogue, and what households named themselves.

mod bodies;

use repository::Conn;
use repository::domain::pantry::Product;
use service::pantry::products;

use super::{PantryRead, PantryWrite};
use crate::http::error::responses::{MayBeInUse, TakesProductName};
use crate::http::{
    ApiResult, Caller, Change, Json, List, Made, NoContent, Paging, PathId, Query, Routes, Shown, add_routes,
};

use bodies::{CreateProduct, FoundProducts, ListProducts, LookupProducts, ProductBody, UpdateProduct};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "pantry products": create_product, list_products, lookup_products, get_product, update_product,
        delete_product
    );
}

/// Makes a product, of a household or of the catalogue.
///
/// The catalogue takes an API key: what stands in it, every household sees.
#[utoipa::path(post, path = "/v1/pantry/products", responses(TakesProductName))]
async fn create_product(
    change: Change<PantryWrite>,
    Json(body): Json<CreateProduct>,
) -> ApiResult<Made<ProductBody>> {
    let new = body.read()?;
    change.write("pantry.create_product", move |tx| products::create(tx, new.clone())).await
}

/// Lists products by name: those of the catalogue, and of a household where one is named.
#[utoipa::path(get, path = "/v1/pantry/products")]
async fn list_products(
    caller: Caller<PantryRead>,
    Query(query): Query<ListProducts>,
    paging: Paging,
) -> ApiResult<List<ProductBody>> {
    let filter = query.read()?;
    let list = move |conn: &mut Conn<'_>, page| products::list(conn, &filter, &page);
    caller.list("pantry.list_products", "", &paging, list).await
}

/// Finds products by their names: of the household, else of the catalogue.
#[utoipa::path(post, path = "/v1/pantry/products/lookup")]
async fn lookup_products(
    caller: Caller<PantryRead>,
    Json(body): Json<LookupProducts>,
) -> ApiResult<Shown<FoundProducts>> {
    let (user, names) = body.read()?;
    caller.read("pantry.lookup_products", move |conn| products::lookup(conn, user, &names)).await
}

/// Shows a product.
#[utoipa::path(get, path = "/v1/pantry/products/{id}")]
async fn get_product(
    caller: Caller<PantryRead>,
    PathId(id): PathId<Product>,
) -> ApiResult<Shown<ProductBody>> {
    caller.read("pantry.get_product", move |conn| products::get(conn, id)).await
}

/// Changes a product. One of the catalogue takes an API key.
#[utoipa::path(patch, path = "/v1/pantry/products/{id}", responses(TakesProductName))]
async fn update_product(
    change: Change<PantryWrite>,
    PathId(id): PathId<Product>,
    Json(body): Json<UpdateProduct>,
) -> ApiResult<Shown<ProductBody>> {
    let changes = body.read()?;
    change.write("pantry.update_product", move |tx| products::update(tx, id, changes.clone())).await
}

/// Deletes a product for good. One of the catalogue takes an API key.
#[utoipa::path(delete, path = "/v1/pantry/products/{id}", responses(MayBeInUse))]
async fn delete_product(change: Change<PantryWrite>, PathId(id): PathId<Product>) -> ApiResult<NoContent> {
    change.write("pantry.delete_product", move |tx| products::delete(tx, id)).await
}
