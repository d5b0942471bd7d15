//! An entropy coder for small constant tables: numbers and text in, few bits out.
//!
//! Each binary decision is coded by an arithmetic coder (the carry-less range coder of LZMA) with a
//! probability that adapts to what came before in the same context. A table therefore needs no
//! hand-made format: what repeats costs next to nothing. The compiler encodes, the runtime decodes;
//! both sides run the same model, which is why they are stated in one place.
//!
//! Damaged input gives wrong numbers, never a fault: what is beyond the end reads as zero.

/// Nodes of the tree that codes a byte in one context.
pub const MODELS_OF_CONTEXT: usize = 256;

/// A probability that adapts: the upper 22 bits are that of a zero, the lower ones count what was
/// seen.
pub type Model = u32;

/// What every model starts with: both values equally likely, nothing seen.
pub const UNSEEN: Model = 1 << 31;

/// After so many decisions a model stops to slow down.
const COUNT_LIMIT: u32 = 60;
const COUNT_MASK: u32 = (1 << 10) - 1;

/// Below this the range is renewed by a byte.
const RANGE_MINIMUM: u32 = 1 << 24;

/// Probability of a zero, as a fraction of 2^16 that is neither 0 nor 1.
const fn probability_of_zero(model: Model) -> u32 {
    let probability = model >> 16;
    if probability < 64 {
        64
    } else if probability > 65_536 - 64 {
        65_536 - 64
    } else {
        probability
    }
}

/// The model after it has seen `bit`: the first decisions move it far, later ones less and less.
const fn adapted(model: Model, bit: bool) -> Model {
    let count = model & COUNT_MASK;
    let probability = model >> 10;
    let step = 2 * count + 3;
    let probability = if bit {
        probability - 2 * probability / step
    } else {
        probability + 2 * ((1 << 22) - 1 - probability) / step
    };
    probability << 10 | if count < COUNT_LIMIT { count + 1 } else { count }
}

/// Bits of a number in each byte that codes it; the eighth says that more follow.
const GROUP_BITS: u32 = 7;
const MORE: u8 = 1 << GROUP_BITS;

/// Reads what [`Encoder`] wrote.
#[derive(Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    position: usize,
    code: u32,
    range: u32,
    models: &'a mut [Model],
}

impl<'a> Decoder<'a> {
    /// A decoder at the beginning. `models` has [`MODELS_OF_CONTEXT`] models for each context, all
    /// [`UNSEEN`].
    pub fn new(bytes: &'a [u8], models: &'a mut [Model]) -> Self {
        let mut decoder = Self { bytes, position: 0, code: 0, range: u32::MAX, models };
        // The first byte of a range coder's output is always 0.
        for _ in 0..5 {
            decoder.shift();
        }
        decoder
    }

    #[inline(never)]
    fn shift(&mut self) {
        let byte = self.bytes.get(self.position).copied().unwrap_or(0);
        self.position += 1;
        self.code = self.code << 8 | u32::from(byte);
    }

    fn bit(&mut self, model: usize) -> bool {
        let Some(model) = self.models.get_mut(model) else { return false };
        let bound = (self.range >> 16) * probability_of_zero(*model);
        let bit = self.code >= bound;
        if bit {
            self.code -= bound;
            self.range -= bound;
        } else {
            self.range = bound;
        }
        *model = adapted(*model, bit);
        while self.range < RANGE_MINIMUM {
            self.range <<= 8;
            self.shift();
        }
        bit
    }

    /// A byte in a context.
    #[inline(never)]
    pub fn byte(&mut self, context: usize) -> u8 {
        let mut node = 1;
        while node < MODELS_OF_CONTEXT {
            node = node << 1 | usize::from(self.bit(context * MODELS_OF_CONTEXT + node));
        }
        node as u8
    }

    /// A number in a context, whose further bytes are in the next context.
    #[inline(never)]
    pub fn number(&mut self, context: usize) -> u32 {
        let mut byte = self.byte(context);
        let mut number = u32::from(byte & !MORE);
        let mut shift = GROUP_BITS;
        while byte & MORE != 0 && shift < u32::BITS {
            byte = self.byte(context + 1);
            number |= u32::from(byte & !MORE) << shift;
            shift += GROUP_BITS;
        }
        number
    }
}

/// Writes bytes that [`Decoder`] reads, to whatever takes bytes.
#[derive(Debug)]
pub struct Encoder<'a, Sink: FnMut(u8)> {
    sink: Sink,
    low: u64,
    range: u32,
    /// The last byte that a carry may still change, and how many 0xFF follow it.
    pending: u8,
    pending_full: u64,
    models: &'a mut [Model],
}

