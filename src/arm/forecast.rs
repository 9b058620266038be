//! How long requests take at least, and what holds them up. Pure.
//!
//! A bucket lets through what is in it at once, then what comes back to it. What
//! must follow each other takes an answer's time each; all together take that
//! divided by how many are under way at once. The longest of these is the bound.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::throttle::{Limits, Rate};

/// What a piece of work asks of ARM.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Requests that read.
    pub reads: usize,
    /// Requests that write.
    pub writes: usize,
    /// Requests that delete.
    pub deletes: usize,
    /// How many of them must follow each other, in the longest row.
    pub in_a_row: usize,
    /// How many are under way at once.
    pub width: usize,
}

/// What a piece of work will take, at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Forecast {
    /// Requests that read.
    pub reads: usize,
    /// Requests that write.
    pub writes: usize,
    /// Requests that delete.
    pub deletes: usize,
    /// How many of them must follow each other, in the longest row.
    pub in_a_row: usize,
    /// How long that takes at least; where `documented`, unless the service has more.
    #[serde(rename = "seconds", serialize_with = "tenths")]
    #[schemars(with = "f64")]
    pub least: Duration,
    /// What holds it up.
    pub by: Bound,
    /// Whether that is a limit as ARM documents it: a service may have a larger one,
    /// of which the first answer of that kind tells.
    pub documented: bool,
}

/// What holds work up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Bound {
    /// ARM's limit of reads.
    Reads,
    /// ARM's limit of writes.
    Writes,
    /// ARM's limit of deletes.
    Deletes,
    /// How long answers take.
    Latency,
    /// What must follow each other.
    Order,
}

impl Load {
    /// Foretells it where nothing but these limits and this time of an answer
    /// holds it up; without limits, where ARM has none.
    pub fn forecast(&self, limits: Option<Limits>, latency: Duration) -> Forecast {
        let all = self.reads + self.writes + self.deletes;
        let row = latency.mul_f64(self.in_a_row as f64).as_secs_f64();
        let width = latency.mul_f64(all as f64 / self.width.max(1) as f64);
        let mut bounds = vec![(Bound::Latency, width.as_secs_f64()), (Bound::Order, row)];
        if let Some(limits) = limits {
            bounds.push((Bound::Reads, time(self.reads, limits.reads)));
            bounds.push((Bound::Writes, time(self.writes, limits.writes)));
            bounds.push((Bound::Deletes, time(self.deletes, limits.deletes)));
        }
        let longest = bounds.into_iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
        let (by, seconds) = longest.unwrap_or((Bound::Latency, 0.0));
        let arm = Limits::arm();
        let documented = limits.is_some_and(|limits| match by {
            Bound::Reads => limits.reads == arm.reads,
            Bound::Writes => limits.writes == arm.writes,
            Bound::Deletes => limits.deletes == arm.deletes,
            Bound::Latency | Bound::Order => false,
        });
        Forecast {
            reads: self.reads,
            writes: self.writes,
            deletes: self.deletes,
            in_a_row: self.in_a_row,
            least: Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX),
            by,
            documented,
        }
    }
}

impl Forecast {
    /// The time, where it is worth a word: `3 min at least`.
    pub fn time(&self) -> Option<String> {
        let surety = match self.documented {
            true => "at ARM's documented limit",
            false => "at least",
        };
        let told = self.least >= Duration::from_secs(1);
        told.then(|| format!("{} {surety}", Span(self.least)))
    }
}

/// Seconds with one digit behind the point.
pub(crate) fn tenths<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64((time.as_secs_f64() * 10.0).round() / 10.0)
}

fn time(requests: usize, rate: Rate) -> f64 {
    ((requests as f64 - rate.size) / rate.refill.max(f64::EPSILON)).max(0.0)
}

impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.reads, "read"),
            (self.writes, "write"),
            (self.deletes, "delete"),
        ];
        let counts: Vec<String> = (counts.into_iter().filter(|(count, _)| *count > 0))
            .map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
            .collect();
        let counts = match counts.is_empty() {
            true => "no request".to_owned(),
            false => counts.join(", "),
        };
        f.write_str(&counts)?;
        let Some(time) = self.time() else {
            return Ok(());
        };
        let what = match self.by {
            Bound::Reads => "reads",
            Bound::Writes => "writes",
            Bound::Deletes => "deletes",
            Bound::Latency => return write!(f, ", {time}, by the time of answers"),
            Bound::Order => return write!(f, ", {time}, by what must follow each other"),
        };
        match self.documented {
            true => write!(f, ", {time} of {what}"),
            false => write!(f, ", {time}, by ARM's limit of {what}"),
        }
    }
}

/// A time, as people say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs_f64() {
            s if s < 10.0 => write!(f, "{s:.1} s"),
            s if s < 120.0 => write!(f, "{s:.0} s"),
            s if s < 7200.0 => write!(f, "{:.0} min", s / 60.0),
            s => write!(f, "{:.1} h", s / 3600.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecast(load: Load, millis: u64) -> (Bound, f64) {
        let found = load.forecast(Some(Limits::arm()), Duration::from_millis(millis));
        (found.by, (found.least.as_secs_f64() * 10.0).round() / 10.0)
    }

    #[test]
    fn the_longest_of_what_holds_it_up_is_the_bound() {
        let writes = |writes, in_a_row| Load {
            writes,
            in_a_row,
            width: 16,
            ..Load::default()
        };
        // What fits into the bucket goes at once.
        assert_eq!(forecast(writes(160, 3), 100), (Bound::Latency, 1.0));
        assert_eq!(forecast(writes(160, 20), 100), (Bound::Order, 2.0));
        assert_eq!(forecast(writes(2_200, 20), 100), (Bound::Writes, 200.0));
        let reads = Load {
            reads: 1_500,
            width: 24,
            ..Load::default()
        };
        assert_eq!(forecast(reads, 100), (Bound::Reads, 50.0));
        let unlimited = reads.forecast(None, Duration::from_millis(100));
        assert_eq!(
            (unlimited.by, unlimited.least),
            (Bound::Latency, Duration::from_millis(6_250))
        );
        assert_eq!(forecast(Load::default(), 0).1, 0.0);
    }

    #[test]
    fn it_is_told_in_a_line() {
        let load = Load {
            reads: 1,
            writes: 2_200,
            width: 1,
            ..Load::default()
        };
        let told = load.forecast(Some(Limits::arm()), Duration::from_millis(5));
        assert_eq!(
            told.to_string(),
            "1 read, 2200 writes, 3 min at ARM's documented limit of writes"
        );
        let mut limits = Limits::arm();
        limits.writes.size += 1.0;
        let told = load.forecast(Some(limits), Duration::from_millis(5));
        assert_eq!(
            told.to_string(),
            "1 read, 2200 writes, 3 min at least, by ARM's limit of writes"
        );
        // Less than a second says nothing.
        let told = load.forecast(None, Duration::from_micros(5));
        assert_eq!(told.to_string(), "1 read, 2200 writes");
    }
}
