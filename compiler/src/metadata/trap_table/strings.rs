//! Strings of the table, each once.

use std::collections::{BTreeSet, HashMap};

/// A sorted set of strings.
#[derive(Debug, Default)]
pub struct Strings<'s> {
    /// In order.
    pub sorted: Vec<&'s str>,
    positions: HashMap<&'s str, u32>,
}

impl<'s> Strings<'s> {
    /// The set of these.
    pub fn new(strings: impl Iterator<Item = &'s str>) -> Self {
        let sorted: BTreeSet<&str> = strings.collect();
        let positions = sorted.iter().zip(0..).map(|(&string, position)| (string, position)).collect();
        Self { sorted: sorted.into_iter().collect(), positions }
    }

    /// How the table refers to a string: 0 for none, else its position plus 1.
    pub fn reference(&self, string: Option<&str>) -> u32 {
        string.map_or(0, |string| self.positions[string] + 1)
    }
}
