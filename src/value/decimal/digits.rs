//! Natural numbers as decimal digits, most significant first: long arithmetic as done on paper.

/// The digits of a number, most significant first; none for zero.
pub(super) fn digits_of(mut number: u128) -> Vec<u8> {
    let mut digits = Vec::with_capacity(40);
    while number != 0 {
        digits.push(u8::try_from(number % 10).unwrap_or_default());
        number /= 10;
    }
    digits.reverse();
    digits
}

/// At most 34 digits as a number.
pub(super) fn number_of(digits: &[u8]) -> u128 {
    digits.iter().fold(0, |number, &digit| number * 10 + u128::from(digit))
}

pub(super) fn is_less(left: &[u8], right: &[u8]) -> bool {
    let significant = |digits: &[u8]| digits.iter().skip_while(|&&digit| digit == 0).count();
    let (left_length, right_length) = (significant(left), significant(right));
    if left_length != right_length {
        return left_length < right_length;
    }
    left[left.len() - left_length..] < right[right.len() - right_length..]
}

pub(super) fn add_digits(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut sum = Vec::with_capacity(left.len().max(right.len()) + 1);
    let (mut left, mut right) = (left.iter().rev(), right.iter().rev());
    let mut carry = 0;
    loop {
        let (a, b) = (left.next(), right.next());
        if a.is_none() && b.is_none() {
            break;
        }
        let digit = a.copied().unwrap_or_default() + b.copied().unwrap_or_default() + carry;
        sum.push(digit % 10);
        carry = digit / 10;
    }
    sum.push(carry);
    sum.reverse();
    sum
}

/// `left - right`, for a `left` that is not less.
pub(super) fn subtract_digits(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut difference = Vec::with_capacity(left.len());
    let mut right = right.iter().rev();
    let mut borrow = 0;
    for &digit in left.iter().rev() {
        let taken = right.next().copied().unwrap_or_default() + borrow;
        borrow = u8::from(digit < taken);
        difference.push(digit + borrow * 10 - taken);
    }
    difference.reverse();
    difference
}

pub(super) fn multiply_digits(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut columns = vec![0_u32; left.len() + right.len()];
    for (at, &a) in left.iter().rev().enumerate() {
        for (other_at, &b) in right.iter().rev().enumerate() {
            columns[at + other_at] += u32::from(a) * u32::from(b);
        }
    }
    let mut carry = 0;
    let mut digits: Vec<u8> = Vec::with_capacity(columns.len());
    for column in columns {
        carry += column;
        digits.push(u8::try_from(carry % 10).unwrap_or_default());
        carry /= 10;
    }
    digits.reverse();
    digits
}
