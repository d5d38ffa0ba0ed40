//! Preferred number series that `$bucketAuto` rounds its boundaries to.

use crate::value::Bson;

/// A series of boundaries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Granularity {
    /// The numbers of one decade, ascending; the others are these times powers of ten.
    Decade(&'static [f64]),
    PowersOfTwo,
}

impl Granularity {
    pub fn named(name: &str) -> Option<Self> {
        Some(Self::Decade(match name {
            "R5" => R5,
            "R10" => R10,
            "R20" => R20,
            "R40" => R40,
            "R80" => R80,
            "1-2-5" => ONE_TWO_FIVE,
            "E6" => E6,
            "E12" => E12,
            "E24" => E24,
            "E48" => E48,
            "E96" => E96,
            "E192" => E192,
            "POWERSOF2" => return Some(Self::PowersOfTwo),
            _ => return None,
        }))
    }

    /// The smallest number of the series above `number`, which is not negative. 0 stays 0.
    pub fn above(self, number: f64) -> f64 {
        if number == 0.0 || !number.is_finite() {
            return number;
        }
        match self {
            Self::PowersOfTwo => {
                let exponent = number.log2().floor();
                // The logarithm of a power of two may come out a little low.
                [exponent, exponent + 1.0, exponent + 2.0]
                    .map(f64::exp2)
                    .into_iter()
                    .find(|power| *power > number)
                    .unwrap_or(f64::INFINITY)
            }
            Self::Decade(series) => {
                let mut scale = scale_of(series, number);
                for _ in 0..DECADES {
                    if let Some(found) = series.iter().find(|base| **base * scale > number) {
                        return found * scale;
                    }
                    scale *= 10.0;
                }
                number
            }
        }
    }

    /// The greatest number of the series below `number`, which is not negative. 0 stays 0.
    pub fn below(self, number: f64) -> f64 {
        if number == 0.0 || !number.is_finite() {
            return number;
        }
        match self {
            Self::PowersOfTwo => {
                let exponent = number.log2().ceil();
                [exponent, exponent - 1.0, exponent - 2.0]
                    .map(f64::exp2)
                    .into_iter()
                    .find(|power| *power < number)
                    .unwrap_or(0.0)
            }
            Self::Decade(series) => {
                let mut scale = scale_of(series, number);
                if (scale * 10.0).is_finite() {
                    scale *= 10.0;
                }
                for _ in 0..DECADES {
                    let mut bases = series.iter().rev();
                    if let Some(found) = bases.find(|base| **base * scale < number) {
                        return found * scale;
                    }
                    scale /= 10.0;
                }
                number
            }
        }
    }
}

/// Decades in which a neighbour is looked for. Only at the ends of the range of doubles is there
/// none; such a number stays as it is.
const DECADES: usize = 4;

/// A power of ten at which the series starts at or below `number`, reached step by step from one
/// so that boundaries are the same doubles as MongoDB's.
fn scale_of(series: &[f64], number: f64) -> f64 {
    let (Some(first), Some(last)) = (series.first(), series.last()) else { return 1.0 };
    let mut scale = 1.0;
    while number >= last * scale && scale.is_finite() {
        scale *= 10.0;
    }
    while number < first * scale && scale > 0.0 {
        // Between two decades the next one's first number is the boundary above.
        if number >= last * (scale / 10.0) {
            break;
        }
        scale /= 10.0;
    }
    if number < first * scale { scale / 10.0 } else { scale }
}

/// A rounded boundary as a value.
pub(crate) fn boundary(number: f64) -> Bson {
    Bson::Double(number)
}

