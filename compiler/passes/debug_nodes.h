// Nodes of debug information that LLVM's C interface does not make (ir/debug).

#pragma once

#include "pipeline.h"
#include "llvm-c/Types.h"

extern "C" {

/// What a variant part has as its members, and what an enumeration, but for those.
struct WasmwrightComposite {
  LLVMMetadataRef Scope;
  WasmwrightBytes Name;
  LLVMMetadataRef File;
  uint64_t Line;
  uint64_t Bits;
  /// A text that no other type has.
  WasmwrightBytes Identifier;
};

/// An enumeration whose values go by its name and their own.
LLVMMetadataRef wasmwright_scoped_enumeration(LLVMDIBuilderRef Builder, const WasmwrightComposite *Composite,
                                              LLVMMetadataRef *Values, uint64_t Count, LLVMMetadataRef Base);

/// A part of a type of which one of several variants is there; it has none yet. The discriminant, a
/// member, is null where there is no choice.
LLVMMetadataRef wasmwright_variant_part(LLVMDIBuilderRef Builder, const WasmwrightComposite *Composite,
                                        LLVMMetadataRef Discriminant);

/// A variant: a member that is there when the discriminant has a value, a constant; null for all
/// that other variants leave.
LLVMMetadataRef wasmwright_variant(LLVMDIBuilderRef Builder, const WasmwrightComposite *Composite,
                                   uint64_t OffsetBits, LLVMValueRef Value, LLVMMetadataRef Type);
}
