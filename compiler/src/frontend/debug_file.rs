//! Debug information in a file of its own, which the module names (`external_debug_info`,
//! `sourceMappingURL`): a module with DWARF, or a source map. It becomes a part of the
//! [`ParsedModule`], as if it had been in the module.

use super::index::DefinedFuncIndex;
use super::module::ParsedModule;
use std::ops::Range;
use wasmparser::{Parser, Payload};

/// The lines of a source map (ECMA-426), in which a column of the generated code is an offset in the
/// module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// Paths of the sources.
    pub files: Vec<String>,
    /// Ascending by their offsets.
    lines: Vec<(u64, Option<SourceMapLine>)>,
}

/// A place in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceMapLine {
    /// Position of the file.
    pub file: usize,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}

impl SourceMap {
    fn read(text: &[u8]) -> Result<Self, String> {
        let text =
            str::from_utf8(text).map_err(|error| format!("it is neither a module nor text: {error}"))?;
        let map = oxc_sourcemap::SourceMap::from_json_string(text).map_err(|error| error.to_string())?;
        let place = |token: oxc_sourcemap::Token| {
            let (line, column) = (token.get_src_line(), token.get_src_col());
            let file = token.get_source_id()? as usize;
            Some(SourceMapLine { file, line: line.saturating_add(1), column: column.saturating_add(1) })
        };
        // A module is one line.
        let tokens = map.get_tokens().filter(|token| token.get_dst_line() == 0);
        let mut lines: Vec<_> = tokens.map(|token| (token.get_dst_col().into(), place(token))).collect();
        lines.sort_by_key(|&(offset, _)| offset);
        let root =
            map.get_source_root().map(|root| root.trim_end_matches('/')).filter(|root| !root.is_empty());
        let path = |source: &str| root.map_or_else(|| source.to_owned(), |root| format!("{root}/{source}"));
        Ok(Self { files: map.get_sources().map(path).collect(), lines })
    }

    /// The line of an offset in a body, which lies at these offsets.
    pub fn find(&self, body: &Range<u64>, offset: u64) -> Option<SourceMapLine> {
        self.lines_in(body).take_while(|&(start, _)| start <= offset).last()?.1
    }

    /// Lines by the offsets where they begin, of a body which lies at these offsets.
    pub fn lines_in(&self, body: &Range<u64>) -> impl Iterator<Item = (u64, Option<SourceMapLine>)> {
        let first = self.lines.partition_point(|&(offset, _)| offset < body.start);
        let end = body.end;
        self.lines[first..].iter().copied().take_while(move |&(offset, _)| offset < end)
    }
}

impl<'a> ParsedModule<'a> {
    /// Takes up what a file says of the source. An error says what is wrong with the file.
    pub fn read_debug_file(&mut self, file: &'a [u8]) -> Result<(), String> {
        if Parser::is_core_wasm(file) {
            return self.read_debug_module(file);
        }
        self.source_map = Some(SourceMap::read(file)?);
        Ok(())
    }

    fn read_debug_module(&mut self, file: &'a [u8]) -> Result<(), String> {
        let mut other = ParsedModule::default();
        let mut code = Vec::new();
        for payload in Parser::new(0).parse_all(file) {
            match payload.map_err(|error| error.to_string())? {
                Payload::CustomSection(section) => other.read_custom(&section),
                Payload::CodeSectionEntry(body) => code.push(body.as_bytes()),
                _ => {}
            }
        }
        // Files with nothing but debug information are usual, too.
        let same = self.bodies.iter().map(|body| body.bytes).eq(code.iter().copied());
        if !code.is_empty() && !same {
            return Err("it is of another module: its code differs".into());
        }
        if other.debug_sections.is_empty() {
            return Err("it has no debug information".into());
        }
        self.debug_sections = other.debug_sections;
        if self.function_names.is_empty() {
            self.function_names = other.function_names;
        }
        Ok(())
    }

    /// Where the body lies that holds an offset.
    pub fn body_at(&self, offset: u64) -> Option<Range<u64>> {
        let after = self.bodies.partition_point(|body| body.offset <= offset);
        Some(self.body_range(DefinedFuncIndex::from(after.checked_sub(1)?)))
            .filter(|range| range.contains(&offset))
    }

    /// Where a body lies.
    pub fn body_range(&self, index: DefinedFuncIndex) -> Range<u64> {
        let body = &self.bodies[index.index()];
        body.offset..body.offset + body.bytes.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::{SourceMap, SourceMapLine};

    #[test]
    fn lines_begin_at_offsets_and_end_with_bodies() {
        // Offset 8: line 1, column 1 of b.ts; offset 12: nothing; offset 20: line 3 of a.ts.
        let text = br#"{"version":3,"sources":["a.ts","b.ts"],"names":[],"mappings":"QCAA,I,QDEA"}"#;
        let map = SourceMap::read(text).unwrap();
        assert_eq!(map.files, ["a.ts", "b.ts"]);
        let first = SourceMapLine { file: 1, line: 1, column: 1 };
        let last = SourceMapLine { file: 0, line: 3, column: 1 };
        assert_eq!(map.find(&(8..30), 8), Some(first));
        assert_eq!(map.find(&(8..30), 11), Some(first));
        assert_eq!(map.find(&(8..30), 12), None);
        assert_eq!(map.find(&(8..30), 29), Some(last));
        assert_eq!(map.find(&(10..30), 11), None, "of another body");
        assert!(SourceMap::read(b"{}").is_err());
        assert!(SourceMap::read(b"no map").is_err());
    }
}
