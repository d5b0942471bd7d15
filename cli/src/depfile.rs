//! Dependency files: a make rule that says which files an output was made from, as compilers
//! write with `-MD`. Ninja, make and CMake read it.

use std::path::Path;

/// The rule for one output.
pub fn rule(output: &Path, inputs: &[&Path]) -> String {
    let mut rule = escape(output) + ":";
    for input in inputs {
        rule.push(' ');
        rule.push_str(&escape(input));
    }
    rule.push('\n');
    rule
}

/// Escapes what make would take for its own, as gcc does.
fn escape(path: &Path) -> String {
    let mut escaped = String::new();
    for letter in path.to_string_lossy().chars() {
        match letter {
            ' ' | '#' | '\t' => escaped.push('\\'),
            '$' => escaped.push('$'),
            _ => {}
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::rule;
    use std::path::Path;

    #[test]
    fn a_rule_escapes_what_make_would_read() {
        assert_eq!(
            rule(Path::new("out"), &[Path::new("a b.wasm"), Path::new("$x#")]),
            "out: a\\ b.wasm $$x\\#\n"
        );
        assert_eq!(rule(Path::new("out"), &[]), "out:\n");
    }
}
