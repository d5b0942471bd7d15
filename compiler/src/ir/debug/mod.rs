//! The debug information of a module's source, told to LLVM.
//!
//! What enters is the model of `debuginfo`; what leaves are nodes of metadata, made when the first
//! function of the unit needs them. Each unit of the source becomes a unit of LLVM's.

mod pointers;
mod raw;
mod raw_types;
mod raw_variants;
mod types;
mod variables;

use crate::debuginfo::{DebugInfo, Parent, ScopeKind, SourceBody, SourceFunction, SourcePlace};
use inkwell::context::Context;
use inkwell::llvm_sys::prelude::LLVMModuleRef;
use inkwell::module::Module;
use std::collections::{HashMap, HashSet};

use pointers::Form;
pub(super) use raw::{Emission, FunctionNode, Node, NodeBuilder};
pub(super) use raw_types::{Named, VariableNode};
pub use variables::{BaseWord, Expression, KnownVariable, RECORD_MARK_BYTES};

/// How producers begin that gdb takes for LLVM; it then trusts where prologues end. Others that use
/// LLVM do the same.
const PRODUCER: &str = concat!("clang LLVM (wasmwright ", env!("CARGO_PKG_VERSION"), ")");

/// Discriminator of calls that the module's compiler has inlined.
pub const INLINED_IN_SOURCE: u32 = u32::MAX;

/// The nodes of one LLVM module.
#[derive(Debug)]
pub struct SourceNodes<'c> {
    context: &'c Context,
    /// The LLVM module. It lives longer than these nodes' builders: see [`super::Unit`].
    module: LLVMModuleRef,
    units: HashMap<usize, UnitNodes<'c>>,
    files: HashMap<usize, Node<'c>>,
    functions: HashMap<usize, Node<'c>>,
    /// Functions that code was translated of.
    defined: HashSet<usize>,
    blocks: HashMap<(Node<'c>, usize), Node<'c>>,
    /// Types as they lie in the memory.
    types: HashMap<(usize, Form), Node<'c>>,
    /// Arrays that stand for pointers to those types.
    followed: HashMap<(usize, Form), Node<'c>>,
    /// Whether there are to be such.
    follows_pointers: bool,
    /// Which types hold some.
    has_followed: HashMap<usize, bool>,
    /// Where debuggers find the memory.
    base: Option<BaseWord>,
    /// Types that have no members yet.
    unfilled: Vec<(usize, Form)>,
    namespaces: HashMap<usize, Node<'c>>,
    /// Static variables of functions that the module does not have yet.
    statics: Vec<Node<'c>>,
    /// Variables by their scopes and numbers.
    variables: HashMap<(Node<'c>, usize), Node<'c>>,
}

#[derive(Debug)]
struct UnitNodes<'c> {
    builder: NodeBuilder<'c>,
    unit: Node<'c>,
    file: Node<'c>,
}

/// The source of a body's code.
#[derive(Clone, Debug)]
pub struct BodyNodes<'c> {
    /// The function.
    pub subprogram: Node<'c>,
    /// By ascending start; each holds until the next.
    stretches: Vec<Stretch<'c>>,
    /// Parallel to those of the body.
    scopes: Vec<Scope<'c>>,
    /// Position of the unit.
    unit: usize,
}

/// A stretch of code of which the same holds.
#[derive(Clone, Copy, Debug)]
struct Stretch<'c> {
    start: u32,
    scope: Scope<'c>,
    file: Node<'c>,
    line: u32,
    column: u32,
    builder_unit: usize,
}

/// A scope, and where it was inlined.
#[derive(Clone, Copy, Debug)]
struct Scope<'c> {
    node: Node<'c>,
    inlined_at: Node<'c>,
}

impl<'c> SourceNodes<'c> {
    /// Nodes for a module that has none yet.
    pub fn new(context: &'c Context, module: &Module<'c>) -> Self {
        Self {
            context,
            module: module.as_mut_ptr(),
            units: HashMap::new(),
            files: HashMap::new(),
            functions: HashMap::new(),
            defined: HashSet::new(),
            blocks: HashMap::new(),
            types: HashMap::new(),
            followed: HashMap::new(),
            follows_pointers: false,
            has_followed: HashMap::new(),
            base: None,
            unfilled: Vec::new(),
            namespaces: HashMap::new(),
            statics: Vec::new(),
            variables: HashMap::new(),
        }
    }

    /// Says where debuggers find the memory, before anything else is told. Without that, pointers
    /// are told as they are stored.
    pub fn set_base(&mut self, base: BaseWord) {
        self.base = Some(base);
    }

    /// Has debuggers follow members that are pointers.
    pub fn follow_pointers(&mut self) {
        self.follows_pointers = true;
    }

