//! Circles in which the nearest of many places are looked for.

use std::iter::successors;

/// Above it one reading of everything is as good as several of circles.
pub const NEAREST_WANTED_MAX: usize = 1_100;

/// A circle this wide, in metres, is no longer worth a reading of its own.
pub const SEARCH_RADIUS_MAX_M: f64 = 2_000_000.0;

/// The first circle, in metres, and how much wider the next ones are.
const FIRST_RADIUS_M: f64 = 1_000.0;
const RADIUS_GROWTH: f64 = 8.0;

/// The radii to try, each wider, for places between two distances: all below the greater one. What
/// is found within a radius is nearer than all that was not looked at.
pub fn search_radii_m(min_m: f64, max_m: f64) -> impl Iterator<Item = f64> {
    successors(Some(FIRST_RADIUS_M.max(min_m * 2.0)), |radius_m| Some(radius_m * RADIUS_GROWTH))
        .take_while(move |radius_m| *radius_m < max_m && *radius_m < SEARCH_RADIUS_MAX_M)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radii_grow_up_to_the_limit() {
        let radii = |min_m, max_m| search_radii_m(min_m, max_m).collect::<Vec<_>>();
        assert_eq!(radii(0.0, f64::INFINITY), [1_000.0, 8_000.0, 64_000.0, 512_000.0]);
        assert_eq!(radii(700.0, 20_000.0), [1_400.0, 11_200.0]);
        assert_eq!(radii(0.0, 1_000.0), [] as [f64; 0]);
        assert_eq!(radii(0.0, f64::NAN), [] as [f64; 0]);
        assert_eq!(radii(f64::INFINITY, f64::INFINITY), [] as [f64; 0]);
    }
}
