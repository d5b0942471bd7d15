//! Script → [`Plan`]: its modules as one program, and for each directive either a verdict that
//! needs no execution or the operation whose outcome decides.
//!
//! A plan does not depend on how the program is compiled.

use super::c_host::exclusions::Exclusion;
use super::instances::{Absent, Instance, Instances, Refusal, imported_modules};
use super::value::{self, Pattern};
use std::collections::HashMap;
use wasmwright_abi::script::{Operation, slot_bytes};
use wasmwright_compiler::Error;
use wasmwright_compiler::program::ModuleInput;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::Id;
use wast::{QuoteWat, QuoteWatTest, Wast, WastDirective, WastExecute, WastInvoke, WastRet, Wat};

/// What scripts import from that do not import from one another.
pub const SPECTEST_NAME: &str = "spectest";
const SPECTEST: &str = include_str!("spectest.wat");
const SPECTEST_SHARED_MEMORY: &str = r#"(module (memory (export "shared_memory") 1 2 shared)"#;

/// What a script comes to.
pub struct Plan {
    /// The program. Operations name modules by their position in it.
    pub modules: Vec<ModuleInput<'static>>,
    /// Encoded operations, one after another.
    pub operations: Vec<u8>,
    /// So many. Some belong to no directive but prepare for it.
    pub operation_count: usize,
    /// The directives, in the order of the script.
    pub directives: Vec<Directive>,
}

/// One directive.
#[derive(Debug)]
pub struct Directive {
    /// Line of the script on which it begins, from 1.
    pub line: usize,
    /// Its keyword.
    pub keyword: &'static str,
    /// What decides about it.
    pub decision: Decision,
}

/// What decides about a directive.
#[derive(Debug)]
pub enum Decision {
    /// The compiler alone did.
    Made(Verdict),
    /// The outcome of an operation.
    Outcome {
        /// Position of the operation.
        operation: usize,
        /// What its outcome must be.
        expected: Expectation,
    },
}

/// Whether a directive holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Passed,
    /// It does not.
    Failed(String),
    /// It could not be executed for want of this feature.
    Unsupported(String),
    /// It is not executed, because the C interface of libraries cannot say it.
    Excluded(Exclusion),
}

/// What an outcome must be.
#[derive(Debug)]
pub enum Expectation {
    /// To return, whatever the results.
    Success,
    /// To return such results.
    Results(Vec<Pattern>),
    /// To trap with a message of this class.
    Trap(String),
}

/// Plans a script. The error says why its text cannot be read.
pub fn plan(text: &str) -> Result<Plan, wast::Error> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer)?;
    let script: Wast<'_> = parser::parse(&buffer)?;
    let mut planner = Planner::default();
    for mut directive in script.directives {
        let (line, _) = directive.span().linecol_in(text);
        let keyword = keyword(&directive);
        let decision = planner.directive(line + 1, &mut directive).unwrap_or_else(Decision::Made);
        planner.directives.push(Directive { line: line + 1, keyword, decision });
    }
    Ok(Plan {
        modules: planner.instances.into_modules(),
        operations: planner.operations,
        operation_count: planner.operation_count,
        directives: planner.directives,
    })
}