    /// The source of a body of that module.
    pub fn body(&mut self, info: &DebugInfo, body: &SourceBody) -> Option<BodyNodes<'c>> {
        let ScopeKind::Function(function) = body.scopes.first()?.kind else { return None };
        let unit = info.functions[function].unit;
        // Code may exist twice of what the source has once; a node describes one function.
        let subprogram = match self.defined.insert(function) {
            true => self.function(info, function),
            false => self.make_function(info, function),
        };
        let mut scopes = vec![Scope { node: subprogram, inlined_at: Node::NONE }];
        for scope in &body.scopes[1..] {
            let parent = scopes[scope.parent];
            scopes.push(match scope.kind {
                ScopeKind::Function(_) => parent,
                ScopeKind::Block { origin } => self.block(info, unit, parent, origin),
                ScopeKind::Inlined { function, call } => self.inlined(info, unit, parent, function, call),
            });
        }
        let stretches = self.stretches(info, unit, body, &scopes);
        Some(BodyNodes { subprogram, stretches, scopes, unit })
    }

    fn stretches(
        &mut self,
        info: &DebugInfo,
        unit: usize,
        body: &SourceBody,
        scopes: &[Scope<'c>],
    ) -> Vec<Stretch<'c>> {
        let scope_starts = body.scope_starts();
        let mut starts: Vec<u32> = scope_starts.iter().map(|&(start, _)| start).collect();
        starts.extend(body.lines.iter().map(|line| line.start));
        starts.sort_unstable();
        starts.dedup();
        let (mut scope, mut line) = (0, 0);
        let mut stretches = Vec::with_capacity(starts.len());
        for start in starts {
            scope += scope_starts[scope..].iter().take_while(|&&(next, _)| next <= start).count();
            line += body.lines[line..].iter().take_while(|next| next.start <= start).count();
            let (scope, line) = (scope.saturating_sub(1), line.checked_sub(1));
            let place = line.map(|line| body.lines[line].place).unwrap_or_default();
            let file = self.file_or_unit(info, unit, place.file);
            let scope = scopes[scope_starts[scope].1];
            let (line, column) = (place.line, place.column);
            stretches.push(Stretch { start, scope, file, line, column, builder_unit: unit });
        }
        stretches
    }

    fn block(
        &mut self,
        info: &DebugInfo,
        unit: usize,
        parent: Scope<'c>,
        origin: Option<usize>,
    ) -> Scope<'c> {
        let key = origin.map(|origin| (parent.node, origin));
        if let Some(&node) = key.and_then(|key| self.blocks.get(&key)) {
            return Scope { node, ..parent };
        }
        let nodes = self.unit(info, unit);
        // Blocks have no place in DWARF but their code.
        let node = nodes.builder.block(parent.node, nodes.file, 0, 0);
        key.map(|key| self.blocks.insert(key, node));
        Scope { node, ..parent }
    }

    fn inlined(
        &mut self,
        info: &DebugInfo,
        unit: usize,
        parent: Scope<'c>,
        function: usize,
        call: SourcePlace,
    ) -> Scope<'c> {
        let file = self.file_or_unit(info, unit, call.file);
        let node = self.function(info, function);
        let builder = &self.unit(info, unit).builder;
        let scope = builder.marked(parent.node, file, INLINED_IN_SOURCE);
        let inlined_at = builder.location(call.line, call.column, scope, parent.inlined_at);
        Scope { node, inlined_at }
    }

    fn function(&mut self, info: &DebugInfo, function: usize) -> Node<'c> {
        if let Some(&known) = self.functions.get(&function) {
            return known;
        }
        let node = self.make_function(info, function);
        self.functions.insert(function, node);
        node
    }

    fn make_function(&mut self, info: &DebugInfo, function: usize) -> Node<'c> {
        let function = &info.functions[function];
        let file = self.file_or_unit(info, function.unit, function.file);
        let scope = self.function_scope(info, function);
        let nodes = self.unit(info, function.unit);
        let ty = nodes.builder.function_type(nodes.file, &mut []);
        let description = FunctionNode {
            name: &function.name,
            linkage_name: function.linkage_name.as_deref().unwrap_or_default(),
            file,
            line: function.line,
            external: function.external,
        };
        nodes.builder.function(scope, ty, &description)
    }

    /// The name space that a function is in. Types have declarations of their functions only.
    fn function_scope(&mut self, info: &DebugInfo, function: &SourceFunction) -> Node<'c> {
        let mut parent = function.parent;
        while let Parent::Type(ty) = parent {
            parent = info.types[ty].parent;
        }
        self.parent(info, function.unit, parent, 0)
    }

    fn file_or_unit(&mut self, info: &DebugInfo, unit: usize, file: Option<usize>) -> Node<'c> {
        let Some(position) = file else { return self.unit(info, unit).file };
        if let Some(&known) = self.files.get(&position) {
            return known;
        }
        let file = &info.files[position];
        let node = self.unit(info, unit).builder.file(&file.name, &file.folder);
        self.files.insert(position, node);
        node
    }

    fn unit(&mut self, info: &DebugInfo, position: usize) -> &UnitNodes<'c> {
        self.units.entry(position).or_insert_with(|| {
            let builder = NodeBuilder::new(self.context, self.module);
            let source = &info.units[position];
            let file = &info.files[source.file];
            let file = builder.file(&file.name, &file.folder);
            let unit = builder.unit(source.language, file, PRODUCER, Emission::All);
            UnitNodes { builder, unit, file }
        })
    }

    /// The location of code of a body, with a discriminator.
    pub fn location(&self, body: &BodyNodes<'c>, position: u32, discriminator: u32) -> Node<'c> {
        let after = body.stretches.partition_point(|stretch| stretch.start <= position);
        let stretch = &body.stretches[after.saturating_sub(1)];
        let builder = &self.units[&stretch.builder_unit].builder;
        let scope = builder.marked(stretch.scope.node, stretch.file, discriminator);
        builder.location(stretch.line, stretch.column, scope, stretch.scope.inlined_at)
    }
}
