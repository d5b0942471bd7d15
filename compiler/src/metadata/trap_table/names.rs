//! Names of functions as people read them.

use super::code::Function;
use crate::plan::ProgramPlan;

/// Characters of a name at most: some C++ names fill a page.
const LONGEST: usize = 300;

/// The name of a function, if the module has one for it.
pub fn display(program: &ProgramPlan<'_>, function: &Function) -> Option<String> {
    let module = &program.modules[function.module];
    module.parsed.function_names.get(&function.index).map(|name| readable(name))
}

/// A name as its source has it: Rust's and C++'s mangling undone. It goes to a terminal, so nothing
/// in it may control one.
pub fn readable(name: &str) -> String {
    let text = demangle(name).unwrap_or_else(|| name.to_owned());
    let mut clean: String =
        text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).take(LONGEST).collect();
    if clean.len() < text.len() {
        clean.push('…');
    }
    clean
}

fn demangle(name: &str) -> Option<String> {
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        // Without the hash that ends every name.
        return Some(format!("{rust:#}"));
    }
    let is_mangled = name.starts_with("_Z");
    let symbol = is_mangled.then(|| cpp_demangle::Symbol::new(name).ok()).flatten()?;
    symbol.demangle().ok()
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn names_are_those_of_the_source() {
        for (mangled, name) in [
            ("main", "main"),
            ("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt"),
            ("_RNvC6_123foo3bar", "123foo::bar"),
            ("_ZN5space5thing3getEi", "space::thing::get(int)"),
            ("_Zbroken", "_Zbroken"),
            ("evil\u{1b}[2J\nname", "evil\u{FFFD}[2J\u{FFFD}name"),
        ] {
            assert_eq!(readable(mangled), name);
        }
        assert!(readable(&"é".repeat(4000)).chars().count() < 310);
    }
}
