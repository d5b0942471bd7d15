//! Types of the module in the compiler's own words.
//!
//! Invariant: two types are equal here exactly when the specification calls them the same type,
//! whatever modules they come from: indices of a module's type section do not leave this file.

use sha2::{Digest, Sha256};
use wasmparser::{AbstractHeapType, FuncType, RefType, UnpackedIndex, ValType};

/// A value type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ValueType {
    I32,
    I64,
    F32,
    F64,
    V128,
    Reference(ReferenceType),
}

/// A reference type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReferenceType {
    /// Whether null is one of its values.
    pub nullable: bool,
    /// What its values refer to.
    pub heap: HeapType,
}

/// What a reference refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeapType {
    /// Any function.
    Func,
    /// No function.
    NoFunc,
    /// Any value of the host.
    Extern,
    /// No value of the host.
    NoExtern,
    /// Any exception.
    Exn,
    /// No exception.
    NoExn,
    /// A function of that type.
    Defined(TypeIdentity),
}

/// A digest that stands for a function type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TypeIdentity([u8; 16]);

impl TypeIdentity {
    fn of(canonical: &str) -> Self {
        let digest = Sha256::digest(canonical);
        Self(std::array::from_fn(|index| digest[index]))
    }

    /// It as the words of [`wasmwright_abi::instance::TypeRecord::identity`].
    pub fn words(self) -> [u64; 2] {
        let word = |start: usize| u64::from_le_bytes(std::array::from_fn(|byte| self.0[start + byte]));
        [word(0), word(8)]
    }

    /// It as text.
    pub fn hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl ValueType {
    /// A type of a module whose defined types have these identities.
    pub fn new(ty: ValType, defined: &[TypeIdentity]) -> Self {
        match ty {
            ValType::I32 => Self::I32,
            ValType::I64 => Self::I64,
            ValType::F32 => Self::F32,
            ValType::F64 => Self::F64,
            ValType::V128 => Self::V128,
            ValType::Ref(reference) => Self::Reference(ReferenceType::new(reference, defined)),
        }
    }

    /// The type's byte in the binary format; references as `funcref`, `externref` or `exnref`,
    /// whichever their values are like.
    pub fn code(self) -> u8 {
        match self {
            Self::I32 => 0x7f,
            Self::I64 => 0x7e,
            Self::F32 => 0x7d,
            Self::F64 => 0x7c,
            Self::V128 => 0x7b,
            Self::Reference(reference) => match reference.heap {
                HeapType::Func | HeapType::NoFunc | HeapType::Defined(_) => 0x70,
                HeapType::Extern | HeapType::NoExtern => 0x6f,
                HeapType::Exn | HeapType::NoExn => 0x69,
            },
        }
    }

    /// Bytes that a value takes in a global.
    pub fn bytes(self) -> u64 {
        if self == Self::V128 { 16 } else { wasmwright_abi::instance::GLOBAL_BYTES }
    }

    /// Bytes that a value takes as a variable of C.
    pub fn stored_bytes(self) -> u64 {
        match self {
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 | Self::Reference(_) => 8,
            Self::V128 => 16,
        }
    }

    /// Whether values are pointers or opaque host values.
    pub fn is_reference(self) -> bool {
        matches!(self, Self::Reference(_))
    }

    /// Whether values are references to functions.
    pub fn is_function_reference(self) -> bool {
        matches!(self, Self::Reference(reference) if reference.is_to_functions())
    }

    /// Whether every value of this type is one of the other.
    pub fn is_subtype_of(self, other: Self) -> bool {
        match (self, other) {
            (Self::Reference(sub), Self::Reference(sup)) => sub.is_subtype_of(sup),
            _ => self == other,
        }
    }
}

impl ReferenceType {
    /// A type of a module whose defined types have these identities.
    pub fn new(ty: RefType, defined: &[TypeIdentity]) -> Self {
        let heap = match ty.heap_type() {
            wasmparser::HeapType::Abstract { ty: AbstractHeapType::Func, .. } => HeapType::Func,
            wasmparser::HeapType::Abstract { ty: AbstractHeapType::NoFunc, .. } => HeapType::NoFunc,
            wasmparser::HeapType::Abstract { ty: AbstractHeapType::NoExtern, .. } => HeapType::NoExtern,
            wasmparser::HeapType::Abstract { ty: AbstractHeapType::Exn, .. } => HeapType::Exn,
            wasmparser::HeapType::Abstract { ty: AbstractHeapType::NoExn, .. } => HeapType::NoExn,
            wasmparser::HeapType::Concrete(UnpackedIndex::Module(index)) => {
                HeapType::Defined(defined[index as usize])
            }
            _ => HeapType::Extern,
        };
        Self { nullable: ty.is_nullable(), heap }
    }

    /// Whether values are references to functions.
    pub fn is_to_functions(self) -> bool {
        matches!(self.heap, HeapType::Func | HeapType::NoFunc | HeapType::Defined(_))
    }

    /// Whether every value of this type is one of the other. Function types have no declared
    /// supertypes: those are refused.
    pub fn is_subtype_of(self, other: Self) -> bool {
        let heap = match (self.heap, other.heap) {
            (HeapType::NoFunc, HeapType::Func | HeapType::Defined(_)) => true,
            (HeapType::Defined(_), HeapType::Func) | (HeapType::NoExtern, HeapType::Extern) => true,
            (HeapType::NoExn, HeapType::Exn) => true,
            (sub, sup) => sub == sup,
        };
        heap && (other.nullable || !self.nullable)
    }
}

/// A function type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FunctionType {
    /// Types of the parameters.
    pub parameters: Vec<ValueType>,
    /// Types of the results.
    pub results: Vec<ValueType>,
    /// Its recursion group, unless it is alone there and does not refer to itself.
    pub group: Option<GroupMember>,
}

