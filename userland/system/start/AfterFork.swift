// SPDX-License-Identifier: MIT
import CSystem

/// What the runtime remembers of its process and thread is another's in a forked child.
func afterForkInChild() {
  // SAFETY: the thread's own block; the child has no other thread.
  unsafe system_current_thread().pointee.number = 0
  stirAfterFork()
}
