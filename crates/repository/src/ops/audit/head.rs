//! The end of the chain, in a form to be noted down.

use codec::Signer;

use crate::platform::audit_seals::SealRow;
use crate::{Error, Result};

/// A seal and its digest: what to note down outside the database, to know later that the chain still has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Place in the chain.
    pub number: i64,
    digest: [u8; Signer::TAG],
}

impl Head {
    pub(super) fn of(seal: &SealRow) -> Option<Self> {
        Some(Self { number: seal.number, digest: seal.digest.as_slice().try_into().ok()? })
    }
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:", self.number)?;
        self.digest.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for Head {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::NotReady("a head is what `audit verify` shows: number:digest".to_owned());
        let (number, digest) = text.split_once(':').ok_or_else(wrong)?;
        let number = number.parse().ok().filter(|number| *number > 0).ok_or_else(wrong)?;
        let digest = u128::from_str_radix(digest, 16).ok().filter(|_| digest.len() == 2 * Signer::TAG);
        Ok(Self { number, digest: digest.ok_or_else(wrong)?.to_be_bytes() })
    }
}

#[cfg(test)]
mod tests {
    use super::Head;

    #[test]
    fn a_head_is_read_as_it_is_written() {
        let text = "17:000102030405060708090a0b0c0d0eff";
        assert_eq!(text.parse::<Head>().unwrap().to_string(), text);
        for wrong in [
            "",
            "17",
            "17:",
            "0:000102030405060708090a0b0c0d0eff",
            "17:0001",
            "x:000102030405060708090a0b0c0d0eff",
        ] {
            assert!(wrong.parse::<Head>().is_err(), "{wrong}");
        }
    }
}
