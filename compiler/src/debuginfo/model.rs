//! Debug information as data, whatever it was read from.
//!
//! Files, units and functions go by their positions in [`DebugInfo`]. Places in code count in bytes
//! from the start of a function's body.

use std::collections::HashMap;
use std::ops::Range;

/// Debug information of a module.
#[derive(Clone, Debug, Default)]
pub struct DebugInfo {
    /// Source files.
    pub files: Vec<SourceFile>,
    /// Compilation units of the source.
    pub units: Vec<SourceUnit>,
    /// Functions of the source, those too that exist inlined only.
    pub functions: Vec<SourceFunction>,
    /// Types that variables have, and what these are made of.
    pub types: Vec<SourceType>,
    /// Names of name spaces, and what each is in.
    pub namespaces: Vec<(String, Parent)>,
    /// Variables with fixed addresses.
    pub globals: Vec<GlobalVariable>,
    /// Bodies that something is known of, by the offset of their first byte in the module.
    pub bodies: HashMap<u64, SourceBody>,
}

/// A source file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourceFile {
    /// Its name in its folder.
    pub name: String,
    /// The folder.
    pub folder: String,
}

/// A compilation unit of the source.
#[derive(Clone, Debug)]
pub struct SourceUnit {
    /// Its main file.
    pub file: usize,
    /// Number of the language in DWARF.
    pub language: u16,
}

/// A function of the source.
#[derive(Clone, Debug)]
pub struct SourceFunction {
    /// The unit that defines it.
    pub unit: usize,
    /// Name in the source.
    pub name: String,
    /// Name that linkers know it by, where that is another.
    pub linkage_name: Option<String>,
    /// Where it is declared.
    pub file: Option<usize>,
    /// The line there; 0 where it is not known.
    pub line: u32,
    /// Whether other units see it.
    pub external: bool,
    /// What it is declared in.
    pub parent: Parent,
}

/// What something is declared in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parent {
    /// Its unit.
    #[default]
    Unit,
    /// A name space, by its position.
    Namespace(usize),
    /// A type, by its position.
    Type(usize),
}

/// A type.
#[derive(Clone, Debug, Default)]
pub struct SourceType {
    /// A number that no other type has.
    pub number: usize,
    /// Its name.
    pub name: Option<String>,
    /// What it is declared in.
    pub parent: Parent,
    /// Its size in the memory, where DWARF says that.
    pub bytes: u64,
    /// Where it is declared.
    pub file: Option<usize>,
    /// The line there.
    pub line: u32,
    /// The unit that tells of it.
    pub unit: usize,
    /// What it is.
    pub kind: TypeKind,
}

/// Kinds of types. Tags and encodings are DWARF's numbers, targets are positions of types; what has
/// none derives from nothing (`void`).
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub enum TypeKind {
    /// Not read.
    #[default]
    Unknown,
    /// A number, a character, a truth value.
    Base { encoding: u8 },
    /// A type of which only the name is known.
    Unspecified,
    /// A function.
    Function,
    /// A pointer or a reference.
    Pointer { tag: u16, target: Option<usize> },
    /// `const` and its kin.
    Qualified { tag: u16, target: Option<usize> },
    /// Another name.
    Typedef { target: Option<usize> },
    /// An array; dimensions without a number of elements are open.
    Array { element: Option<usize>, counts: Vec<Option<u64>> },
    /// An enumeration, `scoped` if enumerators go by the type's name and their own.
    Enumeration { base: Option<usize>, scoped: bool, enumerators: Vec<Enumerator> },
    /// A structure, a class or a union.
    Composite { tag: u16, declared_only: bool, members: Vec<Member>, variants: Option<VariantPart> },
}

/// The part of a type of which one of several variants is there, as in the enumerations of Rust.
#[derive(Clone, Debug, Default)]
pub struct VariantPart {
    /// The number that tells which; nothing where there is no choice.
    pub discriminant: Option<Member>,
    /// All of them.
    pub variants: Vec<Variant>,
}

/// A variant.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The discriminant that stands for it; nothing if it is what is left.
    pub value: Option<u64>,
    /// What is there then.
    pub member: Member,
}

/// A value of an enumeration.
#[derive(Clone, Debug)]
pub struct Enumerator {
    /// Its name.
    pub name: String,
    /// What it stands for.
    pub value: i64,
}

/// A member of a type.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: usize,
    /// Where it begins.
    pub offset_bits: u64,
    /// Its size, if it is a bit field.
    pub bits: Option<u64>,
    /// What it is.
    pub kind: MemberKind,
}

/// Kinds of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A field.
    Field,
    /// A base class.
    Base,
}

