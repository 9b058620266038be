//! Reading YAML that somebody else wrote.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};

/// How many brackets may be open at once. The parser takes a time that grows
/// with the square of it: minutes for what fits into a hundred kilobytes.
const MOST_OPEN: usize = 2_000;

/// Reads a value, unless the text is made to keep the parser busy.
///
/// # Errors
/// When it is not YAML, not of the right shape, or nested without end.
pub fn from_yaml<T: DeserializeOwned>(text: &[u8]) -> Result<T, serde_yaml::Error> {
    let text = without_mark(text);
    let mut open = 0_usize;
    let mut line = 1_usize;
    // Brackets in texts count as well, since telling them apart takes a parser.
    for byte in text {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            b'\n' => line += 1,
            _ => {}
        }
        if open > MOST_OPEN {
            return Err(serde_yaml::Error::custom(format!(
                "more than {MOST_OPEN} brackets are open in line {line}"
            )));
        }
    }
    serde_yaml::from_slice(text)
}

/// A text without the byte order mark that some editors begin it with.
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Where a text says something: one-based line and column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// One-based.
    pub line: usize,
    /// One-based.
    pub column: usize,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Finds where a text says what a way leads to: keys of mappings, `[0]` for an
/// item of a list that holds some, and last a key or an item of a list. `None` when it does not say that, or is not YAML.
pub fn spot(text: &[u8], way: &[&str]) -> Option<Spot> {
    // The parser tells where it was when a reader gave up, so that the reader
    // gives up where it finds what it looks for.
    let found = Cell::new(false);
    let seek = Seek { way, found: &found };
    let text = without_mark(text);
    let error = seek.deserialize(serde_yaml::Deserializer::from_slice(text));
    let location = error.err()?.location().filter(|_| found.get())?;
    Some(Spot {
        line: location.line(),
        column: location.column(),
    })
}

#[derive(Clone, Copy)]
struct Seek<'w> {
    way: &'w [&'w str],
    found: &'w Cell<bool>,
}

impl<'w> Seek<'w> {
    fn further(self) -> Option<Self> {
        let way = self.way.get(1..).filter(|rest| !rest.is_empty())?;
        Some(Self { way, ..self })
    }

    fn word<E: serde::de::Error>(self, text: &str) -> Result<bool, E> {
        let is_it = self.way.first() == Some(&text);
        match self.way {
            [_] if is_it => {
                self.found.set(true);
                Err(E::custom("found"))
            }
            _ => Ok(is_it),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(is_it) = map.next_key_seed(Word(self))? {
            match self.further().filter(|_| is_it) {
                Some(further) => map.next_value_seed(further)?,
                None => map.next_value::<IgnoredAny>().map(|_| ())?,
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        // `[1]` is the second item, which may hold keys itself.
        let number = self.way.first().and_then(|word| word.strip_prefix('['));
        let number = number.and_then(|word| word.strip_suffix(']')?.parse().ok());
        if let (Some(number), Some(further)) = (number, self.further()) {
            for _ in 0_usize..number {
                if list.next_element::<IgnoredAny>()?.is_none() {
                    return Ok(());
                }
            }
            list.next_element_seed(further)?;
        }
        while list.next_element_seed(Word(self))?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A key or an item: tells whether it is the next word of the way.
struct Word<'w>(Seek<'w>);

impl<'de> DeserializeSeed<'de> for Word<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<bool, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Word<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<bool, E> {
        self.0.word(text)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<bool, E> {
        self.0.word(&value.to_string())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<bool, E> {
        self.0.word(&value.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<bool, E> {
        self.0.word(&value.to_string())
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_without_end_are_refused_with_their_line() {
        for text in ["\n{a: ", "\n["] {
            let error = from_yaml::<Vec<String>>(text.repeat(100_000).as_bytes());
            let error = error.unwrap_err().to_string();
            assert_eq!(error, "more than 2000 brackets are open in line 2002");
        }
        let list = format!("[{}]", "'[x]', ".repeat(5_000));
        assert_eq!(
            from_yaml::<Vec<String>>(list.as_bytes()).unwrap().len(),
            5_000
        );
    }

    #[test]
    fn a_way_leads_to_the_place_of_a_key_or_an_item() {
        let text = "version: 1\n# select: {tags: [x]}\nselect:\n  apis: [a, \"b-*\"]\n  tags:\n    \
                    - x\n    - {y: z}\nnaming: {overrides: {/apis/a: {path: p}, ü: 1}}\nlast: 5\n";
        for (way, place) in [
            (&["version"][..], Some((1, 1))),
            (&["select", "apis", "b-*"], Some((4, 13))),
            (&["select", "tags", "x"], Some((6, 7))),
            (&["select", "tags", "y"], None),
            (&["select", "tags"], Some((5, 3))),
            (&["naming", "overrides", "/apis/a"], Some((8, 22))),
            (&["naming", "overrides", "/apis/a", "path"], Some((8, 32))),
            (&["naming", "overrides", "/apis/b"], None),
            (&["last", "5"], None),
            (&[], None),
        ] {
            let found = spot(text.as_bytes(), way).map(|s| (s.line, s.column));
            assert_eq!(found, place, "{way:?}");
        }
        assert_eq!(spot(b"a: [1\nb: 2", &["b"]), None);
    }
}
