//! Names in C for what Wasm names as it pleases.
//!
//! What enters: any text. What leaves: identifiers, each only once. Invariant: names depend on the
//! order of the items alone.

use std::collections::HashSet;

/// Hands out identifiers.
#[derive(Debug, Default)]
pub struct Identifiers {
    taken: HashSet<String>,
}

impl Identifiers {
    /// Some that are taken from the start.
    pub fn except(taken: impl IntoIterator<Item = String>) -> Self {
        Self { taken: taken.into_iter().collect() }
    }

    /// The identifier for a text; with a number behind it where an earlier one has that.
    pub fn take(&mut self, text: &str) -> String {
        let plain = identifier(text);
        let mut name = plain.clone();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{plain}_{number}");
            number += 1;
        }
        name
    }
}

/// A text with every byte replaced that C has no letter for.
pub fn identifier(text: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let mut name: String = text.chars().map(letter).collect();
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) || is_keyword(&name) {
        name.insert(0, '_');
    }
    name
}

/// A text as it may stand in a comment in C.
pub fn in_comment(text: &str) -> String {
    /// They change the order of what is read.
    const DIRECTIONS: [std::ops::RangeInclusive<char>; 2] =
        ['\u{202a}'..='\u{202e}', '\u{2066}'..='\u{2069}'];
    let is_odd = |c: char| c.is_control() || c == '\\' || DIRECTIONS.iter().any(|range| range.contains(&c));
    let plain: String = text.chars().map(|c| if is_odd(c) { '?' } else { c }).collect();
    plain.replace("*/", "* /").replace("/*", "/ *")
}

/// Of C up to C23, C++ up to C++26, and what headers of C define as macros.
fn is_keyword(name: &str) -> bool {
    const KEYWORDS: &str = " alignas alignof and and_eq asm auto bitand bitor bool break case catch char \
        char8_t char16_t char32_t class compl concept const consteval constexpr constinit const_cast continue \
        co_await co_return co_yield decltype default delete do double dynamic_cast else enum explicit export \
        extern false float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr \
        operator or or_eq private protected public register reinterpret_cast requires restrict return short \
        signed sizeof static static_assert static_cast struct switch template this thread_local throw true try \
        typedef typeid typename typeof typeof_unqual union unsigned using virtual void volatile wchar_t while \
        xor xor_eq NULL errno stdin stdout stderr linux unix ";
    KEYWORDS.split_whitespace().any(|keyword| keyword == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_an_identifier_of_its_own() {
        let mut names = Identifiers::except(["x_free".to_owned()]);
        let texts = ["a-b", "a_b", "a.b", "a_b_2", "", "9", "ü", "x_free", "int", "a:b/c@1.0"];
        let given: Vec<String> = texts.iter().map(|text| names.take(text)).collect();
        let expected =
            ["a_b", "a_b_2", "a_b_3", "a_b_2_2", "_", "_9", "__2", "x_free_2", "_int", "a_b_c_1_0"];
        assert_eq!(given, expected);
    }

    #[test]
    fn no_text_ends_a_comment() {
        assert_eq!(in_comment("a*/b\n/*\\"), "a* /b?/ *?");
    }
}
