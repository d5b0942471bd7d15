//! The header of a library → what it declares: names in C and types of exports and of the members
//! of the structure of imports, in the header's order.
//!
//! Invariant: nothing is guessed. A line that should be a declaration and is none is an error.

/// What a header declares.
#[derive(Debug, PartialEq, Eq)]
pub struct Header {
    /// Of each export.
    pub exports: Vec<Declaration>,
    /// Of each member of the structure of imports that stands for an import.
    pub imports: Vec<Declaration>,
}

/// A declaration.
#[derive(Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Its text without the semicolon.
    pub text: String,
    /// The name that it declares.
    pub name: String,
    /// The name in the module, as far as a comment can tell it; of imports `module.name`.
    pub origin: String,
    /// What is declared.
    pub kind: Kind,
}

/// Something with a type in C.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Function(Signature),
    Memory,
    Table,
    Tag,
    /// Its value, or the address of it.
    Global {
        ty: Type,
        is_address: bool,
    },
}

/// Types of a function's own parameters and results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Signature {
    pub parameters: Vec<Type>,
    pub results: Vec<Type>,
}

/// A type of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Type {
    I32,
    I64,
    F32,
    F64,
    V128,
    Reference,
}

impl Type {
    /// In C.
    pub const ALL: [(Self, &str); 6] = [
        (Self::I32, "uint32_t"),
        (Self::I64, "uint64_t"),
        (Self::F32, "float"),
        (Self::F64, "double"),
        (Self::V128, "wasmwright_v128_t"),
        (Self::Reference, "wasmwright_reference_t"),
    ];

    /// The name in C.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(ty, _)| *ty == self).map_or("", |(_, name)| name)
    }

    fn of(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches("const ").trim_end_matches("const").trim();
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(ty, _)| *ty)
    }
}

impl Header {
    /// Reads a header.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let (mut exports, mut imports) = (Vec::new(), Vec::new());
        let mut in_imports = false;
        while let Some(line) = lines.next() {
            if let Some(comment) = line.strip_prefix("/* The exported ") {
                let (_, origin) = comment.split_once(": `").ok_or_else(|| unknown(line))?;
                let origin = origin.strip_suffix("`. */").ok_or_else(|| unknown(line))?;
                let declared = lines.next().and_then(|next| export(next.strip_suffix(';')?, origin));
                exports.push(declared.ok_or_else(|| unknown(line))?);
            } else if line.starts_with("typedef struct wasmwright_") && line.ends_with("_imports {") {
                in_imports = true;
            } else if line.starts_with('}') {
                in_imports = false;
            } else if in_imports && !is_own_member(line) {
                imports.push(member(line).ok_or_else(|| unknown(line))?);
            }
        }
        Ok(Self { exports, imports })
    }
}

fn unknown(line: &str) -> String {
    format!("the header has a line that is no declaration: {line}")
}

/// Members that every structure of imports has.
fn is_own_member(line: &str) -> bool {
    ["void *user;", "const wasmwright_wasi_t *wasi;", "const wasmwright_limits_t *limits;"]
        .iter()
        .any(|member| line.trim_start().starts_with(member))
}

fn export(text: &str, origin: &str) -> Option<Declaration> {
    let (head, parameters) = text.split_once('(')?;
    let start = head.rfind([' ', '*'])? + 1;
    let (ty, name) = head.split_at(start);
    let kind = match ty.trim() {
        "wasmwright_trap_t" => Kind::Function(signature(parameters, 1)?),
        "wasmwright_memory_t *" => Kind::Memory,
        "wasmwright_table_t *" => Kind::Table,
        "wasmwright_tag_t *" => Kind::Tag,
        pointer => global(pointer.strip_suffix('*')?, true)?,
    };
    Some(Declaration { text: text.into(), name: name.into(), origin: origin.into(), kind })
}