/// A place in a recursion group. Types of different groups differ, however alike they look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupMember {
    group: TypeIdentity,
    position: usize,
}

impl FunctionType {
    /// A type outside of any recursion group.
    pub fn plain(parameters: Vec<ValueType>, results: Vec<ValueType>) -> Self {
        Self { parameters, results, group: None }
    }

    /// The types of a recursion group that follows the types with these identities.
    pub fn read_group(members: &[&FuncType], earlier: &[TypeIdentity]) -> Vec<Self> {
        let first = earlier.len();
        let recursive = members.iter().any(|member| refers_beyond(member, first));
        if members.len() == 1 && !recursive {
            return vec![Self::read(members[0], earlier, None)];
        }
        // The group is compared with its own members named by position, ...
        let relative = (0..members.len()).map(|position| TypeIdentity::of(&format!("member {position}")));
        let defined: Vec<TypeIdentity> = earlier.iter().copied().chain(relative).collect();
        let texts: Vec<String> =
            members.iter().map(|member| Self::read(member, &defined, None).canonical()).collect();
        let group = TypeIdentity::of(&texts.join(";"));
        // ... and seen from outside a member is the group and its position.
        let places: Vec<GroupMember> =
            (0..members.len()).map(|position| GroupMember { group, position }).collect();
        let own = places.iter().map(|place| TypeIdentity::of(&place.canonical()));
        let defined: Vec<TypeIdentity> = earlier.iter().copied().chain(own).collect();
        members.iter().zip(places).map(|(member, place)| Self::read(member, &defined, Some(place))).collect()
    }

    fn read(ty: &FuncType, defined: &[TypeIdentity], group: Option<GroupMember>) -> Self {
        let list = |types: &[ValType]| types.iter().map(|&ty| ValueType::new(ty, defined)).collect();
        Self { parameters: list(ty.params()), results: list(ty.results()), group }
    }

    /// Text that two types share exactly when they are the same.
    pub fn canonical(&self) -> String {
        if let Some(place) = self.group {
            return place.canonical();
        }
        let list =
            |types: &[ValueType]| types.iter().map(|ty| format!("{ty:?}")).collect::<Vec<_>>().join(",");
        format!("({})->({})", list(&self.parameters), list(&self.results))
    }

    /// What stands for the type.
    pub fn identity(&self) -> TypeIdentity {
        TypeIdentity::of(&self.canonical())
    }

    /// Whether parameters and results are the same, which is all that the host cares for.
    pub fn is_like(&self, other: &Self) -> bool {
        self.parameters == other.parameters && self.results == other.results
    }
}

impl GroupMember {
    fn canonical(self) -> String {
        format!("{} in {}", self.position, self.group.hex())
    }
}

/// Whether a type names one from that index on.
fn refers_beyond(ty: &FuncType, first: usize) -> bool {
    ty.params().iter().chain(ty.results()).any(|ty| match ty {
        ValType::Ref(reference) => match reference.heap_type() {
            wasmparser::HeapType::Concrete(UnpackedIndex::Module(index)) => index as usize >= first,
            _ => false,
        },
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The types of a module, all functions.
    fn types(text: &str) -> Vec<FunctionType> {
        let binary = wat::parse_str(format!("(module {text})")).unwrap();
        crate::frontend::parse(&binary).unwrap().types
    }

    #[test]
    fn indices_do_not_count() {
        let a = types("(type (func)) (type $i (func (param i32))) (type (func (result (ref $i))))");
        let b = types("(type $i (func (param i32))) (type (func (result (ref $i))))");
        assert_eq!(a[2], b[1]);
        assert_eq!(a[2].canonical(), b[1].canonical());
    }

    #[test]
    fn references_differ_by_nullability_and_type() {
        let t = types(
            "(type $i (func (param i32))) (type $j (func (param i64))) (type (func (param (ref $i))))
             (type (func (param (ref null $i)))) (type (func (param (ref $j)))) (type (func (param (ref func))))",
        );
        let texts: std::collections::BTreeSet<String> = t.iter().map(FunctionType::canonical).collect();
        assert_eq!(texts.len(), 6);
    }

    #[test]
    fn recursion_groups_are_compared_as_wholes() {
        let own = types("(rec (type $a (func (param (ref $a)))))");
        let shifted = types("(type (func)) (rec (type $a (func (param (ref $a)))))");
        assert_eq!(own[0], shifted[1]);
        let unrolled = types(
            "(rec (type $a (func (param (ref $a))))) (type (func (param (ref $a))))
             (rec (type (func)) (type (func)))",
        );
        assert_ne!(unrolled[0], unrolled[1]);
        assert_ne!(unrolled[2], unrolled[3]);
        assert_ne!(unrolled[2], types("(type (func))")[0]);
        assert!(unrolled[2].is_like(&unrolled[3]));
    }

    #[test]
    fn subtypes() {
        let reference = |nullable, heap| ValueType::Reference(ReferenceType { nullable, heap });
        let defined = HeapType::Defined(TypeIdentity::of("x"));
        let below = |a, b| ValueType::is_subtype_of(a, b);
        assert!(below(reference(false, defined), reference(true, HeapType::Func)));
        assert!(below(reference(true, HeapType::NoFunc), reference(true, defined)));
        assert!(!below(reference(true, defined), reference(false, HeapType::Func)));
        assert!(!below(reference(false, HeapType::Func), reference(true, defined)));
        assert!(!below(reference(false, HeapType::NoExtern), reference(true, HeapType::Func)));
        assert!(below(ValueType::I32, ValueType::I32) && !below(ValueType::I32, ValueType::I64));
    }
}
