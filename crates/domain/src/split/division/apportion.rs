//! The method of largest remainders.

use std::cmp::Reverse;

use bigdecimal::num_bigint::BigUint;

/// Divides `whole` in proportion to `weights`: everybody gets the exact quotient rounded down, and the units
/// that are left go, one each, to the largest remainders, ties in the order given. The result adds up to
/// `whole`, which must not be below zero. When all weights are zero, all count the same.
///
/// The weights are unbounded, because exact thirds, fourths and sevenths of items need a common denominator.
pub(super) fn apportion(whole: i128, weights: &[BigUint]) -> Vec<i128> {
    let sum: BigUint = weights.iter().sum();
    if sum == BigUint::ZERO {
        let equal = vec![BigUint::from(1_u8); weights.len()];
        return if equal.is_empty() { Vec::new() } else { apportion(whole, &equal) };
    }
    let (mut parts, remainders): (Vec<i128>, Vec<BigUint>) =
        weights.iter().map(|weight| quotient(weight * whole.unsigned_abs(), &sum)).unzip();
    let left = whole - parts.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&n| Reverse(remainders.get(n)));
    for n in order.into_iter().zip(0..left).map(|(n, _)| n) {
        if let Some(part) = parts.get_mut(n) {
            *part += 1;
        }
    }
    parts
}

/// Quotient and remainder. A weight is at most the sum of all, so the quotient is at most the whole.
fn quotient(product: BigUint, sum: &BigUint) -> (i128, BigUint) {
    let quotient = &product / sum;
    let remainder = product - &quotient * sum;
    (i128::try_from(quotient).unwrap_or(i128::MAX), remainder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(whole: i128, weights: &[u32]) -> Vec<i128> {
        apportion(whole, &weights.iter().map(|&weight| weight.into()).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_left_goes_to_the_largest_remainders() {
        assert_eq!(parts(10_000, &[1, 1, 1]), [3_334, 3_333, 3_333]);
        assert_eq!(parts(1_000, &[1; 7]), [143, 143, 143, 143, 143, 143, 142]);
        assert_eq!(parts(10, &[1, 2, 3]), [2, 3, 5], "remainders 4/6, 2/6 and 0");
        assert_eq!(parts(100, &[0, 1, 0]), [0, 100, 0]);
    }

    #[test]
    fn without_weights_all_count_the_same() {
        assert_eq!(parts(5, &[0, 0]), [3, 2]);
        assert_eq!(parts(5, &[]), Vec::<i128>::new());
        assert_eq!(parts(0, &[1, 2]), [0, 0]);
    }
}