impl<'a, Sink: FnMut(u8)> Encoder<'a, Sink> {
    /// An encoder with the models of [`Decoder::new`].
    pub fn new(models: &'a mut [Model], sink: Sink) -> Self {
        Self { sink, low: 0, range: u32::MAX, pending: 0, pending_full: 0, models }
    }

    fn shift(&mut self) {
        if self.low < 0xFF00_0000 || self.low > u64::from(u32::MAX) {
            let carry = (self.low >> 32) as u8;
            (self.sink)(self.pending.wrapping_add(carry));
            for _ in 0..self.pending_full {
                (self.sink)(0xFFu8.wrapping_add(carry));
            }
            self.pending_full = 0;
            self.pending = (self.low >> 24) as u8;
        } else {
            self.pending_full += 1;
        }
        self.low = (self.low & 0x00FF_FFFF) << 8;
    }

    fn bit(&mut self, model: usize, bit: bool) {
        let model = &mut self.models[model];
        let bound = (self.range >> 16) * probability_of_zero(*model);
        if bit {
            self.low += u64::from(bound);
            self.range -= bound;
        } else {
            self.range = bound;
        }
        *model = adapted(*model, bit);
        while self.range < RANGE_MINIMUM {
            self.range <<= 8;
            self.shift();
        }
    }

    /// A byte in a context.
    pub fn byte(&mut self, context: usize, byte: u8) {
        let mut node = 1;
        for position in (0..u8::BITS).rev() {
            let bit = byte >> position & 1 != 0;
            self.bit(context * MODELS_OF_CONTEXT + node, bit);
            node = node << 1 | usize::from(bit);
        }
    }

    /// A number in a context, whose further bytes are in the next context.
    pub fn number(&mut self, mut context: usize, mut number: u32) {
        let first = context;
        while number >= u32::from(MORE) {
            self.byte(context, number as u8 | MORE);
            number >>= GROUP_BITS;
            context = first + 1;
        }
        self.byte(context, number as u8);
    }

    /// Writes what is pending.
    pub fn finish(mut self) {
        for _ in 0..5 {
            self.shift();
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec;
    use std::vec::Vec;

    fn models() -> Vec<Model> {
        vec![UNSEEN; 4 * MODELS_OF_CONTEXT]
    }

    fn encode(write: impl FnOnce(&mut Encoder<'_, &mut dyn FnMut(u8)>)) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut models = models();
        let mut sink = |byte| bytes.push(byte);
        let mut encoder = Encoder::new(&mut models, &mut sink as &mut dyn FnMut(u8));
        write(&mut encoder);
        encoder.finish();
        bytes
    }

    /// A generator of numbers of all sizes: xorshift, masked.
    fn numbers(count: usize) -> Vec<u32> {
        let mut state = 0x9E37_79B9_u32;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        };
        (0..count).map(|_| next() >> (next() % 32)).chain([0, u32::MAX, u32::MAX, 0]).collect()
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        let numbers = numbers(20_000);
        let bytes = encode(|encoder| {
            numbers.iter().for_each(|&number| encoder.number(0, number));
        });
        let mut models = models();
        let mut decoder = Decoder::new(&bytes, &mut models);
        assert!(numbers.iter().all(|&number| decoder.number(0) == number));
    }

    #[test]
    fn what_repeats_costs_little() {
        let bytes = encode(|encoder| (0..10_000).for_each(|_| encoder.number(0, 5)));
        assert!(bytes.len() < 200, "{}", bytes.len());
    }

    #[test]
    fn carries_reach_bytes_that_are_pending() {
        // Long runs of one value and rare others drive the low end of the interval over 0xFF bytes.
        let values: Vec<u8> = (0..200_000u32).map(|i| if i % 977 == 0 { i as u8 } else { 255 }).collect();
        let bytes = encode(|encoder| values.iter().for_each(|&value| encoder.byte(0, value)));
        let mut models = models();
        let mut decoder = Decoder::new(&bytes, &mut models);
        assert!(values.iter().all(|&value| decoder.byte(0) == value));
    }

    #[test]
    fn damage_ends() {
        for length in 0..64 {
            let garbage: Vec<u8> = (0..length).map(|i| (i * 37 + 11) as u8).collect();
            let mut models = models();
            let mut decoder = Decoder::new(&garbage, &mut models);
            (0..1000).for_each(|_| _ = decoder.number(0));
        }
    }
}
