// Which values of an unrolled loop's body stand for one another in successive copies.

#pragma once

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"

namespace wasmwright {

/// A header phi that sums (multiplies, ...) up terms in any order.
struct Reduction {
  llvm::PHINode *Phi;
  llvm::Instruction::BinaryOps Opcode;
  /// The terms of the first copy.
  llvm::SmallVector<llvm::Value *, 4> Terms;
};

/// Matches the copies of one iteration in a loop of one block, for one number of copies.
class CopyMatcher {
public:
  CopyMatcher(const llvm::Loop &L, llvm::ScalarEvolution &SE, unsigned Copies)
      : L(L), Body(*L.getHeader()), SE(SE), Copies(Copies) {}

  /// Whether the whole body is that many copies of one iteration, which touch memory one after the
  /// other.
  bool run();

  /// The stores of the first copy.
  llvm::ArrayRef<llvm::StoreInst *> firstStores() const { return First; }
  llvm::ArrayRef<Reduction> reductions() const { return Reductions; }
  /// Phis that hand a value from copy to copy, with what the first copy hands to the second.
  llvm::ArrayRef<std::pair<llvm::PHINode *, llvm::Value *>> carried() const { return Carried; }
  /// By how much a recurrence of the loop advances from one copy to the next; null for any other
  /// value.
  const llvm::SCEV *advance(llvm::Value *V);

private:
  bool matchStores();
  bool matchPhis();
  bool matchReduction(llvm::PHINode &Phi);
  bool matchChain(llvm::PHINode &Phi);
  bool closes(llvm::PHINode &Phi);
  bool keepsMemoryOrder();
  bool match(llvm::Value *Now, llvm::Value *Next);
  bool matchAttempt(llvm::Value *Now, llvm::Value *Next);
  bool matchOperands(llvm::Instruction &Now, llvm::Instruction &Next);
  void record(llvm::Value *Now, llvm::Value *Next);
  void rollBack(size_t Length);
  llvm::Value *fromLatch(llvm::PHINode &Phi) const;

  const llvm::Loop &L;
  llvm::BasicBlock &Body;
  llvm::ScalarEvolution &SE;
  const unsigned Copies;
  /// From a value of one copy to that of the next.
  llvm::DenseMap<llvm::Value *, llvm::Value *> Successor;
  llvm::SmallVector<llvm::Value *, 32> Trail;
  llvm::SmallVector<llvm::StoreInst *, 8> Stores;
  llvm::SmallVector<llvm::StoreInst *, 8> First;
  llvm::SmallVector<Reduction, 4> Reductions;
  llvm::SmallVector<std::pair<llvm::PHINode *, llvm::Value *>, 4> Carried;
};

} // namespace wasmwright
