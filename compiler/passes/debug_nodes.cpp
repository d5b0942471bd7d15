#include "debug_nodes.h"
#include "llvm/IR/DIBuilder.h"

using namespace llvm;

namespace {

template <typename T> T *node(LLVMMetadataRef Node) { return cast_or_null<T>(unwrap(Node)); }

StringRef text(const WasmwrightBytes &Bytes) { return {Bytes.Start, Bytes.Length}; }

} // namespace

LLVMMetadataRef wasmwright_scoped_enumeration(LLVMDIBuilderRef Builder, const WasmwrightComposite *Composite,
                                              LLVMMetadataRef *Values, uint64_t Count, LLVMMetadataRef Base) {
  DINodeArray Elements = unwrap(Builder)->getOrCreateArray({unwrap(Values), size_t(Count)});
  return wrap(unwrap(Builder)->createEnumerationType(
      node<DIScope>(Composite->Scope), text(Composite->Name), node<DIFile>(Composite->File), Composite->Line,
      Composite->Bits, 0, Elements, node<DIType>(Base), 0, text(Composite->Identifier), true));
}

LLVMMetadataRef wasmwright_variant_part(LLVMDIBuilderRef Builder, const WasmwrightComposite *Composite,
                                        LLVMMetadataRef Discriminant) {
  return wrap(unwrap(Builder)->createVariantPart(
      node<DIScope>(Composite->Scope), text(Composite->Name), node<DIFile>(Composite->File), Composite->Line,
      Composite->Bits, 0, DINode::FlagZero, node<DIDerivedType>(Discriminant), {}, text(Composite->Identifier)));
}

LLVMMetadataRef wasmwright_variant(LLVMDIBuilderRef Builder, const WasmwrightComposite *Composite,
                                   uint64_t OffsetBits, LLVMValueRef Value, LLVMMetadataRef Type) {
  return wrap(unwrap(Builder)->createVariantMemberType(
      node<DIScope>(Composite->Scope), text(Composite->Name), node<DIFile>(Composite->File), Composite->Line,
      Composite->Bits, 0, OffsetBits, cast_or_null<Constant>(unwrap(Value)), DINode::FlagZero,
      node<DIType>(Type)));
}
