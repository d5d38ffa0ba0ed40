//! `$eq`, `$gt`, `$gte`, `$lt`, `$lte` and `$ne`.
//!
//! A range compares only values of one type class; null also covers missing and undefined.

use std::cmp::Ordering;

use crate::error::{Error, Result};
use crate::query::BAD_VALUE;
use crate::value::{
    Bson, Element, Kind, RawValue, compare_raw_to_bson, encode_value_into, kind_of, numeric_order,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A comparison with a constant.
#[derive(Debug)]
pub(super) struct Comparison {
    relation: Relation,
    operand: Bson,
    rank: u8,
    is_nan: bool,
    /// The operand's type and bytes, where equal values have equal bytes.
    exact: Option<(u8, Vec<u8>)>,
}

impl Relation {
    fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    fn includes_equal(self) -> bool {
        self.accepts(Ordering::Equal)
    }
}

impl Comparison {
    /// Fails for operands that MongoDB refuses; `field` is named in the text.
    pub(super) fn parse(relation: Relation, operand: &Bson, field: &str) -> Result<Self> {
        match operand {
            Bson::RegularExpression(_) if relation != Relation::Equal => Err(Error::mongo(
                BAD_VALUE,
                format!("Can't have RegEx as arg to predicate over field '{field}'."),
            )),
            Bson::Undefined => Err(Error::mongo(BAD_VALUE, "cannot compare to undefined")),
            _ => Ok(Self::new(relation, operand.clone())),
        }
    }

    fn new(relation: Relation, operand: Bson) -> Self {
        let kind = kind_of(&operand);
        let has_exact_bytes =
            matches!(kind, Kind::String | Kind::ObjectId | Kind::Boolean | Kind::DateTime);
        let exact = (has_exact_bytes && relation == Relation::Equal).then(|| {
            let mut bytes = Vec::new();
            encode_value_into(&mut bytes, &operand);
            (kind as u8, bytes)
        });
        let is_nan = is_nan(&operand);
        Self { relation, rank: kind.rank(), is_nan, exact, operand }
    }

    pub(super) fn relation(&self) -> Relation {
        self.relation
    }

    pub(super) fn operand(&self) -> &Bson {
        &self.operand
    }

    /// Tests a stored element, reading its value only where the type does not decide.
    pub(super) fn holds(&self, element: Element<'_>) -> bool {
        if let Some((kind, bytes)) = &self.exact
            && element.kind_byte() == *kind
        {
            return element.value_bytes() == bytes.as_slice();
        }
        // A string can never be in the class of another operand: spare checking its UTF-8.
        if element.kind_byte() == Kind::String as u8
            && self.rank != Kind::String.rank()
            && !self.is_extreme()
        {
            return false;
        }
        self.matches(Some(element.value()))
    }

    pub(super) fn matches(&self, value: Option<RawValue<'_>>) -> bool {
        // Missing counts as undefined.
        let rank = value.map_or(Kind::Undefined.rank(), |value| value.kind().rank());
        if rank != self.rank {
            if is_nothing(rank) && is_nothing(self.rank) {
                return self.relation.includes_equal();
            }
            // MongoDB lets every other type pass a range over MinKey or MaxKey.
            return self.is_extreme() && self.relation != Relation::Equal;
        }
        let Some(value) = value else { return self.relation.includes_equal() };
        if self.is_nan || is_raw_nan(value) {
            // NaN is equal to itself and stands in no other relation to any number.
            return self.is_nan && is_raw_nan(value) && self.relation.includes_equal();
        }
        self.relation.accepts(self.order(value))
    }

    fn order(&self, value: RawValue<'_>) -> Ordering {
        let fast = match self.operand {
            Bson::Int32(number) => numeric_order(value, RawValue::Int32(number)),
            Bson::Int64(number) => numeric_order(value, RawValue::Int64(number)),
            Bson::Double(number) => numeric_order(value, RawValue::Double(number)),
            _ => None,
        };
        fast.unwrap_or_else(|| compare_raw_to_bson(value, &self.operand))
    }

    fn is_extreme(&self) -> bool {
        matches!(self.operand, Bson::MinKey | Bson::MaxKey)
    }
}

/// Null and undefined are the same to comparisons.
fn is_nothing(rank: u8) -> bool {
    rank == Kind::Null.rank() || rank == Kind::Undefined.rank()
}

pub(super) fn is_nan(value: &Bson) -> bool {
    match value {
        Bson::Double(number) => number.is_nan(),
        Bson::Decimal128(number) => is_raw_nan(RawValue::Decimal128(number.bytes())),
        _ => false,
    }
}

fn is_raw_nan(value: RawValue<'_>) -> bool {
    match value {
        RawValue::Double(number) => number.is_nan(),
        // The five bits below the sign are all set in a decimal NaN.
        RawValue::Decimal128(bytes) => bytes[15] & 0x7C == 0x7C,
        _ => false,
    }
}
