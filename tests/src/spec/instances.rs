//! The modules of a script on their way into one program: which are admitted, and which instance
//! a name means at this point of the script.
//!
//! Invariant: every module in the program is valid, compiled by us and linked; one that is not
//! leaves an [`Absent`] where its instance would be, and so do the modules that import from it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use wasmwright_compiler::options::Entry;
use wasmwright_compiler::program::{KeptExports, ModuleInput};
use wasmwright_compiler::{Compiler, Error, Options};

/// Why there is no instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Its module, or one that it imports from, needs a feature that is not compiled yet.
    Unsupported(String),
    /// Its module was refused for another reason.
    Refused(String),
    /// No module was ever given that name.
    Unnamed,
}

impl Absent {
    /// For a report.
    pub fn reason(&self) -> String {
        match self {
            Self::Unsupported(feature) => format!("its module needs {feature}"),
            Self::Refused(error) => format!("its module was refused: {error}"),
            Self::Unnamed => "no module has that name".into(),
        }
    }
}

/// Why a module is not in the program.
#[derive(Debug)]
pub enum Refusal {
    /// The compiler says so.
    Compiler(Error),
    /// What it imports from is absent.
    Provider(Absent),
}

impl From<Refusal> for Absent {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Compiler(Error::Unsupported { feature, .. }) => Self::Unsupported(feature),
            Refusal::Compiler(error) => Self::Refused(error.to_string()),
            Refusal::Provider(absent) => absent,
        }
    }
}

/// Position in the program, or why there is none.
pub type Instance = Result<usize, Absent>;

/// See the module's documentation.
#[derive(Default)]
pub struct Instances {
    modules: Vec<ModuleInput<'static>>,
    used_exports: Vec<BTreeSet<String>>,
    current: Option<Instance>,
    named: HashMap<String, Instance>,
    registered: BTreeMap<String, Instance>,
}

impl Instances {
    /// Checks a module and, where it can be compiled and linked, adds it to the program.
    pub fn admit(&mut self, name: String, bytes: Vec<u8>) -> Result<usize, Refusal> {
        let mut links = BTreeMap::new();
        for import in imported_modules(&bytes) {
            match self.registered.get(&import) {
                Some(Ok(provider)) => drop(links.insert(import, *provider)),
                Some(Err(absent)) => return Err(Refusal::Provider(absent.clone())),
                None => {}
            }
        }
        let input = ModuleInput { links, ..ModuleInput::new(name, bytes) };
        check(&self.closure(&input)).map_err(|error| Refusal::Compiler(error.without_module()))?;
        self.modules.push(input);
        self.used_exports.push(BTreeSet::new());
        Ok(self.modules.len() - 1)
    }

    /// The module behind all that it imports from, as a program of its own.
    fn closure(&self, input: &ModuleInput<'static>) -> Vec<ModuleInput<'static>> {
        let mut needed = BTreeSet::new();
        let mut pending: Vec<usize> = input.links.values().copied().collect();
        while let Some(module) = pending.pop() {
            if needed.insert(module) {
                pending.extend(self.modules[module].links.values());
            }
        }
        let position = |module: &usize| needed.range(..module).count();
        let providers = needed.iter().map(|&module| &self.modules[module]);
        let relink = |module: &ModuleInput<'static>| ModuleInput {
            links: module.links.iter().map(|(name, provider)| (name.clone(), position(provider))).collect(),
            ..module.clone()
        };
        providers.chain([input]).map(relink).collect()
    }

    /// Makes the instance the one that later directives mean by default, and by its name.
    pub fn set_current(&mut self, name: Option<&str>, instance: Instance) {
        if let Some(name) = name {
            self.named.insert(name.into(), instance.clone());
        }
        self.current = Some(instance);
    }

    /// The instance of that name, or the current one.
    pub fn find(&self, name: Option<&str>) -> Instance {
        let found = match name {
            Some(name) => self.named.get(name),
            None => self.current.as_ref(),
        };
        found.cloned().unwrap_or(Err(Absent::Unnamed))
    }

    /// Lets later modules import from the instance under that name.
    pub fn register(&mut self, name: &str, instance: Instance) {
        self.registered.insert(name.into(), instance);
    }

    /// Whether there is anything under that name.
    pub fn is_registered(&self, name: &str) -> bool {
        self.registered.contains_key(name)
    }

    /// Notes that the script uses an export, which therefore stays in the program.
    pub fn use_export(&mut self, module: usize, name: &str) {
        self.used_exports[module].insert(name.into());
    }

    /// The program. An executable keeps the exports that the script uses.
    pub fn into_modules(self) -> Vec<ModuleInput<'static>> {
        let with_exports = |(mut module, exports): (ModuleInput<'static>, _)| {
            module.exports = KeptExports::Named(exports);
            module
        };
        self.modules.into_iter().zip(self.used_exports).map(with_exports).collect()
    }
}

/// Checks a program without compiling it. No export is an entry, whatever its name.
pub fn check(modules: &[ModuleInput<'_>]) -> Result<(), Error> {
    Compiler::new(Options { entry: Entry::Script, ..Options::default() }).check_program(modules)
}

/// Names of the modules that a module imports from; none where the module is refused anyway.
pub fn imported_modules(bytes: &[u8]) -> BTreeSet<String> {
    let Ok(binary) = wat::parse_bytes(bytes) else { return BTreeSet::new() };
    let Ok(module) = wasmwright_compiler::frontend::parse(&binary) else { return BTreeSet::new() };
    module.imports.iter().map(|import| import.module.to_owned()).collect()
}
