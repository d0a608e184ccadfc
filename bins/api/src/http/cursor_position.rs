//! Where a page of a list ended, as its cursor holds it.

use chrono::{DateTime, NaiveDate};
use repository::OwnPosition;
use repository::domain::{Day, DayPosition, NamePosition, Position};
use uuid::Uuid;

/// The last row of a page: what its list sorts by, and the row.
pub(crate) trait CursorPosition: Sized {
    /// Its bytes.
    fn to_bytes(&self) -> Vec<u8>;

    /// The position that these are the bytes of.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

/// The time in microseconds, and the row.
impl CursorPosition for Position {
    fn to_bytes(&self) -> Vec<u8> {
        [self.at.timestamp_micros().to_be_bytes().as_slice(), self.id.as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, id) = bytes.split_first_chunk()?;
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(*at))?;
        Some(Self { at, id: Uuid::from_slice(id).ok()? })
    }
}

/// The day, in days from the epoch and in no bytes where there is none, and the row.
impl CursorPosition for DayPosition {
    fn to_bytes(&self) -> Vec<u8> {
        let day = self.day.map(|day| day.date().to_epoch_days().to_be_bytes());
        [self.id.as_bytes().as_slice(), day.as_ref().map_or(&[], |day| day.as_slice())].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, day) = bytes.split_first_chunk()?;
        let day = match day {
            [] => None,
            day => {
                let days = i32::from_be_bytes(day.try_into().ok()?);
                Some(Day::from_trusted(NaiveDate::from_epoch_days(days)?))
            }
        };
        Some(Self { day, id: Uuid::from_bytes(*id) })
    }
}

/// The day, of which there is one row.
impl CursorPosition for Day {
    fn to_bytes(&self) -> Vec<u8> {
        self.date().to_epoch_days().to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let days = i32::from_be_bytes(bytes.try_into().ok()?);
        NaiveDate::from_epoch_days(days).map(Self::from_trusted)
    }
}

/// The row and the name.
impl CursorPosition for NamePosition {
    fn to_bytes(&self) -> Vec<u8> {
        [self.id.as_bytes().as_slice(), self.name.as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, name) = bytes.split_first_chunk()?;
        Some(Self { name: String::from_utf8(name.to_vec()).ok()?, id: Uuid::from_bytes(*id) })
    }
}

/// The number of the table, and the row.
impl CursorPosition for OwnPosition {
    fn to_bytes(&self) -> Vec<u8> {
        [self.table.to_be_bytes().as_slice(), self.id.as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (table, id) = bytes.split_first_chunk()?;
        Some(Self { table: i32::from_be_bytes(*table), id: Uuid::from_slice(id).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_come_back_and_other_bytes_are_none() {
        let id = Uuid::from_u128(7);
        for day in [None, Some("1970-01-01"), Some("2026-11-20"), Some("2200-12-31")] {
            let position = DayPosition { day: day.map(|day| Day::parse(day).unwrap()), id };
            assert_eq!(DayPosition::from_bytes(&position.to_bytes()), Some(position));
        }
        let day = Day::parse("2026-11-20").unwrap();
        assert_eq!((Day::from_bytes(&day.to_bytes()), Day::from_bytes(&[0; 5])), (Some(day), None));
        for name in ["", "mleko łaciate"] {
            let position = NamePosition { name: name.to_owned(), id };
            assert_eq!(NamePosition::from_bytes(&position.to_bytes()), Some(position));
        }
        let own = OwnPosition { table: 3, id };
        assert_eq!(OwnPosition::from_bytes(&own.to_bytes()), Some(own));
        for bytes in [&[0; 15][..], &[0; 18], &[0xff; 17], &[0; 29]] {
            assert_eq!(DayPosition::from_bytes(bytes), None, "{bytes:?}");
        }
        assert_eq!(NamePosition::from_bytes(&[0xff; 17]), None);
    }
}
