//! `$cmp`, `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`: over the order of all values. Missing is
//! less than everything but `MinKey`, and differs from null.

#![allow(clippy::unnecessary_wraps, reason = "the signature of every operator")]

use std::cmp::Ordering;

use crate::aggregate::variables::Operand;
use crate::error::Result;
use crate::value::Bson;
use crate::value::compare;

/// The order of two values, either of which may be missing.
pub(crate) fn order(left: Option<&Bson>, right: Option<&Bson>) -> Ordering {
    // Missing stands where undefined does: after MinKey, before null.
    compare(left.unwrap_or(&Bson::Undefined), right.unwrap_or(&Bson::Undefined))
}

fn order_of(arguments: &[Operand<'_>]) -> Ordering {
    match arguments {
        [left, right] => order(left.as_deref(), right.as_deref()),
        _ => Ordering::Equal,
    }
}

pub(super) fn cmp(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    Ok(Some(Bson::Int32(order_of(arguments) as i32)))
}

pub(super) fn eq(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    Ok(Some(Bson::Boolean(order_of(arguments).is_eq())))
}

pub(super) fn ne(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    Ok(Some(Bson::Boolean(order_of(arguments).is_ne())))
}

pub(super) fn gt(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    Ok(Some(Bson::Boolean(order_of(arguments).is_gt())))
}

pub(super) fn gte(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    Ok(Some(Bson::Boolean(order_of(arguments).is_ge())))
}

pub(super) fn lt(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    Ok(Some(Bson::Boolean(order_of(arguments).is_lt())))
}

pub(super) fn lte(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    Ok(Some(Bson::Boolean(order_of(arguments).is_le())))
}