const R5: &[f64] = &[10., 16., 25., 40., 63.];
const R10: &[f64] = &[100., 125., 160., 200., 250., 315., 400., 500., 630., 800.];
const R20: &[f64] = &[
    100., 112., 125., 140., 160., 180., 200., 224., 250., 280., 315., 355., 400., 450., 500., 560.,
    630., 710., 800., 900.,
];
const R40: &[f64] = &[
    100., 106., 112., 118., 125., 132., 140., 150., 160., 170., 180., 190., 200., 212., 224., 236.,
    250., 265., 280., 300., 315., 355., 375., 400., 425., 450., 475., 500., 530., 560., 600., 630.,
    670., 710., 750., 800., 850., 900., 950.,
];
const R80: &[f64] = &[
    103., 109., 115., 122., 128., 136., 145., 155., 165., 175., 185., 195., 206., 218., 230., 243.,
    258., 272., 290., 307., 325., 345., 365., 387., 412., 437., 462., 487., 515., 545., 575., 615.,
    650., 690., 730., 775., 825., 875., 925., 975.,
];
const ONE_TWO_FIVE: &[f64] = &[10., 20., 50.];
const E6: &[f64] = &[10., 15., 22., 33., 47., 68.];
const E12: &[f64] = &[10., 12., 15., 18., 22., 27., 33., 39., 47., 56., 68., 82.];
const E24: &[f64] = &[
    10., 11., 12., 13., 15., 16., 18., 20., 22., 24., 27., 30., 33., 36., 39., 43., 47., 51., 56.,
    62., 68., 75., 82., 91.,
];
const E48: &[f64] = &[
    100., 105., 110., 115., 121., 127., 133., 140., 147., 154., 162., 169., 178., 187., 196., 205.,
    215., 226., 237., 249., 261., 274., 287., 301., 316., 332., 348., 365., 383., 402., 422., 442.,
    464., 487., 511., 536., 562., 590., 619., 649., 681., 715., 750., 787., 825., 866., 909., 953.,
];
const E96: &[f64] = &[
    100., 102., 105., 107., 110., 113., 115., 118., 121., 124., 127., 130., 133., 137., 140., 143.,
    147., 150., 154., 158., 162., 165., 169., 174., 178., 182., 187., 191., 196., 200., 205., 210.,
    215., 221., 226., 232., 237., 243., 249., 255., 261., 267., 274., 280., 287., 294., 301., 309.,
    316., 324., 332., 340., 348., 357., 365., 374., 383., 392., 402., 412., 422., 432., 442., 453.,
    464., 475., 487., 499., 511., 523., 536., 549., 562., 576., 590., 604., 619., 634., 649., 665.,
    681., 698., 715., 732., 750., 768., 787., 806., 825., 845., 866., 887., 909., 931., 953., 976.,
];
const E192: &[f64] = &[
    100., 101., 102., 104., 105., 106., 107., 109., 110., 111., 113., 114., 115., 117., 118., 120.,
    121., 123., 124., 126., 127., 129., 130., 132., 133., 135., 137., 138., 140., 142., 143., 145.,
    147., 149., 150., 152., 154., 156., 158., 160., 162., 164., 165., 167., 169., 172., 174., 176.,
    178., 180., 182., 184., 187., 189., 191., 193., 196., 198., 200., 203., 205., 208., 210., 213.,
    215., 218., 221., 223., 226., 229., 232., 234., 237., 240., 243., 246., 249., 252., 255., 258.,
    261., 264., 267., 271., 274., 277., 280., 284., 287., 291., 294., 298., 301., 305., 309., 312.,
    316., 320., 324., 328., 332., 336., 340., 344., 348., 352., 357., 361., 365., 370., 374., 379.,
    383., 388., 392., 397., 402., 407., 412., 417., 422., 427., 432., 437., 442., 448., 453., 459.,
    464., 470., 475., 481., 487., 493., 499., 505., 511., 517., 523., 530., 536., 542., 549., 556.,
    562., 569., 576., 583., 590., 597., 604., 612., 619., 626., 634., 642., 649., 657., 665., 673.,
    681., 690., 698., 706., 715., 723., 732., 741., 750., 759., 768., 777., 787., 796., 806., 816.,
    825., 835., 845., 856., 866., 876., 887., 898., 909., 920., 931., 942., 953., 965., 976., 988.,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_neighbours_in_the_series() {
        let cases = [
            ("R5", 12.0, 10.0, 16.0),
            ("R5", 16.0, 10.0, 25.0),
            ("R5", 63.0, 40.0, 100.0),
            ("R5", 0.5, 0.4, 0.63),
            ("1-2-5", 10.0, 5.0, 20.0),
            ("1-2-5", 7.0, 5.0, 10.0),
            ("E6", 0.8, 0.68, 1.0),
            ("E192", 999.0, 988.0, 1000.0),
            ("R80", 1000.0, 975.0, 1030.0),
            ("POWERSOF2", 5.0, 4.0, 8.0),
            ("POWERSOF2", 8.0, 4.0, 16.0),
            ("POWERSOF2", 0.3, 0.25, 0.5),
            ("R10", 0.0, 0.0, 0.0),
            ("E24", 1e9, 9.1e8, 1.1e9),
        ];
        for (name, number, below, above) in cases {
            let series = Granularity::named(name).unwrap();
            let close = |left: f64, right: f64| (left - right).abs() <= right.abs() * 1e-12;
            assert!(
                close(series.below(number), below),
                "{name} {number}: {}",
                series.below(number)
            );
            assert!(
                close(series.above(number), above),
                "{name} {number}: {}",
                series.above(number)
            );
        }
        assert_eq!(Granularity::named("R7"), None);
    }

    #[test]
    fn every_series_ends_for_every_number() {
        let names = [
            "R5",
            "R10",
            "R20",
            "R40",
            "R80",
            "1-2-5",
            "E6",
            "E12",
            "E24",
            "E48",
            "E96",
            "E192",
            "POWERSOF2",
        ];
        for name in names {
            let series = Granularity::named(name).unwrap();
            for number in [f64::MIN_POSITIVE, 5e-324, 1e-300, 1.0, 1e300, f64::MAX, f64::INFINITY] {
                assert!(series.above(number) >= number, "{name} {number}");
                assert!(series.below(number) <= number, "{name} {number}");
            }
        }
    }
}
