//! What can stand against a use case of this system.

crate::error::conflicts! {
    /// Something refers to the product.
    PRODUCT_IN_USE = "product_in_use", "The product is in use";
    /// Less is there than should be taken.
    NOT_ENOUGH = "not_enough", "There is not enough";
    /// Nobody measured how much there is.
    QUANTITY_UNKNOWN = "quantity_unknown", "The quantity is not known";
}
