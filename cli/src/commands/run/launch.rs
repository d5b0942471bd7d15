//! Grants that are handed to a program at its launch, in `WASMWRIGHT_DIR` and `WASMWRIGHT_ENV`:
//! one entry a line, in the syntax of the command line.

use crate::args::GrantArguments;
use std::ffi::{OsStr, OsString};
use std::process::Command;

/// The entries of both variables.
#[derive(Debug, PartialEq, Eq)]
pub struct Launch {
    directories: Vec<OsString>,
    variables: Vec<OsString>,
}

impl Launch {
    /// The entries for these grants; nothing if some grant can only be compiled in.
    pub fn of(grants: &GrantArguments) -> Option<Self> {
        if grants.sealed || !grants.listeners.is_empty() {
            return None;
        }
        let directories: Vec<OsString> =
            grants.directories.iter().map(|directory| directory.text.clone().into()).collect();
        let named = grants.variables.iter().map(|variable| match &variable.value {
            Some(value) => format!("{}={value}", variable.name).into(),
            None => variable.name.clone().into(),
        });
        let mut variables: Vec<OsString> = named.collect();
        if grants.inherit_env {
            variables.extend(inherited(grants));
        }
        let fits = |entry: &OsString| !entry.as_encoded_bytes().contains(&b'\n');
        let all_fit = directories.iter().chain(&variables).all(fits);
        all_fit.then_some(Self { directories, variables })
    }

    /// Puts the entries before those that the launcher of `run` has given.
    pub fn apply(&self, command: &mut Command) {
        for (name, entries) in [("WASMWRIGHT_DIR", &self.directories), ("WASMWRIGHT_ENV", &self.variables)] {
            if entries.is_empty() {
                continue;
            }
            let mut lines = entries.join(OsStr::new("\n"));
            if let Some(further) = std::env::var_os(name) {
                lines.push("\n");
                lines.push(further);
            }
            command.env(name, lines);
        }
    }
}

/// Names of the variables of this process that the guest may see and that no grant has set.
fn inherited(grants: &GrantArguments) -> impl Iterator<Item = OsString> {
    let is_named = |name: &OsStr| grants.variables.iter().any(|variable| name == variable.name.as_str());
    std::env::vars_os()
        .map(|(name, _)| name)
        .filter(move |name| !name.as_encoded_bytes().starts_with(b"WASMWRIGHT_") && !is_named(name))
}

#[cfg(test)]
mod tests {
    use super::Launch;
    use crate::args::{Arguments, Command};
    use clap::Parser;

    fn launch(arguments: &[&str]) -> Option<Launch> {
        let arguments = [&["wasmwright", "run"], arguments, &["a.wasm"]].concat();
        let Command::Run(run) = Arguments::parse_from(arguments).command else { panic!("not run") };
        Launch::of(&run.grants)
    }

    #[test]
    fn grants_keep_their_syntax() {
        let launch = launch(&["--dir", r"a\:b::c:ro", "--env", "A=b=c", "--env", "D"]).unwrap();
        assert_eq!(launch.directories, [r"a\:b::c:ro"]);
        assert_eq!(launch.variables, ["A=b=c", "D"]);
    }

    #[test]
    fn what_has_no_form_at_launch_is_compiled_in() {
        assert_eq!(launch(&["--sealed"]), None);
        assert_eq!(launch(&["--tcplisten", "127.0.0.1:80"]), None);
        assert_eq!(launch(&["--env", "A=b\nc"]), None);
        assert!(launch(&[]).is_some());
    }
}