fn keyword(directive: &WastDirective<'_>) -> &'static str {
    match directive {
        WastDirective::Module(_) => "module",
        WastDirective::ModuleDefinition(_) => "module definition",
        WastDirective::ModuleInstance { .. } => "module instance",
        WastDirective::AssertMalformed { .. } => "assert_malformed",
        WastDirective::AssertInvalid { .. } => "assert_invalid",
        WastDirective::AssertInvalidCustom { .. } => "assert_invalid_custom",
        WastDirective::Register { .. } => "register",
        WastDirective::Invoke(_) => "invoke",
        WastDirective::AssertTrap { .. } => "assert_trap",
        WastDirective::AssertReturn { .. } => "assert_return",
        WastDirective::AssertExhaustion { .. } => "assert_exhaustion",
        WastDirective::AssertUnlinkable { .. } => "assert_unlinkable",
        WastDirective::AssertException { .. } => "assert_exception",
        WastDirective::AssertSuspension { .. } => "assert_suspension",
        WastDirective::Thread(_) => "thread",
        WastDirective::Wait { .. } => "wait",
        WastDirective::AssertMalformedCustom { .. } => "assert_malformed_custom",
    }
}

#[derive(Default)]
struct Planner {
    instances: Instances,
    definitions: HashMap<Option<String>, Source>,
    operations: Vec<u8>,
    operation_count: usize,
    directives: Vec<Directive>,
}

/// A module as it goes to the compiler, or why it does not even get there.
type Source = Result<Vec<u8>, String>;

/// A decision, or early the verdict that there is nothing to execute.
type Decided = Result<Decision, Verdict>;

impl Planner {
    /// Before the first module that imports from it. Its shared memory is there once threads are.
    fn provide_spectest(&mut self) {
        let with_threads = SPECTEST.replacen("(module", SPECTEST_SHARED_MEMORY, 1);
        let instance = self.instances.admit(SPECTEST_NAME.into(), with_threads.into());
        let instance = instance.or_else(|_| self.instances.admit(SPECTEST_NAME.into(), SPECTEST.into()));
        if let Ok(module) = instance {
            self.operation(Operation::Instantiate { module: module as u32 });
        }
        self.instances.register(SPECTEST_NAME, instance.map_err(Absent::from));
    }

    fn directive(&mut self, line: usize, directive: &mut WastDirective<'_>) -> Decided {
        match directive {
            WastDirective::Module(module) => {
                let name = module.name();
                self.module(line, name, source(module), Expectation::Success)
            }
            WastDirective::ModuleDefinition(module) => self.definition(module),
            WastDirective::ModuleInstance { instance, module, .. } => self.instance(line, *instance, *module),
            WastDirective::AssertMalformed { module, .. }
            | WastDirective::AssertInvalid { module, .. }
            | WastDirective::AssertMalformedCustom { module, .. }
            | WastDirective::AssertInvalidCustom { module, .. } => Err(refused(source(module))),
            WastDirective::AssertUnlinkable { module, message, .. } => self.unlinkable(line, module, message),
            WastDirective::Register { name, module, .. } => self.register(name, *module),
            WastDirective::Invoke(invoke) => self.invoke(invoke, Expectation::Success),
            WastDirective::AssertReturn { exec, results, .. } => {
                let patterns = patterns(results)?;
                self.execute(line, exec, Expectation::Results(patterns))
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                self.execute(line, exec, Expectation::Trap((*message).into()))
            }
            WastDirective::AssertExhaustion { call, message, .. } => {
                self.invoke(call, Expectation::Trap((*message).into()))
            }
            WastDirective::AssertException { exec, .. } => {
                self.execute(line, exec, Expectation::Trap("uncaught exception".into()))
            }
            WastDirective::AssertSuspension { .. } => Err(Verdict::Unsupported("stack switching".into())),
            WastDirective::Thread(_) | WastDirective::Wait { .. } => {
                Err(Verdict::Unsupported("threads".into()))
            }
        }
    }

    fn execute(&mut self, line: usize, execute: &mut WastExecute<'_>, expected: Expectation) -> Decided {
        match execute {
            WastExecute::Invoke(invoke) => self.invoke(invoke, expected),
            WastExecute::Wat(module) => {
                let source = module.encode().map_err(|error| error.to_string());
                self.nameless_module(line, source, expected)
            }
            WastExecute::Get { module, global, .. } => {
                let module = self.module_with_export(*module, global)?;
                let export = global.as_bytes();
                Ok(self.decided_by(Operation::Get { module, export }, expected))
            }
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>, expected: Expectation) -> Decided {
        let module = self.module_with_export(invoke.module, invoke.name)?;
        let arguments = invoke.args.iter().map(value::argument).collect::<Option<Vec<_>>>();
        let arguments = arguments.ok_or_else(|| Verdict::Failed("an unknown kind of argument".into()))?;
        let arguments = arguments.into_iter().flat_map(slot_bytes).collect::<Vec<_>>();
        let export = invoke.name.as_bytes();
        Ok(self.decided_by(Operation::Invoke { module, export, arguments: &arguments }, expected))
    }

    fn module_with_export(&mut self, module: Option<Id<'_>>, export: &str) -> Result<u32, Verdict> {
        let module = present(self.instances.find(id(module)))?;
        self.instances.use_export(module, export);
        Ok(module as u32)
    }

    fn module(
        &mut self,
        line: usize,
        name: Option<Id<'_>>,
        source: Source,
        expected: Expectation,
    ) -> Decided {
        let instance = self.admit(line, source).map_err(Absent::from);
        self.instances.set_current(id(name), instance.clone());
        Ok(self.instantiate(present(instance)?, expected))
    }

    /// A module whose instance no other directive can name.
    fn nameless_module(&mut self, line: usize, source: Source, expected: Expectation) -> Decided {
        let module = present(self.admit(line, source).map_err(Absent::from))?;
        Ok(self.instantiate(module, expected))
    }

    fn admit(&mut self, line: usize, source: Source) -> Result<usize, Refusal> {
        let bytes = source.map_err(|message| Refusal::Compiler(Error::Text(message)))?;
        if !self.instances.is_registered(SPECTEST_NAME) && imported_modules(&bytes).contains(SPECTEST_NAME) {
            self.provide_spectest();
        }
        self.instances.admit(format!("line{line}"), bytes)
    }

    fn instantiate(&mut self, module: usize, expected: Expectation) -> Decision {
        self.decided_by(Operation::Instantiate { module: module as u32 }, expected)
    }

    fn definition(&mut self, module: &mut QuoteWat<'_>) -> Decided {
        let source = source(module);
        let verdict = accepted(&source);
        let name = module.name().map(|name| name.name().to_owned());
        self.definitions.insert(None, source.clone());
        self.definitions.insert(name, source);
        Err(verdict)
    }

    fn instance(&mut self, line: usize, name: Option<Id<'_>>, definition: Option<Id<'_>>) -> Decided {
        let definition = definition.map(|name| name.name().to_owned());
        let source = self.definitions.get(&definition).cloned();
        let source = source.unwrap_or_else(|| Err("there is no definition of that name".into()));
        self.module(line, name, source, Expectation::Success)
    }

    fn register(&mut self, name: &str, module: Option<Id<'_>>) -> Decided {
        let instance = self.instances.find(id(module));
        self.instances.register(name, instance.clone());
        present(instance)?;
        Err(Verdict::Passed)
    }

    /// A module fails to link when it is compiled; or, where only the current size of an import
    /// is too small, when it is instantiated.
    fn unlinkable(&mut self, line: usize, module: &mut Wat<'_>, message: &str) -> Decided {
        let source = module.encode().map_err(|error| error.to_string());
        let found = match self.admit(line, source) {
            Err(Refusal::Compiler(Error::UnknownImports(_))) => "unknown import",
            Err(Refusal::Compiler(Error::IncompatibleImport(_))) => "incompatible import type",
            Err(refusal) => return Err(verdict_of_absence(refusal.into())),
            Ok(module) => return Ok(self.instantiate(module, Expectation::Trap(message.into()))),
        };
        if same_class(found, message) {
            return Err(Verdict::Passed);
        }
        Err(Verdict::Failed(format!("expected it to be refused for `{message}`, not `{found}`")))
    }

    fn decided_by(&mut self, operation: Operation<'_>, expected: Expectation) -> Decision {
        Decision::Outcome { operation: self.operation(operation), expected }
    }

    fn operation(&mut self, operation: Operation<'_>) -> usize {
        operation.encode(&mut self.operations);
        self.operation_count += 1;
        self.operation_count - 1
    }
}

/// Whether a message of ours is what a script demands. Scripts abbreviate messages, or append what
/// the reference interpreter says beyond them.
pub fn same_class(ours: &str, theirs: &str) -> bool {
    ours.starts_with(theirs) || theirs.starts_with(ours)
}

fn id<'a>(id: Option<Id<'a>>) -> Option<&'a str> {
    id.map(|id| id.name())
}

