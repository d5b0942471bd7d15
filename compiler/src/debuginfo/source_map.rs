//! A source map → [`DebugInfo`]: lines, and functions by the names that the module has for them.

use super::listing::add_body;
use super::model::{DebugInfo, SourceFile, SourceLine, SourcePlace, SourceUnit};
use crate::frontend::{ParsedModule, SourceMap, SourceMapLine};

/// The lines of all bodies that the map knows.
pub fn read(parsed: &ParsedModule<'_>, map: &SourceMap) -> DebugInfo {
    let mut info = DebugInfo::default();
    info.files.extend(map.files.iter().map(|path| file(path)));
    info.units.push(SourceUnit { file: 0, language: gimli::DW_LANG_C99.0 });
    for index in 0..parsed.bodies.len() {
        let body = parsed.body_range(index.into());
        let mut lines = Vec::new();
        for (offset, line) in map.lines_in(&body) {
            lines.push(SourceLine { start: (offset - body.start) as u32, place: place(line) });
        }
        if let Some(first) = lines.iter().map(|line| line.place).find(|place| place.line != 0) {
            add_body(&mut info, parsed, index.into(), lines, first);
        }
    }
    info
}

fn place(line: Option<SourceMapLine>) -> SourcePlace {
    let place =
        |line: SourceMapLine| SourcePlace { file: Some(line.file), line: line.line, column: line.column };
    line.map(place).unwrap_or_default()
}

fn file(path: &str) -> SourceFile {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    SourceFile { name: name.to_owned(), folder: folder.to_owned() }
}