/// A variable or a parameter.
#[derive(Clone, Debug)]
pub struct Variable {
    /// A number that all instances of the variable share.
    pub number: usize,
    /// Position of its scope in the body.
    pub scope: usize,
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: usize,
    /// Where it is declared.
    pub file: Option<usize>,
    /// The line there.
    pub line: u32,
    /// Which parameter it is, from 1.
    pub argument: Option<u32>,
    /// Where it is.
    pub locations: Vec<Location>,
}

/// Where a variable is in a part of a body.
#[derive(Clone, Debug)]
pub struct Location {
    /// That part; the variable's whole scope if there is none.
    pub range: Option<Range<u32>>,
    /// Where.
    pub place: Place,
}

/// A place, or a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From what it is computed.
    pub root: Root,
    /// What is added to that.
    pub offset: i64,
    /// Whether the sum is the address of the variable in the memory; else it is its value.
    pub is_memory: bool,
}

/// What a place is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// A local.
    Local(u32),
    /// An operand, from the bottom of the stack.
    Operand(u32),
    /// The frame base of the function.
    FrameBase,
    /// An address in the memory.
    Address(u64),
    /// This number.
    Constant(i64),
}

/// A variable with a fixed address.
#[derive(Clone, Debug)]
pub struct GlobalVariable {
    /// The variable, but for its place.
    pub variable: Variable,
    /// The unit that defines it.
    pub unit: usize,
    /// What it is declared in.
    pub parent: Parent,
    /// Its address in the memory.
    pub address: u64,
}

/// What is known of a body.
#[derive(Clone, Debug, Default)]
pub struct SourceBody {
    /// The function itself, then blocks and inlined calls in it; what encloses another comes first.
    pub scopes: Vec<SourceScope>,
    /// By ascending place; each holds until the next.
    pub lines: Vec<SourceLine>,
    /// Where all parameters are in their places, if DWARF says that.
    pub prologue_end: Option<u32>,
    /// Variables and parameters.
    pub variables: Vec<Variable>,
    /// What `Root::FrameBase` stands for.
    pub frame_base: Option<Root>,
}

/// A part of a body that variables or other functions belong to.
#[derive(Clone, Debug)]
pub struct SourceScope {
    /// What it is.
    pub kind: ScopeKind,
    /// Position of the scope around it.
    pub parent: usize,
    /// Its code.
    pub ranges: Vec<Range<u32>>,
}

/// Kinds of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// This function.
    Function(usize),
    /// A block of the function around it.
    Block {
        /// A number that all instances of the block share, if it has several.
        origin: Option<usize>,
    },
    /// A function that the module's compiler inlined.
    Inlined {
        /// That function.
        function: usize,
        /// Where it is called.
        call: SourcePlace,
    },
}

/// A place in the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourcePlace {
    /// The file.
    pub file: Option<usize>,
    /// From 1; 0 where it is not known.
    pub line: u32,
    /// From 1; 0 where it is not known.
    pub column: u32,
}

/// The source of a stretch of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// Where the stretch begins.
    pub start: u32,
    /// Where it comes from.
    pub place: SourcePlace,
}

impl SourceBody {
    /// Innermost scopes by ascending place; each holds until the next.
    pub fn scope_starts(&self) -> Vec<(u32, usize)> {
        let mut starts = std::collections::BTreeMap::from([(0, 0)]);
        for (position, scope) in self.scopes.iter().enumerate().skip(1) {
            for range in scope.ranges.iter().filter(|range| !range.is_empty()) {
                let after = starts.range(..=range.end).next_back().map_or(0, |(_, &scope)| scope);
                let hidden: Vec<u32> = starts.range(range.clone()).map(|(&start, _)| start).collect();
                for start in hidden {
                    starts.remove(&start);
                }
                starts.insert(range.start, position);
                starts.entry(range.end).or_insert(after);
            }
        }
        starts.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_scopes_win() {
        let scope = |ranges: &[Range<u32>]| SourceScope {
            kind: ScopeKind::Block { origin: None },
            parent: 0,
            ranges: ranges.to_vec(),
        };
        let outer = scope(&[10..50, 60..70]);
        let (inner, last) = (scope(&[20..30, 35..35]), scope(&[40..50, 70..70]));
        let body = SourceBody {
            scopes: vec![scope(&[]), outer, inner, last],
            lines: Vec::new(),
            ..SourceBody::default()
        };
        let expected = [(0, 0), (10, 1), (20, 2), (30, 1), (40, 3), (50, 0), (60, 1), (70, 0)];
        assert_eq!(body.scope_starts(), expected);
    }
}
