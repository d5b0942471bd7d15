//! The form of an indexed profile (`.profdata`, LLVM's `InstrProf.h` and `OnDiskHashTable.h`): looked
//! at before LLVM reads one, because its reader trusts offsets and lengths.
//!
//! Invariant: what passes has every offset and length inside the file. Only what `llvm-profdata merge`
//! makes of counters passes: no values, no memory profile, no time stamps.

/// Why a profile is refused.
pub type Refusal = &'static str;

const MAGIC: u64 = u64::from_le_bytes(*b"\xfflprofi\x81");
/// The version that LLVM 22 writes. Heads differ from version to version.
const VERSION: u64 = 13;
/// Counted by instrumented IR: the one variant that our programs record.
const VARIANT_IR: u64 = 1 << 56;
/// Bytes of a row of the summary: a share of all counts, the least count in it, how many there are.
const SUMMARY_ROW_WORDS: u64 = 3;

const DAMAGED: Refusal = "it is damaged";

/// Checks a whole file.
pub fn check(bytes: &[u8]) -> Result<(), Refusal> {
    let mut head = Reader::new(bytes);
    if head.u64().ok() != Some(MAGIC) {
        return Err("it does not begin as one");
    }
    let version = head.u64()?;
    if version & 0xffff_ffff != VERSION {
        return Err("another release of llvm-profdata made it");
    }
    if version >> 32 != VARIANT_IR >> 32 {
        return Err("it was not recorded by a program that --profile-generate made");
    }
    let [_unused, hash_kind] = [head.u64()?, head.u64()?];
    let table = head.u64()?;
    let [memory, binary_ids, times, table_names] = [head.u64()?, head.u64()?, head.u64()?, head.u64()?];
    if hash_kind != 0 || memory != 0 || times != 0 {
        return Err(DAMAGED);
    }
    for empty in [binary_ids, table_names] {
        if head.at(empty)?.u64()? != 0 {
            return Err(DAMAGED);
        }
    }
    check_summary(&mut head)?;
    check_table(&mut head, table)
}

fn check_summary(head: &mut Reader<'_>) -> Result<(), Refusal> {
    let [fields, rows] = [head.u64()?, head.u64()?];
    // As many as the format knows of; LLVM reads them by position.
    if fields != 6 || rows > 256 {
        return Err(DAMAGED);
    }
    head.skip((fields + rows * SUMMARY_ROW_WORDS) * 8)
}

/// The entries, which begin here, lie bucket by bucket up to the index at `index`, which says where
/// each bucket begins.
fn check_table(entries: &mut Reader<'_>, index: u64) -> Result<(), Refusal> {
    let mut buckets = entries.at(index)?;
    let [bucket_count, entry_count] = [buckets.u64()?, buckets.u64()?];
    if !bucket_count.is_power_of_two() || !index.is_multiple_of(8) {
        return Err(DAMAGED);
    }
    let (mut starts, mut found) = (Vec::new(), 0);
    while found < entry_count {
        starts.push(entries.position);
        let length = u64::from(entries.u16()?);
        if length == 0 {
            return Err(DAMAGED);
        }
        for _ in 0..length {
            check_entry(entries)?;
        }
        found += length;
    }
    if found != entry_count || entries.position > index {
        return Err(DAMAGED);
    }
    buckets.ensure(bucket_count.checked_mul(8).ok_or(DAMAGED)?)?;
    for _ in 0..bucket_count {
        let start = buckets.u64()?;
        if start != 0 && starts.binary_search(&start).is_err() {
            return Err(DAMAGED);
        }
    }
    Ok(())
}

/// A name and the records of the functions that have it.
fn check_entry(entries: &mut Reader<'_>) -> Result<(), Refusal> {
    let [_hash, name_bytes, data_bytes] = [entries.u64()?, entries.u64()?, entries.u64()?];
    entries.skip(name_bytes)?;
    entries.ensure(data_bytes)?;
    let end = entries.position + data_bytes;
    while entries.position < end {
        check_record(entries)?;
    }
    if entries.position == end { Ok(()) } else { Err(DAMAGED) }
}

/// A function: the hash of its shape, counters, a bitmap, values.
fn check_record(entries: &mut Reader<'_>) -> Result<(), Refusal> {
    let [_shape, counters] = [entries.u64()?, entries.u64()?];
    entries.skip(counters.checked_mul(8).ok_or(DAMAGED)?)?;
    let bitmap_bytes = entries.u64()?;
    let [value_bytes, value_kinds] = [entries.u32()?, entries.u32()?];
    if bitmap_bytes == 0 && value_bytes == 8 && value_kinds == 0 { Ok(()) } else { Err(DAMAGED) }
}

/// Little-endian numbers from a place on.
#[derive(Clone, Copy)]
struct Reader<'a> {
    bytes: &'a [u8],
    position: u64,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// One that stands at an offset of the file.
    fn at(&self, position: u64) -> Result<Self, Refusal> {
        let reader = Self { position, ..*self };
        if position <= self.bytes.len() as u64 { Ok(reader) } else { Err(DAMAGED) }
    }

    /// Whether that many bytes follow.
    fn ensure(&self, bytes: u64) -> Result<(), Refusal> {
        // The position is never beyond the end.
        if bytes <= self.bytes.len() as u64 - self.position { Ok(()) } else { Err(DAMAGED) }
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Refusal> {
        self.ensure(bytes)?;
        self.position += bytes;
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let start = self.position as usize;
        self.skip(N as u64)?;
        Ok(self.bytes[start..start + N].try_into().expect("a slice of that length"))
    }

    fn u16(&mut self) -> Result<u16, Refusal> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, Refusal> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Refusal> {
        self.array().map(u64::from_le_bytes)
    }
}
