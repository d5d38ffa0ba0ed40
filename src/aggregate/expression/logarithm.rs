//! `$ln`, `$log10`, `$log`.

use crate::aggregate::expression::number::Number;
use crate::aggregate::expression::number::only_number;
use crate::aggregate::expression::number::through_f64;
use crate::aggregate::expression::operand::double_text;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn ln(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let Some(number) = only_number("$ln", arguments)? else { return Ok(Some(Bson::Null)) };
    check_positive("$ln", 28766, number)?;
    Ok(Some(through_f64(number, f64::ln)))
}

pub(super) fn log10(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let Some(number) = only_number("$log10", arguments)? else { return Ok(Some(Bson::Null)) };
    check_positive("$log10", 28761, number)?;
    Ok(Some(through_f64(number, f64::log10)))
}

#[allow(clippy::float_cmp, reason = "only exactly 1 is no base")]
pub(super) fn log(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [argument, base] = arguments else { return Ok(None) };
    if is_nullish(argument) || is_nullish(base) {
        return Ok(Some(Bson::Null));
    }
    let number = |value: &Operand<'_>, code, what: &str| {
        value.as_deref().and_then(Number::of).ok_or_else(|| {
            Error::mongo(code, format!("$log's {what} must be numeric, not {}", type_name(value)))
        })
    };
    let argument = number(argument, 28756, "argument")?;
    let base = number(base, 28757, "base")?;
    check_positive("$log", 28758, argument)?;
    let base_double = base.to_f64();
    if base_double <= 0.0 || base_double == 1.0 {
        return Err(Error::mongo(
            28759,
            format!(
                "$log's base must be a positive number not equal to 1, but is {}",
                double_text(base_double)
            ),
        ));
    }
    let widest = if matches!(base, Number::Decimal(_)) { base } else { argument };
    Ok(Some(through_f64(widest, |_| argument.to_f64().ln() / base_double.ln())))
}

fn check_positive(name: &str, code: i32, number: Number) -> Result<()> {
    let double = number.to_f64();
    if double <= 0.0 {
        let double = double_text(double);
        let text = format!("{name}'s argument must be a positive number, but is {double}");
        return Err(Error::mongo(code, text));
    }
    Ok(())
}