fn patterns(results: &[WastRet<'_>]) -> Result<Vec<Pattern>, Verdict> {
    let patterns = results.iter().map(Pattern::new).collect::<Option<_>>();
    patterns.ok_or_else(|| Verdict::Failed("an unknown kind of result".into()))
}

/// The bytes that go to the compiler: binary, or for quoted modules the text.
fn source(module: &mut QuoteWat<'_>) -> Source {
    match module.to_test() {
        Ok(QuoteWatTest::Binary(bytes) | QuoteWatTest::Text(bytes)) => Ok(bytes),
        Err(error) => Err(error.to_string()),
    }
}

fn present(instance: Instance) -> Result<usize, Verdict> {
    instance.map_err(verdict_of_absence)
}

fn verdict_of_absence(absent: Absent) -> Verdict {
    match absent {
        Absent::Unsupported(feature) => Verdict::Unsupported(feature),
        Absent::Refused(_) | Absent::Unnamed => Verdict::Failed(absent.reason()),
    }
}

/// Whether the compiler refuses a module for what it is.
fn refused(source: Source) -> Verdict {
    match check(&source) {
        Err(Error::Malformed { .. } | Error::Text(_) | Error::Invalid { .. }) => Verdict::Passed,
        Err(error) => Verdict::Failed(format!("refused for another reason: {error}")),
        Ok(()) => Verdict::Failed("accepted".into()),
    }
}

fn accepted(source: &Source) -> Verdict {
    match check(source) {
        Ok(()) => Verdict::Passed,
        Err(error) => verdict_of_absence(Refusal::Compiler(error).into()),
    }
}

/// Validates a module by itself. Its imports are nobody's business here.
fn check(source: &Source) -> Result<(), Error> {
    let bytes = source.as_deref().map_err(|message| Error::Text(message.clone()))?;
    match super::instances::check(&[ModuleInput::new("module", bytes)]) {
        Err(Error::UnknownImports(_)) => Ok(()),
        checked => checked,
    }
}
