//! Several modules as one program, by the names that they import from.
//!
//! In: a main module and others under names. Out: the modules in the order of their instantiation, each
//! after all that it imports from, which is what [`Compiler::compile_program`](crate::Compiler) takes.

use crate::error::{Error, Result};
use crate::frontend;
use crate::program::{KeptExports, ModuleInput};
use std::collections::{BTreeMap, BTreeSet};

/// Binds imports from the name of a module among `named` to that module, in all modules but itself: what
/// it imports from its own name is the host's. Outsiders see the exports of the main module alone.
///
/// # Errors
/// Names that are given twice or that nobody imports from, modules that import from one another in a
/// circle, and modules that are none.
pub fn link<'a>(main: ModuleInput<'a>, named: Vec<ModuleInput<'a>>) -> Result<Vec<ModuleInput<'a>>> {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (index, module) in named.iter().enumerate() {
        if names.insert(module.name.clone(), index).is_some() {
            return Err(Error::Option(format!("two modules are linked as `{}`", module.name)));
        }
    }
    let main_index = named.len();
    let mut modules: Vec<ModuleInput<'a>> = named;
    modules.push(main);
    let mut graph = Graph { names: &names, providers: Vec::new(), order: Vec::new(), path: Vec::new() };
    for (index, module) in modules.iter().enumerate() {
        graph.providers.push(providers(index, module, &names)?);
    }
    graph.visit(main_index)?;
    if let Some((name, _)) = names.iter().find(|(_, index)| !graph.order.contains(index)) {
        return Err(Error::Option(format!("nothing imports from `{name}`, which a module is linked as")));
    }
    let Graph { order, providers, .. } = graph;
    let position = |index: usize| order.iter().position(|&other| other == index);
    let mut linked: Vec<Option<ModuleInput<'a>>> = modules.into_iter().map(Some).collect();
    let place = |&index: &usize| {
        let mut module = linked[index].take()?;
        for (name, &provider) in &names {
            if let Some(position) = position(provider).filter(|_| providers[index].contains(&provider)) {
                module.links.insert(name.clone(), position);
            }
        }
        if index != main_index {
            module.exports = KeptExports::Named(BTreeSet::new());
        }
        Some(module)
    };
    Ok(order.iter().filter_map(place).collect())
}

/// The modules that one imports from.
fn providers(
    index: usize,
    module: &ModuleInput<'_>,
    names: &BTreeMap<String, usize>,
) -> Result<BTreeSet<usize>> {
    let named = frontend::to_binary(&module.bytes).and_then(|binary| frontend::imported_modules(&binary));
    let named = named.map_err(|error| error.in_module(&module.name))?;
    Ok(named.iter().filter_map(|name| names.get(name)).copied().filter(|&other| other != index).collect())
}

/// Who imports from whom.
struct Graph<'n> {
    names: &'n BTreeMap<String, usize>,
    providers: Vec<BTreeSet<usize>>,
    /// Modules all of whose providers precede them.
    order: Vec<usize>,
    /// Modules that are being visited.
    path: Vec<usize>,
}

impl Graph<'_> {
    fn visit(&mut self, index: usize) -> Result<()> {
        if self.order.contains(&index) {
            return Ok(());
        }
        if let Some(start) = self.path.iter().position(|&other| other == index) {
            return Err(self.circle(start));
        }
        self.path.push(index);
        for provider in self.providers[index].clone() {
            self.visit(provider)?;
        }
        self.path.pop();
        self.order.push(index);
        Ok(())
    }

    fn circle(&self, start: usize) -> Error {
        let name = |index: &usize| self.names.iter().find(|(_, other)| *other == index).map(|(name, _)| name);
        let members: Vec<String> =
            self.path[start..].iter().filter_map(name).map(|name| format!("`{name}`")).collect();
        Error::Option(format!(
            "linked modules import from one another in a circle, so none can be instantiated first: {}",
            members.join(" from ") + " from " + &members[0]
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: &str, imports: &[&str]) -> ModuleInput<'static> {
        let imports: String =
            imports.iter().map(|from| format!("(import \"{from}\" \"f\" (func))")).collect();
        ModuleInput::new(name, format!("(module {imports})").into_bytes())
    }

    fn refused(main: ModuleInput<'_>, named: Vec<ModuleInput<'_>>) -> String {
        link(main, named).expect_err("it is refused").to_string()
    }

    #[test]
    fn modules_follow_those_that_they_import_from() {
        let named = vec![module("c", &[]), module("a", &["b", "c"]), module("b", &["c", "host", "b"])];
        let modules = link(module("m", &["a", "b"]), named).expect("they link");
        let names: Vec<&str> = modules.iter().map(|module| module.name.as_str()).collect();
        assert_eq!(names, ["c", "b", "a", "m"]);
        assert_eq!(modules[2].links, BTreeMap::from([("b".into(), 1), ("c".into(), 0)]));
        assert_eq!(modules[1].links, BTreeMap::from([("c".into(), 0)]));
        assert_eq!(modules[3].exports, KeptExports::ByEmit);
    }

    #[test]
    fn what_cannot_be_ordered_is_refused() {
        let circle = vec![module("a", &["b"]), module("b", &["a"])];
        assert!(refused(module("m", &["a"]), circle).contains("`a` from `b` from `a`"));
        let twice = vec![module("a", &[]), module("a", &[])];
        assert!(refused(module("m", &["a"]), twice).contains("two modules are linked as `a`"));
        assert!(refused(module("m", &[]), vec![module("a", &[])]).contains("nothing imports from `a`"));
        let broken = vec![ModuleInput::new("a", &b"\0asm"[..])];
        assert!(refused(module("m", &["a"]), broken).contains("module `a`"));
    }
}
