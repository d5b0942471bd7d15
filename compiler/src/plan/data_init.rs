//! Data segments: which make up the initial image of a memory, which are applied at run time, and
//! which are still there for `memory.init`.

use super::element_init::constant_offset;
use super::global_plan::GlobalPlan;
use super::memory_plan::MemoryPlan;
use super::{Application, ModuleContext};
use crate::frontend::ParsedModule;
use crate::frontend::index::{DataIndex, MemoryIndex};
use crate::frontend::module::{DataSegment, SegmentMode};
use wasmwright_abi::instance::SegmentRecord;

/// Segments closer than this are stored together: the bytes between cost less than a descriptor.
const MERGE_GAP_BYTES: u64 = 4096;

/// From this size on an image is laid out so that start-up can move its pages into the memory.
const MOVABLE_BYTES: u64 = 1 << 20;

/// Granularity of a movable image: the largest page of any target.
const MOVABLE_ALIGN: u64 = 64 << 10;

/// A data segment.
#[derive(Clone, Copy, Debug)]
pub struct DataPlan {
    /// When it is applied.
    pub application: Application,
    /// Offset of its segment record, where instructions read one.
    pub record: Option<u64>,
    /// Whether its bytes are needed at run time.
    pub has_bytes: bool,
    /// Whether `memory.init` may find bytes: those of passive segments.
    pub starts_filled: bool,
}

/// A stretch of the initial contents of a memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryImage {
    /// Where it begins in the memory.
    pub offset: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether its pages may be moved: both ends are multiples of 64 KiB.
    pub movable: bool,
}

pub(super) fn plan(
    cx: &mut ModuleContext<'_, '_>,
    memories: &[MemoryPlan],
    globals: &[GlobalPlan],
) -> (Vec<DataPlan>, Vec<Vec<MemoryImage>>) {
    let parsed = cx.parsed;
    let images: Vec<Option<Vec<MemoryImage>>> = memories
        .iter()
        .enumerate()
        .map(|(index, memory)| memory_image(MemoryIndex::from(index), memory, parsed, globals))
        .collect();
    let plan = |(index, segment): (usize, &DataSegment<'_>)| {
        let application = match segment.mode {
            SegmentMode::Active { target, .. } if images[target.index()].is_some() => Application::Image,
            SegmentMode::Active { .. } => Application::Runtime,
            _ => Application::None,
        };
        let used = parsed.facts.used_data.contains(&DataIndex::from(index));
        let starts_filled = matches!(segment.mode, SegmentMode::Passive);
        DataPlan {
            application,
            record: used.then(|| cx.layout.record::<SegmentRecord>()),
            has_bytes: application == Application::Runtime || (used && starts_filled),
            starts_filled,
        }
    };
    let plans = parsed.data.iter().enumerate().map(plan).collect();
    (plans, images.into_iter().map(Option::unwrap_or_default).collect())
}

/// The image of a memory that the module defines, if every active segment is known to fit.
fn memory_image(
    index: MemoryIndex,
    memory: &MemoryPlan,
    parsed: &ParsedModule<'_>,
    globals: &[GlobalPlan],
) -> Option<Vec<MemoryImage>> {
    if !memory.defined {
        return None;
    }
    let mut segments = Vec::new();
    for segment in &parsed.data {
        let SegmentMode::Active { target, offset } = &segment.mode else { continue };
        if *target == index {
            let start = constant_offset(offset, globals)?;
            let end = start.checked_add(segment.bytes.len() as u64)?;
            if end > memory.minimum_bytes {
                return None;
            }
            segments.push((start, segment.bytes));
        }
    }
    Some(images(&segments, memory.page_size_log2 == 16))
}

/// Segments in the order of the module → ascending disjoint images.
fn images(segments: &[(u64, &[u8])], may_move: bool) -> Vec<MemoryImage> {
    let spans = segments.iter().filter(|(_, bytes)| !bytes.is_empty());
    let mut spans: Vec<(u64, u64)> =
        spans.map(|&(start, bytes)| (start, start + bytes.len() as u64)).collect();
    merge(&mut spans, MERGE_GAP_BYTES);
    if may_move {
        for (start, end) in &mut spans {
            if *end - *start >= MOVABLE_BYTES {
                *start = *start / MOVABLE_ALIGN * MOVABLE_ALIGN;
                *end = end.next_multiple_of(MOVABLE_ALIGN);
            }
        }
        merge(&mut spans, 0);
    }
    let mut images: Vec<MemoryImage> =
        spans.iter().map(|&(start, end)| empty_image(start, end, may_move)).collect();
    for &(start, bytes) in segments.iter().filter(|(_, bytes)| !bytes.is_empty()) {
        let position = images.partition_point(|image| image.offset <= start) - 1;
        let image = &mut images[position];
        let at = (start - image.offset) as usize;
        image.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }
    images
}

fn empty_image(start: u64, end: u64, may_move: bool) -> MemoryImage {
    let aligned = start.is_multiple_of(MOVABLE_ALIGN) && end.is_multiple_of(MOVABLE_ALIGN);
    let movable = may_move && aligned && end - start >= MOVABLE_BYTES;
    MemoryImage { offset: start, bytes: vec![0; (end - start) as usize], movable }
}

/// Sorts spans and joins those that are no further apart than `gap`.
fn merge(spans: &mut Vec<(u64, u64)>, gap: u64) {
    spans.sort_unstable();
    spans.dedup_by(|next, span| {
        let joined = next.0 <= span.1.saturating_add(gap);
        if joined {
            span.1 = span.1.max(next.1);
        }
        joined
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_segments_win_where_segments_overlap() {
        let images = images(&[(10, b"aaaa"), (12, b"bb"), (100_000, b"c")], true);
        assert_eq!(images.len(), 2);
        assert_eq!((images[0].offset, images[0].bytes.as_slice()), (10, b"aabb".as_slice()));
        assert_eq!((images[1].offset, images[1].movable), (100_000, false));
    }

    #[test]
    fn large_images_are_aligned_to_be_moved() {
        let large = vec![7; MOVABLE_BYTES as usize];
        let images = images(&[(70_000, &large), (65_536, b"x")], true);
        assert_eq!(images.len(), 1);
        assert!(images[0].movable);
        assert_eq!(images[0].offset % MOVABLE_ALIGN, 0);
        assert_eq!(images[0].bytes.len() as u64 % MOVABLE_ALIGN, 0);
        assert_eq!((images[0].bytes[0], images[0].bytes[70_000 - 65_536]), (b'x', 7));
    }
}