fn member(line: &str) -> Option<Declaration> {
    let (text, origin) = line.trim_start().split_once("; /* ")?;
    let origin = origin.strip_suffix(" */")?;
    let (name, kind) = if let Some((_, function)) = text.split_once("(*") {
        let (name, parameters) = function.split_once(")(")?;
        (name, Kind::Function(signature(parameters, 2)?))
    } else {
        let (ty, name) = text.split_at(text.rfind([' ', '*'])? + 1);
        let kind = match ty.trim() {
            "wasmwright_memory_t *" => Kind::Memory,
            "wasmwright_table_t *" => Kind::Table,
            "wasmwright_tag_t *" => Kind::Tag,
            ty => match ty.strip_suffix('*') {
                Some(ty) => global(ty, true)?,
                None => global(ty, false)?,
            },
        };
        (name, kind)
    };
    Some(Declaration { text: text.into(), name: name.into(), origin: origin.into(), kind })
}

fn global(ty: &str, is_address: bool) -> Option<Kind> {
    Type::of(ty).map(|ty| Kind::Global { ty, is_address })
}

/// Parameters and results behind the first few parameters, up to the closing bracket.
fn signature(text: &str, skipped: usize) -> Option<Signature> {
    let mut signature = Signature::default();
    for parameter in text.strip_suffix(')')?.split(", ").skip(skipped) {
        let (ty, name) = parameter.split_at(parameter.rfind([' ', '*'])? + 1);
        let is_result = name.starts_with('r');
        let list = if is_result { &mut signature.results } else { &mut signature.parameters };
        list.push(Type::of(ty.trim().trim_end_matches('*'))?);
    }
    Some(signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_read_as_they_are_written() {
        let module = r#"(module
            (import "a" "f" (func (param i32 v128 externref) (result f32 v128 funcref)))
            (import "a" "g" (global i64)) (import "a" "h" (global (mut externref)))
            (import "a" "m" (memory 1)) (import "a" "t" (table 1 funcref)) (import "a" "e" (tag (param i32)))
            (export "f" (func 0)) (export "x y" (global 0)) (export "z" (global 1))
            (export "m" (memory 0)) (export "t" (table 0)) (export "e" (tag 0)))"#;
        let options = wasmwright_compiler::Options {
            emit: wasmwright_compiler::options::Emit::Shared,
            ..Default::default()
        };
        let artifact = wasmwright_compiler::Compiler::new(options).compile("m", module.as_bytes()).unwrap();
        let header = Header::read(artifact.header().unwrap()).unwrap();
        let function = Kind::Function(Signature {
            parameters: vec![Type::I32, Type::V128, Type::Reference],
            results: vec![Type::F32, Type::V128, Type::Reference],
        });
        let number = |is_address| Kind::Global { ty: Type::I64, is_address };
        let object = Kind::Global { ty: Type::Reference, is_address: true };
        let kinds = |is_address| {
            [function.clone(), number(is_address), object.clone(), Kind::Memory, Kind::Table, Kind::Tag]
        };
        let told = |declarations: &[Declaration]| -> Vec<(String, String, Kind)> {
            let parts = |one: &Declaration| (one.name.clone(), one.origin.clone(), one.kind.clone());
            declarations.iter().map(parts).collect()
        };
        let expected = |kinds: [Kind; 6], names: [(&str, &str); 6]| -> Vec<(String, String, Kind)> {
            let parts = names.into_iter().zip(kinds);
            parts.map(|((name, origin), kind)| (name.into(), origin.into(), kind)).collect()
        };
        let imports =
            [("a_f", "a.f"), ("a_g", "a.g"), ("a_h", "a.h"), ("a_m", "a.m"), ("a_t", "a.t"), ("a_e", "a.e")];
        assert_eq!(told(&header.imports), expected(kinds(false), imports));
        let exports =
            [("m_f", "f"), ("m_x_y", "x y"), ("m_z", "z"), ("m_m", "m"), ("m_t", "t"), ("m_e", "e")];
        assert_eq!(told(&header.exports), expected(kinds(true), exports));
    }

    #[test]
    fn what_is_no_declaration_is_an_error() {
        assert!(Header::read("/* The exported function: `f`. */\nint m_f(int);\n").is_err());
        assert!(Header::read("typedef struct wasmwright_m_imports {\n    int x;\n}\n").is_err());
    }
}
