//! Days, weeks and years of the proleptic Gregorian calendar.

pub(crate) const MS_PER_DAY: i64 = 86_400_000;

/// A point in time taken apart, without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(crate) millisecond: i64,
}

/// A year of weeks: 1 Monday to 7 Sunday, week 1 has the year's first Thursday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IsoDate {
    pub(crate) year: i64,
    pub(crate) week: i64,
    pub(crate) day: i64,
}

impl Civil {
    pub(crate) fn of_ms(ms: i64) -> Self {
        let (days, rest) = (ms.div_euclid(MS_PER_DAY), ms.rem_euclid(MS_PER_DAY));
        let (year, month, day) = date_of_days(days);
        Self {
            year,
            month,
            day,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            millisecond: rest % 1000,
        }
    }

    /// Milliseconds since the epoch. Parts beyond their range carry over; `None` when too large.
    pub(crate) fn to_ms(self) -> Option<i64> {
        let months = i128::from(self.month) - 1;
        let year = i128::from(self.year) + months.div_euclid(12);
        let month = i64::try_from(months.rem_euclid(12) + 1).ok()?;
        // Ten times the years that milliseconds reach: what is beyond cannot be carried back by
        // any sensible day, and days stay far from overflowing.
        let year = i64::try_from(year).ok().filter(|year| year.abs() < 3_000_000_000)?;
        let days = i128::from(days_of_date(year, month, 1)) + i128::from(self.day) - 1;
        let mut total = days * 24 + i128::from(self.hour);
        total = total * 60 + i128::from(self.minute);
        total = total * 60 + i128::from(self.second);
        i64::try_from(total * 1000 + i128::from(self.millisecond)).ok()
    }

    fn days(self) -> i64 {
        days_of_date(self.year, self.month, self.day)
    }

    /// 1 to 366.
    pub(crate) fn day_of_year(self) -> i64 {
        self.days() - days_of_date(self.year, 1, 1) + 1
    }

    /// 1 Sunday to 7 Saturday.
    pub(crate) fn day_of_week(self) -> i64 {
        // The epoch was a Thursday.
        (self.days() + 4).rem_euclid(7) + 1
    }

    /// 1 Monday to 7 Sunday.
    pub(crate) fn iso_day_of_week(self) -> i64 {
        (self.days() + 3).rem_euclid(7) + 1
    }

    /// Weeks start on Sunday; days before the year's first Sunday are in week 0.
    pub(crate) fn week(self) -> i64 {
        (self.day_of_year() - self.day_of_week() + 7) / 7
    }

    pub(crate) fn iso(self) -> IsoDate {
        let day = self.iso_day_of_week();
        // The Thursday of the same week decides the year.
        let thursday = self.days() - day + 4;
        let (year, _, _) = date_of_days(thursday);
        IsoDate { year, week: (thursday - days_of_date(year, 1, 1)) / 7 + 1, day }
    }
}

impl IsoDate {
    /// Days since the epoch. Weeks and days beyond their range carry over; `None` when too large.
    pub(crate) fn to_days(self) -> Option<i64> {
        if self.year.abs() >= 3_000_000_000 {
            return None;
        }
        let january_4 = days_of_date(self.year, 1, 4);
        let monday = january_4 - (january_4 + 3).rem_euclid(7);
        let weeks = self.week.checked_sub(1)?.checked_mul(7)?;
        monday.checked_add(weeks)?.checked_add(self.day)?.checked_sub(1)
    }
}

/// Whether the calendar has this day.
pub(crate) fn is_date(year: i64, month: i64, day: i64) -> bool {
    if !(1..=12).contains(&month) || day < 1 {
        return false;
    }
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    day <= days_of_date(next_year, next_month, 1) - days_of_date(year, month, 1)
}

// Both conversions count years from March, so that the leap day is the last of its year, and in
// cycles of 400 years, which have a fixed number of days.
const DAYS_PER_CYCLE: i64 = 146_097;
const DAYS_TO_EPOCH: i64 = 719_468;

/// Days since the epoch of a date that exists.
pub(crate) fn days_of_date(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (cycle, year_of_cycle) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    cycle * DAYS_PER_CYCLE + day_of_cycle - DAYS_TO_EPOCH
}

/// Year, month and day of a number of days since the epoch.
pub(crate) fn date_of_days(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_EPOCH;
    let (cycle, day_of_cycle) = (days.div_euclid(DAYS_PER_CYCLE), days.rem_euclid(DAYS_PER_CYCLE));
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_cycle + cycle * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse_over_thousands_of_years() {
        for days in (-2_000_000..2_000_000).step_by(13) {
            let (year, month, day) = date_of_days(days);
            assert!(is_date(year, month, day), "{days}: {year}-{month}-{day}");
            assert_eq!(days_of_date(year, month, day), days);
        }
        assert_eq!(date_of_days(0), (1970, 1, 1));
        assert_eq!(date_of_days(11_016), (2000, 2, 29));
        assert!(!is_date(1900, 2, 29) && !is_date(2019, 4, 31) && !is_date(2019, 13, 1));
    }

    #[test]
    fn weeks_are_counted_from_sunday_and_by_iso() {
        let civil = |year, month, day| Civil {
            year,
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
            millisecond: 0,
        };
        assert_eq!(civil(2016, 1, 1).iso(), IsoDate { year: 2015, week: 53, day: 5 });
        assert_eq!(civil(2018, 12, 31).iso(), IsoDate { year: 2019, week: 1, day: 1 });
        assert_eq!(civil(2017, 1, 1).week(), 1);
        assert_eq!(civil(2016, 1, 1).week(), 0);
        assert_eq!(
            IsoDate { year: 2015, week: 53, day: 5 }.to_days(),
            Some(days_of_date(2016, 1, 1))
        );
    }

    #[test]
    fn parts_carry_over() {
        let mut civil = Civil::of_ms(0);
        civil.month = 14;
        civil.day = 0;
        civil.minute = -1;
        let carried = Civil::of_ms(civil.to_ms().unwrap());
        assert_eq!((carried.year, carried.month, carried.day), (1971, 1, 30));
        assert_eq!((carried.hour, carried.minute), (23, 59));
        civil.year = i64::MAX;
        assert_eq!(civil.to_ms(), None);
        assert_eq!(Civil::of_ms(i64::MIN).to_ms(), Some(i64::MIN));
        assert_eq!(Civil::of_ms(i64::MAX).to_ms(), Some(i64::MAX));
    }
}
