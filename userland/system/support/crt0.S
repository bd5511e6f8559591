// SPDX-License-Identifier: MIT
//
// The first instructions of every program. On entry:
//   rsp   argc, argv..., 0, envp..., 0, auxiliary pairs (see docs/abi.md), 16-byte aligned
//   rdi   the same address
// A program is a static-pie: nobody has applied its relocations yet, so until that is done no code
// may run that reads an address from memory.

  .section .text._start, "ax", @progbits
  .globl _start
  .hidden _DYNAMIC
  .hidden __ehdr_start
  .type _start, @function
_start:
  xorl %ebp, %ebp
  movq %rsp, %r12
  // r8 = load address, r9 = walks _DYNAMIC, r10 = relocations, r11 = their bytes.
  leaq __ehdr_start(%rip), %r8
  leaq _DYNAMIC(%rip), %r9
  xorl %r10d, %r10d
  xorl %r11d, %r11d
1:
  movq (%r9), %rax
  movq 8(%r9), %rdx
  addq $16, %r9
  testq %rax, %rax            // DT_NULL
  jz 3f
  cmpq $7, %rax               // DT_RELA
  jne 2f
  leaq (%r8,%rdx), %r10
  jmp 1b
2:
  cmpq $8, %rax               // DT_RELASZ
  cmoveq %rdx, %r11
  jmp 1b
3:
  addq %r10, %r11             // one past the last record
  jmp 5f
4:
  cmpl $8, 8(%r10)            // R_X86_64_RELATIVE; the linker leaves no other kind
  jne 6f
  movq (%r10), %rax
  movq 16(%r10), %rdx
  addq %r8, %rdx
  movq %rdx, (%r8,%rax)
  addq $24, %r10
5:
  cmpq %r11, %r10
  jb 4b

  movq %r12, %rdi
  andq $-16, %rsp
  call system_start           // prepares the runtime; answers argc
  movl %eax, %edi
  leaq 8(%r12), %rsi          // argv
  leaq 16(%r12,%rax,8), %rdx  // envp
  call main
  movl %eax, %edi
  call system_exit
6:
  ud2
  .size _start, . - _start

  .section .note.GNU-stack, "", @progbits
