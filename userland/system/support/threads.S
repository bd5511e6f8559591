// SPDX-License-Identifier: MIT
//
// Where a thread begins, and how it ends on a stack that may vanish under it.

  .macro function name
  .section .text.\name, "ax", @progbits
  .globl \name
  .type \name, @function
\name:
  .endm

  // rdi = what the thread runs; rsp = the end of its stack. Never returns.
function system_thread_entry
  xorl %ebp, %ebp
  andq $-16, %rsp
  call system_thread_main
  ud2
  .size system_thread_entry, . - system_thread_entry

  .section .note.GNU-stack, "", @progbits
