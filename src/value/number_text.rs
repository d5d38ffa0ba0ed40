//! Numbers as C and C++ print them, which texts of MongoDB show.

/// C's `%.<digits>g`.
pub fn general_number_text(number: f64, digits: usize) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let scientific = format!("{number:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let without_zeros = |text: &str| {
        let cut = if text.contains('.') { text.trim_end_matches('0') } else { text };
        cut.trim_end_matches('.').to_owned()
    };
    let precision = i32::try_from(digits).unwrap_or(i32::MAX);
    if exponent < -4 || exponent >= precision {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs());
    }
    let places = usize::try_from(precision - 1 - exponent).unwrap_or_default();
    without_zeros(&format!("{number:.places$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_mongodb_prints_them() {
        for (number, text) in [
            (f64::MAX, "1.79769e+308"),
            (1000.0, "1000"),
            (0.5, "0.5"),
            (123_456.7, "123457"),
            (1_234_567.0, "1.23457e+06"),
            (0.0, "0"),
            (0.000_012, "1.2e-05"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(general_number_text(number, 6), text);
        }
        assert_eq!(general_number_text(0.1 + 0.2, 16), "0.3");
        assert_eq!(general_number_text(1.0 / 3.0, 16), "0.3333333333333333");
    }
}
