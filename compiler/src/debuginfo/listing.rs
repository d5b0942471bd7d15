//! The disassembled text of a module without debug information, as its source.

use super::model::{
    DebugInfo, Parent, ScopeKind, SourceBody, SourceFile, SourceFunction, SourceLine, SourcePlace,
    SourceScope, SourceUnit,
};
use crate::frontend::ParsedModule;
use crate::frontend::index::DefinedFuncIndex;
use std::path::Path;

/// The text of a module, and its lines as the source of the module's functions. `path` is where the
/// text will be.
pub fn write(parsed: &ParsedModule<'_>, path: &Path) -> Result<(String, DebugInfo), String> {
    let mut storage = String::new();
    let lines = wasmprinter::Config::new().offsets_and_lines(parsed.binary, &mut storage);
    let lines: Vec<(Option<u64>, &str)> = lines.map_err(|error| format!("{error:#}"))?.collect();
    let mut info = DebugInfo::default();
    let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let folder = text(path.parent().map(Path::as_os_str));
    info.files.push(SourceFile { name: text(path.file_name()), folder });
    info.units.push(SourceUnit { file: 0, language: gimli::DW_LANG_C99.0 });
    let mut numbered = lines.iter().zip(1..).peekable();
    let mut header = 1;
    for index in 0..parsed.bodies.len() {
        let bytes = parsed.body_range(index.into());
        let mut rows = Vec::new();
        while let Some((&(offset, line), number)) =
            numbered.next_if(|((offset, _), _)| offset.is_none_or(|offset| offset < bytes.end))
        {
            if line.trim_start().starts_with("(func") {
                header = number;
            }
            if let Some(offset) = offset.filter(|offset| bytes.contains(offset)) {
                let place = SourcePlace { file: Some(0), line: number, column: 0 };
                rows.push(SourceLine { start: (offset - bytes.start) as u32, place });
            }
        }
        let header = SourcePlace { file: Some(0), line: header, column: 0 };
        add_body(&mut info, parsed, index.into(), rows, header);
    }
    Ok((lines.iter().map(|(_, line)| *line).collect(), info))
}

/// Says of a body which lines it has, and where its function begins, which is of the first unit.
pub(super) fn add_body(
    info: &mut DebugInfo,
    parsed: &ParsedModule<'_>,
    body: DefinedFuncIndex,
    lines: Vec<SourceLine>,
    header: SourcePlace,
) {
    let index = parsed.function_of(body);
    let name = parsed.function_names.get(&index).map(|name| (*name).to_owned());
    info.functions.push(SourceFunction {
        unit: 0,
        name: name.unwrap_or_else(|| format!("function{}", index.0)),
        linkage_name: None,
        file: header.file,
        line: header.line,
        external: true,
        parent: Parent::Unit,
    });
    let kind = ScopeKind::Function(info.functions.len() - 1);
    let scopes = vec![SourceScope { kind, parent: 0, ranges: Vec::new() }];
    info.bodies
        .insert(parsed.bodies[body.index()].offset, SourceBody { scopes, lines, ..SourceBody::default() });
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::frontend;
    use std::path::Path;

    #[test]
    fn lines_are_those_of_the_instructions() {
        let text = b"(module (func $one (result i32) i32.const 1) (func (param i32)\n nop\n unreachable))";
        let binary = frontend::to_binary(text).unwrap();
        let parsed = frontend::parse(&binary).unwrap();
        let (text, info) = write(&parsed, Path::new("/folder/out.wat")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(info.files[0].name, "out.wat");
        assert_eq!(info.functions[0].name, "one");
        assert_eq!(info.functions[1].name, "function1");
        let last = &info.bodies[&parsed.bodies[1].offset];
        let shown: Vec<&str> =
            last.lines.iter().map(|row| lines[row.place.line as usize - 1].trim()).collect();
        // The declarations of locals, with which a body begins, are the function's head.
        assert_eq!(shown[..3], ["(func (;1;) (type 1) (param i32)", "nop", "unreachable"], "{text}");
        assert!(lines[info.functions[1].line as usize - 1].contains("(func (;1;)"), "{text}");
    }
}
