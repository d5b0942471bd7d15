//! What a program may reach: the syntax of `--dir` and `--env`, which is also that of
//! `WASMWRIGHT_DIR` and `WASMWRIGHT_ENV` (there the runtime reads it).

use crate::args::GrantArguments;
use std::str::FromStr;
use wasmwright_compiler::options::{DirectoryGrant, Grants};

/// `HOST[::GUEST][:ro]`, where `\:` is a colon in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// As it was written.
    pub text: String,
    /// As it is meant.
    pub grant: DirectoryGrant,
}

impl FromStr for Directory {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = split_at_colons(text);
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (host, guest, read_only) = match parts[..] {
            [host] => (host, host, false),
            [host, "ro"] => (host, host, true),
            [host, "", guest] => (host, guest, false),
            [host, "", guest, "ro"] => (host, guest, true),
            _ => return Err("not of the form HOST[::GUEST][:ro]; write a colon in a path as `\\:`".into()),
        };
        if host.is_empty() || guest.is_empty() {
            return Err("an empty path; the form is HOST[::GUEST][:ro]".into());
        }
        let grant = DirectoryGrant { host: host.into(), guest: guest.into(), read_only };
        Ok(Self { text: text.to_owned(), grant })
    }
}

/// Splits at the colons that no backslash precedes, and takes those backslashes away.
fn split_at_colons(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let last = parts.len() - 1;
        match letter {
            ':' => parts.push(String::new()),
            '\\' if letters.next_if_eq(&':').is_some() => parts[last].push(':'),
            _ => parts[last].push(letter),
        }
    }
    parts
}

/// `NAME[=VALUE]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value; taken at launch without one.
    pub value: Option<String>,
}

impl FromStr for Variable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        if name.is_empty() {
            return Err("no name before the `=`".into());
        }
        Ok(Self { name: name.to_owned(), value })
    }
}

/// As the compiler takes them.
pub fn resolve(arguments: &GrantArguments) -> Grants {
    Grants {
        directories: arguments.directories.iter().map(|directory| directory.grant.clone()).collect(),
        variables: arguments
            .variables
            .iter()
            .map(|variable| (variable.name.clone(), variable.value.clone()))
            .collect(),
        inherit_environment: arguments.inherit_env,
        listeners: arguments.listeners.iter().map(ToString::to_string).collect(),
        sealed: arguments.sealed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(text: &str) -> Result<(String, String, bool), String> {
        let DirectoryGrant { host, guest, read_only } = text.parse::<Directory>()?.grant;
        Ok((host, guest, read_only))
    }

    #[test]
    fn directories_have_a_host_a_guest_and_a_flag() {
        let expect = |text: &str, host: &str, guest: &str, read_only| {
            assert_eq!(directory(text), Ok((host.into(), guest.into(), read_only)), "{text}");
        };
        expect(".", ".", ".", false);
        expect("/a:ro", "/a", "/a", true);
        expect("/a::/b", "/a", "/b", false);
        expect("/a::/b:ro", "/a", "/b", true);
        expect("/a::ro", "/a", "ro", false);
        expect(r"a\:b::c\:ro", "a:b", "c:ro", false);
        expect(r"a\b", r"a\b", r"a\b", false);
    }

    #[test]
    fn malformed_directories_are_refused() {
        for wrong in ["", ":ro", "::/b", "/a::", "/a:/b", "/a:rw", "/a::/b:rw", "/a::/b:ro:", "/a:::ro"] {
            assert!(directory(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn variables_keep_later_equals_signs() {
        let variable = |text: &str| text.parse::<Variable>().map(|variable| (variable.name, variable.value));
        assert_eq!(variable("A"), Ok(("A".into(), None)));
        assert_eq!(variable("A="), Ok(("A".into(), Some(String::new()))));
        assert_eq!(variable("A=b=c"), Ok(("A".into(), Some("b=c".into()))));
        assert!(variable("=b").is_err());
        assert!(variable("").is_err());
    }
}
